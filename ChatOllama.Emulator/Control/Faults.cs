using System.Text;

namespace ChatOllama.Emulator.Control;

/// <summary>
/// The faults on demand: the models <c>fault-…:latest</c> and the header <c>X-Emulator-Fault</c>, both only with <see cref="EmulatorOptions.Faults"/>.
/// Each is something a real Ollama, or a proxy in front of it, was seen doing.
/// </summary>
public static class Faults
{
    private const string Prefix = "fault-";

    private static readonly Dictionary<string, Func<EmulatorOptions, ChatScript>> s_scripts = new(StringComparer.OrdinalIgnoreCase)
    {
        // A few words, then the line Ollama sends when its runner dies: HTTP 200, no done line, clean end.
        ["fault-error-midstream"] = _ => Words().Error("an error was encountered while running the model: unexpected EOF"),
        // A few words, then a clean end without a done line.
        ["fault-eof"] = _ => Words().EndWithoutDone(),
        // A few words, then silence on an open connection.
        ["fault-stall"] = _ => Words().StallForever(),
        // Not even headers, for ever.
        ["fault-silent"] = _ => new ChatScript().StallForever(),
        ["fault-500"] = _ => new ChatScript().Status(500, """{"error":"llama runner process has terminated: exit status 2"}"""),
        // Ollama nests the runner's JSON in its own error text.
        ["fault-400"] = _ => new ChatScript().Status(400, """{"error":"{\"error\":{\"code\":400,\"message\":\"the request is not valid for this model\",\"type\":\"invalid_request_error\"}}"}"""),
        ["fault-404"] = _ => new ChatScript().Status(404, """{"error":"model 'fault-404' not found"}"""),
        ["fault-503"] = _ => new ChatScript().Status(503, """{"error":"server busy, please try again.  maximum pending requests exceeded"}"""),
        // A proxy's own page in place of an answer.
        ["fault-html"] = _ => new ChatScript().Status(502, "<html><body><h1>502 Bad Gateway</h1></body></html>\n", "text/html"),
        // The body ends properly, in the middle of a line.
        ["fault-halfline"] = _ => Words().Lines("""{"model":"fault-halfline","created_at":"2026-11-22T17:27:41.16"""),
        ["fault-invalid-utf8"] = _ => Words().Raw(InvalidUtf8()).Done(),
        // The answer is complete, and then something more comes.
        ["fault-after-done"] = _ => Words().Done().Token(" This came after the end.").Error("and so did this"),
        ["fault-slow-load"] = options => new ChatScript().Delay(options.SlowLoadTime).Normally(),
        // One line of 8 MB.
        ["fault-huge-line"] = _ => new ChatScript().Token(new string('x', 8 << 20)).Done(),
        // A few words, then the connection is cut within the chunked body.
        ["fault-abort"] = _ => Words().AbortConnection(),
        // Lines that are JSON, but not the JSON anybody expects.
        ["fault-wrong-shape"] = _ => Words().Lines("[]\n\n{\"message\":7}\n\"text\"\n").Done(),
        // Cut before the first byte of an answer.
        ["fault-abort-early"] = _ => new ChatScript().AbortConnection(),
    };

    /// <summary>All names, with the prefix <c>fault-</c>.</summary>
    public static IReadOnlyCollection<string> Names => s_scripts.Keys;

    /// <summary>The script of a fault, by its name with or without the prefix; null where there is none.</summary>
    public static ChatScript? Script(string name, EmulatorOptions options) =>
        s_scripts.GetValueOrDefault(name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? name : Prefix + name)?.Invoke(options);

    private static ChatScript Words() => new ChatScript().Tokens("This", " answer", " will", " go", " wrong");

    private static byte[] InvalidUtf8() =>
    [
        .. Encoding.UTF8.GetBytes("""{"model":"fault-invalid-utf8","created_at":"2026-11-22T17:27:41.160558685Z","message":{"role":"assistant","content":" caf"""),
        0xC3, 0x28, 0xFF,
        .. Encoding.UTF8.GetBytes("\"},\"done\":false}\n"),
    ];
}
