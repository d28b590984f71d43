using ChatOllama.Emulator.Models;

namespace ChatOllama.Tests.Emulator;

/// <summary>An answer of the model <c>held</c> that has begun and goes on until it is disposed: it would take a day.</summary>
internal sealed class HeldAnswer : IDisposable
{
    private readonly HttpResponseMessage _response;

    private HeldAnswer(HttpResponseMessage response) => _response = response;

    public static async Task<HeldAnswer> StartAsync(EmulatorHost emulator)
    {
        emulator.Control.AddModel(EmulatedModel.Talker("held", ModelKind.Endless));
        emulator.Options.Models["held"] = new() { TokensPerSecond = 0.2 };
        return new HeldAnswer((await emulator.ChatAsync(new { model = "held", messages = EmulatorCalls.User("go") })).EnsureSuccessStatusCode());
    }

    public void Dispose() => _response.Dispose();
}
