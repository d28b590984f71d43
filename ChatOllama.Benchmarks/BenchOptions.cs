namespace ChatOllama.Benchmarks;

/// <summary>What the command line asked for.</summary>
internal sealed record BenchOptions(IReadOnlyList<string> Parts, bool Quick, bool Publish, string Only, string Out, string? Systems, string Table, int? Streams, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Null for a command line that makes no sense.</summary>
    public static BenchOptions? Parse(string[] args, IReadOnlyList<string> known)
    {
        var parts = new List<string>();
        var environment = new Dictionary<string, string>();
        var options = new BenchOptions(parts, Quick: false, Publish: true, Only: "", Out: ".", Systems: null, Table: "", Streams: null, environment);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick": options = options with { Quick = true }; break;
                case "--no-publish": options = options with { Publish = false }; break;
                case "--only" when i + 1 < args.Length: options = options with { Only = args[++i] }; break;
                case "--systems" when i + 1 < args.Length: options = options with { Systems = Path.GetFullPath(args[++i]), Publish = false }; break;
                case "--table" when i + 1 < args.Length: options = options with { Table = args[++i] }; break;
                case "--streams" when i + 1 < args.Length && int.TryParse(args[i + 1], out var streams):
                    options = options with { Streams = streams };
                    i++;
                    break;
                case "--set" when i + 1 < args.Length && args[i + 1].Split('=', 2) is [var name, var value]:
                    environment[name] = value;
                    i++;
                    break;
                case "--out" when i + 1 < args.Length: options = options with { Out = args[++i] }; break;
                case "all": parts.AddRange(known); break;
                case var part when known.Contains(part): parts.Add(part); break;
                default: return null;
            }
        }
        return parts.Count == 0 ? null : options;
    }
}
