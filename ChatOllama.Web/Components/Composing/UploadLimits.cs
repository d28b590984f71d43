using ChatOllama.Contracts;
using ChatOllama.Web.Api;

namespace ChatOllama.Web.Components.Composing;

/// <summary>What the api takes as uploads; asked for once, because it does not change while it runs. Thread-safe.</summary>
internal sealed class UploadLimits
{
    private volatile AttachmentLimits? _known;

    /// <summary>Null while the api does not say: then nothing can be added.</summary>
    public async ValueTask<AttachmentLimits?> GetAsync(ApiClient api, CancellationToken stop)
    {
        if (_known is { } known) return known;
        try
        {
            return _known = await api.GetAttachmentLimitsAsync(stop);
        }
        catch (ApiException)
        {
            return null;
        }
    }
}
