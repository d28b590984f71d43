using System.Globalization;

namespace ChatOllama.Tests.Survival;

/// <summary>
/// How long a fault test goes on: a short version in every run, the whole of it with <c>FAULT_ROUNDS=all dotnet test ChatOllama.Tests --filter "Category=Faults"</c>.
/// Chance comes from a seed that is told when a test fails; <c>FAULT_SEED</c> repeats it.
/// </summary>
internal static class Rounds
{
    public const string Category = "Faults";

    private static readonly bool All = Environment.GetEnvironmentVariable("FAULT_ROUNDS") == "all";

    public static int Of(int few, int all) => All ? all : few;

    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("FAULT_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : Environment.TickCount;
}
