using System.Net;
using System.Text;
using ChatOllama.ApiService.Ollama;
using Xunit;

namespace ChatOllama.Tests.Ollama;

public class OllamaErrorsTests
{
    private static OllamaException Of(int status, string body) => OllamaErrors.FromResponse((HttpStatusCode)status, Encoding.UTF8.GetBytes(body), "POST /api/chat");

    [Theory]
    [InlineData(404, """{"error":"model 'nope' not found"}""", OllamaFault.ModelNotFound, "model 'nope' not found")]
    [InlineData(404, "404 page not found", OllamaFault.Rejected, "404 page not found")]
    [InlineData(405, "405 method not allowed", OllamaFault.Rejected, "405 method not allowed")]
    [InlineData(400, """{"error":"\"tiny\" does not support thinking"}""", OllamaFault.Rejected, "\"tiny\" does not support thinking")]
    [InlineData(500, """{"error":"option \"num_predict\" must be of type integer"}""", OllamaFault.Failed, "option \"num_predict\" must be of type integer")]
    [InlineData(500, """{"error":"{\"error\":{\"code\":500,\"message\":\"image input is not supported\",\"type\":\"server_error\"}}"}""", OllamaFault.Failed, "image input is not supported")]
    [InlineData(501, """{"error":"This server does not support embeddings."}""", OllamaFault.Failed, "This server does not support embeddings.")]
    [InlineData(503, """{"error":"server busy, please try again.  maximum pending requests exceeded"}""", OllamaFault.Busy, "server busy, please try again.  maximum pending requests exceeded")]
    [InlineData(403, """{"error":"ollama cloud is disabled: remote model is unavailable"}""", OllamaFault.Rejected, "ollama cloud is disabled: remote model is unavailable")]
    [InlineData(400, """{"error":"the input length exceeds the context length"}""", OllamaFault.ContextOverflow, "the input length exceeds the context length")]
    [InlineData(400, """{"error":{"message":"as an object"}}""", OllamaFault.Rejected, "as an object")]
    [InlineData(500, "{\"error\":\"broken json", OllamaFault.Failed, "{\"error\":\"broken json")]
    public void Ollamas_own_sentence_is_found_in_every_shape(int status, string body, OllamaFault kind, string sentence)
    {
        var fault = Of(status, body);
        Assert.Equal((kind, sentence, (int?)status), (fault.Kind, fault.Sentence, fault.StatusCode));
    }

    [Fact]
    public void Too_long_a_prompt_tells_its_tokens_and_the_context()
    {
        var fault = Of(400, """{"error":"{\"error\":{\"code\":400,\"message\":\"request (6035 tokens) exceeds the available context size (4096 tokens), try increasing it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":6035,\"n_ctx\":4096}}"}""");
        Assert.Equal((OllamaFault.ContextOverflow, 6035, 4096), (fault.Kind, fault.PromptTokens, fault.ContextLength));
        Assert.Equal("request (6035 tokens) exceeds the available context size (4096 tokens), try increasing it", fault.Sentence);
    }

    [Theory]
    [InlineData(403, OllamaFault.Rejected, "OLLAMA_HOST")]
    [InlineData(307, OllamaFault.Malformed, "redirect")]
    [InlineData(500, OllamaFault.Failed, "log")]
    [InlineData(503, OllamaFault.Busy, "Try again")]
    public void Without_words_the_sentence_is_ours_and_says_what_to_do(int status, OllamaFault kind, string contains)
    {
        var fault = Of(status, "");
        Assert.Equal(kind, fault.Kind);
        Assert.Contains(contains, fault.Sentence);
    }

    [Fact]
    public void A_page_of_a_proxy_is_not_shown_but_named()
    {
        var fault = Of(502, "<html><head><title>502 Bad Gateway</title></head></html>");
        Assert.Equal(OllamaFault.Malformed, fault.Kind);
        Assert.DoesNotContain("<", fault.Sentence);
        Assert.Contains("502", fault.Sentence);
    }

    [Fact]
    public void Stack_traces_control_characters_and_floods_are_left_out()
    {
        Assert.Equal("it broke", OllamaErrors.FromLine("""{"error":"it broke\n\ngoroutine 17 [running]:\nmain.main()\n\t/src/main.go:12"}"""u8).Sentence);
        Assert.Equal("a b", OllamaErrors.FromLine("""{"error":"a\u001bb"}"""u8).Sentence);
        var flood = OllamaErrors.FromLine(Encoding.UTF8.GetBytes($$"""{"error":"{{new string('w', 100_000)}}"}""")).Sentence;
        Assert.Equal(OllamaErrors.MaxSentenceLength, flood.Length);
        Assert.EndsWith("w…", flood);
    }

    [Theory]
    [InlineData("""{"error":""}""")]
    [InlineData("""{"error":5}""")]
    [InlineData("""{"error":{}}""")]
    public void An_error_line_without_words_is_an_error_all_the_same(string line)
    {
        var fault = OllamaErrors.FromLine(Encoding.UTF8.GetBytes(line));
        Assert.Equal(OllamaFault.Failed, fault.Kind);
        Assert.Contains("try again", fault.Sentence);
    }
}
