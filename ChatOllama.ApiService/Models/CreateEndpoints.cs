using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>A model made from another one: <c>POST /v1/models</c>.</summary>
public static class CreateEndpoints
{
    private const string EventStreamType = "text/event-stream";

    /// <summary>The route that makes models, in the group of the models.</summary>
    internal static void MapCreate(this RouteGroupBuilder models) =>
        models.MapPost("", CreateAsync).WithName("CreateModel")
            .WithSummary("A model from one that is here, with its own system prompt, parameters, template; with Accept: text/event-stream the events of its making")
            .Produces<ModelView>(201).Produces<PullEvent>(200, EventStreamType).Problems(400, 409, 413, 415, 502, 503, 504);

    private static async Task<IResult> CreateAsync(
        CreateModelRequest request, HttpContext context, ModelCatalog catalog, NewModels news, OllamaClient ollama, TimeProvider time, CancellationToken cancellationToken)
    {
        var making = Check(request, await catalog.GetAsync(cancellationToken));
        using var place = await RunningEndpoints.OllamaCall(() => news.ReserveAsync(making.Model, cancellationToken));
        if (WantsEvents(context.Request))
        {
            await StreamAsync(making, context, news, ollama, time, cancellationToken);
            return Results.Empty;
        }
        return await RunningEndpoints.OllamaCall(async () =>
        {
            await foreach (var _ in ollama.CreateAsync(making, cancellationToken))
            {
                // Nobody watches.
            }
            return RunningEndpoints.Created(await news.MadeAsync(making.Model, cancellationToken), catalog);
        });
    }

    private static async Task StreamAsync(OllamaCreate making, HttpContext context, NewModels news, OllamaClient ollama, TimeProvider time, CancellationToken cancellationToken)
    {
        var stream = new PullStream(context, time);
        // The same state as a download has, without its queue: sampled, with one end.
        using var job = new PullJob(making.Model, time);
        job.TryStart();
        var work = MakeAsync(making, job, news, ollama, cancellationToken);
        try
        {
            await stream.FollowAsync(job, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client has left, and its request to Ollama is closed with it.
        }
        await work;
    }

    private static async Task MakeAsync(OllamaCreate making, PullJob job, NewModels news, OllamaClient ollama, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in ollama.CreateAsync(making, cancellationToken))
                job.Report(line);
            job.End(new PullOutcome(PullStatuses.Done, ModelId: (await news.MadeAsync(making.Model, cancellationToken)).Row.Id));
        }
        catch (OllamaException e)
        {
            job.End(PullOutcome.Failed(e.ToProblem()));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            job.End(PullOutcome.Cancelled);
        }
    }

    private static OllamaCreate Check(CreateModelRequest request, ModelSnapshot known)
    {
        var name = ModelNames.Check(request.Name);
        if (string.IsNullOrWhiteSpace(request.From))
            throw ProblemException.Validation("from", "from is required: the id or name of the model to start from.");
        // Ollama would start to download what it does not have, for hours and unseen.
        var from = known.Find(request.From) ?? throw ProblemException.Validation("from", "from names no model that is here. GET /v1/models lists what there is; pull it first.");
        if (from.Row.Status != ModelStatuses.Available)
            throw ModelRules.Unusable(from.Row, "from");
        RequestFields.CheckSystemPrompt(request.System, "system");
        RequestFields.CheckSystemPrompt(request.Template, "template");
        return new OllamaCreate
        {
            Model = name,
            From = from.Row.Name,
            System = request.System,
            Template = request.Template,
            Parameters = OptionCatalog.Normalize(request.Parameters, "parameters"),
        };
    }

    private static bool WantsEvents(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals(EventStreamType, StringComparison.OrdinalIgnoreCase) && type.Quality is not 0);
}
