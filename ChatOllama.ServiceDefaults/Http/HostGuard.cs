using System.Net;
using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace ChatOllama.ServiceDefaults.Http;

/// <summary>
/// Answers only to names that a stranger cannot own, or that <c>ALLOWED_HOSTS</c> lists: a page whose name is made to point to this machine (DNS rebinding)
/// would otherwise be of our own origin. See docs/decisions/0006.
/// </summary>
internal sealed class HostGuard(RequestDelegate next, IConfiguration configuration)
{
    private static readonly string[] LocalEndings = [".localhost", ".local", ".lan", ".home.arpa", ".internal"];
    private readonly string[] _allowed = SettingCatalog.AllowedHosts.Read(configuration) ?? [];

    public Task InvokeAsync(HttpContext context)
    {
        var name = context.Request.Host.Host.TrimEnd('.');
        if (IsOurs(name)) return next(context);
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return context.Response.WriteAsync("ChatOllama does not answer to this name. To use it, start ChatOllama with the name in ALLOWED_HOSTS.\n");
    }

    private bool IsOurs(string name) =>
        !name.Contains('.', StringComparison.Ordinal) || IPAddress.TryParse(name, out _)
        || Array.Exists(LocalEndings, ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        || Array.Exists(_allowed, allowed => Matches(allowed, name));

    private static bool Matches(string allowed, string name) =>
        allowed == "*" || (allowed.StartsWith("*.", StringComparison.Ordinal) ? name.EndsWith(allowed[1..], StringComparison.OrdinalIgnoreCase) : name.Equals(allowed, StringComparison.OrdinalIgnoreCase));
}
