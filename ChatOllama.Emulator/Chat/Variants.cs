using System.Collections.Concurrent;

namespace ChatOllama.Emulator.Chat;

/// <summary>
/// Lets a question that is asked again without a seed be answered in other words, as a model with a temperature would: a second try is then visible
/// as one. The first answer is always variant 0. Thread-safe.
/// </summary>
internal sealed class Variants(EmulatorOptions options)
{
    /// <summary>No more than there are beginnings of an answer, see <see cref="Talk.SmallTalk"/>.</summary>
    private const int Count = 3;
    private const int MostKept = 10_000;
    private readonly ConcurrentDictionary<ulong, int> _asked = new();

    /// <summary>The answer to give: the next variant, or for an unfinished answer the latest variant that begins with it.</summary>
    public Answer Choose(ulong conversation, RunOptions run, Prompt prompt, Func<int, Answer> make)
    {
        if (!options.Vary || run.Seed is not null) return make(0);
        if (prompt.Partial is { Content.Length: > 0 })
        {
            var latest = Math.Max(0, _asked.GetValueOrDefault(conversation) - 1);
            var candidates = Enumerable.Range(0, Count).Select(back => make((latest + Count - back) % Count));
            return candidates.FirstOrDefault(answer => answer.GoesOn) ?? make(latest % Count);
        }
        if (_asked.Count > MostKept) _asked.Clear();
        return make((_asked.AddOrUpdate(conversation, 1, (_, asked) => asked + 1) - 1) % Count);
    }
}
