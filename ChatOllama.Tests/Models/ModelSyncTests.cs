using System.Net;
using System.Net.Http.Json;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using ChatOllama.Emulator.Models;
using Xunit;

namespace ChatOllama.Tests.Models;

public class ModelSyncTests
{
    private static async Task<ProblemException> RefusedAsync(ModelApi api, string? name) =>
        await Assert.ThrowsAsync<ProblemException>(async () => await api.Catalog.ResolveAsync(name, default));

    [Fact]
    public async Task The_first_sync_happens_by_itself()
    {
        await using var api = await ModelApi.StartAsync();
        var list = await api.ListAsync();
        Assert.NotEmpty(list.Models);
        Assert.True(list.OllamaReachable);
        Assert.Equal(api.Time.GetUtcNow().UtcDateTime, list.SyncedAt);
        Assert.All(list.Models, m => Assert.Equal(ModelStatuses.Available, m.Status));
    }

    [Fact]
    public async Task A_sync_adds_updates_removes_and_brings_back()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("a")));
        var first = await api.ModelAsync("a:latest");

        api.Emulator.Control.AddModel(EmulatedModel.Talker("a") with { Digest = "changed", Size = 5, Capabilities = ["completion", "vision"] });
        api.Emulator.Control.AddModel(EmulatedModel.Talker("b"));
        var list = await api.SyncAsync();
        var changed = list.Models.Single(m => m.Name == "a:latest");
        Assert.Equal((first.Id, "changed", 5L, true), (changed.Id, changed.Digest, changed.Size, changed.Capabilities.Contains("vision")));
        Assert.Contains(list.Models, m => m.Name == "b:latest");

        api.Emulator.Control.RemoveModel("a");
        Assert.Equal(ModelStatuses.Removed, (await api.SyncAsync()).Models.Single(m => m.Name == "a:latest").Status);

        api.Emulator.Control.AddModel(EmulatedModel.Talker("a"));
        var back = (await api.SyncAsync()).Models.Single(m => m.Name == "a:latest");
        Assert.Equal((first.Id, ModelStatuses.Available), (back.Id, back.Status));
    }

    [Fact]
    public async Task What_a_person_changed_survives_a_sync()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("a")));
        await api.PutAsync("/v1/models/a", """{"display_name":"Mine","is_enabled":false}""");
        await api.PutAsync("/v1/models/a/config", """{"temperature":0.1}""");
        await api.SyncAsync();
        var model = await api.ModelAsync("a:latest");
        Assert.Equal(("Mine", false), (model.DisplayName, model.IsEnabled));
        Assert.Equal(0.1, (await api.Catalog.GetAsync(default)).Find("a")!.Resolved.Config.Temperature);
    }

    [Fact]
    public async Task What_a_person_removed_stays_away_until_a_person_syncs()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("a")));
        await api.Client.DeleteAsync("/v1/models/a");
        await api.Catalog.SyncAsync(default);
        Assert.Equal(ModelStatuses.Removed, (await api.ModelAsync("a:latest")).Status);
        Assert.Contains("removed", (await RefusedAsync(api, "a")).Message);
        Assert.DoesNotContain(api.Emulator.Control.Requests, r => r.Path == "/api/delete");

        Assert.Equal(ModelStatuses.Available, (await api.SyncAsync()).Models.Single(m => m.Name == "a:latest").Status);
        Assert.Equal("a:latest", (await api.Catalog.ResolveAsync("a", default)).Name);
    }

    [Fact]
    public async Task Purging_deletes_from_ollama_and_without_ollama_changes_nothing()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AddModel(EmulatedModel.Talker("a"));
            e.Control.AddModel(EmulatedModel.Talker("b"));
        });
        var size = (await api.ModelAsync("a:latest")).Size;
        Assert.Equal(size, (await PurgeAsync(api, "a")).SizeFreed);
        Assert.Equal(0, (await PurgeAsync(api, "a")).SizeFreed);
        Assert.Equal(ModelStatuses.Removed, (await api.SyncAsync()).Models.Single(m => m.Name == "a:latest").Status);

        api.Emulator.Control.Online = false;
        await api.ProblemAsync(HttpMethod.Delete, "/v1/models/b?purge=true", ProblemCodes.OllamaUnreachable);
        Assert.Equal(ModelStatuses.Available, (await api.ModelAsync("b:latest")).Status);
    }

    [Fact]
    public async Task A_purge_frees_nothing_while_another_name_has_the_same_model()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AddModel(EmulatedModel.Talker("a"));
            e.Control.AddModel(EmulatedModel.Talker("a") with { Name = "copy:latest" });
        });
        Assert.Equal(0, (await PurgeAsync(api, "a")).SizeFreed);
        Assert.True((await PurgeAsync(api, "copy")).SizeFreed > 0);
    }

    [Fact]
    public async Task One_removed_model_is_restored_and_one_that_has_gone_is_not()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AddModel(EmulatedModel.Talker("a"));
            e.Control.AddModel(EmulatedModel.Talker("b"));
        });
        await api.Client.DeleteAsync("/v1/models/a");
        await api.Client.DeleteAsync("/v1/models/b");
        Assert.Equal(HttpStatusCode.OK, (await api.Client.PostAsync("/v1/models/a/restore", null)).StatusCode);
        Assert.Equal((ModelStatuses.Available, ModelStatuses.Removed), ((await api.ModelAsync("a:latest")).Status, (await api.ModelAsync("b:latest")).Status));

        api.Emulator.Control.RemoveModel("b");
        Assert.Contains("Pull it", (await api.ProblemAsync(HttpMethod.Post, "/v1/models/b/restore", ProblemCodes.Conflict)).Detail);
        Assert.Equal(ModelStatuses.Removed, (await api.ModelAsync("b:latest")).Status);
        await api.ProblemAsync(HttpMethod.Post, "/v1/models/nope/restore", ProblemCodes.NotFound);
        api.Emulator.Control.Online = false;
        await api.ProblemAsync(HttpMethod.Post, "/v1/models/a/restore", ProblemCodes.OllamaUnreachable);
        Assert.Equal(ModelStatuses.Available, (await api.ModelAsync("a:latest")).Status);
    }

    [Fact]
    public async Task A_sync_may_keep_away_what_people_removed()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("a")));
        await api.Client.DeleteAsync("/v1/models/a");
        await api.Client.PostAsync("/v1/models/sync?keep_removed=true", null);
        Assert.Equal(ModelStatuses.Removed, (await api.ModelAsync("a:latest")).Status);
    }

    private static async Task<ModelDeletion> PurgeAsync(ModelApi api, string name)
    {
        using var response = await api.Client.DeleteAsync($"/v1/models/{name}?purge=true");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ModelDeletion))!;
    }

    [Fact]
    public async Task Without_ollama_the_service_starts_with_what_it_knew_and_syncs_when_ollama_comes_back()
    {
        var folder = Directory.CreateTempSubdirectory("chatollama-models-");
        await using (await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("a")), folder))
        {
        }
        await using (var api = await ModelApi.StartUnsyncedAsync(e => e.Control.Online = false, folder))
        {
            await api.MissedAsync();
            var list = await api.ListAsync();
            Assert.False(list.OllamaReachable);
            Assert.Null(list.SyncedAt);
            Assert.Contains(list.Models, m => m is { Name: "a:latest", Status: ModelStatuses.Available });
            Assert.Equal("a:latest", (await api.Catalog.ResolveAsync("a", default)).Name);
            await api.ProblemAsync(HttpMethod.Post, "/v1/models/sync", ProblemCodes.OllamaUnreachable);

            api.Emulator.Control.Online = true;
            api.Loop.Advance(TimeSpan.FromSeconds(2));
            await api.SyncedAsync();
            list = await api.ListAsync();
            Assert.True(list.OllamaReachable);
            Assert.Equal(ModelStatuses.Removed, list.Models.Single(m => m.Name == "a:latest").Status);
        }
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Losing_ollama_keeps_the_list_with_its_age_and_finding_it_again_syncs()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("a")));
        var syncedAt = api.Time.GetUtcNow().UtcDateTime;
        api.Emulator.Control.Online = false;
        api.Time.Advance(TimeSpan.FromSeconds(11));
        api.Loop.Advance(TimeSpan.FromSeconds(11));
        await api.MissedAsync();
        var list = await api.ListAsync();
        Assert.Equal((false, (DateTime?)syncedAt), (list.OllamaReachable, list.SyncedAt));
        Assert.Contains(list.Models, m => m is { Name: "a:latest", Status: ModelStatuses.Available });

        api.Loop.Advance(TimeSpan.FromSeconds(2));
        await api.Loop.WaitedForAsync(ModelSyncService.FirstRetry * 2);
        api.Emulator.Control.AddModel(EmulatedModel.Talker("b"));
        api.Emulator.Control.Online = true;
        api.Loop.Advance(TimeSpan.FromSeconds(3));
        await api.SyncedAsync();
        Assert.Contains((await api.ListAsync()).Models, m => m.Name == "b:latest");
    }

    [Fact]
    public async Task An_ollama_that_accepts_and_never_answers_blocks_neither_start_nor_list()
    {
        await using var api = await ModelApi.StartUnsyncedAsync(e => e.Control.Hang = true);
        await api.Emulator.Control.WaitForRequestsAsync(1);
        Assert.Empty((await api.ListAsync()).Models);

        await api.AfterAsync(TimeSpan.FromSeconds(30), api.ProblemAsync(HttpMethod.Post, "/v1/models/sync", ProblemCodes.OllamaTimeout));
        Assert.Equal(ProblemCodes.OllamaUnreachable, (await api.AfterAsync(TimeSpan.FromSeconds(10), RefusedAsync(api, "a"))).Code);
    }

    [Fact]
    public async Task What_somebody_deletes_outside_is_noticed_within_a_minute()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("a")));
        api.Emulator.Control.RemoveModel("a");
        api.Loop.Advance(ModelSyncService.Sync);
        await api.SyncedAsync();
        Assert.Equal(ModelStatuses.Removed, (await api.ModelAsync("a:latest")).Status);
    }

    [Fact]
    public async Task Syncs_at_the_same_time_are_one()
    {
        await using var api = await ModelApi.StartAsync();
        var before = api.Emulator.Control.Requests.Count(r => r.Path == "/api/tags");
        api.Emulator.Control.Hang = true;
        var syncs = Enumerable.Range(0, 8).Select(_ => api.Catalog.SyncAsync(default)).ToList();
        api.Emulator.Control.Hang = false;
        await Task.WhenAll(syncs);
        Assert.Equal(before + 1, api.Emulator.Control.Requests.Count(r => r.Path == "/api/tags"));
    }

    [Fact]
    public async Task A_model_that_came_after_the_last_sync_is_found_when_a_chat_names_it()
    {
        await using var api = await ModelApi.StartAsync();
        api.Emulator.Control.AddModel(EmulatedModel.Talker("new"));
        Assert.Equal("new:latest", (await api.Catalog.ResolveAsync("new", default)).Name);
        Assert.NotNull((await api.ModelAsync("new:latest")).LastUsedAt);
    }

    [Fact]
    public async Task A_chat_is_told_why_it_cannot_use_a_model()
    {
        await using var api = await ModelApi.StartAsync(e =>
        {
            e.Control.AddModel(EmulatedModel.Talker("off"));
            e.Control.AddModel(EmulatedModel.Talker("gone"));
            e.Control.AddModel(EmulatedModel.Embedder("vectors"));
        });
        await api.PutAsync("/v1/models/off", """{"is_enabled":false}""");
        api.Emulator.Control.RemoveModel("gone");
        foreach (var (name, word) in new[] { ("off", "disabled"), ("gone", "removed"), ("vectors", "embeddings"), ("nope", "no model 'nope'") })
        {
            await api.Catalog.SyncAsync(default);
            var problem = await RefusedAsync(api, name);
            Assert.Equal(ProblemCodes.Validation, problem.Code);
            Assert.Contains(word, Assert.Single(problem.Errors!["model"]));
        }
    }

    [Fact]
    public async Task Without_any_model_a_chat_is_told_whether_ollama_is_away_or_empty()
    {
        await using var away = await ModelApi.StartUnsyncedAsync(e => e.Control.Online = false);
        Assert.Equal(ProblemCodes.OllamaUnreachable, (await RefusedAsync(away, null)).Code);
        Assert.Equal(ProblemCodes.OllamaUnreachable, (await RefusedAsync(away, "tiny")).Code);

        await using var empty = await ModelApi.StartAsync();
        foreach (var model in (await empty.ListAsync()).Models)
            empty.Emulator.Control.RemoveModel(model.Name);
        await empty.SyncAsync();
        Assert.Equal(ProblemCodes.Validation, (await RefusedAsync(empty, null)).Code);
    }

    [Fact]
    public async Task A_model_that_goes_while_somebody_changes_it_is_not_found()
    {
        await using var api = await ModelApi.StartAsync(e => e.Control.AddModel(EmulatedModel.Talker("a")));
        var known = (await api.Catalog.GetAsync(default)).Find("a")!;
        await api.Catalog.ChangeAsync(context => context.Execute("DELETE FROM models WHERE key = $1", known.Row.Key));
        Assert.Equal(ProblemCodes.NotFound, (await Assert.ThrowsAsync<ProblemException>(() => ModelEndpoints.ViewAsync(known, api.Catalog))).Code);
        Assert.Equal(ProblemCodes.NotFound, (await Assert.ThrowsAsync<ProblemException>(() => api.Catalog.ChangeAsync(context => ModelEndpoints.Row(context, known.Row.Key)))).Code);
    }
}
