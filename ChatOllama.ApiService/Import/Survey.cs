using System.Security.Cryptography;
using System.Text;

namespace ChatOllama.ApiService.Import;

/// <summary>What reading a file to its end has shown. Of each session it keeps only what its place in lists depends on.</summary>
internal sealed class Survey
{
    private readonly HashSet<UInt128> _sessionIds = [];
    private readonly HashSet<UInt128> _messageIds = [];
    private readonly HashSet<string> _files = new(StringComparer.Ordinal);

    public ImportNotes Notes { get; } = new();
    public List<NewSession> Added { get; } = [];

    /// <summary>Ids of sessions that get more messages.</summary>
    public List<string> Updated { get; } = [];
    public int Unchanged { get; private set; }
    public int Messages { get; private set; }

    /// <summary>Ids of the files that are new here.</summary>
    public HashSet<string> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Ids of the files that new messages use, also of those that are here: they must stay until the messages are written.</summary>
    public HashSet<string> Used { get; } = new(StringComparer.Ordinal);
    public List<IncomingModel> Models { get; } = [];
    public bool IsEmpty => Added.Count == 0 && Updated.Count == 0 && Files.Count == 0;

    /// <exception cref="Http.ProblemException">400: an id stands for two things.</exception>
    public void Check(IncomingSession session)
    {
        if (!_sessionIds.Add(Digest(session.Id)))
            throw ImportFault.At(session.Place + ".id", "another session in the file has this id.");
        foreach (var message in session.Messages)
            if (!_messageIds.Add(Digest(message.Id)))
                throw ImportFault.At(message.Place + ".id", "another message in the file has this id.");
    }

    public async Task AddAsync(IncomingFile file, ImportPlanner planner, CancellationToken cancellation)
    {
        if (_files.Add(file.Id) && await planner.IsNewAsync(file, cancellation))
            Files.Add(file.Id);
    }

    public void Add(SessionPlan plan)
    {
        Messages += plan.NewMessages.Count;
        Used.UnionWith(plan.NewMessages.SelectMany(m => m.Attachments));
        if (!plan.IsHere)
            Added.Add(new NewSession(plan.Session.Id, plan.Session.UpdatedAt, plan.NewMessages.Count));
        else if (plan.NewMessages.Count > 0)
            Updated.Add(plan.Session.Id);
        else
            Unchanged++;
    }

    /// <summary>A file may have a million ids.</summary>
    private static UInt128 Digest(string id)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
