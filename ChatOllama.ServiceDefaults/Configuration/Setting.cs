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

    /// <summary>The value as it is set, with its source; a blank value counts as not set, because compose files pass those.</summary>
    public SettingValue Find(IConfiguration configuration) =>
        Find(configuration, Name) ?? Find(configuration, Key) ?? new SettingValue(Default, SettingSource.Default);

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
