using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Memory;

namespace ChatOllama.ServiceDefaults.Configuration;

/// <summary>Names the place a configuration value came from.</summary>
public static class SettingSource
{
    public const string Default = "default";
    public const string Environment = "environment";
    public const string CommandLine = "command line";

    /// <summary>Set by the program that hosts the service, Standalone or a test.</summary>
    public const string Program = "program";

    /// <summary>The source of the value that counts for <paramref name="key"/>: the last provider that has it.</summary>
    public static string Of(IConfiguration configuration, string key)
    {
        if (configuration is IConfigurationRoot root)
        {
            foreach (var provider in root.Providers.Reverse())
            {
                if (provider.TryGet(key, out var value) && !string.IsNullOrWhiteSpace(value))
                    return NameOf(provider, key);
            }
        }
        return "configuration";
    }

    private static string NameOf(IConfigurationProvider provider, string key) => provider switch
    {
        EnvironmentVariablesConfigurationProvider => Environment,
        CommandLineConfigurationProvider => CommandLine,
        MemoryConfigurationProvider => Program,
        ChainedConfigurationProvider chained => Of(chained.Configuration, key),
        FileConfigurationProvider { Source.Path: { } path } => Path.GetFileName(path),
        _ => provider.GetType().Name.Replace("ConfigurationProvider", "", StringComparison.Ordinal).ToLowerInvariant(),
    };
}
