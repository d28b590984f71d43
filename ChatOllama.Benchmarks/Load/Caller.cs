using System.Diagnostics;
using System.Text;

namespace ChatOllama.Benchmarks.Load;

/// <summary>One call after the other on one kept-alive connection.</summary>
internal sealed class Caller : ResponseReader, IDisposable
{
    private readonly Uri _url;
    private readonly StringBuilder _body = new();
    private Connection? _connection;
    private TaskCompletionSource<TimeSpan> _answer = new();
    private Func<string, bool>? _until;
    private long _sent;
    private TimeSpan? _first;

    private Caller(Uri url) => _url = url;

    public static async Task<Caller> OpenAsync(Uri url)
    {
        var caller = new Caller(url);
        caller._connection = await Connection.OpenAsync(url, caller, caller.Break);
        return caller;
    }

    /// <summary>The last answer's body.</summary>
    public string Body => _body.ToString();

    public Task<TimeSpan> GetAsync(string path, string headers = "") => CallAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {_url.Authority}\r\n{headers}\r\n"));

    /// <summary>From the sending to the last byte; 200 is expected.</summary>
    /// <param name="until">Ends the time, though not the call, with the first line of the body that it accepts.</param>
    public async Task<TimeSpan> CallAsync(byte[] request, Func<string, bool>? until = null)
    {
        _body.Clear();
        _answer = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        _until = until;
        _sent = Stopwatch.GetTimestamp();
        _first = null;
        _connection!.Send(request);
        var whole = await _answer.Task.WaitAsync(TimeSpan.FromSeconds(30));
        if (Status != 200) throw new BenchException($"{_url} answered {Status}: {Body}");
        return until is null ? whole : _first ?? throw new BenchException($"{_url}: the line that was waited for never came: {Body}");
    }

    public void Dispose() => _connection?.Dispose();

    protected override void OnLine(ReadOnlySpan<byte> line, uint now)
    {
        var text = Encoding.UTF8.GetString(line);
        if (_first is null && _until?.Invoke(text) == true) _first = Stopwatch.GetElapsedTime(_sent);
        _body.Append(text).Append('\n');
    }

    protected override void OnEnd(uint now) => _answer.TrySetResult(Stopwatch.GetElapsedTime(_sent));

    private void Break(string why) => _answer.TrySetException(new BenchException($"{_url}: {why}"));
}
