using ChatOllama.Emulator.Wire;

namespace ChatOllama.Emulator.Manage;

/// <summary>
/// The answer of a pull or a create: lines as they come, or without streaming only the last one. An error after the beginning is a line too.
/// </summary>
internal sealed class StatusLines(HttpContext context, bool streams)
{
    public Task SendAsync(string status) => SendAsync(json => json.Field("status", status));

    public async Task SendAsync(Action<GoJson> fields)
    {
        if (!streams) return;
        var json = new GoJson().Open('{');
        fields(json);
        await WriteAsync(json.Close('}').NewLine());
    }

    public Task SucceedAsync() => streams
        ? SendAsync("success")
        : Answers.JsonAsync(context, new GoJson().Open('{').Field("status", "success").Close('}'), Answers.JsonLate);

    public Task FailAsync(string message) => streams
        ? WriteAsync(Answers.ErrorObject(message).NewLine())
        : Answers.BytesAsync(context, 500, Answers.JsonLate, Answers.ErrorObject(message).Bytes, withLength: true);

    private async Task WriteAsync(GoJson line)
    {
        context.Response.ContentType ??= Answers.Ndjson;
        await context.Response.BodyWriter.WriteAsync(line.Bytes, context.RequestAborted);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
