using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using ChatOllama.Benchmarks.Reporting;

namespace ChatOllama.Benchmarks.Systems;

/// <summary>The services as they ship: Release, ReadyToRun, each with its own configuration. Published once per state of the sources.</summary>
internal sealed class Published
{
    private readonly string _folder;

    private Published(string folder) => _folder = folder;

    public string Api => PathOf("ChatOllama.ApiService");
    public string Web => PathOf("ChatOllama.Web");
    public string Emulator => PathOf("ChatOllama.Emulator");
    public string Standalone => PathOf("ChatOllama.Standalone");

    public static async Task<Published> GetAsync(BenchOptions options)
    {
        var source = typeof(Published).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "SourceRoot").Value!;
        var published = new Published(options.Systems ?? Path.Combine(AppContext.BaseDirectory, "systems"));
        if (!options.Publish) return published;
        Report.Progress("publishing the services");
        foreach (var project in new[] { "ChatOllama.ApiService", "ChatOllama.Web", "ChatOllama.Emulator", "ChatOllama.Standalone" })
            await published.PublishAsync(source, project);
        return published;
    }

    private string PathOf(string project) => Path.Combine(_folder, project, project + ".dll");

    /// <summary>In a folder for intermediate files of its own: the sources' own build keeps its state.</summary>
    private async Task PublishAsync(string source, string project)
    {
        string[] arguments =
        [
            "publish", Path.Combine(source, project), "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--self-contained", "false", "-p:PublishReadyToRun=true",
            "-v", "quiet", "-clp:NoSummary", "--artifacts-path", Path.Combine(_folder, "artifacts"), "-o", Path.GetDirectoryName(PathOf(project))!,
        ];
        using var dotnet = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, WorkingDirectory = source })!;
        var output = await dotnet.StandardOutput.ReadToEndAsync();
        await dotnet.WaitForExitAsync();
        if (dotnet.ExitCode != 0) throw new BenchException($"{project} could not be published:\n{output}");
    }
}
