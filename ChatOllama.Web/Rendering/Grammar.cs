using System.Collections.Frozen;

namespace ChatOllama.Web.Rendering;

/// <summary>What the highlighter must know of a language: enough to tell comments, strings, keywords and names apart.</summary>
internal sealed record Grammar
{
    public required FrozenSet<string> Keywords { get; init; }
    public string[] LineComments { get; init; } = [];
    public (string Open, string Close)[] BlockComments { get; init; } = [];

    /// <summary>Longest first. A delimiter of one character other than the backtick ends at the end of its line.</summary>
    public string[] Strings { get; init; } = ["\"", "'"];
    public bool IgnoreCase { get; init; }

    /// <summary>A word before <c>:</c> or <c>=</c> at the start of a line is a name (YAML, TOML, INI).</summary>
    public bool KeysAtLineStart { get; init; }

    /// <summary>Tags with attributes instead of words (HTML, XML).</summary>
    public bool Markup { get; init; }

    /// <summary>Whole lines by their first character.</summary>
    public bool Diff { get; init; }

    private static readonly (string, string)[] CBlocks = [("/*", "*/")];
    private static readonly FrozenDictionary<string, Grammar> ByName = Build();

    /// <summary>Null for a language that is not known: its code stays plain.</summary>
    public static Grammar? For(string language) => ByName.GetValueOrDefault(language);

