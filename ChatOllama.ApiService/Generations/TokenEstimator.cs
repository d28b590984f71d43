using System.Collections.Concurrent;
using ChatOllama.ApiService.Data;
using Microsoft.EntityFrameworkCore;

namespace ChatOllama.ApiService.Generations;

/// <summary>
/// Characters per token, per model, learned from Ollama's own counts of earlier prompts: there is no tokenizer here.
/// Thread-safe.
/// </summary>
public sealed class TokenEstimator(IDbContextFactory<ChatDbContext> readers)
{
    // English text has about four characters per token; code and other scripts have fewer. Until a model has counted a prompt, be careful.
    private const double Unknown = 3.5;

    // A prompt this short is mostly template: its ratio says nothing about text.
    private const int MinChars = 400;

    private readonly ConcurrentDictionary<string, double> _charsPerToken = new(StringComparer.Ordinal);

    public async ValueTask<double> CharsPerTokenAsync(string model, CancellationToken cancellationToken)
    {
        if (_charsPerToken.TryGetValue(model, out var known)) return known;
        await using var db = await readers.CreateDbContextAsync(cancellationToken);
        var totals = await db.Models.Where(m => m.Name == model).Select(m => new { m.PromptChars, m.PromptTokens }).FirstOrDefaultAsync(cancellationToken);
        var ratio = totals is { PromptTokens: > 0, PromptChars: >= MinChars } ? Clamp((double)totals.PromptChars / totals.PromptTokens) : Unknown;
        return _charsPerToken.GetOrAdd(model, ratio);
    }

    /// <summary>Learns from a prompt of which Ollama said how many tokens it has.</summary>
    public void Learn(string model, int chars, int tokens)
    {
        if (tokens <= 0 || chars < MinChars) return;
        var ratio = Clamp((double)chars / tokens);
        _charsPerToken.AddOrUpdate(model, ratio, (_, old) => old + ((ratio - old) * 0.3));
    }

    private static double Clamp(double ratio) => Math.Clamp(ratio, 0.5, 12);
}
