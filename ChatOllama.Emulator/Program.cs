using ChatOllama.Emulator;

await EmulatorApp.Build(args).RunAsync();
