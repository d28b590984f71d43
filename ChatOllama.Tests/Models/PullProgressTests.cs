using System.Text;
using ChatOllama.ApiService.Models;
using ChatOllama.ApiService.Ollama;
using ChatOllama.Contracts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace ChatOllama.Tests.Models;

public class PullProgressTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Bytes_speed_and_time_left_are_those_of_all_layers_and_never_nonsense()
    {
        var progress = new PullProgress(_time);
        Assert.Null(progress.Add(new() { Status = "pulling manifest" }).Total);
        // 600 of 1,000 bytes were left by an earlier download: they are there, and did not arrive now.
        var first = progress.Add(Line("a", 1000, 600));
        Assert.Equal((600, 1000, null, false), (first.Completed, first.Total, first.BytesPerSecond, first.TotalIsFinal));
        _time.Advance(TimeSpan.FromSeconds(2));
        var later = progress.Add(Line("a", 1000, 800));
        Assert.Equal((100, 2), (later.BytesPerSecond, later.EtaSeconds));
        // A layer that was here already is complete with its first line.
        var second = progress.Add(Line("b", 500, 500));
        Assert.Equal((1300, 1500, 100), (second.Completed, second.Total, second.BytesPerSecond));
        Assert.Equal([new PullLayer("a", 1000, 800), new PullLayer("b", 500, 500)], second.Layers);
        // Ollama never says more than everything, but nothing keeps a server from it.
        Assert.Equal(1500, progress.Add(Line("a", 1000, 5000)).Completed);
        var end = progress.Add(new() { Status = "verifying sha256 digest" });
        Assert.Equal((PullEventTypes.Status, 1500, 1500, true), (end.Type, end.Completed, end.Total, end.TotalIsFinal));
    }

    [Fact]
    public void A_layer_that_begins_again_does_not_run_backwards_in_speed()
    {
        var progress = new PullProgress(_time);
        progress.Add(Line("a", 1000, 600));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((100, null), (progress.Add(Line("a", 1000, 100)).Completed, progress.Add(Line("a", 1000, 100)).BytesPerSecond));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(50, progress.Add(Line("a", 1000, 200)).BytesPerSecond);
    }

    [Fact]
    public void Lines_that_repeat_themselves_are_no_news()
    {
        using var job = new PullJob("x:latest", _time);
        job.Report(Line("a", 10, 5));
        Assert.False(job.IsNews(Line("a", 10, 5)));
        Assert.True(job.IsNews(Line("a", 10, 6)));
    }

    [Fact]
    public void About_four_lines_a_second_are_read_and_never_is_a_status_an_error_or_the_end_of_a_layer_missed()
    {
        var sampler = new ProgressSampler(_time);
        var read = new List<string>();
        Offer("""{"status":"pulling manifest"}""");
        for (var i = 0; i <= 160; i++)
        {
            Offer(i == 0 ? """{"status":"pulling aaaa","digest":"sha256:aaaa","total":160}""" : $$"""{"status":"pulling aaaa","digest":"sha256:aaaa","total":160,"completed":{{i}}}""");
            _time.Advance(TimeSpan.FromMilliseconds(62.5));
        }
        Assert.InRange(read.Count, 40, 44);
        Offer("""{"status":"pulling bbbb","digest":"sha256:bbbb","total":7,"completed":7}""");
        Assert.Contains("\"completed\":160}", read[^2]);
        Offer("""{"status":"pulling bbbb","digest":"sha256:bbbb","total":7,"completed":7}""");
        Offer("""{"error":"no space left on device"}""");
        Assert.Contains("bbbb", read[^2]);
        Assert.Contains("error", read[^1]);
        Offer("""{"status":"verifying sha256 digest"}""");
        Offer("""{"status":"success"}""");
        Assert.EndsWith("success\"}", read[^1]);

        void Offer(string line)
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            if (sampler.Skips(bytes))
                return;
            if (sampler.TakeSkipped() is { Length: > 0 } last)
                read.Add(Encoding.UTF8.GetString(last.Span));
            read.Add(line);
        }
    }

    private static OllamaProgress Line(string digest, long total, long completed) => new() { Status = "pulling " + digest, Digest = digest, Total = total, Completed = completed };

    [Fact]
    public void A_download_that_stands_still_takes_its_speed_back_once()
    {
        using var job = new PullJob("x:latest", _time);
        job.Report(Line("a", 1000, 100));
        _time.Advance(TimeSpan.FromSeconds(1));
        job.Report(Line("a", 1000, 200));
        Assert.Equal(100, job.News.Last.BytesPerSecond);
        _time.Advance(PullJob.StillAfter);
        Assert.False(job.IsNews(Line("a", 1000, 200)));
        Assert.Equal(100, job.News.Last.BytesPerSecond);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(job.IsNews(Line("a", 1000, 200)));
        var still = job.News.Last;
        Assert.Equal((null, null, 200), (still.BytesPerSecond, still.EtaSeconds, still.Completed));
        Assert.False(job.IsNews(Line("a", 1000, 200)));
        Assert.Same(still, job.News.Last);
        Assert.True(job.IsNews(Line("a", 1000, 201)));
    }
}
