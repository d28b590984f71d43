using System.Collections.Frozen;

namespace ChatOllama.Web.Rendering.Mathematics;

/// <summary>What a piece of a formula is to its neighbours: it decides the spaces between them.</summary>
internal enum AtomKind { None, Ordinary, Operator, Relation, Open, Close, Punctuation, Function, Big, Integral, Space }

/// <summary>A command that stands for one character or one name.</summary>
internal readonly record struct TexSymbol(string Text, AtomKind Kind);

/// <summary>The commands of TeX that are only a sign.</summary>
internal static class TexSymbols
{
    private static readonly FrozenDictionary<string, TexSymbol> ByName = Build();
    private static readonly FrozenDictionary<string, string> Delimiters = Pairs(
        @"( ( ) ) [ [ ] ] | | / / < ⟨ > ⟩ \{ { \} } \| ‖ \lbrace { \rbrace } \lbrack [ \rbrack ] \langle ⟨ \rangle ⟩ \lvert | \rvert | \lVert ‖ \rVert ‖ \vert | \Vert ‖
          \lfloor ⌊ \rfloor ⌋ \lceil ⌈ \rceil ⌉ \uparrow ↑ \downarrow ↓ \backslash \").ToFrozenDictionary();

    public static bool TryGet(string name, out TexSymbol symbol) => ByName.TryGetValue(name, out symbol);

    /// <summary>The sign of what may follow <c>\left</c>, <c>\right</c> and <c>\big</c>; a dot, for nothing, is not among them.</summary>
    public static bool TryGetDelimiter(string token, out string text)
    {
        var known = Delimiters.TryGetValue(token, out var found);
        text = found ?? "";
        return known;
    }

    private static FrozenDictionary<string, TexSymbol> Build()
    {
        var map = new Dictionary<string, TexSymbol>();
        void Add(AtomKind kind, string pairs)
        {
            foreach (var (name, text) in Pairs(pairs)) map[name] = new TexSymbol(text, kind);
        }
        Add(AtomKind.Ordinary, """
            alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ varkappa ϰ lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ
            rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω
            Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
            infty ∞ emptyset ∅ varnothing ∅ partial ∂ nabla ∇ hbar ℏ ell ℓ Re ℜ Im ℑ wp ℘ aleph ℵ beth ℶ imath ı jmath ȷ eth ð top ⊤ bot ⊥ angle ∠ measuredangle ∡ triangle △
            square □ Box □ blacksquare ■ diamond ⋄ Diamond ◊ clubsuit ♣ diamondsuit ♢ heartsuit ♡ spadesuit ♠ flat ♭ natural ♮ sharp ♯ checkmark ✓ dagger † ddagger ‡
            degree ° prime ′ backprime ‵ dots … ldots … cdots ⋯ vdots ⋮ ddots ⋱ dotsc … dotsb ⋯ dotsm ⋯ dotsi ⋯ forall ∀ exists ∃ nexists ∄ complement ∁
            % % # # $ $ _ _ & & pounds £ euro € yen ¥ copyright © S § P ¶ R ℝ C ℂ N ℕ Z ℤ Q ℚ blacktriangle ▲ bigstar ★ star ⋆ surd √ lnot ¬ neg ¬ colon :
            """);
        Add(AtomKind.Operator, """
            pm ± mp ∓ times × div ÷ cdot ⋅ ast ∗ circ ∘ bullet • cap ∩ cup ∪ setminus ∖ smallsetminus ∖ wedge ∧ land ∧ vee ∨ lor ∨ oplus ⊕ ominus ⊖ otimes ⊗ oslash ⊘ odot ⊙
            uplus ⊎ sqcap ⊓ sqcup ⊔ amalg ⨿ ltimes ⋉ rtimes ⋊ bmod mod centerdot ⋅ boxplus ⊞ boxtimes ⊠ bigtriangleup △ bigtriangledown ▽ triangleleft ◃ triangleright ▹ wr ≀ boxminus ⊟
            """);
        Add(AtomKind.Relation, """
            le ≤ leq ≤ leqslant ⩽ ge ≥ geq ≥ geqslant ⩾ ne ≠ neq ≠ lt < gt > ll ≪ gg ≫ lll ⋘ ggg ⋙ equiv ≡ sim ∼ simeq ≃ approx ≈ cong ≅ propto ∝ varpropto ∝ asymp ≍ doteq ≐ triangleq ≜
            coloneqq ≔ eqqcolon ≕ in ∈ notin ∉ ni ∋ owns ∋ subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ subsetneq ⊊ supsetneq ⊋ nsubseteq ⊈ nsupseteq ⊉ sqsubset ⊏ sqsupset ⊐ sqsubseteq ⊑ sqsupseteq ⊒
            mid ∣ nmid ∤ parallel ∥ nparallel ∦ perp ⊥ vdash ⊢ dashv ⊣ models ⊨ vDash ⊨ Vdash ⊩ prec ≺ succ ≻ preceq ⪯ succeq ⪰ lesssim ≲ gtrsim ≳ approxeq ≊ bowtie ⋈ smile ⌣ frown ⌢
            nless ≮ ngtr ≯ nleq ≰ ngeq ≱ therefore ∴ because ∵ iff ⟺ implies ⟹ impliedby ⟸
            to → rightarrow → gets ← leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ longrightarrow ⟶ longleftarrow ⟵ longleftrightarrow ⟷ Longrightarrow ⟹ Longleftarrow ⟸
            Longleftrightarrow ⟺ mapsto ↦ longmapsto ⟼ hookrightarrow ↪ hookleftarrow ↩ uparrow ↑ downarrow ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓ Updownarrow ⇕ nearrow ↗ searrow ↘ swarrow ↙ nwarrow ↖
            rightharpoonup ⇀ rightharpoondown ⇁ leftharpoonup ↼ leftharpoondown ↽ rightleftharpoons ⇌ leftrightharpoons ⇋ rightsquigarrow ⇝ leadsto ⇝ twoheadrightarrow ↠ rightrightarrows ⇉ leftleftarrows ⇇
            leftrightarrows ⇆ rightleftarrows ⇄ nrightarrow ↛ nRightarrow ⇏ nleftarrow ↚ curvearrowright ↷ circlearrowright ↻
            """);
        Add(AtomKind.Open, "{ { lbrace { lbrack [ langle ⟨ lfloor ⌊ lceil ⌈ lvert | lVert ‖");
        Add(AtomKind.Close, "} } rbrace } rbrack ] rangle ⟩ rfloor ⌋ rceil ⌉ rvert | rVert ‖");
        // Neither open nor close by themselves, so no space beside them.
        Add(AtomKind.Punctuation, "| ‖ vert | Vert ‖ backslash \\");
        Add(AtomKind.Big, """
            sum ∑ prod ∏ coprod ∐ bigcup ⋃ bigcap ⋂ bigvee ⋁ bigwedge ⋀ bigoplus ⨁ bigotimes ⨂ bigodot ⨀ biguplus ⨄ bigsqcup ⨆
            lim lim limsup limsup liminf liminf max max min min sup sup inf inf det det gcd gcd Pr Pr argmax argmax argmin argmin
            """);
        Add(AtomKind.Integral, "int ∫ iint ∬ iiint ∭ oint ∮ oiint ∯ oiiint ∰");
        foreach (var name in "sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan arg log ln lg exp dim ker hom deg lcm sgn tr rank diag span erf Var Cov".Split(' '))
            map[name] = new TexSymbol(name, AtomKind.Function);
        return map.ToFrozenDictionary();
    }

    private static Dictionary<string, string> Pairs(string text)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var pairs = new Dictionary<string, string>();
        for (var i = 0; i + 1 < words.Length; i += 2) pairs[words[i]] = words[i + 1];
        return pairs;
    }
}
