using System.Net.Http.Json;
using System.Text;
using ChatOllama.Contracts;
using ChatOllama.Tests.Hosting;
using Xunit;

namespace ChatOllama.Tests.Attachments;

/// <summary>Images and files on their way from a request to the model.</summary>
public class ChatImageTests
{
    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];
    private static readonly string Base64 = Convert.ToBase64String(Png);

    [Theory]
    [InlineData("")]
    [InlineData("data:image/png;base64,")]
    public async Task A_base64_image_reaches_the_model_and_stays_on_the_message(string prefix)
    {
        await using var api = await ApiHost.StartAsync();
        var answer = await api.ChatAsync($$"""{"message":"What is this?","model":"demo-vision","images":["{{prefix}}{{Base64}}"]}""");
        Assert.Equal([Base64], SentImages(api));
        var question = (await MessagesAsync(api, answer.SessionId))[0];
        var attachment = Assert.Single(question.Attachments!);
        Assert.Equal(("image/png", (long)Png.Length), (attachment.MediaType, attachment.Size));
        Assert.Equal(Png, await api.Client.GetByteArrayAsync("/v1/attachments/" + attachment.Id, TestContext.Current.CancellationToken));

        // The next turn shows it to the model again.
        await api.ChatAsync($$"""{"message":"And its colour?","session_id":"{{answer.SessionId}}"}""");
        Assert.Equal([Base64], SentImages(api));
    }

    [Fact]
    public async Task Attachments_by_id_reach_the_model_images_as_images_and_texts_as_text()
    {
        await using var api = await ApiHost.StartAsync();
        var image = await UploadAsync(api, Png, "photo.png");
        var text = await UploadAsync(api, Encoding.UTF8.GetBytes("milk, eggs"), "list.txt");
        var answer = await api.ChatAsync($$"""{"message":"Explain.","model":"demo-vision","images":["{{image.Id}}","{{text.Id}}"]}""");
        Assert.Equal([Base64], SentImages(api));
        var content = api.Ollama.ChatRequests[^1].Body.GetProperty("messages")[0].GetProperty("content").GetString()!;
        Assert.Contains("list.txt", content);
        Assert.Contains("milk, eggs", content);
        Assert.EndsWith("Explain.", content);
        Assert.Equal(["photo.png", "list.txt"], (await MessagesAsync(api, answer.SessionId))[0].Attachments!.Select(a => a.Name));
    }

    [Fact]
    public async Task A_file_with_fences_of_its_own_stays_one_file_in_the_prompt()
    {
        await using var api = await ApiHost.StartAsync();
        var file = await UploadAsync(api, Encoding.UTF8.GetBytes("\uFEFFUse\n````sh\nmake\n````\n\n"), "README.md");
        await api.ChatAsync($$"""{"message":"Explain.","images":["{{file.Id}}"]}""");
        Assert.Equal("File README.md:\n`````\nUse\n````sh\nmake\n````\n`````\n\nExplain.",
            api.Ollama.ChatRequests[^1].Body.GetProperty("messages")[0].GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("not base64!", "images[1]")]
    [InlineData("", "images[1]")]
    [InlineData("aGVsbG8=", "images[1]")]
    [InlineData("data:image/png;base64,", "images[1]")]
    [InlineData("0190a1b2-0000-7000-8000-000000000000", "images[1]")]
    public async Task A_bad_image_is_named_and_nothing_is_kept(string image, string field)
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.PostAsync("/v1/chat", $$"""{"message":"Look","session_id":"s","model":"demo-vision","images":["{{Base64}}","{{image}}"]}""");
        var problem = await ApiHost.ProblemAsync(response, 400, ProblemCodes.Validation);
        Assert.Equal([field], problem.Errors!.Keys);
        await NothingIsKeptAsync(api);
    }

    [Fact]
    public async Task A_model_that_cannot_see_takes_no_images()
    {
        await using var api = await ApiHost.StartAsync();
        using var response = await api.PostAsync("/v1/chat", $$"""{"message":"Look","session_id":"s","images":["{{Base64}}"],"model":"demo"}""");
        var problem = await ApiHost.ProblemAsync(response, 400, ProblemCodes.Validation);
        Assert.Equal(["images"], problem.Errors!.Keys);
        await NothingIsKeptAsync(api);
    }

    [Fact]
    public async Task In_a_temporary_chat_an_image_stays_in_memory_and_reaches_the_model_in_every_turn()
    {
        await using var api = await ApiHost.StartAsync();
        await api.ChatAsync($$"""{"message":"Look","session_id":"s","model":"demo-vision","temporary":true,"images":["{{Base64}}"]}""");
        await api.ChatAsync("""{"message":"And now?","session_id":"s"}""");
        Assert.Equal([Base64], SentImages(api));
        Assert.False(Directory.Exists(Path.Combine(api.Folder, "attachments")));
    }

    private static async Task NothingIsKeptAsync(ApiHost api)
    {
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await api.Client.GetAsync("/v1/sessions/s", TestContext.Current.CancellationToken)).StatusCode);
        Assert.False(Directory.Exists(Path.Combine(api.Folder, "attachments")));
    }

    private static IEnumerable<string?> SentImages(ApiHost api) =>
        api.Ollama.ChatRequests[^1].Body.GetProperty("messages")[0].GetProperty("images").EnumerateArray().Select(i => i.GetString());

    private static async Task<AttachmentView> UploadAsync(ApiHost api, byte[] bytes, string name)
    {
        var response = await api.Client.PostAsync("/v1/attachments?name=" + name, new ByteArrayContent(bytes), TestContext.Current.CancellationToken);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.AttachmentView, TestContext.Current.CancellationToken))!;
    }

    private static async Task<IReadOnlyList<MessageView>> MessagesAsync(ApiHost api, string session) =>
        (await api.Client.GetFromJsonAsync($"/v1/sessions/{session}/messages", ContractsJson.Default.MessageList, TestContext.Current.CancellationToken))!.Messages;
}
