using System.Text.RegularExpressions;
using ChatOllama.ServiceDefaults.Configuration;
using Xunit;

namespace ChatOllama.Tests.Deployment;

/// <summary>The files for containers say the same as the programs and as each other.</summary>
public partial class ComposeTests
{
    private static readonly ComposeFile Compose = ComposeFile.Read("docker-compose.yml");

    /// <summary>Set by the file itself, because they are matters of the container and not of its operator.</summary>
    private static readonly string[] Fixed = ["PORT", "HOST", "DB_PATH", "KEYS_PATH"];

    [Fact]
    public void Web_api_and_Ollama_run_and_nothing_else_unless_asked_for()
    {
        Assert.Equal(["web", "api", "ollama"], Compose.Services.Where(name => Compose.Service(name).List("profiles").Count == 0));
        Assert.Equal(["chat-data", "web-keys", "ollama-models"], Compose.Volumes);
        Assert.Equal(["chat-data:/data"], Compose.Service("api").List("volumes"));
        Assert.Equal(["web-keys:/keys"], Compose.Service("web").List("volumes"));
        Assert.Equal(["ollama-models:/root/.ollama"], Compose.Service("ollama").List("volumes"));
    }

    [Fact]
    public void Only_the_web_is_reached_from_outside()
    {
        Assert.Equal(["${PORT:-8080}:8080"], Compose.Service("web").List("ports"));
        Assert.False(Compose.Service("api").Has("ports"));
        Assert.False(Compose.Service("ollama").Has("ports"));
        Assert.All(Compose.Service("dashboard").List("ports"), port => Assert.StartsWith("127.0.0.1:", port));
    }

    [Theory]
    [InlineData("web", SettingUsers.Web)]
    [InlineData("api", SettingUsers.Api)]
    public void Every_setting_of_a_service_passes_through_with_its_default(string service, SettingUsers user)
    {
        var environment = Compose.Service(service).Environment;
        foreach (var setting in SettingCatalog.All.Where(setting => (setting.Users & user) != 0 && !Fixed.Contains(setting.Name) && (user, setting.Name) != (SettingUsers.Api, "TRUSTED_PROXIES")))
        {
            Assert.True(environment.TryGetValue(setting.Name, out var value), $"{service} lacks {setting.Name}");
            Assert.StartsWith($"${{{setting.Name}:-", value);
        }
        var known = SettingCatalog.All.Where(setting => !OwnDefault.Contains(setting.Name)).ToDictionary(setting => setting.Name, setting => setting.Default ?? "");
        foreach (var (name, fallback) in Compose.Variables.Where(variable => known.ContainsKey(variable.Key))) Assert.Equal((name, known[name]), (name, fallback));
    }

    /// <summary>Other than on a desk: it is production, and Ollama is the service beside it.</summary>
    private static readonly string[] OwnDefault = ["ENV", "OLLAMA_HOST"];

    [Theory]
    [InlineData("web", "ChatOllama.Web")]
    [InlineData("api", "ChatOllama.ApiService")]
    public void A_service_is_hardened_and_asked_for_its_health_without_a_shell(string name, string program)
    {
        var service = Compose.Service(name);
        Assert.Equal("true", service.Value("read_only"));
        Assert.Equal(["ALL"], service.List("cap_drop"));
        Assert.Equal(["no-new-privileges:true"], service.List("security_opt"));
        Assert.Equal("unless-stopped", service.Value("restart"));
        Assert.Equal(["CMD", "dotnet", $"/app/{program}.dll", "--health"], service.Part("healthcheck").List("test"));
        Assert.True(service.Part("healthcheck").Has("start_period"));
        Assert.Contains($"/app/{program}.dll\", \"--health\"", Repository.Read("Dockerfile"));
    }

    [Fact]
    public void Each_waits_until_the_one_behind_it_is_healthy()
    {
        Assert.Equal("service_healthy", Compose.Service("web").StartsAfter("api"));
        Assert.Equal("service_healthy", Compose.Service("api").StartsAfter("ollama"));
        Assert.True(Compose.Service("ollama").Has("healthcheck"));
    }

