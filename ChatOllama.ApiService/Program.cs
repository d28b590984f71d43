using ChatOllama.ApiService;
using ChatOllama.ApiService.Commands;
using ChatOllama.ServiceDefaults.Hosting;

// Nothing that waits for a socket here blocks: requests begin on the pool, and the database has threads of its own.
StreamServer.PreferInlineSockets();
return await OperatorCommands.RunAsync(args) ?? await ServiceRunner.RunAsync(args, () => ApiServiceApp.Build(args));
