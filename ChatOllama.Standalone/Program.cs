using ChatOllama.ApiService.Commands;
using ChatOllama.ServiceDefaults.Hosting;
using ChatOllama.Standalone;

return await OperatorCommands.RunAsync(args) ?? await ServiceRunner.RunAsync(args, async () =>
{
    await using var app = await StandaloneApp.StartAsync(args);
    await app.SayWhereAsync(Console.Out);
    await app.WaitForStopAsync();
});
