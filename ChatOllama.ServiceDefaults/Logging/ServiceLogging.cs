using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace ChatOllama.ServiceDefaults.Logging;

/// <summary>Logging by <c>LOG_LEVEL</c> and <c>LOG_FORMAT</c>.</summary>
public static class ServiceLogging
{
    /// <summary>One line per event on standard output; the framework speaks from warnings on, but for its start and stop messages. <c>Logging:…</c> keys refine it.</summary>
    public static WebApplicationBuilder AddServiceLogging(this WebApplicationBuilder builder)
    {
        var logging = builder.Logging;
        logging.ClearProviders();
        logging.AddConsole();
        logging.AddConsoleFormatter<JsonLineFormatter, ConsoleFormatterOptions>();
        logging.AddConsoleFormatter<TextLineFormatter, ConsoleFormatterOptions>();
        // Trace and span ids come from the request id here; the ones of activities would double every line.
        logging.Configure(o => o.ActivityTrackingOptions = ActivityTrackingOptions.None);
        // Read late, so that configuration added after this call counts too.
        builder.Services.AddSingleton<IConfigureOptions<ConsoleLoggerOptions>>(
            _ => new ConfigureOptions<ConsoleLoggerOptions>(o => o.FormatterName = SettingCatalog.LogFormat.Read(builder.Configuration) == "console"
                ? TextLineFormatter.FormatterName
                : JsonLineFormatter.FormatterName));
        builder.Services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(
            _ => new ConfigureOptions<LoggerFilterOptions>(o => Filter(o, builder.Configuration)));
        return builder;
    }

    private static void Filter(LoggerFilterOptions options, IConfiguration configuration)
    {
        var level = SettingCatalog.LogLevel.Read(configuration) switch
        {
            "debug" => LogLevel.Debug,
            "warn" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => LogLevel.Information,
        };
        options.MinLevel = level;
        var quiet = level > LogLevel.Warning ? level : LogLevel.Warning;
        // In front of the rules from Logging:…, so that those win: the last of equally specific rules counts.
        options.Rules.Insert(0, new LoggerFilterRule(null, "Microsoft", quiet, null));
        options.Rules.Insert(1, new LoggerFilterRule(null, "System", quiet, null));
        options.Rules.Insert(2, new LoggerFilterRule(null, "Polly", quiet, null));
        options.Rules.Insert(3, new LoggerFilterRule(null, "Yarp", quiet, null));
        options.Rules.Insert(4, new LoggerFilterRule(null, "Microsoft.Hosting.Lifetime", level, null));
        // Its middleware logs each exception that ours turn into a problem a second time.
        options.Rules.Insert(5, new LoggerFilterRule(null, "Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.None, null));
    }
}
