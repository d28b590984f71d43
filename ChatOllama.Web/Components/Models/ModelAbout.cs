using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Models;

/// <summary>The form of a model's name and description.</summary>
internal static class ModelAbout
{
    public const int MaxDisplayName = 200;
    public const int MaxDescription = 4000;

    public static FormFields Show(ModelView model) => new(new Dictionary<string, string>
    {
        // The name in Ollama is what stands there without a choice.
        ["display_name"] = model.DisplayName == model.Name ? "" : model.DisplayName,
        ["description"] = model.Description ?? "",
    }, FormFields.Empty.Errors);

    /// <summary>Empty is the default again. Only where there are no errors may the update be sent.</summary>
    public static (UpdateModelRequest Update, FormFields Fields) Read(IFormCollection form)
    {
        var (name, description) = (form["display_name"].ToString().Trim(), form["description"].ToString().ReplaceLineEndings("\n").Trim());
        var errors = new Dictionary<string, string>();
        if (name.Length > MaxDisplayName) errors["display_name"] = Words.Fill(ModelTexts.ErrorLength, MaxDisplayName);
        if (description.Length > MaxDescription) errors["description"] = Words.Fill(ModelTexts.ErrorLength, MaxDescription);
        return (new UpdateModelRequest { DisplayName = name.Length > 0 ? name : null, Description = description.Length > 0 ? description : null },
            new FormFields(new Dictionary<string, string> { ["display_name"] = name, ["description"] = description }, errors));
    }
}
