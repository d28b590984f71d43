using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ChatOllama.ApiService.Data;

/// <summary>
/// The schema. Readers take contexts from <c>IDbContextFactory&lt;ChatDbContext&gt;</c>: no tracking, read-only connections.
/// Every write goes through <see cref="DbWriter"/>.
/// </summary>
public sealed class ChatDbContext(DbContextOptions<ChatDbContext> options) : DbContext(options)
{
    public DbSet<User> Users => Set<User>();
    public DbSet<Session> Sessions => Set<Session>();
    public DbSet<Message> Messages => Set<Message>();
    public DbSet<Checkpoint> Checkpoints => Set<Checkpoint>();
    public DbSet<Attachment> Attachments => Set<Attachment>();
    public DbSet<MessageAttachment> MessageAttachments => Set<MessageAttachment>();
    public DbSet<Model> Models => Set<Model>();
    public DbSet<ModelConfig> ModelConfigs => Set<ModelConfig>();
    public DbSet<Pull> Pulls => Set<Pull>();
    public DbSet<IdempotencyRecord> IdempotencyRecords => Set<IdempotencyRecord>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcConverter>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<User>(e =>
        {
            e.ToTable("users").HasKey(x => x.Id);
            e.HasData(new User { Id = User.LocalId, Name = "Local user", CreatedAt = DateTime.UnixEpoch });
        });
        modelBuilder.Entity<Session>(e =>
        {
            e.ToTable("sessions").HasKey(x => x.Key);
            e.HasIndex(x => new { x.UserId, x.Id }).IsUnique();
            e.HasIndex(x => new { x.UserId, x.Activity });
            // The list at the side of every page: what is pinned, and what is neither pinned nor archived, by activity.
            e.HasIndex(x => new { x.UserId, x.Archived, x.Activity });
            e.HasIndex(x => new { x.UserId, x.Pinned, x.Activity });
            e.HasIndex(x => new { x.UserId, x.Folder, x.Archived, x.Activity }).HasFilter("folder IS NOT NULL AND deleted_at IS NULL");
            e.HasIndex(x => new { x.UserId, x.Tags, x.Archived }).HasFilter("tags <> '[]' AND deleted_at IS NULL");
            e.HasIndex(x => x.DeletedAt).HasFilter("deleted_at IS NOT NULL");
            e.HasOne<User>().WithMany().HasForeignKey(x => x.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<Message>(e =>
        {
            e.ToTable("messages").HasKey(x => x.Seq);
            e.Property(x => x.Seq).ValueGeneratedNever();
            e.HasIndex(x => x.Id).IsUnique();
            e.HasIndex(x => new { x.SessionKey, x.ParentSeq });
            e.HasIndex(x => x.ParentSeq);
            // Everything that the statistics add up, so that a year of them is read without touching the messages: half the time for 3 % more log per chat.
            e.HasIndex(x => new { x.CreatedAt, x.SessionKey, x.Model, x.Status, x.PromptTokens, x.CompletionTokens, x.TokensPerSecond, x.FirstTokenMs, x.LoadMs }, "IX_messages_statistics").HasFilter("role = 'assistant'");
            e.HasIndex(x => x.Status).HasFilter("status IN ('queued', 'generating')");
            e.HasOne(x => x.Session).WithMany(x => x.Messages).HasForeignKey(x => x.SessionKey).OnDelete(DeleteBehavior.Cascade);
            // NO ACTION is checked at the end of a statement, so deleting a whole session never trips over its own tree.
            e.HasOne(x => x.Parent).WithMany().HasForeignKey(x => x.ParentSeq).OnDelete(DeleteBehavior.NoAction);
            e.HasMany(x => x.Attachments).WithOne().HasForeignKey(x => x.MessageSeq).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<Checkpoint>().ToTable("checkpoint_log").Property(x => x.Id).ValueGeneratedNever();
        modelBuilder.Entity<Attachment>(e =>
        {
            e.ToTable("attachments").HasKey(x => x.Key);
            e.HasIndex(x => x.Id).IsUnique();
            e.HasIndex(x => new { x.UserId, x.Hash });
        });
        modelBuilder.Entity<MessageAttachment>(e =>
        {
            e.ToTable("message_attachments").HasKey(x => new { x.MessageSeq, x.Position });
            e.HasOne(x => x.Attachment).WithMany().HasForeignKey(x => x.AttachmentKey).OnDelete(DeleteBehavior.Restrict);
        });
        modelBuilder.Entity<Model>(e =>
        {
            e.ToTable("models").HasKey(x => x.Key);
            e.HasIndex(x => x.Id).IsUnique();
            e.HasIndex(x => x.Name).IsUnique();
            e.HasIndex(x => x.IsDefault).IsUnique().HasFilter("is_default = 1");
            e.HasOne(x => x.Config).WithOne().HasForeignKey<ModelConfig>(x => x.ModelKey).OnDelete(DeleteBehavior.Cascade);
        });
        modelBuilder.Entity<ModelConfig>(e =>
        {
            e.ToTable("model_configs").HasKey(x => x.ModelKey);
            e.Property(x => x.ModelKey).ValueGeneratedNever();
        });
        modelBuilder.Entity<Pull>(e =>
        {
            e.ToTable("pulls").HasKey(x => x.Key);
            e.HasIndex(x => x.Id).IsUnique();
        });
        modelBuilder.Entity<IdempotencyRecord>(e =>
        {
            e.ToTable("idempotency_keys").HasKey(x => new { x.UserId, x.Key });
            e.HasIndex(x => x.CreatedAt);
        });
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(t => t.GetProperties()))
            property.SetColumnName(SnakeCase(property.Name));
    }

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0) text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }

    /// <summary>SQLite gives back times without a kind; they are always UTC.</summary>
    private sealed class UtcConverter() : ValueConverter<DateTime, DateTime>(
        v => v, v => DateTime.SpecifyKind(v, DateTimeKind.Utc));
}

/// <summary>Lets <c>dotnet ef migrations add</c> build the context without starting the service.</summary>
public sealed class DesignTimeFactory : IDesignTimeDbContextFactory<ChatDbContext>
{
    public ChatDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<ChatDbContext>().UseSqlite("Data Source=:memory:").Options);
}
