namespace ChatOllama.ApiService.Generations;

/// <summary>
/// Lets a limited number of generations run at once. Who waits is served in turns: users take turns, within a user its
/// sessions take turns, within a session first come, first served. Thread-safe.
/// </summary>
public sealed class FairQueue(int capacity)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<UserLane> _users = new();
    private int _running;
    private int _waiting;

    /// <summary>Generations that hold a place.</summary>
    public int Running { get { lock (_gate) return _running; } }

    /// <summary>Generations that wait for one.</summary>
    public int Waiting { get { lock (_gate) return _waiting; } }

    /// <summary>Waits for a place; give it back with <see cref="Leave"/>.</summary>
    /// <param name="place">Told the place in the queue, 1 is next, each time <see cref="ReportPlaces"/> runs, and once at the start when there is a wait.</param>
    /// <exception cref="OperationCanceledException">The wait was given up; no place is held.</exception>
    public async Task EnterAsync(string user, string session, Action<int> place, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(place);
        int at;
        lock (_gate)
        {
            if (_running < capacity && _waiting == 0)
            {
                _running++;
                return;
            }
            Lane(user, session).Enqueue(waiter);
            at = ++_waiting;
        }
        place(at);
        await using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).Granted.TrySetCanceled(token), waiter);
        try
        {
            await waiter.Granted.Task;
        }
        catch (OperationCanceledException)
        {
            Forget();
            throw;
        }
    }

    /// <summary>Gives a place back, to whoever is next.</summary>
    public void Leave()
    {
        while (true)
        {
            Waiter? next;
            lock (_gate)
            {
                next = TakeNext();
                if (next is null)
                {
                    _running--;
                    return;
                }
                _waiting--;
            }
            // A waiter that has given up in the meantime passes the place on.
            if (next.Granted.TrySetResult()) return;
        }
    }

    /// <summary>Tells every waiter its place.</summary>
    public void ReportPlaces()
    {
        List<Waiter> order;
        lock (_gate)
        {
            if (_waiting == 0) return;
            order = InOrder();
        }
        var place = 0;
        foreach (var waiter in order)
            if (!waiter.Granted.Task.IsCompleted)
                waiter.Place(++place);
    }

    /// <summary>Takes out who has given up, so that they do not count as waiting.</summary>
    private void Forget()
    {
        lock (_gate)
        {
            foreach (var user in _users)
                foreach (var session in user.Sessions)
                    _waiting -= session.Forget();
        }
    }

    private Queue<Waiter> Lane(string user, string session)
    {
        var userLane = _users.FirstOrDefault(u => u.Id == user) ?? _users.AddLast(new UserLane(user)).Value;
        var sessionLane = userLane.Sessions.FirstOrDefault(s => s.Id == session) ?? userLane.Sessions.AddLast(new SessionLane(session)).Value;
        return sessionLane.Waiters;
    }

    private Waiter? TakeNext()
    {
        while (_users.First is { } user)
        {
            _users.RemoveFirst();
            while (user.Value.Sessions.First is { } session)
            {
                user.Value.Sessions.RemoveFirst();
                if (!session.Value.Waiters.TryDequeue(out var waiter)) continue;
                if (session.Value.Waiters.Count > 0) user.Value.Sessions.AddLast(session);
                if (user.Value.Sessions.Count > 0) _users.AddLast(user);
                return waiter;
            }
        }
        return null;
    }

    /// <summary>The order in which the waiters would be served, by playing the turns on copies.</summary>
    private List<Waiter> InOrder()
    {
        var users = new Queue<Queue<Queue<Waiter>>>(_users.Select(u => new Queue<Queue<Waiter>>(u.Sessions.Select(s => new Queue<Waiter>(s.Waiters)))));
        var order = new List<Waiter>(_waiting);
        while (users.TryDequeue(out var user))
        {
            if (!user.TryDequeue(out var session)) continue;
            if (session.TryDequeue(out var waiter)) order.Add(waiter);
            if (session.Count > 0) user.Enqueue(session);
            if (user.Count > 0) users.Enqueue(user);
        }
        return order;
    }

    private sealed class Waiter(Action<int> place)
    {
        public Action<int> Place { get; } = place;
        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private sealed class SessionLane(string id)
    {
        public string Id { get; } = id;
        public Queue<Waiter> Waiters { get; private set; } = new();

        public int Forget()
        {
            var before = Waiters.Count;
            if (Waiters.Any(w => w.Granted.Task.IsCompleted)) Waiters = new Queue<Waiter>(Waiters.Where(w => !w.Granted.Task.IsCompleted));
            return before - Waiters.Count;
        }
    }

    private sealed class UserLane(string id)
    {
        public string Id { get; } = id;
        public LinkedList<SessionLane> Sessions { get; } = new();
    }
}
