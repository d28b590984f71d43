using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using ChatOllama.ApiService.Attachments;
using ChatOllama.ApiService.Data;
using ChatOllama.ApiService.Http;
using ChatOllama.Contracts;
using ChatOllama.Tests.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ChatOllama.Tests.Attachments;

public class AttachmentTests
{
    private static readonly byte[] Png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];

    public static TheoryData<byte[], string> Types => new()
    {
        { Png, "image/png" },
        { [0xFF, 0xD8, 0xFF, 0xE0, 9], "image/jpeg" },
        { [.. "GIF89a"u8, 1, 0], "image/gif" },
        { [.. "RIFF"u8, 1, 0, 0, 0, .. "WEBPVP8 "u8], "image/webp" },
        { [.. "Grüße\tund\r\nZeilen 😀"u8], "text/plain" },
        { [.. "<svg onload=alert(1)>"u8], "text/plain" },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public async Task The_type_follows_from_the_bytes_whatever_the_sender_says(byte[] bytes, string mediaType)
    {
        await using var api = await HttpApi.StartAsync();
        var view = await UploadAsync(api, bytes, "text/html");
        Assert.Equal((mediaType, (long)bytes.Length), (view.MediaType, view.Size));
        var response = await api.Client.GetAsync("/v1/attachments/" + view.Id);
        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(mediaType, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("sandbox", response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Contains("immutable", response.Headers.CacheControl!.ToString());
        Assert.Equal(mediaType == "text/plain" ? "attachment" : "inline", response.Content.Headers.ContentDisposition?.DispositionType);
    }

    public static TheoryData<byte[], string> Refused => new()
    {
        { [], ProblemCodes.Validation },
        { [0x7F, 0x45, 0x4C, 0x46, 0, 0], ProblemCodes.UnsupportedMediaType },
        { [.. "%PDF-1.7"u8, 0], ProblemCodes.UnsupportedMediaType },
        { [0x61, 0xC3], ProblemCodes.UnsupportedMediaType },
        { [0xED, 0xA0, 0x80], ProblemCodes.UnsupportedMediaType },
        { Encoding.ASCII.GetBytes(new string('a', AttachmentStore.MaxTextBytes + 1)), ProblemCodes.PayloadTooLarge },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Other_files_are_refused_and_leave_nothing(byte[] bytes, string code)
    {
        await using var api = await HttpApi.StartAsync();
        var content = new ByteArrayContent(bytes) { Headers = { ContentType = new("image/png") } };
        await (await api.Client.PostAsync("/v1/attachments", content)).ReadProblemAsync(code);
        Assert.Empty(Files(api));
    }

    [Fact]
    public async Task What_may_be_uploaded_can_be_asked_for()
    {
        await using var api = await HttpApi.StartAsync();
        var limits = (await api.Client.GetFromJsonAsync("/v1/attachments", ContractsJson.Default.AttachmentLimits))!;
        Assert.Equal((20_000_000, 1_000_000, 16), (limits.MaxImageBytes, limits.MaxTextBytes, limits.MaxPerMessage));
        var image = new byte[limits.MaxImageBytes + 1];
        Png.CopyTo(image, 0);
        var problem = await (await api.Client.PostAsync("/v1/attachments", new ByteArrayContent(image))).ReadProblemAsync(ProblemCodes.PayloadTooLarge);
        Assert.Contains("20 MB", problem.Detail);
        Assert.Empty(Files(api));
    }

    [Fact]
    public async Task A_form_with_one_file_is_taken_and_its_name_is_only_a_name()
    {
        await using var api = await HttpApi.StartAsync();
        using var form = new MultipartFormDataContent();
        var file = new ByteArrayContent(Png);
        file.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "file", FileName = "\"../../etc/Straße.png\"" };
        form.Add(file);
        var response = await api.Client.PostAsync("/v1/attachments", form);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var view = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.AttachmentView))!;
        Assert.Equal("/v1/attachments/" + view.Id, response.Headers.Location?.OriginalString);
        Assert.EndsWith(".png", view.Name);
        Assert.DoesNotContain('/', view.Name);
        Assert.Single(Files(api));
    }

    [Fact]
    public async Task A_form_without_a_file_with_two_or_broken_is_a_400()
    {
        await using var api = await HttpApi.StartAsync();
        using var empty = new MultipartFormDataContent { { new StringContent("x"), "field" } };
        await (await api.Client.PostAsync("/v1/attachments", empty)).ReadProblemAsync(ProblemCodes.Validation);
        using var two = new MultipartFormDataContent { { new ByteArrayContent(Png), "a", "a.png" }, { new ByteArrayContent(Png), "b", "b.png" } };
        await (await api.Client.PostAsync("/v1/attachments", two)).ReadProblemAsync(ProblemCodes.Validation);
        foreach (var type in new[] { "multipart/form-data; boundary=x", "multipart/form-data" })
        {
            var broken = new ByteArrayContent("--x\r\nnonsense"u8.ToArray());
            broken.Headers.TryAddWithoutValidation("Content-Type", type);
            await (await api.Client.PostAsync("/v1/attachments", broken)).ReadProblemAsync(ProblemCodes.Validation);
        }
        Assert.Empty(Files(api));
    }

    [Fact]
    public async Task An_upload_over_the_limit_is_a_413()
    {
        await using var api = await HttpApi.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/attachments") { Content = new ByteArrayContent(new byte[ApiHttp.BodyLimit + 1]) };
        request.Headers.ExpectContinue = true;
        await (await api.Client.SendAsync(request)).ReadProblemAsync(ProblemCodes.PayloadTooLarge);
    }

    [Fact]
    public async Task The_same_bytes_lie_on_disk_once()
    {
        await using var api = await HttpApi.StartAsync();
        var first = await UploadAsync(api, Png, "image/png", "?name=a.png");
        var again = await UploadAsync(api, Png, "image/png", "?name=a.png");
        var other = await UploadAsync(api, Png, "image/png", "?name=b.png");
        Assert.Equal(first.Id, again.Id);
        Assert.NotEqual(first.Id, other.Id);
        Assert.Equal(("a.png", "b.png"), (first.Name, other.Name));
        Assert.Single(Files(api));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("..%2F..%2Fchat.db")]
    [InlineData("%27%20OR%201%3D1--")]
    public async Task An_unknown_attachment_is_a_404(string id)
    {
        await using var api = await HttpApi.StartAsync();
        await UploadAsync(api, Png, "image/png");
        await (await api.Client.GetAsync("/v1/attachments/" + id)).ReadProblemAsync(ProblemCodes.NotFound);
    }

    [Fact]
    public async Task A_file_that_somebody_removed_is_a_404_and_stands_in_the_log()
    {
        await using var api = await HttpApi.StartAsync();
        var view = await UploadAsync(api, Png, "image/png");
        File.Delete(Files(api).Single());
        await (await api.Client.GetAsync("/v1/attachments/" + view.Id)).ReadProblemAsync(ProblemCodes.NotFound);
        Assert.Contains(api.Log.All, l => l.Message.Contains(view.Id, StringComparison.Ordinal) && l.Exception is FileNotFoundException);
    }

    [Fact]
    public async Task A_part_can_be_asked_for_and_what_is_known_is_not_sent_again()
    {
        await using var api = await HttpApi.StartAsync();
        var view = await UploadAsync(api, Png, "image/png");
        using var part = new HttpRequestMessage(HttpMethod.Get, "/v1/attachments/" + view.Id) { Headers = { Range = new RangeHeaderValue(1, 3) } };
        var response = await api.Client.SendAsync(part);
        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("PNG"u8.ToArray(), await response.Content.ReadAsByteArrayAsync());
        using var known = new HttpRequestMessage(HttpMethod.Get, "/v1/attachments/" + view.Id) { Headers = { IfNoneMatch = { response.Headers.ETag! } } };
        Assert.Equal(HttpStatusCode.NotModified, (await api.Client.SendAsync(known)).StatusCode);
    }

    [Fact]
    public async Task What_no_message_uses_goes_after_a_day_and_what_one_uses_stays()
    {
        await using var api = await HttpApi.StartAsync();
        var store = api.Services.GetRequiredService<AttachmentStore>();
        var used = await UploadAsync(api, "used"u8.ToArray(), "text/plain");
        await UploadAsync(api, "unused"u8.ToArray(), "text/plain");
        var key = (await store.FindAsync(User.LocalId, used.Id))!.Key;
        await Sessions.SessionSteps.CreateAsync(api, """{"id":"s"}""");
        await Sessions.SessionSteps.AddMessageAsync(api, "s", "q", null, "look");
        await api.Services.GetRequiredService<DbWriter>().WriteAsync(c =>
            c.Execute("INSERT INTO message_attachments (message_seq, position, attachment_key) SELECT seq, 0, $1 FROM messages WHERE id = 'q'", key));
        await store.SweepAsync();
        Assert.Equal(2, Files(api).Count);
        api.Time.Advance(TimeSpan.FromHours(24));
        await store.SweepAsync();
        Assert.Single(Files(api));
        Assert.Equal("used", await api.Client.GetStringAsync("/v1/attachments/" + used.Id));
        var message = (await Sessions.SessionSteps.MessagesAsync(api, "s")).Messages.Single();
        Assert.Equal(used.Id, message.Attachments!.Single().Id);
    }

    private static List<string> Files(HttpApi api)
    {
        var folder = Path.Combine(api.Folder, "attachments");
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)] : [];
    }

    private static async Task<AttachmentView> UploadAsync(HttpApi api, byte[] bytes, string mediaType, string query = "")
    {
        var content = new ByteArrayContent(bytes) { Headers = { ContentType = new(mediaType) } };
        var response = await api.Client.PostAsync("/v1/attachments" + query, content);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.AttachmentView))!;
    }
}
