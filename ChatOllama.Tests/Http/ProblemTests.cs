using System.Net;
using System.Text;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ChatOllama.Tests.Http;

public class ProblemTests
{
    private static readonly Action<WebApplication> Routes = app =>
    {
        app.MapPost("/test/chat", (ChatRequest body) => TypedResults.Ok(body.Message));
        app.MapPatch("/test/session", (UpdateSessionRequest body) => TypedResults.Ok(body.Title.IsSet));
        app.MapGet("/test/number", (int? limit, bool flag) => TypedResults.Ok($"{limit} {flag}"));
        app.MapGet("/test/crash", string () => throw new InvalidOperationException("SELECT secret FROM /home/me/chat.db"));
        app.MapGet("/test/conflict", string () => throw ProblemException.Conflict("It runs already. Stop it first."));
        app.MapGet("/test/busy", string () => throw new ProblemException(ProblemCodes.Overloaded, "Too many wait. Try again soon.") { RetryAfterSeconds = 7 });
        app.MapGet("/test/status/{status:int}", (int status) => TypedResults.StatusCode(status));
    };

    [Fact]
    public async Task An_unknown_route_is_a_problem_that_names_it()
    {
        await using var api = await HttpApi.StartAsync();
        var problem = await (await api.Client.GetAsync("/v1/no-such-thing")).ReadProblemAsync(ProblemCodes.NotFound);
        Assert.Contains("/v1/no-such-thing", problem.Detail);
        Assert.Equal(api.Time.GetUtcNow().UtcDateTime, problem.Timestamp!.Value.ToUniversalTime());
        Assert.Null(problem.Errors);
    }

    [Fact]
    public async Task A_wrong_method_is_a_problem_and_says_which_are_allowed()
    {
        await using var api = await HttpApi.StartAsync();
        var response = await api.Client.DeleteAsync("/v1/settings");
        await response.ReadProblemAsync(ProblemCodes.MethodNotAllowed);
        Assert.Equal(["GET"], response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("{", "body")]
    [InlineData("", "body")]
    [InlineData("null", "body")]
    [InlineData("[]", "body")]
    [InlineData("\"text\"", "body")]
    [InlineData("{\"message\":1}", "message")]
    [InlineData("{\"stream\":\"yes\"}", "stream")]
    [InlineData("{\"stream\":1}", "stream")]
    [InlineData("{\"options\":[1]}", "options")]
    [InlineData("{\"options\":{\"temperature\":}}", "options.temperature")]
    [InlineData("{\"images\":[\"a\",2]}", "images[1]")]
    [InlineData("{\"images\":\"a\"}", "images")]
    [InlineData("{\"message\":\"\\ud800\"}", "message")]
    public async Task A_body_that_cannot_be_read_is_a_400_that_names_the_field(string body, string field)
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        var problem = await (await api.PostAsync("/test/chat", body)).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal([field], problem.Errors!.Keys);
        Assert.DoesNotContain("System.", problem.Detail);
        Assert.DoesNotContain("ChatOllama.", problem.Detail);
        Assert.Equal(problem.Detail, problem.Errors[field].Single());
    }

