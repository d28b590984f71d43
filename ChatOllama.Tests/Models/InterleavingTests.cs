using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Models;

/// <summary>Two people who do things to the same models at the same moment never leave a wrong status.</summary>
public class InterleavingTests
{
    private static readonly string[] s_names = ["one:latest", "two:latest", "three:latest"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Statuses_are_what_Ollama_has_whatever_two_people_do_at_once(int seed)
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AllowPull("one");
            e.Control.AllowPull("two");
        }, settings: "--MAX_PULLS=2");
        var dice = new Random(seed);
        for (var round = 0; round < 20; round++)
        {
            var (first, second) = (Deed(dice), Deed(dice));
            api.Emulator.Control.DiskSpace = dice.Next(8) == 0 ? 1_000_000 : null;
            await Task.WhenAll(first.Do(api), second.Do(api));
            foreach (var pull in await api.PullsAsync())
            {
                if (PullStatuses.IsUnfinished(pull.Status))
                    await api.PullEndAsync(pull.Id);
            }
            // A pull that was cancelled in its last moment may become a model after everybody has looked: the sync of every minute sees it then.
            await api.Emulator.Control.WaitForPullsEndedAsync(api.Emulator.Control.Requests.Count(r => r.Path == "/api/pull"));
            if (first.Cancels || second.Cancels)
                await api.Catalog.SyncAnewAsync(default);
            await CheckAsync(api, $"seed {seed}, round {round}: {first.Name} and {second.Name}");
        }
    }

    private static (string Name, bool Cancels, Func<ModelApi, Task> Do) Deed(Random dice)
    {
        var name = s_names[dice.Next(s_names.Length)];
        var path = "/v1/models/" + Uri.EscapeDataString(name);
        return dice.Next(9) switch
        {
            0 or 1 => ("pull " + name, false, api => api.PullAsync(name)),
            2 => ("pull and cancel " + name, true, async api => await api.Client.DeleteAsync("/v1/models/pulls/" + (await api.PullAsync(name)).Id)),
            3 => ("hide " + name, true, api => api.Client.DeleteAsync(path)),
            4 => ("purge " + name, true, api => api.Client.DeleteAsync(path + "?purge=true")),
            5 => ("restore " + name, false, api => api.PostAsync(path + "/restore")),
            6 => ("sync", false, api => api.SyncAsync()),
            7 => ("sync, keeping away", false, api => api.Catalog.SyncAsync(default)),
            _ => ("remove outside " + name, false, async api =>
            {
                api.Emulator.Control.RemoveModel(name);
                await api.Catalog.SyncAnewAsync(default);
            }
            ),
        };
    }

    private static async Task CheckAsync(ModelApi api, string what)
    {
        var has = api.Emulator.Control.Models.Select(m => m.Name).ToHashSet();
        var list = (await api.ListAsync()).Models;
        Assert.All(list, model => Assert.True(IsTrue(model, has.Contains(model.Name)), $"{what}: {model.Name} is {model.Status}, digest {model.Digest}, in Ollama: {has.Contains(model.Name)}"));
        Assert.All(has, name => Assert.Contains(list, m => m.Name == name));
        Assert.All(list, model => Assert.Null(model.PullId));
        Assert.Equal(ModelStatuses.Available, Assert.Single(list, m => m.IsDefault).Status);
    }

    /// <summary>Removed by a person while Ollama has it keeps its digest; removed because it has gone does not.</summary>
    private static bool IsTrue(ModelView model, bool inOllama) => model.Status switch
    {
        ModelStatuses.Available => inOllama,
        ModelStatuses.Error => !inOllama && model.Error is { Length: > 0 },
        ModelStatuses.Removed => inOllama == model.Digest is not null,
        _ => false,
    };
}
