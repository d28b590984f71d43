using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Settings;

/// <summary>The values of the configuration in groups that people can find their way in.</summary>
internal static class SettingGroups
{
    public static IEnumerable<(string Title, IReadOnlyList<SettingView> Values)> Of(IReadOnlyList<SettingView> settings) =>
        settings.GroupBy(setting => Place(setting.Name)).OrderBy(group => group.Key)
            .Select(group => (Title(group.Key), (IReadOnlyList<SettingView>)[.. group]));

    public static bool IsDefault(SettingView setting) => setting.Source == "default";

    public static string Source(SettingView setting) => setting.Source switch
    {
        "default" => SettingTexts.SourceDefault,
        "environment" => SettingTexts.SourceEnvironment,
        "command line" => SettingTexts.SourceCommandLine,
        _ => setting.Source,
    };

    private static int Place(string name) => name switch
    {
        "OLLAMA_HOST" or "OLLAMA_HOSTS" or "OLLAMA_TIMEOUT" or "MAX_PULLS" or "PULL_STALL_TIMEOUT" or "ALLOW_INSECURE_PULLS" or "MODEL_REGISTRY" or "HF_REGISTRY" => 0,
        "DB_PATH" or "KEYS_PATH" or "MAX_IMPORT_SIZE" => 1,
        "PORT" or "HOST" or "RATE_LIMIT" or "TRUSTED_PROXIES" or "CORS_ORIGINS" or "ALLOWED_HOSTS" => 2,
        "MAX_CONCURRENT_CHATS" or "MAX_QUEUED_CHATS" or "QUEUE_TIMEOUT" or "DISCONNECT_GRACE" or "FIRST_TOKEN_TIMEOUT" or "TOKEN_TIMEOUT" or "SHUTDOWN_GRACE" => 3,
        "ENV" or "LOG_LEVEL" or "LOG_FORMAT" or "METRICS" or "TELEMETRY_CONTENT" => 4,
        _ => 5,
    };

    private static string Title(int place) => place switch
    {
        0 => SettingTexts.GroupOllama,
        1 => SettingTexts.GroupStorage,
        2 => SettingTexts.GroupNetwork,
        3 => SettingTexts.GroupChats,
        4 => SettingTexts.GroupService,
        _ => SettingTexts.GroupOther,
    };
}
