using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace ChatOllama.Web.Components.Composing;

/// <summary>What a composer sends. The key makes a double click, or a retry after a lost answer, one message.</summary>
public sealed record SendForm
{
    private const int KeyLength = 32;

    public string Text { get; init; } = "";
    public string? Model { get; init; }

    /// <summary><c>true</c>, <c>false</c> or a level; null as the model says.</summary>
    public string? Think { get; init; }
    public required string Key { get; init; }

    /// <summary>An edited question goes below the message that the first one answered; <c>root</c> for the first of all.</summary>
    public string? Parent { get; init; }
    public bool Temporary { get; init; }
    public IReadOnlyList<UploadedFile> Files { get; init; } = [];

    /// <summary>Of a new chat, as they were typed.</summary>
    public OptionForm Options { get; init; } = new();

    /// <summary>Names one send; a page that is sent twice carries the same.</summary>
    public static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyLength / 2));

    public static SendForm Read(IFormCollection form)
    {
        var key = form["key"].ToString();
        return new SendForm
        {
            Text = form["message"].ToString().ReplaceLineEndings("\n"),
            // "Send with" beside a refusal wins over the list.
            Model = NotEmpty(form["use"]) ?? NotEmpty(form["model"]),
            Think = NotEmpty(form["think"]),
            // It becomes part of a temporary chat's id: only what we made ourselves is taken.
            Key = key.Length == KeyLength && key.All(char.IsAsciiHexDigitLower) ? key : NewKey(),
            Parent = NotEmpty(form["parent"]),
            Temporary = form["temporary"] == "true",
            // What an edited question brought before comes as bare ids.
            Files = [.. form["attachment"].Concat(form["files"]).OfType<string>().Where(field => field.Length > 0).Select(UploadedFile.Parse)],
            Options = OptionForm.Read(form),
        };
    }

    /// <summary>The choice in the api's words.</summary>
    public JsonElement? ThinkValue => Think switch
    {
        null => null,
        "true" or "false" => JsonElement.Parse(Think),
        _ => JsonSerializer.SerializeToElement(Think, Contracts.ContractsJson.Default.String),
    };

    private static string? NotEmpty(StringValues value) => value.ToString() is { Length: > 0 } text ? text : null;
}
