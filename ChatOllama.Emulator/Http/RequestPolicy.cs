using System.Net;
using ChatOllama.Emulator.Chat;
using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Http;

/// <summary>What holds for every request: the mark, the switches of <see cref="EmulatorControl"/>, foreign hosts and origins, and how refusals look.</summary>
internal static class RequestPolicy
{
    /// <summary>Names a fault for this one request, with or without the prefix <c>fault-</c>; obeyed only with <see cref="EmulatorOptions.Faults"/>.</summary>
    public const string FaultHeader = "X-Emulator-Fault";

    private const string PreflightHeaders =
        "Authorization,Content-Type,User-Agent,Accept,X-Requested-With,Openai-Beta,X-Stainless-Arch,X-Stainless-Async,X-Stainless-Custom-Poll-Interval,"
        + "X-Stainless-Helper-Method,X-Stainless-Lang,X-Stainless-Os,X-Stainless-Package-Version,X-Stainless-Poll-Helper,X-Stainless-Retry-Count,"
        + "X-Stainless-Runtime,X-Stainless-Runtime-Version,X-Stainless-Timeout";

    public static async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        var control = context.RequestServices.GetRequiredService<EmulatorControl>();
        control.Capture(context);
        context.Response.Headers[EmulatorApp.MarkHeader] = "1";
        try
        {
            await control.WaitWhileHangingAsync(context.RequestAborted);
            if (Refuses(context)) return;
            if (await RanFaultAsync(context)) return;
            await next(context);
            await DescribeRefusalAsync(context);
        }
        catch (WireError error) when (!context.Response.HasStarted)
        {
            await Answers.ErrorAsync(context, error);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; nobody is left to tell.
        }
        catch (IOException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The same, noticed while writing.
        }
    }

    /// <summary>A foreign Host, or a page of a foreign origin, gets an empty 403; a preflight of a local page its 204.</summary>
    private static bool Refuses(HttpContext context)
    {
        var preflight = HttpMethods.IsOptions(context.Request.Method);
        if (preflight) context.Response.Headers.Allow = "POST";
        if (!IsLocalHost(context.Request.Host.Host)) return Refuse(context);
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length == 0) return false;
        if (!IsLocalOrigin(origin)) return Refuse(context);
        context.Response.Headers.AccessControlAllowOrigin = origin;
        context.Response.Headers.Vary = "Origin";
        if (!preflight) return false;
        context.Response.StatusCode = 204;
        context.Response.Headers.AccessControlAllowHeaders = PreflightHeaders;
        context.Response.Headers.AccessControlAllowMethods = "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS";
        context.Response.Headers.AccessControlMaxAge = "43200";
        context.Response.Headers.Vary = new(["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"]);
        return true;
    }

    private static bool Refuse(HttpContext context)
    {
        context.Response.StatusCode = 403;
        context.Response.ContentLength = 0;
        return true;
    }

    private static bool IsLocalOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && (uri.Scheme is "app" or "file" or "tauri" or "vscode-webview" or "vscode-file"
            || (uri.Scheme is "http" or "https" && uri.Host is "localhost" or "127.0.0.1" or "0.0.0.0" or "[::1]"));

    private static bool IsLocalHost(string host) =>
        host.Length == 0
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".local", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".internal", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host, out _);

    private static async Task<bool> RanFaultAsync(HttpContext context)
    {
        var name = context.Request.Headers[FaultHeader].ToString();
        var options = context.RequestServices.GetRequiredService<EmulatorOptions>();
        if (name.Length == 0 || !options.Faults) return false;
        var script = Faults.Script(name, options) ?? throw new WireError(400, $"unknown fault \"{name}\"; known are {string.Join(", ", Faults.Names)}");
        // The chat routes run it themselves, in the shape of the call they are asked for.
        if (context.Request.Path.Value is "/api/chat" or "/api/generate") return false;
        await context.RequestServices.GetRequiredService<ScriptRunner>().RunAsync(context, script, new ScriptedCall("fault", IsGenerate: false, Streams: true));
        return true;
    }

    private static async Task DescribeRefusalAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted || response.ContentLength is not null || response.ContentType is not null) return;
        if (response.StatusCode == 404) await Answers.TextAsync(context, 404, "text/plain", "404 page not found");
        if (response.StatusCode != 405) return;
        response.Headers.Allow = string.Join(", ", response.Headers.Allow.ToString().Split(", ").OrderDescending(StringComparer.Ordinal));
        await Answers.TextAsync(context, 405, "text/plain", "405 method not allowed");
    }
}