    private static FrozenDictionary<string, Grammar> Build()
    {
        var map = new Dictionary<string, Grammar>();
        void Add(string names, Grammar grammar)
        {
            foreach (var name in names.Split(' ')) map[name] = grammar;
        }
        Add("python py python3", Words("and as assert async await break case class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return self True try while with yield") with { LineComments = ["#"], Strings = ["\"\"\"", "'''", "\"", "'"] });
        Add("csharp cs c# csx", CLike("abstract as async await base bool break byte case catch char class const continue decimal default delegate do double else enum event explicit extern false finally fixed float for foreach get if implicit in init int interface internal is lock long namespace new null object operator out override params partial private protected public readonly record ref required return sealed set short sizeof static string struct switch this throw true try typeof uint ulong using var virtual void volatile when where while with yield") with { Strings = ["\"\"\"", "\"", "'"] });
        Add("javascript js jsx mjs cjs typescript ts tsx", CLike("abstract any as async await boolean break case catch class const continue debugger default delete do else enum export extends false finally for from function get if implements import in instanceof interface keyof let new null number of private protected public readonly return set static string super switch this throw true try type typeof undefined var void while with yield") with { Strings = ["`", "\"", "'"] });
        Add("java groovy", CLike("abstract assert boolean break byte case catch char class const continue default do double else enum extends false final finally float for if implements import instanceof int interface long native new null package permits private protected public record return sealed short static strictfp super switch synchronized this throw throws transient true try var void volatile when while yield String Integer List Map") with { Strings = ["\"\"\"", "\"", "'"] });
        Add("kotlin kt kts scala", CLike("abstract actual as break by case catch class companion const constructor continue crossinline data def do else enum expect extends external false final finally for fun get given if implicit import in infix init inline inner interface internal is lateinit lazy match new null object open operator out override package private protected public reified return sealed set super suspend this throw trait true try typealias val var vararg when where while with yield") with { Strings = ["\"\"\"", "\"", "'"] });
        Add("swift", CLike("actor any as associatedtype async await break case catch class continue convenience default defer deinit do else enum extension fallthrough false fileprivate final for func guard if import in indirect init inout internal is lazy let mutating nil nonisolated open operator optional override private protocol public repeat required rethrows return self Self set some static struct subscript super switch throw throws true try typealias unowned var weak where while") with { Strings = ["\"\"\"", "\""] });
        Add("dart", CLike("abstract as assert async await base bool break case catch class const continue covariant default do double dynamic else enum export extends extension external factory false final finally for get if implements import in int interface is late library mixin new null on operator part required rethrow return sealed set show static super switch sync this throw true try typedef var void when while with yield String List Map Future") with { Strings = ["\"\"\"", "'''", "\"", "'"] });
        Add("elixir ex exs", Words("after alias and case catch cond def defmodule defp defstruct do else end false fn for if import in nil not or quote raise receive require rescue true try unless use when with") with { LineComments = ["#"], Strings = ["\"\"\"", "\"", "'"] });
        Add("haskell hs elm", Words("as case class data deriving do else forall foreign hiding if import in infix instance let module newtype of otherwise qualified then type where") with { LineComments = ["--"], BlockComments = [("{-", "-}")], Strings = ["\""] });
        Add("perl pl", Words("and cmp do each else elsif eq for foreach ge gt if keys last le local lt my ne next no not or our package push redo require return shift sub undef unless until use while") with { LineComments = ["#"] });
        Add("graphql proto protobuf", CLike("enum extend fragment import input interface message mutation on oneof optional option package query repeated required returns rpc scalar schema service subscription syntax type union bool bytes double float int32 int64 string uint32 true false null") with { LineComments = ["#", "//"] });
        Add("markdown md mdx", Words("") with { LineComments = ["#", ">"], BlockComments = [("<!--", "-->")], Strings = ["```", "`"] });
        Add("c cpp c++ h hpp cc objectivec arduino", CLike("alignas auto bool break case catch char class const constexpr continue default delete do double else enum explicit extern false float for friend goto if inline int long mutable namespace new noexcept nullptr operator private protected public register return short signed sizeof static struct switch template this throw true try typedef typename union unsigned using virtual void volatile while #include #define #ifdef #ifndef #endif #if #else #pragma"));
        Add("go golang", CLike("break case chan const continue default defer else fallthrough false for func go goto if import interface map nil package range return select struct switch true type var string int int64 bool byte error any float64") with { Strings = ["`", "\"", "'"] });
        Add("rust rs", CLike("as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while String str bool i32 i64 u8 u32 u64 usize f64 Vec Option Result") with { Strings = ["\""] });
        Add("php", CLike("abstract and array as break case catch class const continue declare default do echo else elseif extends false final finally fn for foreach function global if implements include instanceof interface match namespace new null or private protected public readonly require return static switch this throw trait true try use var while yield") with { LineComments = ["//", "#"] });
        Add("bash sh shell zsh fish console shellsession terminal", Words("alias break case cd continue declare do done echo elif else esac eval exec exit export fi for function if in local read return set shift source sudo test then trap unset until while") with { LineComments = ["#"] });
        Add("powershell ps1 pwsh", Words("begin break catch class continue do else elseif end exit filter finally for foreach function if in param process return switch throw trap try until using while") with { LineComments = ["#"], BlockComments = [("<#", "#>")], IgnoreCase = true });
        Add("ruby rb", Words("alias and begin break case class def defined? do else elsif end ensure false for if in module next nil not or redo require rescue retry return self super then true undef unless until when while yield") with { LineComments = ["#"] });
        Add("sql sqlite postgresql postgres mysql mariadb plsql tsql", Words("add all alter and as asc begin between by case check column commit constraint create cross default delete desc distinct drop else end exists false foreign from full group having in index inner insert into is join key left like limit not null offset on or order outer over partition primary references returning right rollback select set table then transaction true union unique update using values view when where with") with { LineComments = ["--"], BlockComments = CBlocks, IgnoreCase = true });
        Add("lua", Words("and break do else elseif end false for function goto if in local nil not or repeat return then true until while") with { LineComments = ["--"], BlockComments = [("--[[", "]]")] });
        Add("r", Words("break else FALSE for function if in library next NA NULL repeat return TRUE while") with { LineComments = ["#"] });
        Add("css scss less", Words("and from important import media not only to") with { BlockComments = CBlocks, KeysAtLineStart = true });
        Add("json jsonc json5", Words("true false null") with { LineComments = ["//"], BlockComments = CBlocks, Strings = ["\""] });
        Add("yaml yml toml ini properties env dotenv conf editorconfig systemd", Words("true false null yes no on off") with { LineComments = ["#", ";"], KeysAtLineStart = true });
        Add("dockerfile docker containerfile", Words("ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR") with { LineComments = ["#"] });
        Add("makefile make nginx", Words("define else endef endif export if ifdef ifeq ifndef include listen location proxy_pass root server server_name upstream") with { LineComments = ["#"] });
        Add("html xml svg xhtml vue svelte razor cshtml xaml csproj", Words("") with { BlockComments = [("<!--", "-->")], Markup = true });
        Add("diff patch", Words("") with { Diff = true });
        return map.ToFrozenDictionary();
    }

    private static Grammar Words(string words)
    {
        var set = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new Grammar { Keywords = set.ToFrozenSet(StringComparer.Ordinal) };
    }

    private static Grammar CLike(string words) => Words(words) with { LineComments = ["//"], BlockComments = CBlocks };
}
