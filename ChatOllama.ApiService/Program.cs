using ChatOllama.ApiService;
using ChatOllama.ServiceDefaults.Hosting;

return await ServiceRunner.RunAsync(args, () => ApiServiceApp.Build(args));
