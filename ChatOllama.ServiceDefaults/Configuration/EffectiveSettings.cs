using ChatOllama.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace ChatOllama.ServiceDefaults.Configuration;

/// <summary>The settings of one service as they count, with the source of each; secrets are masked already. Immutable.</summary>
public sealed partial class EffectiveSettings
{
    private EffectiveSettings(IReadOnlyList<SettingView> values) => Values = values;

    public IReadOnlyList<SettingView> Values { get; }

    /// <summary>Reads and checks every setting that <paramref name="users"/> has.</summary>
    /// <exception cref="SettingException">The first value that cannot be used.</exception>
    public static EffectiveSettings Read(IConfiguration configuration, SettingUsers users)
    {
        var values = new List<SettingView>();
        foreach (var setting in SettingCatalog.All.Where(s => (s.Users & users) != 0))
        {
            setting.Check(configuration);
            var (text, source) = setting.Find(configuration);
            values.Add(new SettingView { Name = setting.Name, Value = setting.Mask(text), Source = source, Description = setting.Description });
        }
        return new EffectiveSettings(values);
    }

    /// <summary>One log line per value.</summary>
    public void Log(ILogger logger)
    {
        foreach (var value in Values)
            LogSetting(logger, value.Name, value.Value ?? "(none)", value.Source);
    }

    [LoggerMessage(1, LogLevel.Information, "Setting {Name} = {Value} ({Source})")]
    private static partial void LogSetting(ILogger logger, string name, string value, string source);
}
