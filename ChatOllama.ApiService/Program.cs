using ChatOllama.ApiService;
using ChatOllama.ServiceDefaults.Hosting;

return await ServiceRunner.RunAsync(() => ApiServiceApp.Build(args));
