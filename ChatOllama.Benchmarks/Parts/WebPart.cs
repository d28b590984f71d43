using System.Text.Json;
using System.Text.RegularExpressions;
using ChatOllama.Benchmarks.Load;
using ChatOllama.Benchmarks.Reporting;
using ChatOllama.Benchmarks.Systems;

namespace ChatOllama.Benchmarks.Parts;

/// <summary>Pages, and answers that are rendered while they come.</summary>
internal static partial class WebPart
{
    private const string Question = "Show me everything: a demo of the formatting";
    private static readonly int[] Readers = [1, 50, 200];

    public static async Task RunAsync(BenchContext context)
    {
        await using var lineup = new Lineup(context);
        await lineup.EmulatorAsync();
        var api = await lineup.ApiAsync();
        var web = await lineup.WebAsync(api);
        Report.Progress("web: pages");
        using var asker = new Asker(api.Url);
        var session = (await asker.AskAsync(Question, session: null)).Session;
        for (var i = 0; i < 9; i++) await asker.AskAsync(Question, session);
        await PagesAsync(context, web, session);
        await AnswersAsync(context, web, api, asker);
    }

    private static async Task PagesAsync(BenchContext context, SystemUnderTest web, string session)
    {
        var table = new Table("Pages", "Server time over HTTP on one connection, from the web with the api behind it, compressed as for a browser; first load: the page and everything it fetches, headers included.",
            "page", "p50 ms", "p99 ms", "page KiB", "first load KiB", "files");
        using var caller = await Caller.OpenAsync(web.Url);
        foreach (var (what, path) in new[] { ("new chat", "/"), ("a chat of 10 turns", $"/sessions/{session}"), ("models", "/models"), ("settings", "/settings"), ("search", "/search?q=formatting") })
        {
            var times = new Samples();
            for (var i = -10; i < context.Times(100); i++)
            {
                var took = await caller.GetAsync(path, "Accept-Encoding: br\r\n");
                if (i >= 0) times.Add(took.TotalMilliseconds);
            }
            var (page, all, files) = await WeighAsync(web.Url, path);
            table.Add(what, times.Median, times.At(0.99), page / 1024.0, all / 1024.0, files);
        }
        context.Report.Add(table);
    }

    /// <summary>Bytes of the page, of everything together, and how many files that is.</summary>
    private static async Task<(long Page, long All, int Files)> WeighAsync(Uri web, string path)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false, AutomaticDecompression = System.Net.DecompressionMethods.None };
        using var http = new HttpClient(handler) { BaseAddress = web };
        var html = await http.GetStringAsync(path);
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("br");
        var parts = Addresses().Matches(html).Select(match => match.Groups[1].Value.Split('#')[0]).Where(part => part.Length > 0).Distinct().ToList();
        var page = await SizeAsync(path);
        var all = page;
        foreach (var part in parts) all += await SizeAsync(part);
        return (page, all, parts.Count + 1);

        async Task<long> SizeAsync(string part)
        {
            using var response = await http.GetAsync(part);
            return (await response.Content.ReadAsByteArrayAsync()).Length + response.Headers.ToString().Length + response.Content.Headers.ToString().Length;
        }
    }

    private static async Task AnswersAsync(BenchContext context, SystemUnderTest web, SystemUnderTest api, Asker asker)
    {
        var table = new Table("Answers as HTML", $"Streams of rendered patches from the web, a Markdown answer with code, tables and lists at 50 tokens per second each; CPU of web and api together over whole answers. {Lineup.Settings}.",
            "streams at once", "errors", "CPU µs per token, web", "CPU µs per token, api", "patches per answer", "tokens per answer");
        foreach (var readers in context.Options.Quick ? Readers[..2] : Readers)
        {
            Report.Progress($"web: {readers} answers as HTML");
            // The first round warms up.
            for (var round = readers == Readers[0] ? 0 : 1; round < 2; round++)
            {
                var (webCpu, apiCpu) = (web.Processes[0].Cpu, api.Cpu);
                var answers = await Task.WhenAll(Enumerable.Range(0, readers).Select(i => ReadAsync(web, asker, i / (double)readers)));
                var tokens = (double)answers.Sum(answer => answer.Tokens);
                foreach (var why in answers.Select(answer => answer.Stream.Failure).OfType<string>().Distinct()) context.Report.Fail($"web, {readers} streams: {why}");
                if (round == 0) continue;
                table.Add(readers, answers.Count(answer => answer.Stream.Failure is not null), (web.Processes[0].Cpu - webCpu).TotalMicroseconds / tokens,
                    (api.Cpu - apiCpu).TotalMicroseconds / tokens, answers.Average(answer => answer.Stream.Patches), tokens / readers);
            }
        }
        context.Report.Add(table);
    }

    private static async Task<(PageStream Stream, int Tokens)> ReadAsync(SystemUnderTest web, Asker asker, double delay)
    {
        await Task.Delay(TimeSpan.FromSeconds(delay));
        var message = await asker.BeginAsync(Question);
        var stream = new PageStream();
        using var connection = await Connection.OpenAsync(web.Url, stream, stream.Break);
        connection.Send(System.Text.Encoding.ASCII.GetBytes($"GET /stream/messages/{message} HTTP/1.1\r\nHost: {web.Url.Authority}\r\nSec-Fetch-Site: same-origin\r\n\r\n"));
        await Task.WhenAny(stream.Ended, Task.Delay(TimeSpan.FromMinutes(2)));
        if (!stream.Ended.IsCompleted) stream.Break("it did not end");
        return (stream, await asker.TokensAsync(message));
    }

    [GeneratedRegex("(?:src|href)=\"(/[^\"]*\\.(?:js|css|svg|png|webmanifest)[^\"]*)\"")]
    private static partial Regex Addresses();

    /// <summary>Asks the api as the web does: in the background.</summary>
    private sealed class Asker(Uri api) : IDisposable
    {
        private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = api };

        public void Dispose() => _http.Dispose();

        /// <summary>A whole exchange.</summary>
        public async Task<(string Session, string Message)> AskAsync(string question, string? session)
        {
            using var answer = await PostAsync(question, session, stream: false);
            using var json = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
            return (json.RootElement.GetProperty("session_id").GetString()!, json.RootElement.GetProperty("id").GetString()!);
        }

        /// <returns>The id of an answer that runs on by itself.</returns>
        public async Task<string> BeginAsync(string question)
        {
            using var answer = await PostAsync(question, session: null, stream: true);
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
            while (await lines.ReadLineAsync() is { } line)
            {
                if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
                using var json = JsonDocument.Parse(line.AsMemory("data: ".Length));
                if (json.RootElement.TryGetProperty("message_id", out var id)) return id.GetString()!;
            }
            throw new BenchException("An answer began without its id.");
        }

        public async Task<int> TokensAsync(string message)
        {
            using var json = JsonDocument.Parse(await _http.GetStringAsync($"/v1/messages/{message}"));
            return json.RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32();
        }

        private async Task<HttpResponseMessage> PostAsync(string question, string? session, bool stream)
        {
            var body = JsonSerializer.Serialize(new { message = question, model = Lineup.Prose, stream, background = true, session_id = session });
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat") { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            return response.IsSuccessStatusCode ? response : throw new BenchException($"The api answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }
}
