using ChatOllama.Contracts;

namespace ChatOllama.Web.Components.Composing;

/// <summary>What could not be sent, and why: the form again, nothing of it lost.</summary>
public sealed record Draft(SendForm Form, Problem Problem);

/// <summary>An image or text file that is uploaded and waits for its message. Travels through the form, so that a refused message keeps it.</summary>
public sealed record UploadedFile(string Id, string MediaType, long Size, string Name)
{
    public bool IsImage => MediaType.StartsWith("image/", StringComparison.Ordinal);

    /// <summary>The value of the form's field. Only the id counts for the api; the rest is what the chip shows.</summary>
    public string Field => $"{Id} {MediaType} {Size} {Name}";

    /// <summary>Where its bytes are.</summary>
    public string Address => "/v1/attachments/" + Uri.EscapeDataString(Id);

    public static UploadedFile Of(AttachmentView view) => new(view.Id, view.MediaType, view.Size, view.Name);

    /// <summary>A bare id is enough, e.g. from an edited question.</summary>
    public static UploadedFile Parse(string field)
    {
        var parts = field.Split(' ', 4);
        return parts.Length == 4 && long.TryParse(parts[2], out var size) ? new(parts[0], parts[1], size, parts[3]) : new(parts[0], "", 0, parts[0]);
    }
}
