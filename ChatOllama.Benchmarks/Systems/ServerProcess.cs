using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ChatOllama.Benchmarks.Systems;

/// <summary>A server in processes of its own: started, asked until it answers, measured, stopped.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly StreamWriter _log;
    private Process[] _all;

    private ServerProcess(string name, Uri url, Process process, StreamWriter log)
    {
        Name = name;
        Url = url;
        _process = process;
        _log = log;
        _all = [process];
    }

    public string Name { get; }
    public Uri Url { get; }

    /// <summary>CPU time used so far, workers included.</summary>
    public TimeSpan Cpu => CpuClock.Read(_all);

    /// <summary>Resident memory, workers included.</summary>
    public double MemoryMiB => _all.Sum(ResidentBytes) / (double)(1 << 20);

    /// <summary>The part of that which is no file's: what one more process of the kind costs. Null where the kernel does not say.</summary>
    public double? AnonymousMiB => OperatingSystem.IsLinux() ? _all.Sum(AnonymousBytes) / (double)(1 << 20) : null;

    /// <summary>Starts it and returns when <paramref name="readyPath"/> answers with success.</summary>
    /// <param name="arguments">Given the URL to listen on.</param>
    public static async Task<ServerProcess> StartAsync(
        string name, string command, Func<Uri, IEnumerable<string>> arguments, string readyPath, string logPath, IReadOnlyDictionary<string, string>? environment = null)
    {
        var server = Launch(name, command, arguments, logPath, environment);
        try
        {
            await server.WaitUntilAsync(readyPath);
            server._all = [server._process, .. Children(server._process.Id)];
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it and returns at once.</summary>
    public static ServerProcess Launch(
        string name, string command, Func<Uri, IEnumerable<string>> arguments, string logPath, IReadOnlyDictionary<string, string>? environment = null)
    {
        var url = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(command, arguments(url)) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(logPath)! };
        // The generator's own socket settings are not for the servers.
        foreach (var key in start.Environment.Keys.Where(key => key.StartsWith("DOTNET_SYSTEM_NET_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(key);
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        foreach (var (key, value) in environment ?? new Dictionary<string, string>()) start.Environment[key] = value;
        var log = new StreamWriter(logPath) { AutoFlush = true };
        var process = Process.Start(start) ?? throw new BenchException($"{name} could not be started: {command}");
        process.OutputDataReceived += (_, line) => Write(log, line.Data);
        process.ErrorDataReceived += (_, line) => Write(log, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ServerProcess(name, url, process, log);
    }

    /// <summary>Asks until the answer is a success.</summary>
    public async Task WaitUntilAsync(string path)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await AnswersAsync(path))
        {
            if (_process.HasExited) throw new BenchException($"{Name} ended with code {_process.ExitCode} before it was ready. Its log: {((FileStream)_log.BaseStream).Name}");
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new BenchException($"{Name} did not answer {path} within {Patience.TotalSeconds} s.");
            await Task.Delay(2);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Terminate(_process);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }
        foreach (var process in _all) process.Dispose();
        lock (_log) _log.Dispose();
    }

    private async Task<bool> AnswersAsync(string path)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Url.Port), limit.Token);
            await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {Url.Authority}\r\nConnection: close\r\n\r\n"), limit.Token);
            var head = new byte[64];
            var read = await socket.ReceiveAsync(head, limit.Token);
            return head.AsSpan(0, read).StartsWith("HTTP/1.1 200"u8);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static void Write(StreamWriter log, string? line)
    {
        if (line is null) return;
        lock (log)
        {
            if (log.BaseStream is not null) log.WriteLine(line);
        }
    }

    /// <summary>Politely, so that it stores and closes what it has.</summary>
    private static void Terminate(Process process)
    {
        if (OperatingSystem.IsWindows()) process.Kill(entireProcessTree: true);
        else
            using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString()])) kill.WaitForExit();
    }

    /// <summary>nginx serves from child processes.</summary>
    private static IEnumerable<Process> Children(int id)
    {
        var path = $"/proc/{id}/task/{id}/children";
        return File.Exists(path) ? File.ReadAllText(path).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => Process.GetProcessById(int.Parse(child))) : [];
    }

    private static long AnonymousBytes(Process process)
    {
        var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.AsSpan("RssAnon:".Length).Trim()[..^" kB".Length], System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }

    private static long ResidentBytes(Process process)
    {
        process.Refresh();
        return process.WorkingSet64;
    }
}
