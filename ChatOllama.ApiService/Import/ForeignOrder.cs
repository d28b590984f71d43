namespace ChatOllama.ApiService.Import;

/// <summary>Puts the messages of a conversation in order: parents before their children, siblings as the file has them.</summary>
internal static class ForeignOrder
{
    /// <exception cref="Http.ProblemException">400: two have one id, one's parent is missing, or they go round in a circle.</exception>
    public static IReadOnlyList<ForeignNode> ParentsFirst(ForeignSession session)
    {
        var byKey = new Dictionary<string, ForeignNode>(StringComparer.Ordinal);
        foreach (var node in session.Nodes)
            if (!byKey.TryAdd(node.Key, node))
                throw ImportFault.At(node.Place, "another message of the conversation has this id.");
        var children = session.Nodes.Where(n => n.ParentKey is not null).ToLookup(n => n.ParentKey!, StringComparer.Ordinal);
        foreach (var node in session.Nodes)
            if (node.ParentKey is not null && !byKey.ContainsKey(node.ParentKey))
                throw ImportFault.At(node.Place, "its parent is not in the conversation.");
        var ordered = new List<ForeignNode>(session.Nodes.Count);
        // By hand: a conversation may be as deep as it has messages.
        var waiting = new Stack<ForeignNode>(session.Nodes.Where(n => n.ParentKey is null).Reverse());
        while (waiting.TryPop(out var node))
        {
            ordered.Add(node);
            foreach (var child in Sorted(node, children[node.Key]).Reverse())
                waiting.Push(child);
        }
        if (ordered.Count == session.Nodes.Count)
            return ordered;
        var reached = ordered.Select(n => n.Key).ToHashSet(StringComparer.Ordinal);
        throw ImportFault.At(session.Nodes.First(n => !reached.Contains(n.Key)).Place, "the message is its own ancestor: the conversation goes round in a circle.");
    }

    private static IEnumerable<ForeignNode> Sorted(ForeignNode parent, IEnumerable<ForeignNode> children)
    {
        if (parent.Children.Count < 2)
            return children;
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < parent.Children.Count; i++)
            places.TryAdd(parent.Children[i], i);
        return children.OrderBy(c => places.GetValueOrDefault(c.Key, int.MaxValue));
    }
}