    [Theory]
    [InlineData("{\"pinned\":\"yes\"}", "pinned", "true or false")]
    [InlineData("{\"tags\":\"one\"}", "tags", "a list")]
    [InlineData("{\"title\":{}}", "title", "a text")]
    [InlineData("{\"options\":3}", "options", "an object")]
    public async Task A_wrong_type_says_which_would_be_right(string body, string field, string expected)
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        var response = await api.Client.PatchAsync("/test/session", new StringContent(body, Encoding.UTF8, "application/json"));
        var problem = await response.ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal($"'{field}' must be {expected}.", problem.Errors![field].Single());
    }

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_a_400()
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        var content = new ByteArrayContent([.. "{\"message\":\""u8, 0xff, 0xfe, .. "\"}"u8]);
        content.Headers.ContentType = new("application/json");
        await (await api.Client.PostAsync("/test/chat", content)).ReadProblemAsync(ProblemCodes.Validation);
    }

    [Fact]
    public async Task Json_that_is_nested_too_deep_is_a_400()
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        var body = $$"""{"format":{{new string('[', 5000)}}{{new string(']', 5000)}}}""";
        var problem = await (await api.PostAsync("/test/chat", body)).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Contains("deeper", problem.Detail);
    }

    [Fact]
    public async Task Unknown_fields_and_a_byte_order_mark_are_no_error()
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        Assert.Equal(HttpStatusCode.OK, (await api.PostAsync("/test/chat", """{"message":"a","nobody_knows_me":{"x":[1]}}""")).StatusCode);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_body_of_another_media_type_is_a_415(string mediaType)
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        await (await api.PostAsync("/test/chat", "{}", mediaType)).ReadProblemAsync(ProblemCodes.UnsupportedMediaType);
    }

    [Fact]
    public async Task A_charset_that_nobody_has_is_a_415()
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        var content = new ByteArrayContent("{}"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=klingon");
        await (await api.Client.PostAsync("/test/chat", content)).ReadProblemAsync(ProblemCodes.UnsupportedMediaType);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_a_413(bool chunked)
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/test/chat")
        {
            Content = new StringContent("{\"message\":\"" + new string('a', ApiHttp.BodyLimit) + "\"}", Encoding.UTF8, "application/json"),
        };
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = true;
        await (await api.Client.SendAsync(request)).ReadProblemAsync(ProblemCodes.PayloadTooLarge);
        Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync("/v1/settings")).StatusCode);
    }

    [Theory]
    [InlineData("?limit=abc&flag=true", "limit")]
    [InlineData("?limit=99999999999999&flag=true", "limit")]
    [InlineData("?limit=1&flag=maybe", "flag")]
    [InlineData("?limit=1", "flag")]
    public async Task A_query_value_that_cannot_be_read_is_a_400_that_names_it(string query, string field)
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        var problem = await (await api.Client.GetAsync("/test/number" + query)).ReadProblemAsync(ProblemCodes.Validation);
        Assert.Equal([field], problem.Errors!.Keys);
    }

    [Fact]
    public async Task An_unexpected_failure_tells_the_caller_nothing_and_the_log_everything()
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        var response = await api.Client.GetAsync("/test/crash");
        var text = await response.Content.ReadAsStringAsync();
        var problem = await response.ReadProblemAsync(ProblemCodes.Internal);
        Assert.DoesNotContain("SELECT", text);
        Assert.DoesNotContain("chat.db", text);
        Assert.Contains(problem.TraceId!, problem.Detail);
        var line = Assert.Single(api.Log.All, l => l.Exception is InvalidOperationException);
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.Contains(problem.TraceId!, line.Scopes);
    }

    [Fact]
    public async Task A_problem_exception_answers_as_it_says()
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        var conflict = await (await api.Client.GetAsync("/test/conflict")).ReadProblemAsync(ProblemCodes.Conflict);
        Assert.Equal("It runs already. Stop it first.", conflict.Detail);
        var busy = await api.Client.GetAsync("/test/busy");
        await busy.ReadProblemAsync(ProblemCodes.Overloaded);
        Assert.Equal(TimeSpan.FromSeconds(7), busy.Headers.RetryAfter?.Delta);
        Assert.DoesNotContain(api.Log.All, l => l.Level >= LogLevel.Error);
    }

    [Theory]
    [InlineData(401, ProblemCodes.Unauthorized)]
    [InlineData(403, ProblemCodes.Forbidden)]
    [InlineData(404, ProblemCodes.NotFound)]
    [InlineData(500, ProblemCodes.Internal)]
    [InlineData(503, ProblemCodes.Overloaded)]
    public async Task A_bare_status_gets_its_problem(int status, string code)
    {
        await using var api = await HttpApi.StartAsync(routes: Routes);
        await (await api.Client.GetAsync($"/test/status/{status}")).ReadProblemAsync(code);
    }

    [Fact]
    public async Task Head_gets_the_status_and_no_body()
    {
        await using var api = await HttpApi.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, "/nothing");
        var response = await api.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_client_that_leaves_is_no_error_in_the_log()
    {
        var arrived = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        await using var api = await HttpApi.StartAsync(routes: app => app.MapGet("/test/wait", async (HttpContext http) =>
        {
            arrived.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, http.RequestAborted);
            }
            finally
            {
                left.SetResult();
            }
        }));
        using var leave = new CancellationTokenSource();
        var call = api.Client.GetAsync("/test/wait", leave.Token);
        await arrived.Task;
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await left.Task;
        Assert.Equal(HttpStatusCode.OK, (await api.Client.GetAsync("/v1/settings")).StatusCode);
        // There is no Ollama behind this api, and its model sync says so.
        Assert.DoesNotContain(api.Log.All, l => l.Level >= LogLevel.Warning && !l.Category.EndsWith("ModelSyncService", StringComparison.Ordinal));
    }
}
