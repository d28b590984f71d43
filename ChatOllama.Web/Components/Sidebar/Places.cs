using Microsoft.AspNetCore.WebUtilities;

namespace ChatOllama.Web.Components.Sidebar;

/// <summary>Addresses of our own pages.</summary>
internal static class Places
{
    private const int Longest = 2000;

    public static string Session(string id) => "/sessions/" + Uri.EscapeDataString(id);

    /// <summary>The address, if it leads to a page of ours: what a form or a link says is input, and must not send anybody elsewhere.</summary>
    public static string? Local(string? address) =>
        address is { Length: > 0 and <= Longest } && address[0] == '/' && !address.StartsWith("//", StringComparison.Ordinal)
            && !address.Any(c => c == '\\' || char.IsControl(c)) && Uri.TryCreate(address, UriKind.Relative, out _) ? address : null;

    /// <summary>True for the page of this session, or one below it.</summary>
    public static bool IsOf(string address, string session)
    {
        var path = address.Split('?', '#')[0];
        var own = Session(session);
        return path == own || path.StartsWith(own + "/", StringComparison.Ordinal) || Uri.UnescapeDataString(path) == "/sessions/" + session;
    }

    /// <summary>The address with these words in its query, in place of those it had under the same names.</summary>
    public static string With(string address, params (string Name, string? Value)[] words)
    {
        var parts = address.Split('#')[0].Split('?', 2);
        var query = QueryHelpers.ParseQuery(parts.Length > 1 ? parts[1] : "");
        foreach (var (name, value) in words)
        {
            query.Remove(name);
            if (value is not null) query[name] = value;
        }
        return QueryHelpers.AddQueryString(parts[0], query);
    }

    /// <summary>Where the visitor is, without what was said once; for a page that came of a form, the page of its session.</summary>
    public static string Here(HttpContext context, string? session)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method)) return With(request.Path.ToUriComponent() + request.QueryString, ("deleted", null), ("open", null));
        return session is null ? "/" : Session(session);
    }
}
