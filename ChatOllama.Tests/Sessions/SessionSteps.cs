using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using ChatOllama.ApiService.Data;
using ChatOllama.Contracts;
using ChatOllama.Tests.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Sessions;

/// <summary>What tests of sessions do again and again.</summary>
internal static class SessionSteps
{
    public static async Task<T> GetAsync<T>(this HttpApi api, string path, JsonTypeInfo<T> type)
    {
        var response = await api.Client.GetAsync(path);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(type))!;
    }

    public static Task<SessionList> ListAsync(this HttpApi api, string query = "") => api.GetAsync("/v1/sessions" + query, ContractsJson.Default.SessionList);

    public static Task<MessageList> MessagesAsync(this HttpApi api, string id, string query = "") =>
        api.GetAsync($"/v1/sessions/{id}/messages{query}", ContractsJson.Default.MessageList);

    public static Task<SessionDetail> SessionAsync(this HttpApi api, string id) => api.GetAsync("/v1/sessions/" + id, ContractsJson.Default.SessionDetail);

    public static async Task<SessionDetail> CreateAsync(this HttpApi api, string body = "{}")
    {
        var response = await api.PostAsync("/v1/sessions", body);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.SessionDetail))!;
    }

    public static Task<HttpResponseMessage> PatchAsync(this HttpApi api, string id, string body) =>
        api.Client.PatchAsync("/v1/sessions/" + id, new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

    /// <summary>Writes a message straight into the database, below <paramref name="parentId"/>, and makes it the active one.</summary>
    public static Task AddMessageAsync(this HttpApi api, string sessionId, string id, string? parentId, string content, string status = MessageStatuses.Complete, string? role = null) =>
        api.AddMessagesAsync(sessionId, [(id, parentId, content, status, role)]);

    /// <summary>A straight branch of <paramref name="count"/> messages named <c>m1</c>, <c>m2</c>, …</summary>
    public static Task AddBranchAsync(this HttpApi api, string sessionId, int count) => api.AddMessagesAsync(sessionId,
        Enumerable.Range(1, count).Select(i => ($"m{i}", i == 1 ? null : $"m{i - 1}", $"text {i}", MessageStatuses.Complete, (string?)null)));

    public static Task AddMessagesAsync(this HttpApi api, string sessionId, IEnumerable<(string Id, string? ParentId, string Content, string Status, string? Role)> messages) =>
        api.Services.GetRequiredService<DbWriter>().AddMessagesAsync(sessionId, messages);

    public static async Task AddMessagesAsync(this DbWriter writer, string sessionId, IEnumerable<(string Id, string? ParentId, string Content, string Status, string? Role)> messages)
    {
        await writer.WriteAsync(context =>
        {
            var session = context.Db.Sessions.Single(s => s.UserId == User.LocalId && s.Id == sessionId);
            var known = new Dictionary<string, Message>();
            foreach (var (id, parentId, content, status, role) in messages)
            {
                var parent = parentId is null ? null : known.GetValueOrDefault(parentId) ?? context.Db.Messages.Single(m => m.Id == parentId);
                var message = new Message
                {
                    Seq = context.NextSequence(),
                    Id = id,
                    SessionKey = session.Key,
                    ParentSeq = parent?.Seq,
                    Role = role ?? (parent?.Role == "user" ? "assistant" : "user"),
                    Content = content,
                    Status = status,
                    CreatedAt = context.Now,
                    UpdatedAt = context.Now,
                };
                known[id] = message;
                context.Db.Messages.Add(message);
                session.ActiveSeq = session.Activity = message.Seq;
                session.UpdatedAt = context.Now;
                session.MessageCount++;
            }
            context.Db.SaveChanges();
        });
    }
}
