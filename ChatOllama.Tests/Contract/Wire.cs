using System.Net;
using System.Text.Json;
using Xunit;

namespace ChatOllama.Tests.Contract;

/// <summary>Looks at answers as bare JSON, so that a renamed property is seen.</summary>
internal static class Wire
{
    public static async Task<JsonDocument> ReadAsync(HttpResponseMessage response, HttpStatusCode status = HttpStatusCode.OK)
    {
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode == status, $"expected {status}, got {response.StatusCode}: {body}");
        return JsonDocument.Parse(body);
    }

    /// <summary>More names may be there; these must be.</summary>
    public static void HasNames(JsonElement element, params string[] names) =>
        Assert.Empty(names.Except(element.EnumerateObject().Select(p => p.Name)));
}
