using System.Text.Json;
using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Manage;

/// <summary><c>/api/create</c>: a model from one that is here, with its own system prompt, template, parameters, licence or messages.</summary>
internal sealed class CreateHandler(ModelStore store, TimeProvider time)
{
    public async Task CreateAsync(HttpContext context)
    {
        var fields = await RequestBody.ReadAsync(context, "CreateRequest");
        var name = fields.ModelName();
        if (!ModelName.IsValid(name)) throw new WireError(400, "invalid model name");
        var from = fields.String("from");
        var files = fields.Object("files", "map[string]string");
        if (from.Length == 0 && files is null) throw new WireError(400, "neither 'from' or 'files' was specified", late: true);
        if (IsUnclosed(fields.String("template"))) throw new WireError(400, "template error: template: :1: unclosed action", late: true);
        var lines = new StatusLines(context, fields.Bool("stream") ?? true);
        if (from.Length == 0) await RefuseFilesAsync(lines, files!.Value);
        else await CreateFromAsync(lines, ModelName.Full(name), from, fields);
    }

    private async Task CreateFromAsync(StatusLines lines, string name, string from, Fields fields)
    {
        if (store.Find(from) is not { } parent)
        {
            await lines.SendAsync("pulling manifest");
            await lines.FailAsync("pull model manifest: file does not exist");
            return;
        }
        var quantization = fields.String("quantize").ToUpperInvariant();
        var model = Made(parent, name, fields, quantization);
        if (quantization.Length > 0) await lines.SendAsync("verifying conversion");
        await lines.SendAsync($"{(quantization.Length > 0 ? "creating new" : "using existing")} layer sha256:{model.Blob}");
        await lines.SendAsync($"using existing layer sha256:{EmulatedModel.HashOf(model.Template)}");
        if (model.License.Length > 0) await lines.SendAsync($"using existing layer sha256:{EmulatedModel.HashOf(model.License)}");
        if (model.System != parent.System) await lines.SendAsync($"creating new layer sha256:{EmulatedModel.HashOf(model.System)}");
        if (model.Parameters.Count > 0) await lines.SendAsync($"creating new layer sha256:{EmulatedModel.HashOf(string.Join(';', model.Parameters))}");
        if (model.Messages.Count > 0) await lines.SendAsync($"creating new layer sha256:{EmulatedModel.HashOf(string.Join(';', model.Messages))}");
        await lines.SendAsync("writing manifest");
        store.Put(model);
        await lines.SucceedAsync();
    }

    private EmulatedModel Made(EmulatedModel parent, string name, Fields fields, string quantization) => parent with
    {
        Name = name,
        ParentModel = parent.Name,
        ModifiedAt = time.GetUtcNow(),
        Digest = EmulatedModel.HashOf($"manifest {name} {fields.Json.GetRawText()}"),
        Blob = quantization.Length > 0 ? EmulatedModel.HashOf($"{parent.Blob} {quantization}") : parent.Blob,
        Quantization = quantization.Length > 0 ? quantization : parent.Quantization,
        System = fields.String("system") is { Length: > 0 } system ? system : parent.System,
        Template = fields.String("template") is { Length: > 0 } template ? template : parent.Template,
        License = fields.Any("license") is { ValueKind: JsonValueKind.String } license ? license.GetString()! : parent.License,
        Parameters = fields.Object("parameters", "map[string]interface {}") is { } parameters
            ? [.. parameters.EnumerateObject().OrderBy(parameter => parameter.Name, StringComparer.Ordinal)
                .Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value.GetRawText()))]
            : parent.Parameters,
        Messages = fields.Objects("messages", "api.Message") is { Count: > 0 } messages
            ? [.. messages.Select(message => KeyValuePair.Create(message.String("role"), message.String("content")))]
            : parent.Messages,
    };

    /// <summary>The emulator has no use for weights, so none were ever uploaded.</summary>
    private static async Task RefuseFilesAsync(StatusLines lines, JsonElement files)
    {
        await lines.SendAsync("parsing GGUF");
        var digest = files.EnumerateObject().Select(file => file.Value.GetString() ?? "").FirstOrDefault("");
        await lines.FailAsync($"open /models/blobs/{digest.Replace(':', '-')}: no such file or directory");
    }

    private static bool IsUnclosed(string template) =>
        template.LastIndexOf("{{", StringComparison.Ordinal) > template.LastIndexOf("}}", StringComparison.Ordinal);
}
