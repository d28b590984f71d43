using System.Diagnostics;

namespace ChatOllama.ServiceDefaults.Telemetry;

/// <summary>The source of our own spans. One for the process: an activity without a listener is null and costs nothing.</summary>
public static class Activities
{
    public static readonly ActivitySource Source = new(TelemetryServices.Name);
}
