using System.Text.Json;
using ChatOllama.ApiService;
using ChatOllama.ApiService.Configuration;
using ChatOllama.ServiceDefaults.Configuration;
using ChatOllama.ServiceDefaults.Hosting;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace ChatOllama.Tests.Configuration;

public class SettingTests
{
    [Theory]
    [InlineData("30s", 30_000)]
    [InlineData("10m", 600_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("500ms", 500)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1.5s", 1500)]
    [InlineData("45", 45_000)]
    [InlineData("00:00:30", 30_000)]
    [InlineData("0s", 0)]
    public void Durations_are_read_as_people_write_them(string text, double milliseconds)
    {
        Assert.True(SettingParsers.TryDuration(text, out var value));
        Assert.Equal(milliseconds, value.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("5x")]
    [InlineData("s")]
    [InlineData("-00:00:01")]
    [InlineData("31d")]
    [InlineData("999999999999999999999h")]
    public void Other_texts_are_no_durations(string text) => Assert.False(SettingParsers.TryDuration(text, out _));

    [Theory]
    [InlineData("box", "http://box:11434/")]
    [InlineData("box:80", "http://box/")]
    [InlineData("box:1234", "http://box:1234/")]
    [InlineData("http://box", "http://box/")]
    [InlineData("https://box/ollama", "https://box/ollama")]
    [InlineData("http://box:11434", "http://box:11434/")]
    [InlineData("0.0.0.0", "http://127.0.0.1:11434/")]
    [InlineData("0.0.0.0:7", "http://127.0.0.1:7/")]
    [InlineData("[::1]:7", "http://[::1]:7/")]
    [InlineData("[::1]", "http://[::1]:11434/")]
    public void An_ollama_host_is_a_host_a_port_or_a_url(string text, string url)
    {
        Assert.True(SettingParsers.TryOllamaUrl(text, out var value));
        Assert.Equal(url, value.AbsoluteUri);
    }

    [Theory]
    [InlineData("10.0.0.1", true)]
    [InlineData("10.0.0.0/8, fd00::/8 ,::1", true)]
    [InlineData("10.0.0.1, proxy", false)]
    [InlineData("proxy, 10.0.0.1", false)]
    [InlineData("10.0.0.0/33", false)]
    [InlineData(",", false)]
    public void Proxies_are_addresses_and_networks(string text, bool good) => Assert.Equal(good, SettingParsers.TryNetworks(text, out _));

    [Theory]
    [InlineData("ftp://box")]
    [InlineData("http://")]
    [InlineData("box:port")]
    [InlineData("two words")]
    [InlineData("http://box?x=1")]
    public void Other_texts_are_no_ollama_host(string text) => Assert.False(SettingParsers.TryOllamaUrl(text, out _));

    [Fact]
    public void Several_ollamas_go_before_one_and_one_of_several_is_one()
    {
        var several = ApiConfiguration.Read(Configuration(("OLLAMA_HOST", "box"), ("OLLAMA_HOSTS", "gpu1, http://gpu2:8080/ollama")));
        Assert.Equal(["http://gpu1:11434/", "http://gpu2:8080/ollama"], several.OllamaUrls.Select(u => u.ToString()));
        Assert.Equal("http://gpu1:11434/", several.OllamaUrl.ToString());
        var one = ApiConfiguration.Read(Configuration(("OLLAMA_HOST", "box"), ("OLLAMA_HOSTS", "gpu1")));
        Assert.Equal(("http://gpu1:11434/", 0), (one.OllamaUrl.ToString(), one.OllamaUrls.Length));
        var blank = ApiConfiguration.Read(Configuration(("OLLAMA_HOST", "box"), ("OLLAMA_HOSTS", " ")));
        Assert.Equal(("http://box:11434/", 0), (blank.OllamaUrl.ToString(), blank.OllamaUrls.Length));
    }

    [Fact]
    public void Every_default_passes_its_own_check()
    {
        var nothing = new ConfigurationBuilder().Build();
        foreach (var setting in SettingCatalog.All)
            setting.Check(nothing);
        var read = ApiConfiguration.Read(nothing);
        Assert.Equal(new ApiOptions().OllamaUrl, read.OllamaUrl);
        Assert.Equal(JsonSerializer.Serialize(new ApiOptions { OllamaUrl = read.OllamaUrl }), JsonSerializer.Serialize(read));
    }

    [Theory]
    [InlineData("PORT", "http")]
    [InlineData("PORT", "65536")]
    [InlineData("PORT", "-1")]
    [InlineData("HOST", "example.com")]
    [InlineData("ENV", "staging")]
    [InlineData("DB_PATH", "/data/")]
    [InlineData("OLLAMA_HOST", "ftp://x")]
    [InlineData("OLLAMA_HOSTS", "box, ftp://x")]
    [InlineData("OLLAMA_HOSTS", "box, http://BOX:11434/")]
    [InlineData("OLLAMA_HOSTS", ",")]
    [InlineData("OLLAMA_TIMEOUT", "0s")]
    [InlineData("LOG_LEVEL", "loud")]
    [InlineData("LOG_FORMAT", "xml")]
    [InlineData("MAX_CONCURRENT_CHATS", "0")]
    [InlineData("MAX_QUEUED_CHATS", "many")]
    [InlineData("QUEUE_TIMEOUT", "-1s")]
    [InlineData("RATE_LIMIT", "0")]
    [InlineData("RATE_LIMIT", "1e3")]
    [InlineData("CORS_ORIGINS", "chat.example")]
    [InlineData("CORS_ORIGINS", "https://chat.example/path")]
    [InlineData("CORS_ORIGINS", "*, https://chat.example")]
    [InlineData("DISCONNECT_GRACE", "x")]
    [InlineData("FIRST_TOKEN_TIMEOUT", "x")]
    [InlineData("TOKEN_TIMEOUT", "x")]
    [InlineData("SHUTDOWN_GRACE", "x")]
    public void A_value_that_cannot_be_used_is_named_with_its_source(string name, string text)
    {
        var e = Assert.Throws<SettingException>(() => EffectiveSettings.Read(Configuration((name, text)), SettingUsers.Both));
        Assert.Equal(name, e.Name);
        Assert.StartsWith($"{name} is '{text}' (program), but must be ", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void A_value_that_cannot_be_used_stops_the_build_of_the_service() =>
        Assert.Equal("RATE_LIMIT", Assert.Throws<SettingException>(() => ApiServiceApp.Build(["--RATE_LIMIT", "x"])).Name);

    [Fact]
    public async Task What_keeps_a_service_from_starting_is_exit_code_1_and_no_exception()
    {
        Assert.Equal(1, await ServiceRunner.RunAsync([], () => ApiServiceApp.Build(["--ENV", "staging"])));
        await Assert.ThrowsAsync<InvalidOperationException>(() => ServiceRunner.RunAsync([], Task () => throw new InvalidOperationException("a bug")));
    }

    [Fact]
    public void A_blank_value_counts_as_not_set()
    {
        var configuration = Configuration(("RATE_LIMIT", " "), ("PORT", ""));
        Assert.False(SettingCatalog.Port.IsSet(configuration));
        Assert.Null(SettingCatalog.RateLimit.Read(configuration));
    }

    [Fact]
    public void The_source_is_the_provider_that_counts()
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("PORT", "1"), new("LOG_LEVEL", "debug"), new("ChatOllama:MaxConcurrentChats", "7")])
            .AddCommandLine(["--PORT", "2"])
            .Build();
        var values = EffectiveSettings.Read(configuration, SettingUsers.Both).Values.ToDictionary(v => v.Name);
        Assert.Equal(("2", "command line"), (values["PORT"].Value, values["PORT"].Source));
        Assert.Equal(("debug", "program"), (values["LOG_LEVEL"].Value, values["LOG_LEVEL"].Source));
        Assert.Equal(("info", "default"), (SettingCatalog.LogLevel.Default, values["LOG_FORMAT"].Source));
        Assert.Equal(("7", "program"), (values["MAX_CONCURRENT_CHATS"].Value, values["MAX_CONCURRENT_CHATS"].Source));
        Assert.Null(values["RATE_LIMIT"].Value);
    }

    [Theory]
    [InlineData("http://me:secret@box:1", "http://***@box:1")]
    [InlineData("me:secret@box", "***@box")]
    [InlineData("http://box:1", "http://box:1")]
    public void Credentials_in_a_url_are_never_shown(string text, string shown) => Assert.Equal(shown, SettingCatalog.OllamaHost.Mask(text));

    [Fact]
    public void Secrets_are_never_shown_even_in_an_error()
    {
        var secret = new Setting<int>("KEY", "1", "A key.", SettingParsers.IntBetween(0, 9), "a digit") { IsSecret = true };
        Assert.Equal("***", secret.Mask("hunter2"));
        Assert.DoesNotContain("hunter2", Assert.Throws<SettingException>(() => secret.Read(Configuration(("KEY", "hunter2")))).Message);
    }

    [Theory]
    [InlineData(new string[0], "http://fallback")]
    [InlineData(new[] { "PORT=9" }, "http://0.0.0.0:9")]
    [InlineData(new[] { "HOST=127.0.0.1" }, "http://127.0.0.1:8080")]
    [InlineData(new[] { "HOST=::1", "PORT=9" }, "http://[::1]:9")]
    [InlineData(new[] { "URLS=http://a" }, null)]
    [InlineData(new[] { "HTTP_PORTS=8081" }, null)]
    [InlineData(new[] { "PORT=9", "URLS=http://a", "HTTP_PORTS=8081" }, "http://0.0.0.0:9")]
    [InlineData(new[] { "PORT=9", "--urls=http://a" }, null)]
    public void The_address_to_listen_on_follows_the_most_explicit_word(string[] given, string? expected)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(given.Where(g => g[0] != '-').Select(g => g.Split('=')).Select(p => KeyValuePair.Create(p[0], (string?)p[1])))
            .AddCommandLine([.. given.Where(g => g[0] == '-')])
            .Build();
        Assert.Equal(expected, ListenAddress.Choose(configuration, "http://fallback"));
    }

    private static IConfiguration Configuration(params (string Name, string Text)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create(v.Name, (string?)v.Text))).Build();

