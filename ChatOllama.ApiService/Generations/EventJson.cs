using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Generations;

/// <summary>Events leave out what they do not have; everything else of the contract writes nulls.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcDateTimeConverter)])]
[JsonSerializable(typeof(ChatEvent))]
internal sealed partial class EventJson : JsonSerializerContext
{
    /// <summary>With text left readable; a stream of events is no page.</summary>
    public static EventJson Wire => LazyWire.Value;

    // Lazy, because the order in which the generated half initializes its statics is not ours.
    private static readonly Lazy<EventJson> LazyWire = new(() => new EventJson(new JsonSerializerOptions(Default!.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
}
