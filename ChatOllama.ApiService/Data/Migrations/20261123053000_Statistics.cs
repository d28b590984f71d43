using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatOllama.ApiService.Data.Migrations
{
    /// <inheritdoc />
    public partial class Statistics : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Whoever has lost it does without.
            migrationBuilder.Sql("DROP INDEX IF EXISTS \"IX_messages_created_at\"");

            migrationBuilder.CreateIndex(
                name: "IX_messages_statistics",
                table: "messages",
                columns: new[] { "created_at", "session_key", "model", "status", "prompt_tokens", "completion_tokens", "tokens_per_second", "first_token_ms", "load_ms" },
                filter: "role = 'assistant'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_messages_statistics",
                table: "messages");

            migrationBuilder.CreateIndex(
                name: "IX_messages_created_at",
                table: "messages",
                column: "created_at",
                filter: "role = 'assistant'");
        }
    }
}
