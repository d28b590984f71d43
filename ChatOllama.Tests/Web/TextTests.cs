using System.Collections;
using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using ChatOllama.Web;
using ChatOllama.Web.Localization;
using Xunit;

namespace ChatOllama.Tests.Web;

/// <summary>The texts of the pages are whole in every language.</summary>
public partial class TextTests
{
    public static TheoryData<string, string> Files()
    {
        var data = new TheoryData<string, string>();
        var files = typeof(WebApp).Assembly.GetManifestResourceNames().Where(name => name.EndsWith("Texts.resources", StringComparison.Ordinal));
        foreach (var file in files)
            foreach (var language in Languages.All.Skip(1)) data.Add(file[..^".resources".Length], language.Code);
        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_text_exists_in_every_language_with_the_same_gaps(string file, string language)
    {
        var texts = new ResourceManager(file, typeof(WebApp).Assembly);
        var (english, other) = (Read(texts, CultureInfo.InvariantCulture), Read(texts, new CultureInfo(language)));
        Assert.NotEmpty(english);
        Assert.Equal(english.Keys.Order(), other.Keys.Order());
        foreach (var (key, text) in english)
        {
            Assert.False(string.IsNullOrWhiteSpace(other[key]), $"{key} is empty");
            Assert.Equal(Gaps(text), Gaps(other[key]));
        }
    }

    [Fact]
    public void There_are_texts_to_check() => Assert.NotEmpty(Files());

    private static Dictionary<string, string> Read(ResourceManager texts, CultureInfo culture) =>
        texts.GetResourceSet(culture, createIfNotExists: true, tryParents: false)!.Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!);

    private static IEnumerable<string> Gaps(string text) => Gap().Matches(text).Select(gap => gap.Value).Distinct().Order();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Gap();
}
