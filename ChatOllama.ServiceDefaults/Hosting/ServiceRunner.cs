using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;

namespace ChatOllama.ServiceDefaults.Hosting;

/// <summary>Runs a service until it is told to stop.</summary>
public static class ServiceRunner
{
    /// <summary>
    /// Builds and runs. What keeps the service from starting is one line on standard error and exit code 1, without a stack trace.
    /// </summary>
    /// <returns>The exit code.</returns>
    /// <param name="args">Command-line arguments; with <c>--health</c> it asks the one that runs already, see <see cref="HealthProbe"/>.</param>
    public static Task<int> RunAsync(string[] args, Func<WebApplication> build) => RunAsync(args, async () =>
    {
        await using var app = build();
        await app.RunAsync();
    });

    /// <summary>Like <see cref="RunAsync(string[], Func{WebApplication})"/> for a program that hosts more than one service.</summary>
    public static async Task<int> RunAsync(string[] args, Func<Task> run)
    {
        if (args.Contains(HealthProbe.Argument)) return await HealthProbe.RunAsync(args, Console.Out);
        try
        {
            await run();
            return 0;
        }
        catch (Exception e) when (Explain(e) is { } line)
        {
            await Console.Error.WriteLineAsync(line);
            return 1;
        }
    }

    /// <summary>The one line for what keeps a service from starting; null for what only its stack trace can explain.</summary>
    internal static string? Explain(Exception e) => e switch
    {
        StartupException => "ChatOllama cannot start: " + OneLine(e.Message),
        // Kestrel: "Failed to bind to address http://0.0.0.0:8080: address already in use."
        IOException { InnerException: AddressInUseException } =>
            $"ChatOllama cannot start: {OneLine(e.Message)} Stop what listens there, or set PORT to another port.",
        _ => null,
    };

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
