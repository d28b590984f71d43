using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ChatOllama.ApiService.Data.Migrations
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "attachments",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    id = table.Column<string>(type: "TEXT", nullable: true),
                    user_id = table.Column<string>(type: "TEXT", nullable: false),
                    hash = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    media_type = table.Column<string>(type: "TEXT", nullable: false),
                    size = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_attachments", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "idempotency_keys",
                columns: table => new
                {
                    user_id = table.Column<string>(type: "TEXT", nullable: false),
                    key = table.Column<string>(type: "TEXT", nullable: false),
                    body_hash = table.Column<string>(type: "TEXT", nullable: false),
                    message_id = table.Column<string>(type: "TEXT", nullable: false),
                    user_message_id = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_idempotency_keys", x => new { x.user_id, x.key });
                });

            migrationBuilder.CreateTable(
                name: "models",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    id = table.Column<string>(type: "TEXT", nullable: true),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    display_name = table.Column<string>(type: "TEXT", nullable: true),
                    description = table.Column<string>(type: "TEXT", nullable: true),
                    size = table.Column<long>(type: "INTEGER", nullable: false),
                    family = table.Column<string>(type: "TEXT", nullable: true),
                    format = table.Column<string>(type: "TEXT", nullable: true),
                    parameters = table.Column<string>(type: "TEXT", nullable: true),
                    quantization = table.Column<string>(type: "TEXT", nullable: true),
                    capabilities = table.Column<string>(type: "TEXT", nullable: false),
                    context_length = table.Column<int>(type: "INTEGER", nullable: true),
                    digest = table.Column<string>(type: "TEXT", nullable: true),
                    status = table.Column<string>(type: "TEXT", nullable: false),
                    is_default = table.Column<bool>(type: "INTEGER", nullable: false),
                    is_enabled = table.Column<bool>(type: "INTEGER", nullable: false),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    last_used_at = table.Column<DateTime>(type: "TEXT", nullable: true),
                    total_messages = table.Column<long>(type: "INTEGER", nullable: false),
                    total_tokens = table.Column<long>(type: "INTEGER", nullable: false),
                    speed_tokens = table.Column<long>(type: "INTEGER", nullable: false),
                    speed_seconds = table.Column<double>(type: "REAL", nullable: false),
                    first_token_ms_sum = table.Column<double>(type: "REAL", nullable: false),
                    first_token_count = table.Column<long>(type: "INTEGER", nullable: false),
                    prompt_chars = table.Column<long>(type: "INTEGER", nullable: false),
                    prompt_tokens = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_models", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "users",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", nullable: false),
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_users", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "model_configs",
                columns: table => new
                {
                    model_key = table.Column<long>(type: "INTEGER", nullable: false),
                    temperature = table.Column<double>(type: "REAL", nullable: true),
                    top_p = table.Column<double>(type: "REAL", nullable: true),
                    top_k = table.Column<int>(type: "INTEGER", nullable: true),
                    repeat_penalty = table.Column<double>(type: "REAL", nullable: true),
                    context_length = table.Column<int>(type: "INTEGER", nullable: true),
                    max_tokens = table.Column<int>(type: "INTEGER", nullable: true),
                    system_prompt = table.Column<string>(type: "TEXT", nullable: true),
                    keep_alive_json = table.Column<string>(type: "TEXT", nullable: true),
                    think_json = table.Column<string>(type: "TEXT", nullable: true),
                    custom_options_json = table.Column<string>(type: "TEXT", nullable: true),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_model_configs", x => x.model_key);
                    table.ForeignKey(
                        name: "FK_model_configs_models_model_key",
                        column: x => x.model_key,
                        principalTable: "models",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sessions",
                columns: table => new
                {
                    key = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    id = table.Column<string>(type: "TEXT", nullable: true),
                    user_id = table.Column<string>(type: "TEXT", nullable: false),
                    title = table.Column<string>(type: "TEXT", nullable: false),
                    model = table.Column<string>(type: "TEXT", nullable: true),
                    system_prompt = table.Column<string>(type: "TEXT", nullable: true),
                    options_json = table.Column<string>(type: "TEXT", nullable: true),
                    pinned = table.Column<bool>(type: "INTEGER", nullable: false),
                    archived = table.Column<bool>(type: "INTEGER", nullable: false),
                    folder = table.Column<string>(type: "TEXT", nullable: true),
                    tags = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    activity = table.Column<long>(type: "INTEGER", nullable: false),
                    active_seq = table.Column<long>(type: "INTEGER", nullable: true),
                    message_count = table.Column<int>(type: "INTEGER", nullable: false),
                    deleted_at = table.Column<DateTime>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_sessions", x => x.key);
                    table.ForeignKey(
                        name: "FK_sessions_users_user_id",
                        column: x => x.user_id,
                        principalTable: "users",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "messages",
                columns: table => new
                {
                    seq = table.Column<long>(type: "INTEGER", nullable: false),
                    id = table.Column<string>(type: "TEXT", nullable: true),
                    session_key = table.Column<long>(type: "INTEGER", nullable: false),
                    parent_seq = table.Column<long>(type: "INTEGER", nullable: true),
                    role = table.Column<string>(type: "TEXT", nullable: false),
                    content = table.Column<string>(type: "TEXT", nullable: false),
                    thinking = table.Column<string>(type: "TEXT", nullable: true),
                    model = table.Column<string>(type: "TEXT", nullable: true),
                    status = table.Column<string>(type: "TEXT", nullable: false),
                    finish_reason = table.Column<string>(type: "TEXT", nullable: true),
                    created_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    updated_at = table.Column<DateTime>(type: "TEXT", nullable: false),
                    request_json = table.Column<string>(type: "TEXT", nullable: true),
                    prompt_tokens = table.Column<int>(type: "INTEGER", nullable: true),
                    completion_tokens = table.Column<int>(type: "INTEGER", nullable: true),
                    context_length = table.Column<int>(type: "INTEGER", nullable: true),
                    dropped_messages = table.Column<int>(type: "INTEGER", nullable: false),
                    queue_ms = table.Column<double>(type: "REAL", nullable: true),
                    load_ms = table.Column<double>(type: "REAL", nullable: true),
                    prompt_ms = table.Column<double>(type: "REAL", nullable: true),
                    first_token_ms = table.Column<double>(type: "REAL", nullable: true),
                    thinking_ms = table.Column<double>(type: "REAL", nullable: true),
                    total_ms = table.Column<double>(type: "REAL", nullable: true),
                    tokens_per_second = table.Column<double>(type: "REAL", nullable: true),
                    problem_code = table.Column<string>(type: "TEXT", nullable: true),
                    problem_detail = table.Column<string>(type: "TEXT", nullable: true),
                    trace_id = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_messages", x => x.seq);
                    table.ForeignKey(
                        name: "FK_messages_messages_parent_seq",
                        column: x => x.parent_seq,
                        principalTable: "messages",
                        principalColumn: "seq");
                    table.ForeignKey(
                        name: "FK_messages_sessions_session_key",
                        column: x => x.session_key,
                        principalTable: "sessions",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Cascade);
                });

            // Without a row id: one b-tree instead of two, so a checkpoint writes half the pages.
            migrationBuilder.Sql("""
                CREATE TABLE checkpoints (
                    message_seq INTEGER NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
                    part INTEGER NOT NULL,
                    thinking TEXT NOT NULL,
                    content TEXT NOT NULL,
                    PRIMARY KEY (message_seq, part)) WITHOUT ROWID;
                """);

            migrationBuilder.CreateTable(
                name: "message_attachments",
                columns: table => new
                {
                    message_seq = table.Column<long>(type: "INTEGER", nullable: false),
                    position = table.Column<int>(type: "INTEGER", nullable: false),
                    attachment_key = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_message_attachments", x => new { x.message_seq, x.position });
                    table.ForeignKey(
                        name: "FK_message_attachments_attachments_attachment_key",
                        column: x => x.attachment_key,
                        principalTable: "attachments",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "FK_message_attachments_messages_message_seq",
                        column: x => x.message_seq,
                        principalTable: "messages",
                        principalColumn: "seq",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.InsertData(
                table: "users",
                columns: new[] { "id", "created_at", "name" },
                values: new object[] { "local", new DateTime(1970, 1, 1, 0, 0, 0, 0, DateTimeKind.Utc), "Local user" });

            migrationBuilder.CreateIndex(
                name: "IX_attachments_id",
                table: "attachments",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_attachments_user_id_hash",
                table: "attachments",
                columns: new[] { "user_id", "hash" });

            migrationBuilder.CreateIndex(
                name: "IX_idempotency_keys_created_at",
                table: "idempotency_keys",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "IX_message_attachments_attachment_key",
                table: "message_attachments",
                column: "attachment_key");

            migrationBuilder.CreateIndex(
                name: "IX_messages_id",
                table: "messages",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_messages_parent_seq",
                table: "messages",
                column: "parent_seq");

            migrationBuilder.CreateIndex(
                name: "IX_messages_session_key_parent_seq",
                table: "messages",
                columns: new[] { "session_key", "parent_seq" });

            migrationBuilder.CreateIndex(
                name: "IX_messages_status",
                table: "messages",
                column: "status",
                filter: "status IN ('queued', 'generating')");

            migrationBuilder.CreateIndex(
                name: "IX_models_id",
                table: "models",
                column: "id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_models_is_default",
                table: "models",
                column: "is_default",
                unique: true,
                filter: "is_default = 1");

            migrationBuilder.CreateIndex(
                name: "IX_models_name",
                table: "models",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_sessions_deleted_at",
                table: "sessions",
                column: "deleted_at",
                filter: "deleted_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_sessions_user_id_activity",
                table: "sessions",
                columns: new[] { "user_id", "activity" });

            migrationBuilder.CreateIndex(
                name: "IX_sessions_user_id_id",
                table: "sessions",
                columns: new[] { "user_id", "id" },
                unique: true);

            // Full text by triggers on external content: the words stand once, in their own table.
            // A running answer is indexed when it ends, because every update of an indexed row writes its words twice.
            migrationBuilder.Sql("""
                CREATE VIRTUAL TABLE messages_fts USING fts5(content, content='messages', content_rowid='seq', tokenize='unicode61 remove_diacritics 2', prefix='2 3');
                CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages WHEN new.status NOT IN ('queued', 'generating') BEGIN
                    INSERT INTO messages_fts(rowid, content) VALUES (new.seq, new.content);
                END;
                CREATE TRIGGER messages_fts_update AFTER UPDATE OF content, status ON messages BEGIN
                    INSERT INTO messages_fts(messages_fts, rowid, content) SELECT 'delete', old.seq, old.content WHERE old.status NOT IN ('queued', 'generating');
                    INSERT INTO messages_fts(rowid, content) SELECT new.seq, new.content WHERE new.status NOT IN ('queued', 'generating');
                END;
                CREATE TRIGGER messages_fts_delete AFTER DELETE ON messages WHEN old.status NOT IN ('queued', 'generating') BEGIN
                    INSERT INTO messages_fts(messages_fts, rowid, content) VALUES ('delete', old.seq, old.content);
                END;
                CREATE VIRTUAL TABLE sessions_fts USING fts5(title, content='sessions', content_rowid='key', tokenize='unicode61 remove_diacritics 2', prefix='2 3');
                CREATE TRIGGER sessions_fts_insert AFTER INSERT ON sessions BEGIN
                    INSERT INTO sessions_fts(rowid, title) VALUES (new.key, new.title);
                END;
                CREATE TRIGGER sessions_fts_update AFTER UPDATE OF title ON sessions BEGIN
                    INSERT INTO sessions_fts(sessions_fts, rowid, title) VALUES ('delete', old.key, old.title);
                    INSERT INTO sessions_fts(rowid, title) VALUES (new.key, new.title);
                END;
                CREATE TRIGGER sessions_fts_delete AFTER DELETE ON sessions BEGIN
                    INSERT INTO sessions_fts(sessions_fts, rowid, title) VALUES ('delete', old.key, old.title);
                END;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder) =>
            throw new System.NotSupportedException("Migrations go forward only; restore the backup that was made before.");
    }
}
