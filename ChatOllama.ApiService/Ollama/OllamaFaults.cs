using System.Diagnostics.Metrics;
using ChatOllama.ServiceDefaults.Telemetry;

namespace ChatOllama.ApiService.Ollama;

/// <summary>How often Ollama failed us, by kind; see docs/telemetry.md. Counted where a fault gets its name, so that none is missed, whoever called.</summary>
internal static class OllamaFaults
{
    private static readonly Meter Meter = new(TelemetryServices.Name);
    private static readonly Counter<long> Faults = Meter.CreateCounter<long>("chatollama.ollama.faults", "{fault}", "Faults between here and Ollama, by kind.");

    /// <summary>The words of the metric; an operator's rules depend on them.</summary>
    public static string Word(OllamaFault kind) => kind switch
    {
        OllamaFault.Unreachable => "unreachable",
        OllamaFault.Timeout => "timeout",
        OllamaFault.Busy => "busy",
        OllamaFault.ModelNotFound => "model_not_found",
        OllamaFault.ContextOverflow => "context_overflow",
        OllamaFault.Rejected => "rejected",
        OllamaFault.Failed => "failed",
        OllamaFault.Incomplete => "incomplete",
        _ => "malformed",
    };

    public static void Count(OllamaFault kind) => Faults.Add(1, new KeyValuePair<string, object?>("error.type", Word(kind)));
}
