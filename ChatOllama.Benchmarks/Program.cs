using ChatOllama.Benchmarks;
using ChatOllama.Benchmarks.Baselines;
using ChatOllama.Benchmarks.Micro;

// Before the first socket: one thread reads all of the load generator's connections, so that it costs little and needs no locks.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", "1");

return args switch
{
    ["serve", var baseline, .. var rest] => await BaselineServer.RunAsync(baseline, rest),
    ["micro", .. var rest] => MicroBenchmarks.Run(rest),
    _ => await Bench.RunAsync(args),
};
