using System.Text.Json;
using System.Text.RegularExpressions;
using ChatOllama.Contracts;
using Microsoft.Net.Http.Headers;

namespace ChatOllama.ApiService.Http;

/// <summary>
/// Says in the caller's terms why the framework could not read a request. The framework's own sentences name .NET types and parameters;
/// the JSON path and the parameter's name are taken out of them.
/// </summary>
internal static partial class UnreadableRequest
{
    private const string Body = "body";

    public static ProblemException Explain(BadHttpRequestException e, HttpRequest request) => e.StatusCode switch
    {
        StatusCodes.Status413PayloadTooLarge => Problems.TooLarge(),
        StatusCodes.Status415UnsupportedMediaType => Problems.NotJson(),
        _ when FindJson(e) is { } json => OfJson(json),
        _ => OfParameter(e.Message, request),
    };

    /// <summary>The problem of JSON that could not be read; the field is named by its path.</summary>
    public static ProblemException OfJson(JsonException e)
    {
        // "JSON deserialization for type 'X' was missing required properties including: 'a', 'b'."
        if (MissingPattern().Match(e.Message) is { Success: true } missing)
        {
            var name = missing.Groups[1].Value;
            return ProblemException.Validation(name, $"'{name}' is required.");
        }
        var field = FieldOf(e.Path);
        if (IsBrokenText(e))
            return ProblemException.Validation(field, $"{NameOf(field)} is not valid Unicode text.");
        // "The JSON value could not be converted to System.Boolean. Path: $.stream | LineNumber: 0 | BytePositionInLine: 14."
        if (TypePattern().Match(e.Message) is { Success: true } type)
            return ProblemException.Validation(field, $"{NameOf(field)} must be {ExpectedFor(TypeOf(type.Groups[1].Value, field))}.");
        if (e.Message.Contains("maximum configured depth", StringComparison.Ordinal))
            return ProblemException.Validation(field, "The JSON is nested deeper than 64 levels.");
        var place = e.LineNumber is { } line ? $" Look at line {line + 1}, byte {e.BytePositionInLine + 1}." : "";
        return ProblemException.Validation(field, $"The body is not valid JSON.{place}");
    }

    /// <summary>True for <c>application/json; charset=klingon</c>, which the framework takes for a programming error.</summary>
    public static bool HasUnknownCharset(HttpRequest request)
    {
        try
        {
            return MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.Charset.HasValue && type.Encoding is null;
        }
        // UTF-7, which .NET knows and refuses.
        catch (NotSupportedException)
        {
            return true;
        }
    }

    /// <summary>The problem of a request without a body where one is needed.</summary>
    public static ProblemException NoBody() => ProblemException.Validation(Body, "A body is required: a JSON object.");

    private static ProblemException OfParameter(string message, HttpRequest request)
    {
        // Implicit body inferred for parameter "body" but no body was provided. Did you mean to use a Service instead?
        if (message.StartsWith("Implicit body inferred", StringComparison.Ordinal))
            return NoBody();
        // Failed to bind parameter "int? limit" from "abc".
        if (BindPattern().Match(message) is { Success: true } bind)
            return ProblemException.Validation(bind.Groups[1].Value, $"The value of '{bind.Groups[1].Value}' cannot be read.");
        // Required parameter "string q" was not provided from query string.
        if (RequiredPattern().Match(message) is { Success: true } required)
        {
            return required.Groups[2].Value.Contains(Body, StringComparison.Ordinal)
                ? NoBody()
                : ProblemException.Validation(required.Groups[1].Value, $"'{required.Groups[1].Value}' is required.");
        }
        return request.ContentLength is > 0 || request.HasFormContentType
            ? ProblemException.Validation(Body, "The body cannot be read.")
            : ProblemException.Validation(Body, "The request cannot be read.");
    }

    private static JsonException? FindJson(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is JsonException json)
                return json;
        }
        return null;
    }

    /// <summary><c>$.options.temperature</c> → <c>options.temperature</c>; the root is <c>body</c>.</summary>
    private static string FieldOf(string? path)
    {
        if (string.IsNullOrEmpty(path) || path == "$")
            return Body;
        path = path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path.TrimStart('$');
        // The caller's own key may be a megabyte long.
        return path.Length <= 200 ? path : path[..200] + "…";
    }

    private static string NameOf(string field) => field == Body ? "The body" : $"'{field}'";

    /// <summary>Half a surrogate pair, or bytes that are no UTF-8: the reader cannot make a text of it.</summary>
    private static bool IsBrokenText(JsonException e) =>
        e.InnerException is InvalidOperationException { Message: var message } && message.Contains("UTF-", StringComparison.Ordinal);

    /// <summary>Of a field that a record takes in its initializer the framework names the record's type: the contract knows the field's.</summary>
    private static string TypeOf(string type, string field)
    {
        if (field == Body || typeof(ContractsJson).Assembly.GetType(type) is not { } record || ContractsJson.Default.GetTypeInfo(record) is not { } contract)
            return type;
        var name = field[(field.LastIndexOf('.') + 1)..];
        return contract.Properties.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.PropertyType.ToString() ?? type;
    }

    private static string ExpectedFor(string type)
    {
        // System.Nullable`1[System.Boolean], ChatOllama.Contracts.Optional`1[System.String]
        var inner = WrapperPattern().Match(type) is { Success: true } wrapped ? wrapped.Groups[1].Value : type;
        return inner switch
        {
            "System.Boolean" => "true or false",
            "System.String" => "a text",
            "System.Int32" or "System.Int64" => "a whole number",
            "System.Double" => "a number",
            "System.DateTime" => "a time such as 2026-11-22T19:00:00Z",
            _ when inner.EndsWith("[]", StringComparison.Ordinal) => "a list",
            _ => "an object",
        };
    }

    [GeneratedRegex(@"missing required properties including: '([^']+)'")]
    private static partial Regex MissingPattern();

    [GeneratedRegex(@"could not be converted to (\S+)\.(?: |$)")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"^(?:System\.Nullable|ChatOllama\.Contracts\.Optional)`1\[(?:System\.Nullable`1\[)?([^\[\]]+(?:\[\])?)\]+$")]
    private static partial Regex WrapperPattern();

    [GeneratedRegex("^Failed to bind parameter \"\\S+ (\\w+)\"")]
    private static partial Regex BindPattern();

    [GeneratedRegex("^Required parameter \"\\S+ (\\w+)\" was not provided from (.+)\\.$")]
    private static partial Regex RequiredPattern();
}
