using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace ChatOllama.Tests.Emulator;

/// <summary>Each recorded call is made to the emulator, and the answers must look alike: status, headers that matter, shape of every line, errors word for word.</summary>
public partial class WireTests
{
    /// <summary>Calls that a recording needs before it, as they stood in the session it was cut from.</summary>
    private static readonly Dictionary<string, string[]> s_before = new()
    {
        ["11-ps-loaded"] = ["10-stream-cold-load"],
        ["16-keepalive-ps-10m"] = ["15-options-length-nonstream", "16-keepalive-10m"],
        ["16-keepalive-ps-forever"] = ["16-keepalive-minus1"],
        ["16-keepalive-ps-after-0"] = ["75-warm-small", "16-keepalive-0-after-chat"],
        ["32-ps-after-unload"] = ["30-load-again", "32-unload"],
        ["41-create-overwrite"] = ["41-create-from-stream"],
        ["41-create-show-pirate"] = ["41-create-from-stream"],
        ["41-create-tags-after"] = ["41-create-from-stream", "41-create-from-nonstream"],
        ["43-copy"] = ["41-create-from-stream"],
        ["44-delete"] = ["41-create-from-stream", "43-copy"],
        ["44-delete-again"] = ["41-create-from-stream", "43-copy", "44-delete"],
        ["44-delete-name-field"] = ["41-create-from-nonstream"],
        ["45-shared-blob-chat"] = ["41-create-from-stream"],
        ["45-shared-blob-ps"] = ["41-create-from-stream", "45-shared-blob-chat", "45-shared-blob-chat-tiny"],
        ["46-delete-loaded"] = ["41-create-from-stream", "45-shared-blob-chat"],
        ["46-ps-after-delete-loaded"] = ["41-create-from-stream", "45-shared-blob-chat", "46-delete-loaded"],
        ["46-delete-q8"] = ["41-create-quantize-f16-to-q8"],
        ["80-par1-ps"] = ["90-warm"],
        ["85-one-model.ps"] = ["13-nonstream"],
        ["86-keepalive2s-ps"] = ["86-keepalive2s-chat"],
        ["95-delete-while-streaming.delete"] = ["95-copy"],
    };

    /// <summary>Calls that met a server in trouble: the emulator is put into the same trouble.</summary>
    private static readonly Dictionary<string, string> s_faults = new()
    {
        ["73-runner-killed-mid-stream"] = "error-midstream",
        ["73-runner-killed-nonstream"] = "error-midstream",
        ["82-maxqueue1-cold-1"] = "503",
        ["84-maxqueue1-nonstream-othermodels-0"] = "503",
    };

    /// <summary>The recorded models thought for longer than the call allowed; the emulator's think shorter, so they are allowed less.</summary>
    private static readonly string[] s_cutWhileThinking = ["14-stream-small-warm", "18-think-high-stream-tiny-jinja", "31-think-stream"];

    /// <summary>Errors that name something of the machine they happened on: only their shape is compared.</summary>
    private static readonly string[] s_machineSpecific =
        ["40-pull-existing-local-name", "40-pull-loopback-refused", "40-pull-unknown-nonstream", "40-pull-unknown-stream", "41-create-from-unknown"];

    public static TheoryData<string> Names => [.. Recording.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_emulator_answers_like_the_recorded_server(string name)
    {
        var recording = Recording.All[name];
        if (s_cutWhileThinking.Contains(name)) recording = recording with { Body = NumPredict().Replace(recording.Body, "5") };
        await using var server = await Recording.StartServerAsync();
        foreach (var earlier in s_before.GetValueOrDefault(name) ?? [])
        {
            using var preparation = await server.Client.SendAsync(Recording.All[earlier].ToRequest());
            await preparation.Content.ReadAsStringAsync();
        }
        using var request = recording.ToRequest();
        if (s_faults.TryGetValue(name, out var fault)) request.Headers.Add("X-Emulator-Fault", fault);
        using var response = await server.Client.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();

        Assert.Equal(recording.Status, (int)response.StatusCode);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("X-ChatOllama-Emulator")));
        CompareHeaders(recording, response);
        if (recording.ResponseHeader("Content-Type")?.Contains("json") == true) CompareJson(recording, body);
        else Assert.Equal(recording.Response, body);
    }

    [Fact]
    public void At_least_60_calls_of_every_kind_are_covered()
    {
        Assert.True(Recording.All.Count >= 60, string.Join(", ", Recording.All.Keys));
        string[] routes = ["/", "/api/version", "/api/tags", "/api/ps", "/api/show", "/api/chat", "/api/generate", "/api/pull", "/api/create", "/api/copy", "/api/delete", "/api/embed", "/api/embeddings"];
        Assert.Empty(routes.Except(Recording.All.Values.Select(recording => recording.Path)));
        Assert.Empty(s_before.Keys.Concat(s_before.Values.SelectMany(names => names)).Concat(s_faults.Keys).Except(Recording.All.Keys));
    }

    private static void CompareHeaders(Recording recording, HttpResponseMessage response)
    {
        Assert.Equal(recording.ResponseHeader("Content-Type"), response.Content.Headers.ContentType?.ToString());
        Assert.Equal(recording.ResponseHeader("Allow"), response.Content.Headers.Allow.Count == 0 ? null : string.Join(", ", response.Content.Headers.Allow));
        Assert.Equal(recording.ResponseHeader("Access-Control-Allow-Origin"), response.Headers.TryGetValues("Access-Control-Allow-Origin", out var origin) ? origin.Single() : null);
        if (recording.Status >= 400) Assert.Equal(recording.ResponseHeader("Transfer-Encoding") is not null, response.Headers.TransferEncodingChunked == true);
    }

    private static void CompareJson(Recording recording, string body)
    {
        if (recording.Method == "HEAD") return;
        Assert.Equal(recording.Response.EndsWith('\n'), body.EndsWith('\n'));
        Assert.Equal(Simplified(JsonShape.OfLines(recording.Response)), Simplified(JsonShape.OfLines(body)));
        var expected = LastLine(recording.Response);
        var actual = LastLine(body);
        if (!s_machineSpecific.Contains(recording.Name)) Assert.Equal(Text(expected, "error"), Text(actual, "error"));
        if (Text(expected, "done_reason") is "load" or "unload") Assert.Equal(Text(expected, "done_reason"), Text(actual, "done_reason"));
        Assert.Equal(Text(expected, "model"), Text(actual, "model"));
        Assert.Equal(Text(expected, "status"), Text(actual, "status"));
    }

    /// <summary>An empty list has no type, and the recordings leave some lists empty.</summary>
    private static string Simplified(IEnumerable<string> shapes) => Tensors().Replace(string.Join('\n', shapes), "tensors: []");

    private static JsonElement LastLine(string body) => JsonElement.Parse(body.TrimEnd('\n').Split('\n')[^1]);

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? Numbers().Replace(value.GetString()!, "N") : null;

    [GeneratedRegex(@"(?<=\()\d+(?= tokens)|(?<=n_prompt_tokens"":)\d+")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"(?<=""num_predict"": )\d+")]
    private static partial Regex NumPredict();

    [GeneratedRegex(@"tensors: \[.*?\](?=, capabilities)")]
    private static partial Regex Tensors();
}
