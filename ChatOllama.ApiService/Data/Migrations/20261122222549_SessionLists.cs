using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatOllama.ApiService.Data.Migrations
{
    /// <inheritdoc />
    public partial class SessionLists : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_sessions_user_id_archived_activity",
                table: "sessions",
                columns: new[] { "user_id", "archived", "activity" });

            migrationBuilder.CreateIndex(
                name: "IX_sessions_user_id_folder_archived_activity",
                table: "sessions",
                columns: new[] { "user_id", "folder", "archived", "activity" },
                filter: "folder IS NOT NULL AND deleted_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_sessions_user_id_pinned_activity",
                table: "sessions",
                columns: new[] { "user_id", "pinned", "activity" });

            migrationBuilder.CreateIndex(
                name: "IX_sessions_user_id_tags_archived",
                table: "sessions",
                columns: new[] { "user_id", "tags", "archived" },
                filter: "tags <> '[]' AND deleted_at IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_sessions_user_id_archived_activity",
                table: "sessions");

            migrationBuilder.DropIndex(
                name: "IX_sessions_user_id_folder_archived_activity",
                table: "sessions");

            migrationBuilder.DropIndex(
                name: "IX_sessions_user_id_pinned_activity",
                table: "sessions");

            migrationBuilder.DropIndex(
                name: "IX_sessions_user_id_tags_archived",
                table: "sessions");
        }
    }
}
