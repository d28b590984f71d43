using ChatOllama.ApiService.Chat;
using ChatOllama.ApiService.Http;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;

namespace ChatOllama.ApiService.Models;

/// <summary>A model made from another one: <c>POST /v1/models</c>.</summary>
public static partial class CreateEndpoints
{
    private const string EventStreamType = "text/event-stream";

    /// <summary>The route that makes models, in the group of the models.</summary>
    internal static void MapCreate(this RouteGroupBuilder models) =>
        models.MapPost("", CreateAsync).WithName("CreateModel")
            .WithSummary("A model from one that is here, with its own system prompt, parameters, template; with Accept: text/event-stream the events of its making")
            .Produces<ModelView>(201).Produces<PullEvent>(200, EventStreamType).Problems(400, 409, 413, 415, 502, 503, 504);

    private static async Task<IResult> CreateAsync(
        CreateModelRequest request, HttpContext context, ModelCatalog catalog, NewModels news, OllamaClient ollama, TimeProvider time, IHostApplicationLifetime lifetime, ILoggerFactory logs, CancellationToken cancellationToken)
    {
        var making = Check(request, await catalog.GetAsync(cancellationToken));
        using var place = await RunningEndpoints.OllamaCall(() => news.ReserveAsync(making.Model, cancellationToken));
        // A server that stops waits for its requests, and making a model may take minutes.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        if (WantsEvents(context.Request))
        {
            await StreamAsync(making, context, news, ollama, time, logs.CreateLogger(typeof(CreateEndpoints)), either);
            return Results.Empty;
        }
        try
        {
            return await RunningEndpoints.OllamaCall(async () =>
            {
                await foreach (var _ in ollama.CreateAsync(making, either.Token))
                {
                    // Nobody watches.
                }
                return RunningEndpoints.Created(await news.MadeAsync(making.Model, either.Token), catalog);
            });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && either.IsCancellationRequested)
        {
            throw Stopped();
        }
    }

    private static async Task StreamAsync(OllamaCreate making, HttpContext context, NewModels news, OllamaClient ollama, TimeProvider time, ILogger log, CancellationTokenSource cancel)
    {
        var stream = new PullStream(context, time);
        // The same state as a download has, without its queue: sampled, with one end.
        using var job = new PullJob(making.Model, time) { TellsSteps = true };
        job.TryStart();
        var work = MakeAsync(making, job, news, ollama, log, context.RequestAborted, cancel.Token);
        try
        {
            await stream.FollowAsync(job, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has left, and its request to Ollama is closed with it.
        }
        finally
        {
            await cancel.CancelAsync();
            await work;
        }
    }

    /// <summary>Brings the job to an end whatever happens: who watches waits for nothing else.</summary>
    private static async Task MakeAsync(OllamaCreate making, PullJob job, NewModels news, OllamaClient ollama, ILogger log, CancellationToken left, CancellationToken cancellationToken)
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
        catch (ProblemException e)
        {
            job.End(PullOutcome.Failed(e));
        }
        catch (OperationCanceledException)
        {
            job.End(left.IsCancellationRequested ? PullOutcome.Cancelled : PullOutcome.Failed(Stopped()));
        }
        catch (Exception e)
        {
            LogBroken(log, e, making.Model);
            job.End(PullOutcome.Failed(new ProblemException(ProblemCodes.Internal, "The service made a mistake while it made the model. Try again; its log says more.", e)));
        }
    }

    private static ProblemException Stopped() =>
        new(ProblemCodes.Overloaded, "The service stops, so the model was not made. Make it again in a moment.") { RetryAfterSeconds = 5 };

    [LoggerMessage(LogLevel.Error, "Making {Model} failed by a mistake of the service")]
    private static partial void LogBroken(ILogger log, Exception e, string model);

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
