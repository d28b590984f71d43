namespace ChatOllama.Emulator.Wire;

/// <summary>
/// An answer of the form <c>{"error":"…"}</c> before anything else was sent. <paramref name="late"/>: Ollama met it while it was about to stream
/// (in the runner or the template), and then the media type lacks the charset and the body is chunked.
/// </summary>
internal sealed class WireError(int status, string message, bool late = false) : Exception(message)
{
    public int Status { get; } = status;

    public bool Late { get; } = late;
}
