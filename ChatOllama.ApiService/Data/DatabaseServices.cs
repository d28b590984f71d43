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
        services.AddSingleton<PreparedReads>();
        services.AddSingleton<DatabaseStartup>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseStartup>());
        services.AddPooledDbContextFactory<ChatDbContext>((provider, options) => options
            .UseSqlite(provider.GetRequiredService<DatabaseFile>().ReadConnectionString)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .AddInterceptors(new ReadOnlyConnections()));
        return builder;
    }

    private sealed class ReadOnlyConnections : DbConnectionInterceptor
    {
        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = DatabaseFile.ReadPragmas;
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = DatabaseFile.ReadPragmas;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
