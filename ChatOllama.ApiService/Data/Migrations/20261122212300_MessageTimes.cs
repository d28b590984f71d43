using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatOllama.ApiService.Data.Migrations
{
    /// <inheritdoc />
    public partial class MessageTimes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_messages_created_at",
                table: "messages",
                column: "created_at",
                filter: "role = 'assistant'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_messages_created_at",
                table: "messages");
        }
    }
}
