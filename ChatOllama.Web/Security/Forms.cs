using ChatOllama.ServiceDefaults.Configuration;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace ChatOllama.Web.Security;

/// <summary>Protects forms against forgery, with keys that outlive a restart.</summary>
internal static class Forms
{
    public static void AddForms(this WebApplicationBuilder builder)
    {
        // It warns that its keys are not encrypted. They cannot be on a machine without a key store, and protect forms only.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
        builder.Services.AddDataProtection().SetApplicationName("ChatOllama");
        builder.Services.AddOptions<KeyManagementOptions>().Configure<WebOptions, ILoggerFactory>((keys, options, log) =>
            keys.XmlRepository = new FileSystemXmlRepository(Folder(options.KeysPath), log));
        builder.Services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "chatollama.form";
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.FormFieldName = "_token";
            antiforgery.SuppressXFrameOptionsHeader = true;
        });
    }

    /// <exception cref="StartupException">The folder cannot be made.</exception>
    private static DirectoryInfo Folder(string path)
    {
        try
        {
            return Directory.CreateDirectory(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"KEYS_PATH is '{path}', but that folder cannot be made or written to.", failure);
        }
    }
}

/// <summary>A form without a field of its own. A handler takes it all the same: only forms are checked for their token.</summary>
internal sealed record NoFields
{
    public string? Any { get; init; }
}
