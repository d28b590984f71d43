using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Running;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Manage;

/// <summary>Listing, reading, copying and deleting models.</summary>
internal sealed class ModelHandlers(ModelStore store, LoadedModels loaded, TimeProvider time)
{
    public Task TagsAsync(HttpContext context) => Answers.JsonAsync(context, ModelJson.Tags(store.List()));

    public Task PsAsync(HttpContext context) => Answers.JsonAsync(context, ModelJson.Ps(loaded.List()));

    public async Task ShowAsync(HttpContext context)
    {
        var name = (await RequestBody.ReadAsync(context, "ShowRequest")).ModelName();
        if (name.Length == 0) throw new WireError(400, "model is required");
        var model = store.Find(name) ?? throw new WireError(404, $"model '{ModelName.Full(name)}' not found");
        await Answers.JsonAsync(context, ModelJson.Show(model));
    }

    public async Task CopyAsync(HttpContext context)
    {
        var fields = await RequestBody.ReadAsync(context, "CopyRequest");
        var (source, destination) = (fields.String("source"), fields.String("destination"));
        if (!ModelName.IsValid(source)) throw new WireError(400, $"source \"{source}\" is invalid");
        if (!ModelName.IsValid(destination)) throw new WireError(400, $"destination \"{destination}\" is invalid");
        var model = store.Find(source) ?? throw new WireError(404, $"model \"{source}\" not found");
        if (model.Name != ModelName.Full(destination)) store.Put(model with { Name = ModelName.Full(destination), ModifiedAt = time.GetUtcNow() });
        context.Response.ContentLength = 0;
    }

    public async Task DeleteAsync(HttpContext context)
    {
        var name = (await RequestBody.ReadAsync(context, "DeleteRequest")).ModelName();
        if (!ModelName.IsValid(name)) throw new WireError(400, $"name \"{name}\" is invalid");
        // A loaded model stays in memory until it expires, as in Ollama.
        if (!store.Remove(name)) throw new WireError(404, $"model '{name}' not found");
        context.Response.ContentLength = 0;
    }
}
