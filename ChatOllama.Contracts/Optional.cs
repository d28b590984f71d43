using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatOllama.Contracts;

/// <summary>
/// A field of an update that knows whether it was sent: absent means "unchanged", <c>null</c> means "back to the default".
/// Mark properties of this type with <c>[JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]</c> so that absent stays absent when written.
/// </summary>
[JsonConverter(typeof(OptionalConverterFactory))]
public readonly record struct Optional<T>(T? Value)
{
    /// <summary>True when the field stood in the JSON, even as <c>null</c>.</summary>
    public bool IsSet { get; private init; } = true;

    /// <summary>The sent value, or <paramref name="current"/> when the field was absent.</summary>
    public T? Or(T? current) => IsSet ? Value : current;

    public static implicit operator Optional<T>(T? value) => new(value);
}

/// <summary>Reads and writes <see cref="Optional{T}"/> as the bare value.</summary>
public sealed class OptionalConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Optional<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(OptionalConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class OptionalConverter<T> : JsonConverter<Optional<T>>
    {
        public override bool HandleNull => true;

        public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Null)
                return new(default(T));
            try
            {
                return new(JsonSerializer.Deserialize<T>(ref reader, options));
            }
            catch (JsonException e)
            {
                // Its path starts here. Without a path, the serializer around this one fills in its own, and the field is named.
                throw new JsonException(e.Message, e);
            }
        }

        public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.Value, options);
    }
}
