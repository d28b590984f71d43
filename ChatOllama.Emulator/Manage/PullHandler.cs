using System.Collections.Concurrent;
using ChatOllama.Emulator.Control;
using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Manage;

/// <summary>
/// <c>/api/pull</c>: layers that "arrive" at <see cref="EmulatorOptions.PullBytesPerSecond"/>. Leaving the connection cancels it; what had arrived
/// is kept, and the next pull goes on from there.
/// </summary>
internal sealed class PullHandler(ModelStore store, Registry registry, EmulatorControl control, EmulatorOptions options, TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(60);
    private readonly ConcurrentDictionary<string, long> _arrived = new();

    public async Task PullAsync(HttpContext context)
    {
        try
        {
            var fields = await RequestBody.ReadAsync(context, "PullRequest");
            var name = fields.ModelName();
            if (!ModelName.IsValid(name)) throw new WireError(400, "invalid model name");
            await PullAsync(new StatusLines(context, fields.Bool("stream") ?? true), ModelName.Full(name), context.RequestAborted);
        }
        finally
        {
            // Also of one whose caller left before it was read.
            control.PullEnded();
        }
    }

    private async Task PullAsync(StatusLines lines, string full, CancellationToken cancellation)
    {
        await lines.SendAsync("pulling manifest");
        if (!registry.Has(full))
        {
            await lines.FailAsync("pull model manifest: file does not exist (this is ChatOllama's built-in emulator, which has nothing to download but demo-extra; "
                + "install Ollama from https://ollama.com/download for real models)");
            return;
        }
        var version = control.PublishedVersion(full);
        var layers = registry.Layers(full, version);
        foreach (var layer in layers)
        {
            if (await PullLayerAsync(lines, layer.Digest, layer.Size, cancellation)) continue;
            // Whatever of it has arrived stays, as with Ollama: room is made, and the next pull goes on.
            await lines.FailAsync($"write /models/blobs/sha256-{layer.Digest}-partial-0: no space left on device");
            return;
        }
        await lines.SendAsync("verifying sha256 digest");
        await lines.SendAsync("writing manifest");
        store.Put(EmulatedModel.Talker(full) with { Size = layers.Sum(layer => layer.Size), Digest = registry.Digest(full, version), ModifiedAt = time.GetUtcNow() });
        await lines.SucceedAsync();
    }

    /// <returns>False when the disk is full.</returns>
    private async Task<bool> PullLayerAsync(StatusLines lines, string digest, long total, CancellationToken cancellation)
    {
        var done = _arrived.GetValueOrDefault(digest);
        await SendProgressAsync(lines, digest, total, done);
        if (control.PullGate is { } gate) await WaitAsync(gate, cancellation);
        var step = options.PullBytesPerSecond <= 0 ? Math.Max(1, total / 10) : Math.Max(1, (long)(options.PullBytesPerSecond * s_interval.TotalSeconds));
        while (done < total)
        {
            if (options.PullBytesPerSecond > 0) await WaitAsync(Task.Delay(s_interval, time, cancellation), cancellation);
            cancellation.ThrowIfCancellationRequested();
            var next = Math.Min(total, done + step);
            if (!control.TakeDiskSpace(next - done)) return false;
            _arrived[digest] = done = next;
            await SendProgressAsync(lines, digest, total, done);
        }
        return true;
    }

    /// <summary>Tells of the wait only when it has begun, so that a test can move the clock or open the gate then.</summary>
    private Task WaitAsync(Task what, CancellationToken cancellation)
    {
        var waiting = what.WaitAsync(cancellation);
        control.PullWaits();
        return waiting;
    }

    private static Task SendProgressAsync(StatusLines lines, string digest, long total, long completed) => lines.SendAsync(json =>
    {
        json.Field("status", $"pulling {digest[..12]}").Field("digest", $"sha256:{digest}").Field("total", total);
        if (completed > 0) json.Field("completed", completed);
    });
}
