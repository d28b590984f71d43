using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ChatOllama.ApiService.Data;

public static class DatabaseServices
{
    /// <summary>
    /// The database: <see cref="DbWriter"/> for every write, <c>IDbContextFactory&lt;ChatDbContext&gt;</c> (pooled, no tracking, read-only) for reads.
    /// Register it before everything that uses it: hosted services stop in reverse order, and the writer must be the last.
    /// </summary>
    public static IHostApplicationBuilder AddDatabase(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<DatabaseFile>();
        services.AddSingleton<DbWriter>();
        services.AddSingleton<CheckpointLog>();
        services.AddSingleton<DatabaseStartup>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseStartup>());
        services.AddPooledDbContextFactory<ChatDbContext>((provider, options) => options
            .UseSqlite(provider.GetRequiredService<DatabaseFile>().ReadConnectionString)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .AddInterceptors(new ReadOnlyConnections()));
        return builder;
    }

    /// <summary>Readers cannot write by accident: a write outside the writer would wait for its lock and break the order.</summary>
    private sealed class ReadOnlyConnections : DbConnectionInterceptor
    {
        private const string Pragmas = "PRAGMA busy_timeout=5000; PRAGMA query_only=ON;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Pragmas;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Pragmas;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
