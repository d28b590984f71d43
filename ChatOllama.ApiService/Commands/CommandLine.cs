using ChatOllama.ApiService.Configuration;
using ChatOllama.ApiService.Data;
using ChatOllama.ServiceDefaults.Configuration;
using ChatOllama.ServiceDefaults.Hosting;

namespace ChatOllama.ApiService.Commands;

/// <summary>What stands behind the name of a command: at most one operand, its own options, and settings as the service takes them.</summary>
internal sealed class CommandLine
{
    private readonly IConfiguration _configuration;

    /// <param name="options">The names that the command knows, without dashes.</param>
    /// <exception cref="CommandException">An option that nobody knows, or more operands than one.</exception>
    public CommandLine(string[] args, params string[] options)
    {
        var named = new List<string>();
        var settings = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                if (Operand is not null) throw new CommandException($"There is one argument too many: {args[i]}.");
                Operand = args[i];
                continue;
            }
            named.Add(args[i]);
            var name = args[i][2..].Split('=')[0];
            if (!options.Contains(name, StringComparer.OrdinalIgnoreCase) && !IsSetting(name)) throw new CommandException($"The option --{name} is not known here.");
            if (IsSetting(name)) settings.Add(args[i]);
            if (args[i].Contains('=', StringComparison.Ordinal)) continue;
            if (++i == args.Length) throw new CommandException($"The option --{name} needs a value.");
            named.Add(args[i]);
            if (IsSetting(name)) settings.Add(args[i]);
        }
        _configuration = HealthProbe.Configuration([.. named]);
        Settings = [.. settings];
    }

    /// <summary>The settings among the arguments, for a service that the command starts.</summary>
    public string[] Settings { get; }

    public string? Operand { get; }

    public string? this[string option] => _configuration[option] is { Length: > 0 } value ? value : null;

    /// <summary>The database that the service would use.</summary>
    /// <exception cref="SettingException">A setting cannot be used.</exception>
    public DatabaseFile Database() => new(ApiConfiguration.Read(_configuration));

    /// <exception cref="CommandException">It is no whole number above zero.</exception>
    public int? Count(string option) =>
        this[option] is not { } text ? null
        : int.TryParse(text, out var count) && count > 0 ? count
        : throw new CommandException($"--{option} must be a whole number above zero.");

    private static bool IsSetting(string name) =>
        name.Contains(':', StringComparison.Ordinal) || SettingCatalog.All.Any(setting => string.Equals(setting.Name, name, StringComparison.OrdinalIgnoreCase));
}
