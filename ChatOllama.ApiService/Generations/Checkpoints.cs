using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Telemetry;

namespace ChatOllama.ApiService.Generations;

/// <summary>
/// Saves running answers piece by piece: all that have news together on every tick, and one alone as soon as it has much.
/// A crash costs at most what arrived since: 250 ms or 4 KB, whichever is less, as long as the disk keeps up.
/// </summary>
public sealed partial class Checkpoints(ChatMetrics metrics, ILogger<Checkpoints> log, TimeProvider time)
{
    /// <summary>Time between two ticks; with the commit it stays below the promised 250 ms.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private const int Eager = 2 * 1024;
    private const int MaxUnsaved = 4 * 1024;

    // A disk that does not keep up slows an answer down, but does not stop it: the text is in memory and readers want it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Called by the pump after each upstream read: waits when too much is unsaved.</summary>
    public ValueTask KeepUpAsync(Generation generation)
    {
        var unsaved = Unsaved(generation);
        if (unsaved < Eager) return ValueTask.CompletedTask;
        Save([generation]);
        return unsaved < MaxUnsaved ? ValueTask.CompletedTask : WaitAsync(generation);
    }

    /// <summary>Starts one write per store for everything that has news.</summary>
    public void Save(IEnumerable<Generation> generations)
    {
        Dictionary<IExchangeStore, List<Piece>>? byStore = null;
        foreach (var generation in generations)
        {
            lock (generation.Log)
            {
                if (generation.IsClosed || !generation.Checkpoint.IsCompleted || Unsaved(generation) == 0) continue;
                var from = generation.Saved;
                var (thinking, content) = generation.Log.TextFrom(from.Thinking, from.Content, out var length);
                var piece = new Piece(generation, new CheckpointPart(generation.Seq, from.Thinking, from.Content, thinking, content), length);
                generation.Checkpoint = piece.Saved.Task;
                byStore ??= [];
                if (!byStore.TryGetValue(generation.Store, out var pieces)) byStore.Add(generation.Store, pieces = []);
                pieces.Add(piece);
            }
        }
        if (byStore is null) return;
        // Owned by the generations: each waits for its own piece before it ends.
        foreach (var (store, pieces) in byStore) _ = WriteAsync(store, pieces);
    }

    /// <summary>No checkpoint starts after this; completes when the one on its way has landed.</summary>
    public static Task CloseAsync(Generation generation)
    {
        lock (generation.Log)
        {
            generation.IsClosed = true;
            return generation.Checkpoint;
        }
    }

    private static int Unsaved(Generation generation)
    {
        var (thinking, content) = generation.Log.Length;
        return thinking + content - generation.Saved.Thinking - generation.Saved.Content;
    }

    private async Task WriteAsync(IExchangeStore store, List<Piece> pieces)
    {
        var decided = time.GetTimestamp();
        try
        {
            await store.CheckpointAsync([.. pieces.Select(p => p.Part)]);
            metrics.CheckpointSafe(time.GetElapsedTime(decided));
            foreach (var piece in pieces) piece.Generation.Saved = piece.Length;
        }
        // The text is still in memory; the next tick tries again with all of it.
        catch (Exception e)
        {
            LogFailed(e, pieces.Count);
        }
        finally
        {
            foreach (var piece in pieces) piece.Saved.SetResult();
        }
    }

    private async ValueTask WaitAsync(Generation generation)
    {
        Task checkpoint;
        lock (generation.Log) checkpoint = generation.Checkpoint;
        try
        {
            await checkpoint.WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            LogSlow(generation.Id);
        }
    }

    private sealed record Piece(Generation Generation, CheckpointPart Part, (int Thinking, int Content) Length)
    {
        public TaskCompletionSource Saved { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(LogLevel.Error, "A checkpoint of {Count} running answers could not be written; it is tried again")]
    private partial void LogFailed(Exception e, int count);

    [LoggerMessage(LogLevel.Warning, "The disk does not keep up with answer {MessageId}; it goes on from memory")]
    private partial void LogSlow(string messageId);
}
