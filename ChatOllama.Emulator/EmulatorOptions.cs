namespace ChatOllama.Emulator;

/// <summary>
/// How the emulator behaves; section <c>Emulator</c> of the configuration
/// (<c>Emulator:TokensPerSecond=0</c>, as an environment variable <c>Emulator__TokensPerSecond=0</c>).
/// </summary>
public sealed class EmulatorOptions
{
    /// <summary>Tokens per second of every model that has no speed of its own; 0 = as fast as it goes. Default 30, a comfortable reading speed.</summary>
    public double TokensPerSecond { get; set; } = 30;

    /// <summary>How long a model takes to load. Nothing is sent meanwhile, like the real one. Default 0.4 s.</summary>
    public TimeSpan LoadTime { get; set; } = TimeSpan.FromMilliseconds(400);

    /// <summary>Lists the <c>fault-*</c> models and obeys the request header <c>X-Emulator-Fault</c>. Default false.</summary>
    public bool Faults { get; set; }

    /// <summary>How long <c>fault-slow-load</c> stays silent. Default 30 s.</summary>
    public TimeSpan SlowLoadTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests of one model that are answered at once (OLLAMA_NUM_PARALLEL); 0 = no limit, the default.</summary>
    public int Parallel { get; set; }

    /// <summary>Requests that may wait for a model (OLLAMA_MAX_QUEUE) before the next one gets a 503. Default 512.</summary>
    public int MaxQueue { get; set; } = 512;

    /// <summary>The <c>num_ctx</c> of a request that names none. Default 4096, as in Ollama.</summary>
    public int ContextLength { get; set; } = 4096;

    /// <summary>
    /// A question that is asked again without a seed is answered in other words, where there are any, so that a second try can be told from the first.
    /// Default true; tests that compare answers switch it off.
    /// </summary>
    public bool Vary { get; set; } = true;

    /// <summary>Speed of a pull in bytes per second; 0 = as fast as it goes. Default 40 MB/s.</summary>
    public long PullBytesPerSecond { get; set; } = 40_000_000;

    /// <summary>Size of the weights of a model that is pulled, in bytes. Default 120 MB.</summary>
    public long PullSize { get; set; } = 120_000_000;

    /// <summary>Lets every valid name be pulled, as a demo talker of that name. Default false: only <c>demo-extra</c> can be.</summary>
    public bool PullAnything { get; set; }

    /// <summary>
    /// Settings by model name without its tag (<c>Emulator:Models:demo:TokensPerSecond=100</c>). A name that is not built in
    /// makes a model of that name (<c>Emulator:Models:bench:Kind=Endless</c>).
    /// </summary>
    public Dictionary<string, EmulatorModelOptions> Models { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal double TokensPerSecondOf(string fullName) => Of(fullName)?.TokensPerSecond ?? TokensPerSecond;

    internal TimeSpan LoadTimeOf(string fullName) => Of(fullName)?.LoadTime ?? LoadTime;

    private EmulatorModelOptions? Of(string fullName) =>
        Models.TryGetValue(fullName, out var exact) ? exact
        : Models.TryGetValue(fullName[..fullName.LastIndexOf(':')], out var untagged) ? untagged
        : null;
}

/// <summary>Settings of one model; what is not set comes from <see cref="EmulatorOptions"/>.</summary>
public sealed class EmulatorModelOptions
{
    /// <summary>Tokens per second; 0 = as fast as it goes.</summary>
    public double? TokensPerSecond { get; set; }

    /// <summary>How long this model takes to load.</summary>
    public TimeSpan? LoadTime { get; set; }

    /// <summary>What a model that is not built in is: Demo (default), Babble, Endless or Embed.</summary>
    public Models.ModelKind Kind { get; set; }
}
