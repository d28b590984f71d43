using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Http;

/// <summary>The answers that depend on nothing.</summary>
internal static class InfoEndpoints
{
    /// <summary>The version whose traffic the emulator follows. Its shape stays a plain version: the mark is the header, see <see cref="EmulatorApp.MarkHeader"/>.</summary>
    public const string OllamaVersion = "0.32.15";

    public static Task Root(HttpContext context) => Answers.TextAsync(context, 200, "text/plain; charset=utf-8", "Ollama is running");

    public static Task Version(HttpContext context) =>
        Answers.JsonAsync(context, new GoJson().Open('{').Field("version", OllamaVersion).Close('}'));

    public static Task Status(HttpContext context) =>
        Answers.JsonAsync(context, new GoJson().Open('{').Name("cloud").Open('{').Field("disabled", true).Field("source", "env").Close('}').Close('}'));
}
