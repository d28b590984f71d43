using System.Collections.Concurrent;
using ChatOllama.Emulator.Models;

namespace ChatOllama.Emulator.Control;

/// <summary>
/// Steers and watches an emulator in the same process: models, scripts, switches, captured requests, counters.
/// Resolve it from <c>app.Services</c>, or register your own before the build. Thread-safe.
/// </summary>
public sealed class EmulatorControl
{
    /// <summary>More requests than this are forgotten, oldest first.</summary>
    private const int MaxCaptured = 10_000;

    private readonly ConcurrentQueue<CapturedRequest> _captured = new();
    private readonly ConcurrentDictionary<string, ChatScript> _scripts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, ConcurrentQueue<ChatScript>> _nextScripts = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _pullable = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, int> _versions = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<EmulatedModel> _early = [];
    private readonly CountSignal _started = new("chats");
    private readonly CountSignal _aborted = new("aborted chats");
    private readonly CountSignal _completed = new("completed chats");
    private readonly CountSignal _requests = new("requests");
    private readonly CountSignal _loads = new("loads");
    private readonly CountSignal _queued = new("requests that had to wait");
    private readonly CountSignal _pullWaits = new("waits of pulls");
    private readonly CountSignal _pullsEnded = new("pulls that ended");
    private readonly Lock _hangLock = new();
    private TaskCompletionSource? _hang;
    private long? _diskSpace;
    private ModelStore? _store;

    internal ConnectionSwitch Connections { get; } = new();

    /// <summary>How long the <c>WaitFor…</c> methods wait before they throw. Default 30 s.</summary>
    public TimeSpan WaitLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether requests are kept in <see cref="Requests"/>. True in a control that a test made, false in the emulator's own.</summary>
    public bool CapturesRequests { get; set; } = true;

    /// <summary>False: open connections are reset and new ones too, as if the server had died. True brings it back on the same port.</summary>
    public bool Online
    {
        get => Connections.Online;
        set => Connections.Online = value;
    }

    /// <summary>True: connections and requests are accepted and nothing is ever answered. False again: what still waits is answered.</summary>
    public bool Hang
    {
        get => _hang is not null;
        set
        {
            lock (_hangLock)
            {
                if (!value) _hang?.TrySetResult();
                _hang = value ? _hang ?? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;
            }
        }
    }

    /// <summary>When set, each pull waits for it after its first line with a digest: the way to hold a download in the middle.</summary>
    public Task? PullGate { get; set; }

    /// <summary>Lets this name be pulled.</summary>
    public void AllowPull(string name) => _pullable[ModelName.Full(name)] = true;

    /// <summary>Puts another version of a model that can be pulled into the registry: what is here differs from it until it is pulled again.</summary>
    public void Publish(string name) => _versions.AddOrUpdate(ModelName.Full(name), 2, (_, version) => version + 1);

    /// <summary>Bytes that pulls may still write; null: as many as they like. When it is used up, they end with Ollama's words for a full disk.</summary>
    public long? DiskSpace
    {
        get
        {
            lock (_hangLock) return _diskSpace;
        }
        set
        {
            lock (_hangLock) _diskSpace = value;
        }
    }

    /// <summary>When set, each load of a model waits for it in addition to the load time: the way to hold a request in silence.</summary>
    public Task? LoadGate { get; set; }

    /// <summary>Chats and generations with a prompt that arrived so far, refused ones included.</summary>
    public int StartedChats => _started.Count;

    /// <summary>Chats whose caller went away before the end.</summary>
    public int AbortedChats => _aborted.Count;

    /// <summary>Chats that the emulator ended, with or without an error.</summary>
    public int CompletedChats => _completed.Count;

    /// <summary>Chats running right now.</summary>
    public int ActiveChats => _started.Count - _aborted.Count - _completed.Count;

    /// <summary>Times a model was loaded: a changed <c>num_ctx</c> counts again.</summary>
    public int Loads => _loads.Count;

    /// <summary>Everything that was asked, oldest first.</summary>
    public IReadOnlyList<CapturedRequest> Requests => [.. _captured];

    /// <summary>What came to <c>/api/chat</c>, oldest first.</summary>
    public IReadOnlyList<CapturedRequest> ChatRequests => [.. _captured.Where(request => request.Path == "/api/chat")];

    /// <summary>The models that <c>/api/tags</c> lists.</summary>
    public IReadOnlyList<EmulatedModel> Models => _store?.List() ?? [];

    /// <summary>Adds a model, or replaces the one of that name; also before the start.</summary>
    public void AddModel(EmulatedModel model)
    {
        lock (_early)
        {
            if (_store is null) _early.Add(model);
            else _store.Put(model);
        }
    }

