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
internal sealed partial class EventJson : JsonSerializerContext;