    [Fact]
    public void The_Dockerfile_has_the_targets_and_owns_the_folders_of_the_volumes()
    {
        var dockerfile = Repository.Read("Dockerfile");
        var targets = Stage().Matches(dockerfile).Select(stage => stage.Groups["name"].Value).ToList();
        Assert.Equal("api", Compose.Service("api").Part("build").Value("target"));
        Assert.Equal("web", Compose.Service("web").Part("build").Value("target"));
        Assert.Subset(targets.ToHashSet(), new HashSet<string>(["api", "web", "standalone"]));
        Assert.Contains("USER 1654", dockerfile);
        Assert.Contains("--chown=1654:1654 /empty /data", dockerfile);
        Assert.Contains("--chown=1654:1654 /empty /keys", dockerfile);
    }

    [Fact]
    public void What_the_Dockerfile_copies_exists_and_is_not_ignored()
    {
        var allowed = Repository.Read(".dockerignore").Split('\n').Where(line => line.StartsWith('!')).Select(line => line[1..].Trim()).ToHashSet();
        var copied = Copy().Matches(Repository.Read("Dockerfile")).SelectMany(copy => copy.Groups["what"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.NotEmpty(copied);
        foreach (var path in copied)
        {
            var root = path.Split('/')[0];
            Assert.True(Path.Exists(Path.Combine(Repository.Root, root)), $"{root} does not exist");
            Assert.Contains(root, allowed);
        }
    }

    /// <summary>By the text: the AppHost cannot be compiled where its packages are missing, and its own test runs only where they are.</summary>
    [Fact]
    public void What_the_AppHost_publishes_passes_the_same_settings()
    {
        var published = PublishedSetting().Matches(Repository.Read("ChatOllama.AppHost/ComposeOutput.cs")).Select(pair => (pair.Groups["name"].Value, pair.Groups["fallback"].Value)).ToHashSet();
        var ours = new[] { "web", "api" }.SelectMany(service => Compose.Service(service).Environment)
            .Select(pair => (Name: pair.Key, Value: Substitution().Match(pair.Value ?? ""))).Where(pair => pair.Value.Success && pair.Name != "OLLAMA_HOST")
            .Select(pair => (pair.Name, pair.Value.Groups["fallback"].Value)).ToHashSet();
        Assert.Equal(ours.Order(), published.Order());
    }

    [Fact]
    public void What_the_projects_read_outside_their_folders_is_copied_too()
    {
        var copied = Copy().Matches(Repository.Read("Dockerfile")).SelectMany(copy => copy.Groups["what"].Value.Split(' ')).ToHashSet();
        var read = Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(project => copied.Contains(Path.GetFileName(Path.GetDirectoryName(project)) + "/"))
            .SelectMany(project => Outside().Matches(File.ReadAllText(project)).Select(path => path.Groups["path"].Value)).ToList();
        Assert.Contains("README.md", read);
        Assert.Subset(copied, read.ToHashSet());
    }

    [Fact]
    public void The_example_of_an_environment_file_names_every_variable()
    {
        var named = EnvironmentLine().Matches(Repository.Read(".env.example")).Select(line => line.Groups["name"].Value).ToHashSet();
        Assert.Equal(Compose.Variables.Keys.Order(), named.Order());
    }

    [Fact]
    public void The_overrides_change_what_they_say()
    {
        var gpu = ComposeFile.Read("compose.gpu.yml");
        Assert.Equal(["ollama"], gpu.Services);
        Assert.Contains("driver: nvidia", gpu.Text);
        var external = ComposeFile.Read("compose.external.yml");
        Assert.Contains("ollama: !reset null", external.Text);
        Assert.Contains("depends_on: !reset null", external.Text);
        Assert.Equal("${OLLAMA_HOST:-http://host.docker.internal:11434}", external.Service("api").Environment["OLLAMA_HOST"]);
        Assert.Equal(["host.docker.internal:host-gateway"], external.Service("api").List("extra_hosts"));
    }

    [GeneratedRegex(@"(?m)^FROM .* AS (?<name>\S+)$")]
    private static partial Regex Stage();

    [GeneratedRegex(@"(?m)^COPY (?!--from)(?<what>.+) \S+$")]
    private static partial Regex Copy();

    [GeneratedRegex(@"\(""(?<name>[A-Z_]+)"", ""(?<fallback>[^""]*)""\)")]
    private static partial Regex PublishedSetting();

    [GeneratedRegex(@"^\$\{[A-Z_]+:-(?<fallback>.*)\}$")]
    private static partial Regex Substitution();

    [GeneratedRegex("<(?!ProjectReference)[A-Za-z]+ Include=\"\\.\\./(?<path>[^\"]+)\"")]
    private static partial Regex Outside();

    [GeneratedRegex(@"(?m)^#?(?<name>[A-Z_]+)=")]
    private static partial Regex EnvironmentLine();
}
