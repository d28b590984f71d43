using System.Data.Common;
using Microsoft.Extensions.Configuration;

namespace ChatOllama.ServiceDefaults.Configuration;

/// <summary>Which service reads a setting.</summary>
[Flags]
public enum SettingUsers
{
    Api = 1,
    Web = 2,
    Both = Api | Web,
}

/// <summary>
/// One environment variable with its default, its manual and its check. The catalog is <see cref="SettingCatalog"/>.
/// The same value can be given as the ordinary configuration key <see cref="Key"/>, in a settings file for example.
/// </summary>
public abstract class Setting(string name, string? fallback, string description)
{
    /// <summary>The environment variable, e.g. <c>MAX_CONCURRENT_CHATS</c>.</summary>
    public string Name { get; } = name;

    /// <summary>What counts when nothing is set, in the form a person would write it; null when there is no value then.</summary>
    public string? Default { get; } = fallback;

    /// <summary>The manual, one sentence.</summary>
    public string Description { get; } = description;

    /// <summary>True: the value is never shown.</summary>
    public bool IsSecret { get; init; }

    public SettingUsers Users { get; init; } = SettingUsers.Both;

    /// <summary>The ordinary configuration key: <c>ChatOllama:MaxConcurrentChats</c>.</summary>
    public string Key { get; } = "ChatOllama:" + string.Concat(name.Split('_').Select(w => w[0] + w[1..].ToLowerInvariant()));

    /// <summary>The part of a connection string that says the same, as Aspire hands it over; null where there is none.</summary>
    public ConnectionStringPart? ConnectionString { get; init; }

    /// <summary>
    /// The value as it is set, with its source: the variable, else <see cref="Key"/>, else <see cref="ConnectionString"/>, else the
    /// default. A blank value counts as not set, because compose files pass those.
    /// </summary>
    public SettingValue Find(IConfiguration configuration) =>
        Find(configuration, Name) ?? Find(configuration, Key) ?? ConnectionString?.Find(configuration) ?? new SettingValue(Default, SettingSource.Default);

    /// <summary>True when a value was given, wherever.</summary>
    public bool IsSet(IConfiguration configuration) => Find(configuration).Source != SettingSource.Default;

    /// <summary>Throws <see cref="SettingException"/> when the effective value cannot be used.</summary>
    public abstract void Check(IConfiguration configuration);

    /// <summary>A value as it may be shown: secrets and the credentials of URLs are masked.</summary>
    public string? Mask(string? text) => text is null ? null : IsSecret ? "***" : SettingParsers.MaskCredentials(text);

    private static SettingValue? Find(IConfiguration configuration, string key) =>
        configuration[key] is { } text && !string.IsNullOrWhiteSpace(text)
            ? new SettingValue(text.Trim(), SettingSource.Of(configuration, key))
            : null;
}

/// <summary>A setting of a type.</summary>
/// <param name="parse">Makes the value of the text; false when that cannot be.</param>
/// <param name="expected">What a value has to be, as the end of a sentence.</param>
public sealed class Setting<T>(string name, string? fallback, string description, SettingParser<T> parse, string expected)
    : Setting(name, fallback, description)
{
    /// <summary>The effective value; the type's default when neither a value nor a default exists.</summary>
    /// <exception cref="SettingException">The value cannot be used.</exception>
    public T? Read(IConfiguration configuration)
    {
        var (text, source) = Find(configuration);
        if (text is null)
            return default;
        return parse(text, out var value) ? value : throw new SettingException(Name, expected, Mask(text)!, source);
    }

    public override void Check(IConfiguration configuration) => Read(configuration);
}

/// <summary>Makes a value of a text; false when the text cannot be used.</summary>
public delegate bool SettingParser<T>(string text, out T value);

/// <summary>A text and where it came from.</summary>
public sealed record SettingValue(string? Text, string Source);

/// <summary>A keyword of a connection string: <c>Endpoint</c> in <c>ConnectionStrings:chat</c> = <c>Endpoint=http://ollama:11434;Model=llama3.2:1b</c>.</summary>
public sealed record ConnectionStringPart(string Name, string Keyword)
{
    /// <summary>The configuration key, for messages and documents.</summary>
    public string Key => "ConnectionStrings:" + Name;

    /// <summary>The keyword's value; null where the connection string is missing, blank, or lacks the keyword.</summary>
    /// <exception cref="StartupException">It is no connection string.</exception>
    public SettingValue? Find(IConfiguration configuration)
    {
        if (configuration[Key] is not { } text || string.IsNullOrWhiteSpace(text)) return null;
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = text };
            return parts.TryGetValue(Keyword, out var value) && value is string { Length: > 0 } part ? new SettingValue(part, SettingSource.Of(configuration, Key)) : null;
        }
        catch (ArgumentException)
        {
            throw new StartupException($"{Key} cannot be read. It must look like '{Keyword}=…'.");
        }
    }
}
