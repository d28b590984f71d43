using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ChatOllama.AppHost.Tests;

/// <summary>What the AppHost publishes, and <c>docker-compose.yml</c> for those who have no .NET, say the same.</summary>
public partial class PublishedComposeTests
{
    [Fact]
    public async Task The_published_file_agrees_with_the_one_at_the_root()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-publish");
        try
        {
            await PublishAsync(folder.FullName, TestContext.Current.CancellationToken);
            var published = Load(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "docker-compose.yaml"), TestContext.Current.CancellationToken));
            var root = Load(await File.ReadAllTextAsync(Path.Combine(Repository(), "docker-compose.yml"), TestContext.Current.CancellationToken));

            Assert.Equal(["api", "ollama", "web"], Keys(Map(published, "services")).Order());
            Assert.Equal(Keys(Map(root, "volumes")).Order(), Keys(Map(published, "volumes")).Order());
            foreach (var service in new[] { "api", "web" })
            {
                var (ours, theirs) = (Service(published, service), Service(root, service));
                Assert.Equal(Settings(theirs).Order(), Settings(ours).Order());
                Assert.Equal(List(theirs, "ports"), List(ours, "ports"));
                Assert.True(Has(ours, "healthcheck"), $"{service} has no health check");
                Assert.Equal(List(Map(theirs, "healthcheck"), "test"), List(Map(ours, "healthcheck"), "test"));
                Assert.Equal("unless-stopped", Text(ours, "restart"));
            }
            Assert.Empty(List(Service(published, "ollama"), "ports"));
            Assert.Equal("service_healthy", Text(Map(Map(Service(published, "web"), "depends_on"), "api"), "condition"));
            Assert.Equal("service_healthy", Text(Map(Map(Service(published, "api"), "depends_on"), "ollama"), "condition"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task PublishAsync(string folder, CancellationToken stop)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = Repository(), RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "run", "--project", "ChatOllama.AppHost", "--", "--operation", "publish", "--step", "publish", "--output-path", folder }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(stop);
        var errors = process.StandardError.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        Assert.True(process.ExitCode == 0, await output + await errors);
    }

    /// <summary>The variables of a service that an operator can set: <c>${NAME:-default}</c> under its own name.</summary>
    private static HashSet<string> Settings(YamlMappingNode service) => Map(service, "environment").Children
        .Where(pair => Substitution().IsMatch(((YamlScalarNode)pair.Value).Value ?? ""))
        .Select(pair => $"{pair.Key}={pair.Value}")
        .Where(setting => !setting.StartsWith("OLLAMA_HOST=", StringComparison.Ordinal))
        .ToHashSet();

    private static YamlMappingNode Load(string text)
    {
        var stream = new YamlStream();
        stream.Load(new MergingParser(new Parser(new StringReader(text))));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static YamlMappingNode Service(YamlMappingNode file, string name) => Map(Map(file, "services"), name);

    private static bool Has(YamlMappingNode node, string key) => node.Children.ContainsKey(new YamlScalarNode(key));

    private static YamlMappingNode Map(YamlMappingNode node, string key) => (YamlMappingNode)node.Children[new YamlScalarNode(key)];

    private static string? Text(YamlMappingNode node, string key) => ((YamlScalarNode)node.Children[new YamlScalarNode(key)]).Value;

    private static List<string?> List(YamlMappingNode node, string key) =>
        Has(node, key) ? [.. ((YamlSequenceNode)node.Children[new YamlScalarNode(key)]).Select(item => ((YamlScalarNode)item).Value)] : [];

    private static IEnumerable<string?> Keys(YamlMappingNode node) => node.Children.Keys.Select(key => ((YamlScalarNode)key).Value);

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ChatOllama.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    [GeneratedRegex(@"^\$\{[A-Z_]+:-")]
    private static partial Regex Substitution();
}
