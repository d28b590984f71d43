using System.Globalization;
using System.Text;
using System.Text.Json;
using ChatOllama.Emulator.Chat;
using ChatOllama.Emulator.Models;
using ChatOllama.Emulator.Running;
using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Manage;

/// <summary><c>/api/embed</c> and the older <c>/api/embeddings</c>: unit vectors in which texts that share words lie close together.</summary>
internal sealed class EmbedHandler(ModelStore store, LoadedModels loaded, EmulatorOptions options, TimeProvider time)
{
    public async Task EmbedAsync(HttpContext context)
    {
        var started = time.GetTimestamp();
        var fields = await RequestBody.ReadAsync(context, "EmbedRequest");
        var model = Find(fields);
        using var lease = await LoadAsync(model, fields, context.RequestAborted);
        var timing = new Timing(time, started, time.GetTimestamp());
        var inputs = Inputs(fields);
        if (fields.Bool("truncate") == false && inputs.Any(input => Tokenizer.Count(input) > options.ContextLength))
            throw new WireError(400, "the input length exceeds the context length");
        var json = new GoJson().Open('{').Field("model", fields.String("model")).Name("embeddings").Open('[');
        foreach (var input in inputs) Vector(json, input, fields.Int("dimensions") ?? model.EmbeddingLength, single: true);
        json.Close(']');
        if (inputs.Count > 0)
        {
            json.Field("total_duration", timing.Nanoseconds(started, time.GetTimestamp())).Field("load_duration", timing.Load)
                .Field("prompt_eval_count", inputs.Sum(Tokenizer.Count));
        }
        await Answers.JsonAsync(context, json.Close('}'));
    }

    public async Task EmbeddingsAsync(HttpContext context)
    {
        var fields = await RequestBody.ReadAsync(context, "EmbeddingRequest");
        var model = Find(fields);
        using var lease = await LoadAsync(model, fields, context.RequestAborted);
        var json = new GoJson().Open('{').Name("embedding");
        Vector(json, fields.String("prompt"), model.EmbeddingLength, single: false);
        await Answers.JsonAsync(context, json.Close('}'));
    }

    private EmulatedModel Find(Fields fields)
    {
        var name = fields.String("model");
        var model = store.Find(name) ?? throw new WireError(404, $"model \"{name}\" not found, try pulling it first");
        return model.Kind == ModelKind.Embed ? model : throw new WireError(501, "This server does not support embeddings. Start it with `--embeddings`");
    }

    private Task<LoadedModels.Lease> LoadAsync(EmulatedModel model, Fields fields, CancellationToken cancellation)
    {
        var run = RunOptions.Read(fields.Object("options", "map[string]interface {}"), model.Parameters);
        var keepAlive = fields.Any("keep_alive") is { } value ? GoDuration.Parse(value) : TimeSpan.FromMinutes(5);
        return loaded.AcquireAsync(model, run.LoadKey(options.ContextLength, null), keepAlive, cancellation);
    }

    private static List<string> Inputs(Fields fields) => fields.Any("input") switch
    {
        null => [],
        { ValueKind: JsonValueKind.String } text => [text.GetString()!],
        { ValueKind: JsonValueKind.Array } texts when texts.EnumerateArray().All(text => text.ValueKind == JsonValueKind.String) =>
            [.. texts.EnumerateArray().Select(text => text.GetString()!)],
        _ => throw new WireError(400, "invalid input type"),
    };

    private static void Vector(GoJson json, string text, int length, bool single)
    {
        var vector = new double[length];
        foreach (var word in text.ToLowerInvariant().Split(' ', '\n', '.', ',', '?', '!'))
        {
            var dice = new Dice(Dice.Hash(word));
            for (var i = 0; i < length; i++) vector[i] += dice.Next(2001) / 1000.0 - 1;
        }
        var size = Math.Sqrt(vector.Sum(value => value * value));
        json.Open('[');
        foreach (var value in vector) json.Raw(Number(size == 0 ? 0 : value / size, single));
        json.Close(']');
    }

    private static ReadOnlySpan<byte> Number(double value, bool single) =>
        Encoding.ASCII.GetBytes(single ? ((float)value).ToString("0.#########", CultureInfo.InvariantCulture) : value.ToString("0.################", CultureInfo.InvariantCulture));
}
