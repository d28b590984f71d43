using System.Collections.Concurrent;

namespace ChatOllama.ApiService.Models;

/// <summary>Which models are being downloaded, for those who list models. Thread-safe.</summary>
public sealed class ActivePulls
{
    private readonly ConcurrentDictionary<string, string> _jobs = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _unstored = new();
    private int _version;

    /// <summary>Changes with every change.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>The id of the job for this full name; null when there is none.</summary>
    public string? Find(string name) => _jobs.IsEmpty ? null : _jobs.GetValueOrDefault(name);

    /// <summary>Whether this job has ended although the database still calls it unfinished.</summary>
    internal bool HasEnded(string id) => _unstored.ContainsKey(id);

    internal void AddUnstored(PullJob job) => _unstored[job.Id] = true;

    internal void RemoveUnstored(PullJob job) => _unstored.TryRemove(job.Id, out _);

    internal void Add(PullJob job)
    {
        _jobs[job.Name] = job.Id;
        Interlocked.Increment(ref _version);
    }

    internal void Remove(PullJob job)
    {
        _jobs.TryRemove(new(job.Name, job.Id));
        Interlocked.Increment(ref _version);
    }
}
