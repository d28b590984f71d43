using ChatOllama.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace ChatOllama.ApiService.Http;

/// <summary>The OpenAPI document and its browsable page.</summary>
public static class OpenApi
{
    private const string EventStreamType = "text/event-stream";

    public static WebApplicationBuilder AddOpenApiDocument(this WebApplicationBuilder builder)
    {
        builder.Services.AddOpenApi("v1", o =>
        {
            o.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            o.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "ChatOllama",
                    Version = typeof(OpenApi).Assembly.GetName().Version?.ToString(3) ?? "0",
                    Description = "Chat with Ollama over REST and server-sent events. Errors are application/problem+json.",
                };
                // The address that the document came from is the right one; the one of the api alone may be a loopback port.
                document.Servers = [new OpenApiServer { Url = "/" }];
                return Task.CompletedTask;
            });
            o.CreateSchemaReferenceId = type => IsOptional(type.Type) ? null : OpenApiOptions.CreateDefaultSchemaReferenceId(type);
            o.AddOperationTransformer(AddWhatEveryRouteMayAnswer);
            o.AddSchemaTransformer(ShowOptionalAsItsValue);
        });
        return builder;
    }

    /// <summary><c>/openapi/v1.json</c>, and a page at <c>/openapi/ui</c> that loads nothing from another origin.</summary>
    public static WebApplication MapOpenApiDocument(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json");
        app.MapGet("/openapi", () => Results.Redirect("/openapi/ui/")).ExcludeFromDescription();
        app.MapScalarApiReference("/openapi/ui", o => o
            .WithTitle("ChatOllama API")
            .WithOpenApiRoutePattern("/openapi/{documentName}.json")
            .DisableDefaultFonts()
            .DisableTelemetry()
            .DisableAgent()
            .DisableMcp())
            .AddEndpointFilter(KeepToThisOrigin);
        return app;
    }

    /// <summary>Documents the problem answers of a route or a group.</summary>
    public static TBuilder Problems<TBuilder>(this TBuilder builder, params int[] statuses) where TBuilder : IEndpointConventionBuilder
    {
        foreach (var status in statuses)
            builder.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(Problem), [Http.Problems.MediaType]));
        return builder;
    }

    /// <summary>Documents the two ways in which an answer comes: whole, or as events where <c>stream</c> is true.</summary>
    public static RouteHandlerBuilder ProducesAnswer(this RouteHandlerBuilder builder) =>
        builder.AddOpenApiOperationTransformer(async (operation, context, cancellation) =>
        {
            operation.Responses ??= [];
            operation.Responses["200"] = new OpenApiResponse
            {
                Description = "The whole answer; with stream: true its events",
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/json"] = await MediaOfAsync<ChatResponse>(context, cancellation),
                    [EventStreamType] = await MediaOfAsync<ChatEvent>(context, cancellation),
                },
            };
        });

    /// <summary>Documents a parameter that the handler reads from the request by itself.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder builder, ParameterLocation place, string name, string description) =>
        builder.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            (operation.Parameters ??= []).Add(new OpenApiParameter
            {
                Name = name,
                In = place,
                Description = description,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
            return Task.CompletedTask;
        });

    private static async Task<OpenApiMediaType> MediaOfAsync<T>(OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var schema = await context.GetOrCreateSchemaAsync(typeof(T), cancellationToken: cancellation);
        context.Document!.AddComponent(typeof(T).Name, schema);
        return new OpenApiMediaType { Schema = new OpenApiSchemaReference(typeof(T).Name, context.Document) };
    }

    private static ValueTask<object?> KeepToThisOrigin(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers.ContentSecurityPolicy =
            "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";
        return next(context);
    }

    /// <summary>A field that may be absent, null or a value is, in a document, a value that may be null.</summary>
    private static async Task ShowOptionalAsItsValue(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        var type = context.JsonTypeInfo.Type;
        if (!IsOptional(type))
            return;
        var value = await context.GetOrCreateSchemaAsync(type.GetGenericArguments()[0], cancellationToken: cancellation);
        schema.Type = value.Type is { } known ? known | JsonSchemaType.Null : null;
        schema.Format = value.Format;
        schema.Items = value.Items;
        schema.AdditionalProperties = value.AdditionalProperties;
        schema.Pattern = value.Pattern;
    }

    /// <summary>The rate limit and the unexpected can meet every route but the probes, and <see cref="CrossSiteGuard"/> all that change something.</summary>
    private static async Task AddWhatEveryRouteMayAnswer(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        if (context.Description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) != true)
            return;
        await context.GetOrCreateSchemaAsync(typeof(Problem), cancellationToken: cancellation);
        operation.Responses ??= [];
        foreach (var (status, description) in new[] { ("403", "Forbidden"), ("429", "Too Many Requests"), ("500", "Internal Server Error") })
        {
            if (status == "403" && HttpMethods.IsGet(context.Description.HttpMethod ?? ""))
                continue;
            operation.Responses.TryAdd(status, new OpenApiResponse
            {
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [Http.Problems.MediaType] = new() { Schema = new OpenApiSchemaReference(nameof(Problem), context.Document) },
                },
            });
        }
    }

    private static bool IsOptional(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Optional<>);
}
