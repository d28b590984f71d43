using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace ChatOllama.Tests.Survival;

/// <summary>The api as a process of its own, so that it can be killed.</summary>
internal sealed class ApiProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private ApiProcess(Process process, Uri url)
    {
        _process = process;
        Client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 500 }) { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };
    }

    public HttpClient Client { get; }
    public bool HasExited => _process.HasExited;
    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote, for the message of a test that fails.</summary>
    public string Output { get { lock (_output) return _output.ToString(); } }

    /// <summary>Starts it on a free port; it may not be ready yet.</summary>
    public static ApiProcess Start(string folder, string ollama, params string[] settings)
    {
        var port = FreePort();
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "ChatOllama.ApiService.dll"), $"--urls=http://127.0.0.1:{port}", $"--DB_PATH={Path.Combine(folder, "chat.db")}", $"--OLLAMA_HOST={ollama}", "--LOG_LEVEL=warn" },
        };
        foreach (var setting in settings) start.ArgumentList.Add("--" + setting);
        var process = new Process { StartInfo = start };
        var api = new ApiProcess(process, new Uri($"http://127.0.0.1:{port}"));
        process.OutputDataReceived += (_, line) => api.Hear(line.Data);
        process.ErrorDataReceived += (_, line) => api.Hear(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return api;
    }

    /// <summary>Until <c>/ready</c> says so.</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> WaitReadyAsync(CancellationToken stop)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            if (_process.HasExited) Assert.Fail($"The api ended with {_process.ExitCode}:\n{Output}");
            if (since.Elapsed > Patience) Assert.Fail($"The api is not ready after {Patience.TotalSeconds} s:\n{Output}");
            try
            {
                using var ready = await Client.GetAsync("/ready", stop);
                if (ready.StatusCode == HttpStatusCode.OK) return since.Elapsed;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(5, stop);
        }
    }

    /// <summary><c>kill -9</c></summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary><c>SIGTERM</c>, and the time until it has ended.</summary>
    public async Task<TimeSpan> TerminateAsync()
    {
        var since = Stopwatch.StartNew();
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync(CancellationToken.None);
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
        return since.Elapsed;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        if (line is null) return;
        lock (_output) _output.AppendLine(line);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