    /// <summary>Takes a model off the list, as if somebody had run <c>ollama rm</c>.</summary>
    public bool RemoveModel(string name)
    {
        lock (_early)
            return _store?.Remove(name) ?? _early.RemoveAll(model => model.Name == ModelName.Full(name)) > 0;
    }

    /// <summary>Every chat of this model runs the script from now on (null: no longer). A name nobody knows becomes a model.</summary>
    public void Script(string model, ChatScript? script)
    {
        var name = Scripted(model);
        if (script is null) _scripts.TryRemove(name, out _);
        else _scripts[name] = script;
    }

    /// <summary>The next chat of this model that has no script yet runs this one; called several times, the scripts queue up. It goes before <see cref="Script"/>.</summary>
    public void ScriptNext(string model, ChatScript script) => _nextScripts.GetOrAdd(Scripted(model), _ => new()).Enqueue(script);

    /// <summary>Completes when <paramref name="count"/> chats have arrived since the start; throws after <see cref="WaitLimit"/>.</summary>
    public Task WaitForChatsAsync(int count) => _started.WaitAsync(count, WaitLimit);

    /// <summary>Completes when <paramref name="count"/> chats were left by their callers; throws after <see cref="WaitLimit"/>.</summary>
    public Task WaitForAbortAsync(int count) => _aborted.WaitAsync(count, WaitLimit);

    /// <summary>Completes when <paramref name="count"/> chats were ended by the emulator; throws after <see cref="WaitLimit"/>.</summary>
    public Task WaitForCompletedAsync(int count) => _completed.WaitAsync(count, WaitLimit);

    /// <summary>Completes when <paramref name="count"/> requests of any kind have arrived (also while <see cref="Hang"/>); throws after <see cref="WaitLimit"/>.</summary>
    public Task WaitForRequestsAsync(int count) => _requests.WaitAsync(count, WaitLimit);

    /// <summary>Completes when <paramref name="count"/> loads of models have begun; throws after <see cref="WaitLimit"/>.</summary>
    public Task WaitForLoadsAsync(int count) => _loads.WaitAsync(count, WaitLimit);

    /// <summary>Completes when <paramref name="count"/> requests have had to wait for a load or a slot; throws after <see cref="WaitLimit"/>.</summary>
    public Task WaitForQueuedAsync(int count) => _queued.WaitAsync(count, WaitLimit);

    /// <summary>Completes when pulls have begun to wait for the clock or for <see cref="PullGate"/> so many times; throws after <see cref="WaitLimit"/>.</summary>
    public Task WaitForPullWaitsAsync(int count) => _pullWaits.WaitAsync(count, WaitLimit);

    /// <summary>Completes when <paramref name="count"/> pulls have ended, cancelled ones included; throws after <see cref="WaitLimit"/>.</summary>
    public Task WaitForPullsEndedAsync(int count) => _pullsEnded.WaitAsync(count, WaitLimit);

    internal void Attach(ModelStore store)
    {
        lock (_early)
        {
            _store = store;
            foreach (var model in _early) store.Put(model);
        }
    }

    internal ChatScript? TakeScript(string model)
    {
        var name = ModelName.Full(model);
        return _nextScripts.TryGetValue(name, out var next) && next.TryDequeue(out var once) ? once : _scripts.GetValueOrDefault(name);
    }

    internal int PublishedVersion(string fullName) => _versions.GetValueOrDefault(fullName, 1);

    internal bool TakeDiskSpace(long bytes)
    {
        lock (_hangLock)
        {
            if (_diskSpace < bytes) return false;
            _diskSpace -= bytes;
            return true;
        }
    }

    internal bool IsPullable(string fullName) => _pullable.ContainsKey(fullName);

    internal void LoadBegan() => _loads.Increment();

    internal void RequestQueued() => _queued.Increment();

    internal void PullWaits() => _pullWaits.Increment();

    internal void PullEnded() => _pullsEnded.Increment();

    internal void ChatStarted() => _started.Increment();

    internal void ChatEnded(bool aborted) => (aborted ? _aborted : _completed).Increment();

    internal void Capture(HttpContext context)
    {
        if (CapturesRequests)
        {
            var captured = new CapturedRequest(context.Request);
            context.Features.Set(captured);
            _captured.Enqueue(captured);
            while (_captured.Count > MaxCaptured) _captured.TryDequeue(out _);
        }
        _requests.Increment();
    }

    internal async Task WaitWhileHangingAsync(CancellationToken cancellation)
    {
        while (_hang is { } hang) await hang.Task.WaitAsync(cancellation);
    }

    private string Scripted(string model)
    {
        var name = ModelName.Full(model);
        lock (_early)
        {
            var known = _store?.Find(name) is not null || _early.Any(early => early.Name == name);
            if (!known) AddModel(EmulatedModel.Talker(name));
        }
        return name;
    }
}
