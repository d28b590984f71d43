using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.StaticFiles;

namespace ChatOllama.Web.Assets;

/// <summary>
/// The files of <c>wwwroot</c>, carried in the assembly: so they are there in Standalone, in tests and in a published single file
/// alike, whatever the entry assembly is. Each has the hash of its content in its address and may be cached for ever. Thread-safe.
/// </summary>
public sealed class AssetStore
{
    private const string Prefix = "wwwroot/";
    private readonly FrozenDictionary<string, Asset> _byAddress;
    private readonly FrozenDictionary<string, string> _addresses;

    public AssetStore()
    {
        var assembly = typeof(AssetStore).Assembly;
        var types = new FileExtensionContentTypeProvider();
        var assets = assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            return new Asset(name[Prefix.Length..], stream, types);
        }).ToList();
        _addresses = assets.ToFrozenDictionary(asset => asset.Name, asset => asset.Address);
        _byAddress = assets.ToFrozenDictionary(asset => asset.Address);
    }

    /// <summary>The address of a file of <c>wwwroot</c>.</summary>
    public string this[string name] => _addresses[name];

    internal Asset? Find(string address) => _byAddress.GetValueOrDefault(address);

    internal sealed class Asset
    {
        public Asset(string name, Stream content, FileExtensionContentTypeProvider types)
        {
            Name = name;
            using var buffer = new MemoryStream();
            content.CopyTo(buffer);
            Bytes = buffer.ToArray();
            var hash = Convert.ToHexStringLower(SHA256.HashData(Bytes))[..10];
            Address = $"/assets/{Path.ChangeExtension(name, null)}.{hash}{Path.GetExtension(name)}";
            ContentType = types.TryGetContentType(name, out var type) ? type : "application/octet-stream";
            if (ContentType is "text/css" or "text/javascript") ContentType += "; charset=utf-8";
            _brotli = new Lazy<byte[]>(() => Compress(Bytes));
        }

        private readonly Lazy<byte[]> _brotli;
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
