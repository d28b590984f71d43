using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ChatOllama.Benchmarks.Systems;

/// <summary>CPU time that processes have used, by the kernel's accounting: what a system costs, whatever else the machine does.</summary>
internal static partial class CpuClock
{
    /// <summary>User and system time of all threads of all these processes, those that have ended included.</summary>
    public static TimeSpan Read(IEnumerable<Process> processes)
    {
        var sum = TimeSpan.Zero;
        foreach (var process in processes) sum += Read(process);
        return sum;
    }

    private static TimeSpan Read(Process process)
    {
        // The clock of the process counts nanoseconds, /proc only hundredths of a second. Its id is made of the process id (linux/posix-timers.h).
        if (OperatingSystem.IsLinux() && GetTime(unchecked((~process.Id << 3) | 2), out var time) == 0)
            return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);
        process.Refresh();
        return process.TotalProcessorTime;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
