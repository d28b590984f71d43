using ChatOllama.ServiceDefaults.Hosting;
using ChatOllama.Web;

return await ServiceRunner.RunAsync(() => WebApp.Build(args));
