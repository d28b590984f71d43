using ChatOllama.Benchmarks.Load;

namespace ChatOllama.Benchmarks.Systems;

/// <summary>Something that streams answers, in one process or several.</summary>
/// <param name="Processes">Whose CPU time and memory count.</param>
internal sealed record SystemUnderTest(string Name, Uri Url, Dialect Dialect, IReadOnlyList<ServerProcess> Processes)
{
    public TimeSpan Cpu => Processes.Aggregate(TimeSpan.Zero, (sum, process) => sum + process.Cpu);

    public double MemoryMiB => Processes.Sum(process => process.MemoryMiB);
}
