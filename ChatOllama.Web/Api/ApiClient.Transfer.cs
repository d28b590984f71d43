using ChatOllama.Contracts;

namespace ChatOllama.Web.Api;

public sealed partial class ApiClient
{
    /// <summary>Takes in an export. A large one takes minutes, so the visitor's patience is the only limit.</summary>
    public async Task<ImportResult> ImportAsync(Stream file, CancellationToken stop)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/import") { Content = new StreamContent(file) };
        // What is too large is refused before it is sent.
        request.Headers.ExpectContinue = true;
        using var response = await CallAsync(request, HttpCompletionOption.ResponseContentRead, stop, stop);
        await ThrowIfProblemAsync(response, stop);
        return await ReadAsync(response, ContractsJson.Default.ImportResult, stop);
    }
}
