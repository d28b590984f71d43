using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace ChatOllama.Benchmarks.Baselines;

/// <summary>Runs one of the servers that we are compared with, in a process of its own: <c>serve yarp --urls … --upstream …</c>.</summary>
internal static class BaselineServer
{
    public static async Task<int> RunAsync(string name, string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var upstream = new Uri(builder.Configuration["upstream"] ?? throw new BenchException("--upstream is missing."));
        await using var app = name switch
        {
            "yarp" => YarpBaseline.Build(builder, upstream),
            "relay" => RelayBaseline.Build(builder, upstream),
            _ => throw new BenchException($"There is no baseline '{name}'."),
        };
        await app.RunAsync();
        return 0;
    }
}
