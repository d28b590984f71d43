using ChatOllama.ApiService;

await ApiServiceApp.Build(args).RunAsync();
