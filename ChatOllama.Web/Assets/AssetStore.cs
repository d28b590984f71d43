using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.StaticFiles;

namespace ChatOllama.Web.Assets;

/// <summary>
/// The files of <c>wwwroot</c>, carried in the assembly: so they are there in Standalone, in tests and in a published single file
/// alike, whatever the entry assembly is. Each has the hash of its content in its address and may be cached for ever; a module
/// that imports another one imports that one's hashed address. The style sheets are one file, <c>app.css</c>. Thread-safe.
/// </summary>
public sealed partial class AssetStore
{
    private const string Prefix = "wwwroot/";
    private const string Styles = "styles/";
    private readonly FrozenDictionary<string, Asset> _byAddress;
    private readonly FrozenDictionary<string, string> _addresses;

    public AssetStore()
    {
        var files = Names().ToDictionary(name => name[Prefix.Length..], Read);
        var styles = files.Keys.Where(name => name.StartsWith(Styles, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToList();
        files["app.css"] = [.. styles.SelectMany(name => files[name])];
        foreach (var style in styles) files.Remove(style);
        var assets = new Dictionary<string, Asset>();
        foreach (var name in files.Keys) Add(name, files, assets);
        _addresses = assets.Values.ToFrozenDictionary(asset => asset.Name, asset => asset.Address);
        _byAddress = assets.Values.ToFrozenDictionary(asset => asset.Address);
    }

    /// <summary>The address of a file of <c>wwwroot</c>.</summary>
    public string this[string name] => _addresses[name];

    internal Asset? Find(string address) => _byAddress.GetValueOrDefault(address);

    private static IEnumerable<string> Names() =>
        typeof(AssetStore).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal));

    private static byte[] Read(string resource)
    {
        using var stream = typeof(AssetStore).Assembly.GetManifestResourceStream(resource)!;
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        return buffer.ToArray();
    }

    /// <summary>What a module imports comes first, because its address stands in the module.</summary>
    private static Asset Add(string name, Dictionary<string, byte[]> files, Dictionary<string, Asset> assets)
    {
        if (assets.TryGetValue(name, out var known)) return known;
        var bytes = files[name];
        if (Path.GetExtension(name) == ".js")
        {
            var source = Import().Replace(Encoding.UTF8.GetString(bytes), import => $"{import.Groups["before"]}\"{Add(import.Groups["name"].Value, files, assets).Address}\"");
            bytes = Encoding.UTF8.GetBytes(source);
        }
        return assets[name] = new Asset(name, bytes);
    }

    [GeneratedRegex("(?<before>\\b(?:from|import)\\s*\\(?\\s*)\"\\./(?<name>[a-z-]+\\.js)\"")]
    private static partial Regex Import();

    internal sealed class Asset
    {
        private static readonly FileExtensionContentTypeProvider Types = new();
        private readonly Lazy<byte[]> _brotli;

        public Asset(string name, byte[] bytes)
        {
            Name = name;
            Bytes = bytes;
            var hash = Convert.ToHexStringLower(SHA256.HashData(bytes))[..10];
            Address = $"/assets/{Path.ChangeExtension(name, null)}.{hash}{Path.GetExtension(name)}";
            ContentType = Types.TryGetContentType(name, out var type) ? type : "application/octet-stream";
            if (ContentType is "text/css" or "text/javascript") ContentType += "; charset=utf-8";
            _brotli = new Lazy<byte[]>(() => Compress(Bytes));
        }

        public string Name { get; }
        public string Address { get; }
        public string ContentType { get; }
        public byte[] Bytes { get; }
        public byte[] Brotli => _brotli.Value;

        private static byte[] Compress(byte[] bytes)
        {
            using var target = new MemoryStream();
            using (var brotli = new BrotliStream(target, CompressionLevel.SmallestSize)) brotli.Write(bytes);
            return target.ToArray();
        }
    }
}

/// <summary>Serves the <see cref="AssetStore"/>.</summary>
internal static class AssetEndpoints
{
    public static void MapAssets(this IEndpointRouteBuilder routes) => routes.MapMethods("/assets/{**name}", ["GET", "HEAD"], async (HttpContext context, AssetStore assets) =>
    {
        if (assets.Find(context.Request.Path.Value ?? "") is not { } asset)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        var response = context.Response;
        response.ContentType = asset.ContentType;
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.Vary = "Accept-Encoding";
        var brotli = context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
        if (brotli) response.Headers.ContentEncoding = "br";
        var bytes = brotli ? asset.Brotli : asset.Bytes;
        response.ContentLength = bytes.Length;
        if (HttpMethods.IsGet(context.Request.Method)) await response.Body.WriteAsync(bytes, context.RequestAborted);
    });
}
