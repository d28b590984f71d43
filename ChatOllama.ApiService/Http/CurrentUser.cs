using ChatOllama.ApiService.Data;

namespace ChatOllama.ApiService.Http;

/// <summary>Whose request this is: the one built-in local user until sign-in exists. Its id belongs into the WHERE clause of every query.</summary>
public sealed class CurrentUser
{
    public string Id { get; } = User.LocalId;
}
