namespace ChatOllama.Benchmarks;

/// <summary>A folder for databases, logs and configuration; gone with the run.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("chatollama-bench-");

    /// <summary>A path in the folder; directories on the way are made.</summary>
    public string PathOf(params string[] names)
    {
        var path = Path.Combine([_root.FullName, .. names]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    public void Dispose()
    {
        try
        {
            _root.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A process that is slow to end may still hold a file; the system's temporary folder gets tidied anyway.
        }
    }
}
