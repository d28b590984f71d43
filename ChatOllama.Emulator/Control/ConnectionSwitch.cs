using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace ChatOllama.Emulator.Control;

/// <summary>Knows the open connections, so that the emulator can drop off the network like a process that died. Thread-safe.</summary>
internal sealed class ConnectionSwitch
{
    private readonly ConcurrentDictionary<ConnectionContext, bool> _open = [];
    private volatile bool _online = true;

    public bool Online
    {
        get => _online;
        set
        {
            _online = value;
            if (!value) AbortAll();
        }
    }

    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        _open[connection] = true;
        try
        {
            // Added first, looked second: a switch in between cannot miss it.
            if (!_online)
            {
                connection.Abort();
                return;
            }
            await next(connection);
        }
        finally
        {
            _open.TryRemove(connection, out _);
        }
    }

    public void AbortAll()
    {
        foreach (var connection in _open.Keys) connection.Abort();
    }
}
