using ChatOllama.ServiceDefaults.Hosting;
using ChatOllama.Web;

// What waits for a socket here passes on a few bytes. Pages are made on the pool: requests begin there, and ApiClient goes back to it with every answer.
StreamServer.PreferInlineSockets();
return await ServiceRunner.RunAsync(args, () => WebApp.Build(args));
