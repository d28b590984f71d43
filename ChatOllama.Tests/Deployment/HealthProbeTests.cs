using ChatOllama.ServiceDefaults.Hosting;
using ChatOllama.Tests.Hosting;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace ChatOllama.Tests.Deployment;

/// <summary><c>--health</c>: what a container without a shell is asked.</summary>
public class HealthProbeTests
{
    [Fact]
    public async Task A_service_that_is_ready_is_0_and_one_that_is_not_there_is_1()
    {
        await using var api = await ApiHost.StartAsync();
        var output = new StringWriter();
        Assert.Equal(0, await HealthProbe.RunAsync(["--health", "--urls", api.Url], output));
        Assert.Contains("answers 200", output.ToString());
        await api.DisposeAsync();
        Assert.Equal(1, await HealthProbe.RunAsync(["--health", "--urls", api.Url], output));
        Assert.Contains("does not answer", output.ToString());
    }

    [Theory]
    [InlineData("PORT=9000", "http://127.0.0.1:9000/")]
    [InlineData("PORT=9000,HOST=192.0.2.7", "http://192.0.2.7:9000/")]
    [InlineData("http_ports=8081;8082", "http://127.0.0.1:8081/")]
    [InlineData("urls=http://+:7000;http://other:1", "http://127.0.0.1:7000/")]
    [InlineData("urls=http://[::]:7000", "http://127.0.0.1:7000/")]
    [InlineData("", "http://127.0.0.1:8080/")]
    public void It_asks_where_the_service_listens(string settings, string expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).Select(pair => new KeyValuePair<string, string?>(pair[0], pair[1]))).Build();
        Assert.Equal(expected, HealthProbe.Address(configuration).ToString());
    }
}
