using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatOllama.ApiService.Data.Migrations
{
    /// <inheritdoc />
    public partial class CheckpointLog : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // What a crash of the version before has left: its pieces stand one per row, and the table goes.
            migrationBuilder.Sql("""
                UPDATE messages SET
                    content = content || coalesce((SELECT group_concat(c.content, '' ORDER BY c.part) FROM checkpoints c WHERE c.message_seq = messages.seq), ''),
                    thinking = nullif(coalesce(thinking, '') || coalesce((SELECT group_concat(c.thinking, '' ORDER BY c.part) FROM checkpoints c WHERE c.message_seq = messages.seq), ''), '')
                WHERE status IN ('queued', 'generating');
                DROP TABLE checkpoints;
                """);

            migrationBuilder.CreateTable(
                name: "checkpoint_log",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false),
                    pieces = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table => table.PrimaryKey("PK_checkpoint_log", x => x.id));
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            throw new System.NotSupportedException("Migrations go forward only; restore the backup that was made before.");
    }
}
