using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ChatOllama.Tests.Emulator;

public class PullTests
{
    [Fact]
    public async Task A_pull_reports_each_layer_and_adds_the_model()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var lines = await (await emulator.SendAsync("/api/pull", new { model = "demo-extra" })).LinesAsync();
        Assert.Equal("pulling manifest", (string?)lines[0]["status"]);
        Assert.Equal(["verifying sha256 digest", "writing manifest", "success"], lines.TakeLast(3).Select(line => (string?)line["status"]));
        var layers = lines.Where(line => line["digest"] is not null).GroupBy(line => (string)line["digest"]!).ToArray();
        Assert.True(layers.Length > 1);
        Assert.All(layers, layer =>
        {
            Assert.StartsWith("sha256:", layer.Key);
            Assert.All(layer, line => Assert.Equal($"pulling {layer.Key[7..19]}", (string?)line["status"]));
            Assert.Single(layer.Select(line => (long)line["total"]!).Distinct());
            var completed = layer.Select(line => (long?)line["completed"] ?? 0).ToArray();
            Assert.Equal(completed.Order(), completed);
            Assert.Equal((long)layer.First()["total"]!, completed[^1]);
        });
        Assert.Contains(emulator.Control.Models, model => model.Name == "demo-extra:latest");
    }

    [Fact]
    public async Task Leaving_cancels_a_pull_and_the_next_one_goes_on_where_it_was()
    {
        var time = new FakeTimeProvider();
        await using var emulator = await EmulatorHost.StartAsync(options => options.PullBytesPerSecond = 100_000_000, time);
        using (var response = await emulator.SendAsync("/api/pull", new { model = "demo-extra" }))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            Assert.Contains("manifest", await reader.ReadLineAsync());
            Assert.DoesNotContain("completed", await reader.ReadLineAsync());
            // The first line with a digest has been sent; then the pull waits for the clock.
            await emulator.Control.WaitForPullWaitsAsync(1);
            time.Advance(TimeSpan.FromMilliseconds(60));
            Assert.Contains("\"completed\":6000000", await reader.ReadLineAsync());
            await emulator.Control.WaitForPullWaitsAsync(2);
        }
        await emulator.Control.WaitForPullsEndedAsync(1);
        Assert.DoesNotContain(emulator.Control.Models, model => model.Name == "demo-extra:latest");
        emulator.Options.PullBytesPerSecond = 0;
        var lines = await (await emulator.SendAsync("/api/pull", new { model = "demo-extra" })).LinesAsync();
        Assert.Equal(6_000_000, (long)lines[1]["completed"]!);
        Assert.Equal("success", (string?)lines[^1]["status"]);
    }

    [Fact]
    public async Task The_digest_after_a_pull_is_the_hash_of_the_manifest_in_the_registry()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        await (await emulator.SendAsync("/api/pull", new { model = "demo-extra" })).LinesAsync();
        Assert.Equal(await RegistryDigestAsync(emulator), emulator.Control.Models.Single(model => model.Name == "demo-extra:latest").Digest);
        emulator.Control.Publish("demo-extra");
        Assert.NotEqual(await RegistryDigestAsync(emulator), emulator.Control.Models.Single(model => model.Name == "demo-extra:latest").Digest);
        Assert.Equal(HttpStatusCode.NotFound, (await emulator.Client.GetAsync("/v2/library/nothing/manifests/latest")).StatusCode);
    }

    [Fact]
    public async Task A_full_disk_ends_a_pull_with_Ollamas_words_and_keeps_what_has_arrived()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        emulator.Control.DiskSpace = 30_000_000;
        var lines = await (await emulator.SendAsync("/api/pull", new { model = "demo-extra" })).LinesAsync();
        Assert.EndsWith("no space left on device", (string?)lines[^1]["error"]);
        emulator.Control.DiskSpace = null;
        Assert.Equal(24_000_000, (long)(await (await emulator.SendAsync("/api/pull", new { model = "demo-extra" })).LinesAsync())[1]["completed"]!);
    }

    private static async Task<string> RegistryDigestAsync(EmulatorHost emulator) =>
        Convert.ToHexStringLower(SHA256.HashData(await emulator.Client.GetByteArrayAsync("/v2/library/demo-extra/manifests/latest")));

    [Fact]
    public async Task What_cannot_be_pulled_says_why_and_how_to_get_it()
    {
        await using var emulator = await EmulatorHost.StartAsync();
        var lines = await (await emulator.SendAsync("/api/pull", new { model = "llama3.2" })).LinesAsync();
        Assert.Equal(2, lines.Count);
        Assert.Contains("https://ollama.com/download", (string?)lines[1]["error"]);
        emulator.Control.AllowPull("llama3.2");
        var allowed = await (await emulator.SendAsync("/api/pull", new { model = "llama3.2", stream = false })).LinesAsync();
        Assert.Equal("success", (string?)Assert.Single(allowed)["status"]);
    }
}
