namespace ChatOllama.Emulator.Chat;

/// <summary>Numbers that look random and are the same in every process: from a hash of what they depend on.</summary>
/// <param name="turns">Every pick is turned on by so many places: another choice for certain, where a new seed may hit the same.</param>
internal sealed class Dice(ulong seed, int turns = 0)
{
    private ulong _state = seed;

    /// <summary>FNV-1a over all the texts, with a boundary between them.</summary>
    public static ulong Hash(params ReadOnlySpan<string> texts)
    {
        var hash = 14695981039346656037UL;
        foreach (var text in texts)
        {
            foreach (var character in text) hash = (hash ^ character) * 1099511628211UL;
            hash = (hash ^ 0xFFFF) * 1099511628211UL;
        }
        return hash;
    }

    /// <summary>0 up to, not including, <paramref name="limit"/>.</summary>
    public int Next(int limit)
    {
        _state += 0x9E3779B97F4A7C15UL;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBUL;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)limit);
    }

    public T Pick<T>(IReadOnlyList<T> choices) => choices[(Next(choices.Count) + turns) % choices.Count];
}
