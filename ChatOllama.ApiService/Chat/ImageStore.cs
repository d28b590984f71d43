using ChatOllama.ApiService.Generations;
using ChatOllama.ApiService.Models;

namespace ChatOllama.ApiService.Chat;

/// <summary>Placeholder until attachments land.</summary>
public sealed class ImageStore : IAttachmentBytes
{
    public Task<IReadOnlyList<long>> TakeAsync(string userId, string[]? images, ResolvedModel model, bool keep, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<long>>([]);

    public Task<ReadOnlyMemory<byte>> ReadAsync(string hash, CancellationToken cancellationToken) => throw new InvalidOperationException();
}
