namespace ChatOllama.Emulator.Talk;

/// <summary>The prepared pages of the demo model.</summary>
internal static class DemoTexts
{
    public const string About =
        """
        I am the **demo model built into ChatOllama**. There is no language model behind me: I look for a few words in your question and answer with prepared text, token by token, so that you can see how ChatOllama works before you install anything else.

        ## How to get a real model

        1. Install Ollama from [ollama.com/download](https://ollama.com/download). It is free and runs on your own machine.
        2. Download a model:

           ```bash
           ollama pull llama3.2        # 3B, about 2 GB, runs almost anywhere
           ollama pull qwen3:8b        # thinks before it answers, about 5 GB
           ```

        3. Start ChatOllama again. It looks for Ollama at `localhost:11434`; set `OLLAMA_HOST` if yours is somewhere else.

        The conversations you have with me stay, and you can go on with them with another model.

        ## What you can try with me

        | Ask for | You will see |
        | --- | --- |
        | *Markdown* | headings, quotes, links, emphasis |
        | *code in Python*, C#, Rust, SQL, … | highlighted code blocks |
        | *a table* | columns, aligned |
        | *a checklist* | nested lists and tasks |
        | *a formula* | mathematics |
        | *a long story* | an answer long enough to stop, reload and continue |
        | `demo-think` as the model | thinking, then the answer |
        | `demo-vision` as the model | what happens with an image |
        """;

    public const string Tour =
        """
        # A tour of Markdown

        A model's answer is Markdown, and this page shows what ChatOllama makes of it. (I am the built-in demo model; a real one would write about your question instead.)

        ## Words

        Text can be **strong**, *emphasised*, ***both***, ~~taken back~~ or `code`. A line can be
        broken without a new paragraph. Links look like this: [the Ollama library](https://ollama.com/library).

        > A quotation stands apart from the text around it.
        >
        > > And a quotation in a quotation a little further.

        ## Lists

        - Apples
        - Pears
          - Williams
          - Conference
        - Plums

        1. Ask a question.
        2. Watch the answer arrive.
        3. Reload the page in the middle: the rest still comes.

        ## Code

        Inline, as in `dotnet run`, or as a block:

        ```csharp
        await foreach (var update in client.GetStreamingResponseAsync(messages))
            Console.Write(update.Text);
        ```

        ## A table

        | Fruit | Season | Price |
        | :--- | :---: | ---: |
        | Apple | autumn | 2.40 |
        | Strawberry | early summer | 4.90 |

        ---

        That was everything on this page. Ask for *code*, *a formula* or *a long story* to see more.
        """;

    public const string Table =
        """
        Here is a table with a text column, a centred one and numbers on the right:

        | Planet | Kind | Moons | Day (hours) | Distance from the Sun (AU) |
        | :--- | :---: | ---: | ---: | ---: |
        | Mercury | rocky | 0 | 4,222.6 | 0.39 |
        | Venus | rocky | 0 | 2,802.0 | 0.72 |
        | Earth | rocky | 1 | 24.0 | 1.00 |
        | Mars | rocky | 2 | 24.7 | 1.52 |
        | Jupiter | gas giant | 95 or more | 9.9 | 5.20 |
        | Saturn | gas giant | 140 or more | 10.7 | 9.54 |
        | Uranus | ice giant | 28 | 17.2 | 19.19 |
        | Neptune | ice giant | 16 | 16.1 | 30.07 |

        Cells may hold **emphasis**, `code` and [links](https://en.wikipedia.org/wiki/Planet). On a narrow screen the table scrolls by itself instead of breaking the page.

        *The figures are prepared: I am the built-in demo model and know no others.*
        """;

    public const string Lists =
        """
        A checklist for a good cup of tea, as lists of every kind:

        **You need**

        - water, fresh and cold
        - tea
          - black: *Assam*, *Darjeeling*
          - green: *Sencha*
        - a pot, and patience

        **Then**

        1. Boil the water.
           Green tea wants it at about 80 °C, so let it stand for a few minutes.
        2. Warm the pot and throw that water away.
        3. Add the tea, one teaspoon a cup.
        4. Wait:
           1. two minutes for green tea,
           2. three to five for black.
        5. Pour.

        **Done so far**

        - [x] Found a demo model
        - [x] Made a list
        - [ ] Installed [Ollama](https://ollama.com/download)
        - [ ] Asked a real model for its own recipe
        """;

    public const string Math =
        """
        Mathematics, as models write it.

        In the line: the area of a circle is $A = \pi r^2$, and Euler's identity says $e^{i\pi} + 1 = 0$.

        On its own, the solution of $ax^2 + bx + c = 0$:

        $$
        x_{1,2} = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}
        $$

        The sum of the first $n$ numbers, in three steps:

        1. Write the sum twice, once backwards: $S = 1 + 2 + \dots + n$ and $S = n + (n-1) + \dots + 1$.
        2. Add the two, column by column. Each of the $n$ columns gives $n + 1$, so $2S = n(n+1)$.
        3. Halve it:

        $$
        \sum_{k=1}^{n} k = \frac{n(n+1)}{2}
        $$

        For $n = 100$ that is 5,050, which is said to have been found by a schoolboy who wanted to go home.

        *I am the built-in demo model and cannot calculate; these are prepared.*
        """;

    public const string Unicode =
        """
        Text of many kinds, to see that every character arrives whole:

        - Emoji: 🙂 🚀 🌍 🧑‍🚀 👩🏽‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 🇯🇵
        - Japanese: 吾輩は猫である。名前はまだ無い。
        - Chinese: 你好，世界！
        - Korean: 안녕하세요
        - Russian: Привет, мир
        - Greek: Γειά σου Κόσμε
        - Arabic: مرحبا بالعالم
        - Hebrew: שלום עולם
        - Hindi: नमस्ते दुनिया
        - German: Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.
        - Symbols: ∑ ∫ √ ≠ ≤ → ⇒ ½ € ©

        Real models cut text into tokens that may end in the middle of a character. Ollama holds such a piece back until the character is complete, and so do I, the built-in demo model.
        """;

    public const string Thanks =
        """
        You are welcome! That is the nicest thing to say to a demo model.

        When you want answers with some thought behind them, install [Ollama](https://ollama.com/download), run `ollama pull llama3.2` and start ChatOllama again. Your conversations stay where they are.
        """;
}
