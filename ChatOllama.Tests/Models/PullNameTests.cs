using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Models;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Models;

public class PullNameTests
{
    [Theory]
    [InlineData("llama3.2:1b", "llama3.2:1b")]
    [InlineData("  foo ", "foo:latest")]
    [InlineData("ollama pull llama3.2", "llama3.2:latest")]
    [InlineData("$ ollama run hf.co/a/b:Q4_K_M", "hf.co/a/b:Q4_K_M")]
    [InlineData("library/llama3.2", "llama3.2:latest")]
    [InlineData("registry.ollama.ai/library/llama3.2:1b", "llama3.2:1b")]
    [InlineData("ollama.com/team/mine", "team/mine:latest")]
    [InlineData("https://ollama.com/library/llama3.2:1b", "llama3.2:1b")]
    [InlineData("https://ollama.com/team/mine/", "team/mine:latest")]
    [InlineData("https://huggingface.co/a/b-GGUF", "hf.co/a/b-GGUF:latest")]
    [InlineData("https://hf.co/a/b:Q8_0?x=1", "hf.co/a/b:Q8_0")]
    [InlineData("huggingface.co/a/b", "huggingface.co/a/b:latest")]
    public void What_people_paste_is_understood(string text, string name) => Assert.Equal(name, PullNames.Check(text, anyHost: false));

    [Theory]
    [InlineData("", "required")]
    [InlineData("ollama pull", "a blank")]
    [InlineData("a b", "a blank")]
    [InlineData("ti\0ny", "U+0000")]
    [InlineData("tiny;rm", "';'")]
    [InlineData("../tiny", "namespace", "'.'")]
    [InlineData("a/b/c/d", "more parts")]
    [InlineData("tiny:", "tag is empty")]
    [InlineData("/tiny", "namespace is empty")]
    [InlineData("-tiny", "begins with '-'")]
    [InlineData("hf.co/model", "followed by two parts")]
    [InlineData("https://ollama.com/library", "not the one of a model's page")]
    [InlineData("https://huggingface.co/a/b/resolve/main/x.gguf", "not the one of a model's page")]
    [InlineData("https://user:pass@hf.co/a/b", "the address of its page")]
    [InlineData("ftp://hf.co/a/b", "the address of its page")]
    [InlineData("https://evil.example/a/b", "evil.example", "ALLOW_INSECURE_PULLS")]
    [InlineData("127.0.0.1:9/library/x", "127.0.0.1:9", "ALLOW_INSECURE_PULLS")]
    [InlineData("HF.CO.evil.example/a/b", "ALLOW_INSECURE_PULLS")]
    public void What_cannot_be_pulled_is_refused_with_the_reason(string text, params string[] words)
    {
        var problem = Assert.Throws<ProblemException>(() => PullNames.Check(text, anyHost: false));
        Assert.Equal((ProblemCodes.Validation, "name"), (problem.Code, Assert.Single(problem.Errors!).Key));
        Assert.All(words, word => Assert.Contains(word, problem.Message));
    }

    [Fact]
    public void Lengths_are_those_of_Ollama()
    {
        Assert.Contains("81 characters", Assert.Throws<ProblemException>(() => PullNames.Check(new string('m', 81), anyHost: false)).Message);
        Assert.Contains("tag has 81", Assert.Throws<ProblemException>(() => PullNames.Check("m:" + new string('t', 81), anyHost: false)).Message);
        Assert.Contains("300 characters", Assert.Throws<ProblemException>(() => PullNames.Check(new string('m', 300), anyHost: false)).Message);
        Assert.Equal(new string('m', 80) + ":latest", PullNames.Check(new string('m', 80), anyHost: false));
    }

    [Theory]
    [InlineData("registry.example:5000/a/b", "registry.example:5000/a/b:latest")]
    [InlineData("https://registry.example/a/b:x", "registry.example/a/b:x")]
    public void Any_host_may_be_named_where_the_operator_allows_it(string text, string name) => Assert.Equal(name, PullNames.Check(text, anyHost: true));
}
