using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace ChatOllama.ServiceDefaults.Configuration;

/// <summary>Reads the texts that people write into environment variables. Thread-safe.</summary>
public static partial class SettingParsers
{
    /// <summary>Timers take at most some 49 days; nothing here needs more than this.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    /// <summary><c>30s</c>, <c>10m</c>, <c>2h</c>, <c>500ms</c>, <c>1d</c>, <c>1m30s</c>, <c>00:00:30</c>; a bare number counts seconds.</summary>
    public static bool TryDuration(string text, out TimeSpan value)
    {
        value = default;
        if (text.Contains(':'))
            return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out value) && value >= TimeSpan.Zero && value <= Longest;
        if (!DurationPattern().IsMatch(text))
            return false;
        var milliseconds = 0.0;
        foreach (Match part in DurationPart().Matches(text))
            milliseconds += double.Parse(part.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * UnitInMilliseconds(part.Groups[2].ValueSpan);
        if (milliseconds > Longest.TotalMilliseconds)
            return false;
        value = TimeSpan.FromMilliseconds(milliseconds);
        return true;
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static bool TryBool(string text, out bool value) => bool.TryParse(text, out value);

    /// <summary>A parser for durations of at least <paramref name="least"/>.</summary>
    public static SettingParser<TimeSpan> DurationFrom(TimeSpan least) =>
        (string text, out TimeSpan value) => TryDuration(text, out value) && value >= least;

    /// <summary>A parser for whole numbers in a range.</summary>
    public static SettingParser<int> IntBetween(int least, int most) =>
        (string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;

    /// <summary>Like <see cref="IntBetween"/>, for settings that may be absent.</summary>
    public static SettingParser<int?> OptionalIntBetween(int least, int most) => (string text, out int? value) =>
    {
        var ok = IntBetween(least, most)(text, out var number);
        value = number;
        return ok;
    };

    /// <summary>A parser for one word of a few, in any case, given back in lower case.</summary>
    public static SettingParser<string> OneOf(params string[] words) => (string text, out string value) =>
    {
        value = text.ToLowerInvariant();
        return words.Contains(value);
    };

    /// <summary><c>500MB</c> or <c>2GB</c>, from one megabyte to a hundred gigabytes; decimal, as disks are labelled.</summary>
    public static bool TrySize(string text, out long value)
    {
        value = 0;
        var unit = text.EndsWith("GB", StringComparison.OrdinalIgnoreCase) ? 1_000_000_000 : text.EndsWith("MB", StringComparison.OrdinalIgnoreCase) ? 1_000_000 : 0;
        if (unit == 0 || !long.TryParse(text.AsSpan(0, text.Length - 2).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 100_000)
            return false;
        value = number * unit;
        return value <= 100_000_000_000;
    }

    /// <summary>The path of a file.</summary>
    public static bool TryFile(string text, out string value)
    {
        value = text;
        return !text.Contains('\0') && !Path.EndsInDirectorySeparator(text);
    }

    /// <summary>The path of a folder.</summary>
    public static bool TryFolder(string text, out string value)
    {
        value = Path.TrimEndingDirectorySeparator(text);
        return !text.Contains('\0');
    }

    /// <summary>A URL without a query, or <c>off</c> for null.</summary>
    public static bool TryUrlOrOff(string text, out Uri value)
    {
        value = null!;
        return text.Equals("off", StringComparison.OrdinalIgnoreCase)
            || (Uri.TryCreate(text, UriKind.Absolute, out value!) && (value.Scheme == Uri.UriSchemeHttp || value.Scheme == Uri.UriSchemeHttps)
                && value.Query.Length == 0 && value.Fragment.Length == 0);
    }

    /// <summary>
    /// <c>host</c>, <c>host:port</c>, <c>[::1]:port</c> or a URL, as Ollama's own tools take it: the port is 11434 unless a URL scheme
    /// brings its own, and a bind-all address means this machine.
    /// </summary>
    public static bool TryOllamaUrl(string text, out Uri value)
    {
        value = null!;
        var hasScheme = text.Contains("://", StringComparison.Ordinal);
        if (!Uri.TryCreate(hasScheme ? text : "http://" + text, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.Host.Length == 0 || uri.Query.Length > 0 || uri.Fragment.Length > 0 || text.Any(char.IsWhiteSpace))
            return false;
        var builder = new UriBuilder(uri);
        if (!hasScheme && !PortPattern().IsMatch(text))
            builder.Port = 11434;
        if (IPAddress.TryParse(uri.IdnHost, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)))
            builder.Host = "127.0.0.1";
        value = builder.Uri;
        return true;
    }

    /// <summary>Comma-separated addresses, each as <see cref="TryOllamaUrl"/> takes it, none of them twice.</summary>
    public static bool TryOllamaUrls(string text, out Uri[] value)
    {
        value = [];
        var urls = new List<Uri>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            // The same server under two names would be counted as two; under one it is a mistake.
            if (!TryOllamaUrl(part, out var url) || urls.Exists(u => Uri.Compare(u, url, UriComponents.HttpRequestUrl, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0))
                return false;
            urls.Add(url);
        }
        value = [.. urls];
        return value.Length > 0;
    }

    /// <summary>Comma-separated origins: scheme, host and port, nothing behind; or <c>*</c> alone.</summary>
    public static bool TryOrigins(string text, out string[] value)
    {
        value = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (value is ["*"])
            return true;
        value = [.. value.Select(o => o.TrimEnd('/'))];
        return value.Length > 0 && value.All(IsOrigin);
    }

    /// <summary>Comma-separated IP addresses and networks in CIDR notation.</summary>
    public static bool TryNetworks(string text, out IPNetwork[] value)
    {
        value = [];
        var networks = new List<IPNetwork>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (IPAddress.TryParse(part, out var address))
                networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            else if (IPNetwork.TryParse(part, out var network))
                networks.Add(network);
            else
                return false;
        }
        value = [.. networks];
        return value.Length > 0;
    }

    /// <summary>Comma-separated host names without a port, <c>*.example.com</c> for all below one, <c>*</c> for any.</summary>
    public static bool TryHostNames(string text, out string[] value)
    {
        value = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return value.Length > 0 && Array.TrueForAll(value, name => name == "*" || Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) == UriHostNameType.Dns);
    }

    /// <summary>An address to listen on: an IP address, <c>localhost</c> or <c>*</c>. Kestrel would take any other name for "every address".</summary>
    public static bool TryListenHost(string text, out string value)
    {
        value = text.Trim('[', ']');
        if (value is "*" or "+" || value.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return true;
        if (!IPAddress.TryParse(value, out var address))
            return false;
        value = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
        return true;
    }

    /// <summary>Replaces user name and password of a URL.</summary>
    public static string MaskCredentials(string text) => CredentialsPattern().Replace(text, "$1***@");

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri.PathAndQuery == "/" && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0;

    private static double UnitInMilliseconds(ReadOnlySpan<char> unit) => unit switch
    {
        "ms" => 1,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 1000,
    };

    [GeneratedRegex(@"^(?:\d{1,9}(?:\.\d{1,3})?|(?:\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d))+)$", RegexOptions.CultureInvariant)]
    private static partial Regex DurationPattern();

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", RegexOptions.CultureInvariant)]
    private static partial Regex DurationPart();

    [GeneratedRegex(@":\d+(/.*)?$", RegexOptions.CultureInvariant)]
    private static partial Regex PortPattern();

    [GeneratedRegex(@"((?:^|//))[^/@\s]+@", RegexOptions.CultureInvariant)]
    private static partial Regex CredentialsPattern();
}
