using ChatOllama.ServiceDefaults.Hosting;
using ChatOllama.Web;

return await ServiceRunner.RunAsync(args, () => WebApp.Build(args));
