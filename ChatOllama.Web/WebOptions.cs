using ChatOllama.ServiceDefaults.Configuration;

namespace ChatOllama.Web;

/// <summary>The effective configuration of the web.</summary>
public sealed record WebOptions
{
    /// <summary>Where the api answers: <c>services:api:http:0</c> (set by Aspire and by Standalone), else <c>Api:Url</c>.</summary>
    public required Uri ApiUrl { get; init; }

    /// <summary><c>KEYS_PATH</c>: the folder of the Data Protection keys, which protect forms against forgery.</summary>
    public required string KeysPath { get; init; }

    /// <summary><c>MAX_IMPORT_SIZE</c>: the largest file that can be imported, in bytes.</summary>
    public required long MaxImportSize { get; init; }

    /// <summary>Reads the configuration.</summary>
    /// <exception cref="StartupException">A value cannot be used; the message names it.</exception>
    public static WebOptions Read(IConfiguration configuration)
    {
        var address = configuration["services:api:http:0"] ?? configuration["Api:Url"] ?? "http://localhost:5080";
        if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            throw new StartupException($"Api:Url is '{address}', but must be an absolute http address such as http://localhost:5080.");
        return new WebOptions { ApiUrl = url, KeysPath = Path.GetFullPath(SettingCatalog.KeysPath.Read(configuration) ?? "keys"), MaxImportSize = SettingCatalog.MaxImportSize.Read(configuration) };
    }
}
