using System.Reflection;
using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ChatOllama.ServiceDefaults.Telemetry;

/// <summary>
/// Traces, metrics and logs over OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, metrics for Prometheus where
/// <c>METRICS=prometheus</c>. Where neither is set nothing listens, and what would be measured costs a null check.
/// </summary>
public static class TelemetryServices
{
    /// <summary>The name of our own activities and instruments.</summary>
    public const string Name = "ChatOllama";

    /// <summary>
    /// <c>true</c> in a service that shares its process with another one: whoever listens hears the whole process, so one listener for
    /// traces and metrics is enough, and two would say everything twice.
    /// </summary>
    public const string LogsOnlyKey = "Telemetry:LogsOnly";

    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Requests that come every few seconds and say nothing: probes, and what Prometheus reads.</summary>
    private static readonly string[] Probes = ["/health", "/ready", "/live", "/ping", "/metrics"];

    /// <summary>Call it last, when the configuration is complete: it is read now.</summary>
    /// <param name="service">The service's name in the resource; <c>OTEL_SERVICE_NAME</c> goes first.</param>
    /// <exception cref="StartupException">The endpoint is no URL.</exception>
    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        var exports = HasEndpoint(builder.Configuration);
        if (!exports && !HasPrometheus(builder.Configuration)) return builder;
        var telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService(
            builder.Configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } chosen ? chosen : service,
            serviceVersion: typeof(TelemetryServices).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion));
        if (!builder.Configuration.GetValue(LogsOnlyKey, false))
        {
            telemetry.WithMetrics(metrics => Measure(metrics, HasPrometheus(builder.Configuration)));
            if (exports) telemetry.WithTracing(Trace);
        }
        if (!exports) return builder;
        // What people write is in no log line, see docs/telemetry.md; scopes carry the request id.
        builder.Logging.AddOpenTelemetry(logs => logs.IncludeScopes = true);
        telemetry.UseOtlpExporter();
        return builder;
    }

    private static void Measure(MeterProviderBuilder metrics, bool prometheus)
    {
        metrics.AddMeter(Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.RateLimiting", "System.Net.Http", "System.Runtime");
        metrics.AddView(DurationBuckets);
        if (prometheus) metrics.AddPrometheusExporter();
    }

    private static void Trace(TracerProviderBuilder traces) => traces
        .AddSource(Name)
        .AddAspNetCoreInstrumentation(options =>
        {
            options.Filter = context => !IsProbe(context.Request.Path);
            // What people search for stands in the query. It is masked by default, but development tools switch that off for all.
            options.EnrichWithHttpRequest = (activity, _) => activity.SetTag("url.query", null);
        })
        .AddHttpClientInstrumentation(options =>
            options.EnrichWithHttpRequestMessage = (activity, request) => activity.SetTag("url.full", request.RequestUri?.GetLeftPart(UriPartial.Path)));

    /// <summary><c>GET /metrics</c> in Prometheus' text format, where it was asked for.</summary>
    public static WebApplication MapTelemetry(this WebApplication app)
    {
        if (HasPrometheus(app.Configuration)) app.MapPrometheusScrapingEndpoint();
        return app;
    }

    private static bool IsProbe(PathString path) => Array.Exists(Probes, probe => path.Equals(probe, StringComparison.Ordinal));

    private static bool HasPrometheus(IConfiguration configuration) => SettingCatalog.Metrics.Read(configuration) == "prometheus";

    private static bool HasEndpoint(ConfigurationManager configuration)
    {
        if (configuration[Endpoint] is not { } text || string.IsNullOrWhiteSpace(text)) return false;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? true
            : throw new StartupException($"{Endpoint} is '{text}', but must be a URL such as http://localhost:4317.");
    }

    /// <summary>The usual buckets end at 10 s; a model that loads takes minutes, and a token a few milliseconds.</summary>
    private static MetricStreamConfiguration? DurationBuckets(System.Diagnostics.Metrics.Instrument instrument) =>
        instrument.Unit == "s" && instrument.Meter.Name == Name
            ? new ExplicitBucketHistogramConfiguration { Boundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60, 120, 300, 600] }
            : null;
}
