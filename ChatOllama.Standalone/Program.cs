using ChatOllama.Web;

await WebApp.Build(args).RunAsync();
