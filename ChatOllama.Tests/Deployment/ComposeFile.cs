using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ChatOllama.Tests.Deployment;

/// <summary>A compose file of the repository, as far as tests ask about it. Merge keys (<c>&lt;&lt;</c>) are resolved.</summary>
internal sealed partial class ComposeFile
{
    private readonly YamlMappingNode _root;

    private ComposeFile(string text) => (Text, _root) = (text, Load(text));

    public string Text { get; }

    public static ComposeFile Read(string name) => new(Repository.Read(name));

    public IEnumerable<string> Services => Keys(Map(_root, "services"));

    public IEnumerable<string> Volumes => Keys(Map(_root, "volumes"));

    public ComposeService Service(string name) => new(Map(Map(_root, "services"), name));

    /// <summary>What a file <c>.env</c> can set: the names in <c>${NAME:-default}</c>, with the default.</summary>
    public IReadOnlyDictionary<string, string> Variables => Variable().Matches(Text).GroupBy(match => match.Groups["name"].Value)
        .ToDictionary(group => group.Key, group => group.First().Groups["fallback"].Value);

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+):-(?<fallback>[^}]*)\}")]
    private static partial Regex Variable();

    private static YamlMappingNode Load(string text)
    {
        var stream = new YamlStream();
        stream.Load(new MergingParser(new Parser(new StringReader(text))));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    internal static YamlMappingNode Map(YamlMappingNode node, string key) => (YamlMappingNode)node.Children[new YamlScalarNode(key)];

    internal static IEnumerable<string> Keys(YamlMappingNode node) => node.Children.Keys.Select(key => ((YamlScalarNode)key).Value!);
}

/// <summary>One service of a compose file.</summary>
internal sealed class ComposeService(YamlMappingNode node)
{
    public bool Has(string key) => node.Children.ContainsKey(new YamlScalarNode(key));

    public string? Value(string key) => Has(key) ? (node.Children[new YamlScalarNode(key)] as YamlScalarNode)?.Value : null;

    public IReadOnlyList<string> List(string key) =>
        Has(key) ? [.. ((YamlSequenceNode)node.Children[new YamlScalarNode(key)]).Select(item => ((YamlScalarNode)item).Value!)] : [];

    public IReadOnlyDictionary<string, string> Environment =>
        ComposeFile.Map(node, "environment").Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => ((YamlScalarNode)pair.Value).Value!);

    public ComposeService Part(string key) => new(ComposeFile.Map(node, key));

    /// <summary>The condition under which it starts after another service.</summary>
    public string? StartsAfter(string service) => Has("depends_on") && Part("depends_on").Has(service) ? Part("depends_on").Part(service).Value("condition") : null;
}

/// <summary>The files at the root of the repository.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    public static string Read(string name) => File.ReadAllText(Path.Combine(Root, name));

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "ChatOllama.sln")) ? folder : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run inside the repository."));
}