    [Fact]
    public void Connection_strings_count_where_the_flat_variable_is_not_set()
    {
        var aspire = Configuration(("ConnectionStrings:chat", "Endpoint=http://ollama:11434;Model=llama3.2:1b"), ("ConnectionStrings:appdb", "Data Source=/data/chat.db;Cache=Shared;Mode=ReadWriteCreate"));
        Assert.Equal(("http://ollama:11434/", "/data/chat.db"), (ApiConfiguration.Read(aspire).OllamaUrl.ToString(), ApiConfiguration.Read(aspire).DbPath));
        var both = Configuration(("ConnectionStrings:chat", "Endpoint=http://ollama:11434"), ("OLLAMA_HOST", "box:1234"), ("ConnectionStrings:appdb", "Data Source=/data/chat.db"), ("ChatOllama:DbPath", "here.db"));
        Assert.Equal(("http://box:1234/", "here.db"), (ApiConfiguration.Read(both).OllamaUrl.ToString(), ApiConfiguration.Read(both).DbPath));
        var blank = Configuration(("ConnectionStrings:chat", " "), ("ConnectionStrings:appdb", "Cache=Shared"));
        Assert.Equal(("http://localhost:11434/", "./data/chat.db"), (ApiConfiguration.Read(blank).OllamaUrl.ToString(), ApiConfiguration.Read(blank).DbPath));
    }

    [Theory]
    [InlineData("http://ollama:11434")]
    [InlineData("Endpoint")]
    public void A_connection_string_that_is_none_stops_the_start_with_its_name(string text)
    {
        var refused = Assert.Throws<StartupException>(() => ApiConfiguration.Read(Configuration(("ConnectionStrings:chat", text))));
        Assert.Contains("ConnectionStrings:chat", refused.Message);
        Assert.Contains("Endpoint=", refused.Message);
    }

    [Fact]
    public void A_connection_string_with_a_value_that_cannot_be_used_names_the_setting() =>
        Assert.Contains("OLLAMA_HOST", Assert.Throws<SettingException>(() => ApiConfiguration.Read(Configuration(("ConnectionStrings:chat", "Endpoint=ftp://x")))).Message);
}
