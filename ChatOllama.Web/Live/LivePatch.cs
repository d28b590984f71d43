using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatOllama.Web.Live;

/// <summary>The names of the events that the page understands.</summary>
internal static class LiveEvents
{
    /// <summary>Everything so far: replaces what the page shows. The first event of every connection.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>The unfinished end of one part, or code to add to it.</summary>
    public const string Tail = "tail";

    /// <summary>Final blocks for one part, and its new unfinished end.</summary>
    public const string Seal = "seal";

    /// <summary>What an answer without a new word is waiting for.</summary>
    public const string Phase = "phase";

    /// <summary>Nothing is new, and the connection lives.</summary>
    public const string Beat = "beat";

    /// <summary>The answer has ended well, or was stopped: the page fetches its final form.</summary>
    public const string Done = "done";

    /// <summary>The answer has ended badly: the page fetches its final form, which says why.</summary>
    public const string Problem = "problem";
}

/// <summary>The data of one event. Which fields are set depends on the event.</summary>
internal sealed record LivePatch
{
    [JsonIgnore] public string Event { get; init; } = "";

    /// <summary><c>answer</c> or <c>thinking</c>.</summary>
    public string? Part { get; init; }

    /// <summary>With <c>seal</c>: how many seals the part had before. A page that has another number asks for a snapshot.</summary>
    public int? After { get; init; }
    public string? Sealed { get; init; }
    public string? Tail { get; init; }

    /// <summary>Escaped text for the end of the last code element of the tail.</summary>
    public string? Code { get; init; }

    /// <summary>HTML that stays, for the end of the settled part of the tail's element that grows, before its mark.</summary>
    public string? Settled { get; init; }

    /// <summary>With <see cref="Settled"/>: HTML that replaces what comes after the mark.</summary>
    public string? Growing { get; init; }

    /// <summary>With <c>phase</c>: a few words; empty when words are coming.</summary>
    public string? Text { get; init; }

    /// <summary>With <c>phase</c>: what one may know or do when it lasts.</summary>
    public string? Hint { get; init; }

    /// <summary>Milliseconds that the answer has been waited for, for the page's clock.</summary>
    public long? Waited { get; init; }
    public PartSnapshot? Answer { get; init; }
    public PartSnapshot? Thinking { get; init; }
}

/// <summary>One part as a whole.</summary>
internal sealed record PartSnapshot(string Sealed, string Tail, int Seals);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LivePatch))]
internal sealed partial class LiveJson : JsonSerializerContext
{
    /// <summary>HTML stays readable and short: the reader is JSON.parse, never an HTML parser.</summary>
    public static LiveJson Short { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
