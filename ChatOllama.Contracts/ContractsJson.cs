using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatOllama.Contracts;

/// <summary>
/// Source-generated JSON of every wire record: <c>snake_case</c>, UTC times with <c>Z</c>.
/// Both services use it, so the two ends cannot drift apart. Thread-safe.
/// </summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    NumberHandling = JsonNumberHandling.Strict,
    Converters = [typeof(UtcDateTimeConverter)])]
[JsonSerializable(typeof(ChatRequest))]
[JsonSerializable(typeof(RegenerateRequest))]
[JsonSerializable(typeof(ContinueRequest))]
[JsonSerializable(typeof(ChatResponse))]
[JsonSerializable(typeof(ChatEvent))]
[JsonSerializable(typeof(SessionDetail))]
[JsonSerializable(typeof(SessionList))]
[JsonSerializable(typeof(CreateSessionRequest))]
[JsonSerializable(typeof(UpdateSessionRequest))]
[JsonSerializable(typeof(MessageView))]
[JsonSerializable(typeof(MessageList))]
[JsonSerializable(typeof(SearchResult))]
[JsonSerializable(typeof(BackupView))]
[JsonSerializable(typeof(BackupList))]
[JsonSerializable(typeof(ChangeEvent))]
[JsonSerializable(typeof(FolderList))]
[JsonSerializable(typeof(TagList))]
[JsonSerializable(typeof(ChatExport))]
[JsonSerializable(typeof(ImportResult))]
[JsonSerializable(typeof(DateTime))]
[JsonSerializable(typeof(AttachmentView))]
[JsonSerializable(typeof(AttachmentLimits))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(ModelDetail))]
[JsonSerializable(typeof(UpdateModelRequest))]
[JsonSerializable(typeof(UpdateModelConfigRequest))]
[JsonSerializable(typeof(RunningModelList))]
[JsonSerializable(typeof(LoadModelRequest))]
[JsonSerializable(typeof(UnloadModelRequest))]
[JsonSerializable(typeof(CopyModelRequest))]
[JsonSerializable(typeof(CreateModelRequest))]
[JsonSerializable(typeof(PullModelRequest))]
[JsonSerializable(typeof(PullList))]
[JsonSerializable(typeof(ModelInfo))]
[JsonSerializable(typeof(ModelDeletion))]
[JsonSerializable(typeof(ModelUpdateList))]
[JsonSerializable(typeof(UpdateModelsRequest))]
[JsonSerializable(typeof(PullEvent))]
[JsonSerializable(typeof(StatsView))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(HealthReport))]
[JsonSerializable(typeof(ReadyReport))]
[JsonSerializable(typeof(LiveReport))]
[JsonSerializable(typeof(SettingsView))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(bool?))]
[JsonSerializable(typeof(int?))]
[JsonSerializable(typeof(double?))]
[JsonSerializable(typeof(string[]))]
public sealed partial class ContractsJson : JsonSerializerContext
{
    /// <summary>
    /// For what is sent: the same, with text left readable (<c>Grüße</c>, not <c>Gr\u00FC\u00DFe</c>). Safe as <c>application/json</c> with nosniff;
    /// never put it into a page.
    /// </summary>
    public static ContractsJson Wire => LazyWire.Value;

    // Lazy, because the order in which the generated half initializes its statics is not ours.
    private static readonly Lazy<ContractsJson> LazyWire = new(() => new ContractsJson(new JsonSerializerOptions(Default!.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
}

/// <summary>Writes times as UTC with <c>Z</c>, whatever kind they came with, because a database gives back no kind.</summary>
public sealed class UtcDateTimeConverter : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTime().ToUniversalTime();

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(DateTime.SpecifyKind(value, DateTimeKind.Utc));
}
