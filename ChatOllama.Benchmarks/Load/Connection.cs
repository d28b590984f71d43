using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace ChatOllama.Benchmarks.Load;

/// <summary>
/// One socket to a system. What it receives is fed to a reader on the socket engine's only thread; see Program.cs. So nothing here locks,
/// and nothing a reader does may block.
/// </summary>
internal sealed class Connection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SocketAsyncEventArgs _receive = new();
    private readonly ResponseReader _reader;
    private readonly Action<string> _broken;

    /// <param name="broken">Told why, when the connection ends by itself.</param>
    private Connection(ResponseReader reader, Action<string> broken)
    {
        (_reader, _broken) = (reader, broken);
        _receive.SetBuffer(new byte[8 * 1024]);
        _receive.Completed += (_, _) => Take();
    }

    /// <summary>Microseconds of the clock that <c>Clock</c> models stamp their tokens with.</summary>
    public static uint Now => unchecked((uint)(Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)));

    public static async Task<Connection> OpenAsync(Uri url, ResponseReader reader, Action<string> broken)
    {
        var connection = new Connection(reader, broken);
        await connection._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, url.Port));
        // The first receive starts on whatever thread this is; from then on the engine's thread has it.
        if (!connection._socket.ReceiveAsync(connection._receive)) ThreadPool.UnsafeQueueUserWorkItem(static c => c.Take(), connection, preferLocal: false);
        return connection;
    }

    public void Send(byte[] request) => _socket.Send(request);

    public void Dispose()
    {
        _socket.Dispose();
        _receive.Dispose();
    }

    private void Take()
    {
        try
        {
            do
            {
                if (_receive.SocketError != SocketError.Success || _receive.BytesTransferred == 0)
                {
                    _broken(_receive.SocketError == SocketError.Success ? "the connection was closed" : _receive.SocketError.ToString());
                    return;
                }
                _reader.Feed(_receive.MemoryBuffer.Span[.._receive.BytesTransferred], Now);
            }
            while (!_socket.ReceiveAsync(_receive));
        }
        catch (ObjectDisposedException)
        {
            // The run is over.
        }
    }
}
