using System.Text.Json;
using ChatOllama.Contracts;
using Xunit;

namespace ChatOllama.Tests.Models;

public class ModelfileTests
{
    [Fact]
    public void A_request_is_written_as_the_file_that_makes_the_same_model()
    {
        var request = new CreateModelRequest
        {
            Name = "pirate",
            From = "llama3.2:1b",
            System = "You are a pirate.\nSay \"Arr\".",
            Template = "{{ .Prompt }}",
            Parameters = JsonSerializer.Deserialize("""{"context_length":2048,"temperature":0.3,"stop":["<|end|>"," x"],"use_mmap":true,"seed":null}""", ContractsJson.Default.DictionaryStringJsonElement),
        };
        Assert.Equal(""""
            FROM llama3.2:1b
            TEMPLATE {{ .Prompt }}
            SYSTEM """You are a pirate.
            Say "Arr"."""
            PARAMETER num_ctx 2048
            PARAMETER temperature 0.3
            PARAMETER stop <|end|>
            PARAMETER stop """ x"""
            PARAMETER use_mmap true

            """", Modelfile.Write(request), ignoreLineEndingDifferences: true);
        Assert.Equal("", Modelfile.Write(new CreateModelRequest()));
        Assert.Equal("FROM a PARAMETER num_ctx 1\n", Modelfile.Write(new CreateModelRequest { From = "a\nPARAMETER num_ctx 1" }));
    }

    [Theory]
    [InlineData("plain words")]
    [InlineData("say \"this\" inside")]
    [InlineData("\"quoted\"")]
    [InlineData("ends with a quote\"")]
    [InlineData("\"")]
    [InlineData("\"\"\"")]
    [InlineData(" blanks ")]
    [InlineData("two\nlines")]
    [InlineData("a \"\"\" fence within\na line")]
    [InlineData("You are a pirate.\r\nArr.\r\n")]
    [InlineData("# no comment")]
    public void Ollamas_parser_reads_back_what_was_written(string text) => Assert.Equal(text, ReadBack(Modelfile.Quote(text)));

    [Fact]
    public void What_makes_a_loaded_model_load_again_is_told()
    {
        var loaded = new RunningModel { Name = "x", ContextLength = 4096 };
        Assert.Empty(ModelReload.Fields(new(), new() { ContextLength = 8192 }, null));
        Assert.Equal(["context_length"], ModelReload.Fields(new(), new() { ContextLength = 8192 }, loaded));
        Assert.Empty(ModelReload.Fields(new(), new() { ContextLength = 4096, Temperature = 1 }, loaded));
        Assert.Equal(["context_length"], ModelReload.Fields(new() { ContextLength = 4096 }, new(), loaded));
        Assert.Equal(["num_gpu"], ModelReload.Fields(new(), new() { CustomOptions = new() { ["num_gpu"] = JsonElement.Parse("0"), ["min_p"] = JsonElement.Parse("0.1") } }, loaded));
    }

    /// <summary>As Ollama's parser does: a value goes on to the first line break at which its quotes are closed, and those are taken off.</summary>
    private static string? ReadBack(string written)
    {
        for (var end = written.IndexOfAny(['\r', '\n']); ; end = end < 0 ? -1 : written.IndexOfAny(['\r', '\n'], end + 1))
        {
            var value = (end < 0 ? written : written[..end]).Trim();
            if (Unquote(value) is { } text || end < 0)
                return Unquote(value);
        }
    }

    private static string? Unquote(string value) =>
        value.StartsWith("\"\"\"", StringComparison.Ordinal) ? value.Length >= 6 && value.EndsWith("\"\"\"", StringComparison.Ordinal) ? value[3..^3] : null
        : value.StartsWith('"') ? value.Length >= 2 && value.EndsWith('"') ? value[1..^1] : null
        : value;
}
