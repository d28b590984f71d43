using System.Text.Json;
using ChatOllama.Contracts;
using ChatOllama.Web.Components.Models;

namespace ChatOllama.Web.Components.Making;

/// <summary>The form of a new model: what stands in it, and the request it asks for. The parameters are read as those of a model's settings are.</summary>
internal static class MakingForm
{
    public static FormFields Begin(string? from) => new(new Dictionary<string, string> { ["from"] = from ?? "" }, FormFields.Empty.Errors);

    /// <summary>Only where there are no errors may the request be sent; to be looked at it is always good.</summary>
    /// <param name="form">What was posted.</param>
    /// <param name="whole">False for a preview: what is not filled in yet is no error.</param>
    public static (CreateModelRequest Request, FormFields Fields) Read(IFormCollection form, bool whole)
    {
        var (update, fields) = ModelSettings.Read(form);
        var errors = new Dictionary<string, string>(fields.Errors);
        if (whole && string.IsNullOrWhiteSpace(fields["name"])) errors["name"] = ModelTexts.ErrorNewName;
        if (whole && string.IsNullOrWhiteSpace(fields["from"])) errors["from"] = MakingTexts.ErrorFrom;
        return (new CreateModelRequest
        {
            Name = Text(fields["name"].Trim()),
            From = Text(fields["from"].Trim()),
            System = Text(fields["system_prompt"]),
            Template = Text(fields["template"]),
            Parameters = Parameters(update),
        }, fields with { Errors = errors });
    }

    /// <summary>The fields that the api complains about, marked; null where it complains about something else.</summary>
    public static FormFields? WithRefusal(FormFields fields, Problem problem)
    {
        var errors = new Dictionary<string, string>();
        if (problem.Code == ProblemCodes.Conflict) errors["name"] = ModelTexts.ErrorNameTaken;
        foreach (var (field, sentences) in problem.Errors ?? [])
        {
            var name = Field(field);
            errors[name] = name switch { "name" => ModelTexts.ErrorNewName, "from" => MakingTexts.ErrorFrom, _ => string.Join(' ', sentences) };
        }
        return errors.Count > 0 ? fields with { Errors = errors } : null;
    }

    private static string Field(string field) => field.StartsWith("parameters", StringComparison.Ordinal)
        ? ModelSettings.Numbers.FirstOrDefault(number => field.EndsWith("." + number.Name, StringComparison.Ordinal))?.Name ?? "custom_options"
        : field == "system" ? "system_prompt" : field;

    private static Dictionary<string, JsonElement>? Parameters(UpdateModelConfigRequest update)
    {
        var parameters = new Dictionary<string, JsonElement>();
        Add("temperature", update.Temperature.Value);
        Add("top_p", update.TopP.Value);
        Add("top_k", update.TopK.Value);
        Add("repeat_penalty", update.RepeatPenalty.Value);
        Add("context_length", update.ContextLength.Value);
        Add("max_tokens", update.MaxTokens.Value);
        foreach (var (name, value) in update.CustomOptions.Value ?? []) parameters[name] = value;
        return parameters.Count > 0 ? parameters : null;

        void Add(string name, double? value)
        {
            if (value is { } number) parameters[name] = JsonElement.Parse(number.ToString("R", System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    private static string? Text(string text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
