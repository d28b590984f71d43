using System.Text;
using System.Text.RegularExpressions;

namespace ChatOllama.Emulator.Talk;

/// <summary>The same small task, counting words, in several languages; only true code, so that it can be copied and run.</summary>
internal static class CodeSamples
{
    private sealed record Sample(string Language, string Fence, string Asked, string Code);

    private static readonly Sample[] s_samples =
    [
        new("Python", "python", @"\bpython\b",
            """"
            from collections import Counter
            from pathlib import Path

            def most_common_words(path: str, count: int = 10) -> list[tuple[str, int]]:
                """The most frequent words of a text file."""
                words = Path(path).read_text(encoding="utf-8").lower().split()
                return Counter(words).most_common(count)

            for word, times in most_common_words("story.txt"):
                print(f"{times:6}  {word}")
            """"),
        new("C#", "csharp", @"c#|\bcsharp\b|\.net\b",
            """
            using System.Text.RegularExpressions;

            var text = await File.ReadAllTextAsync("story.txt");

            var common = Regex.Matches(text.ToLowerInvariant(), @"\w+")
                .CountBy(match => match.Value)
                .OrderByDescending(pair => pair.Value)
                .Take(10);

            foreach (var (word, times) in common)
                Console.WriteLine($"{times,6}  {word}");
            """),
        new("JavaScript", "javascript", @"\b(javascript|typescript|js|node)\b",
            """
            import { readFile } from "node:fs/promises";

            const text = await readFile("story.txt", "utf8");
            const counts = new Map();

            for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) {
              counts.set(word, (counts.get(word) ?? 0) + 1);
            }

            const common = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 10);
            console.table(common);
            """),
        new("Rust", "rust", @"\brust\b",
            """
            use std::collections::HashMap;

            fn main() -> std::io::Result<()> {
                let text = std::fs::read_to_string("story.txt")?.to_lowercase();
                let mut counts: HashMap<&str, usize> = HashMap::new();
                for word in text.split_whitespace() {
                    *counts.entry(word).or_default() += 1;
                }
                let mut common: Vec<_> = counts.into_iter().collect();
                common.sort_by_key(|&(_, times)| std::cmp::Reverse(times));
                for (word, times) in common.into_iter().take(10) {
                    println!("{times:6}  {word}");
                }
                Ok(())
            }
            """),
        new("SQL", "sql", @"\bsql\b",
            """
            -- The busiest ten days of the last year, with a running total.
            SELECT day, messages,
                   SUM(messages) OVER (ORDER BY day) AS total_so_far
            FROM (
                SELECT date(created_at) AS day, COUNT(*) AS messages
                FROM messages
                WHERE created_at >= date('now', '-1 year')
                GROUP BY day
            ) AS per_day
            ORDER BY messages DESC
            LIMIT 10;
            """),
        new("Bash", "bash", @"\b(bash|shell|script)\b",
            """
            #!/usr/bin/env bash
            set -euo pipefail

            # The ten most frequent words of a file.
            tr -cs '[:alpha:]' '\n' < "${1:-story.txt}" \
              | tr '[:upper:]' '[:lower:]' \
              | sort | uniq -c | sort -rn | head -n 10
            """),
        new("HTML and CSS", "html", @"\b(html|css)\b",
            """
            <!doctype html>
            <html lang="en">
              <title>Counting</title>
              <style>
                main { max-width: 40rem; margin: 4rem auto; font: 1rem/1.6 system-ui; }
                strong { color: rebeccapurple; }
              </style>
              <main>
                <h1>Words</h1>
                <p>This page has <strong>seven</strong> words.</p>
              </main>
            </html>
            """),
        new("JSON", "json", @"\bjson\b",
            """
            {
              "title": "The lighthouse that counted ships",
              "words": 471,
              "common": [
                { "word": "the", "times": 44 },
                { "word": "machine", "times": 7 }
              ],
              "finished": true
            }
            """),
        new("YAML", "yaml", @"\byaml\b",
            """
            name: count words
            on: [push]
            jobs:
              count:
                runs-on: ubuntu-latest
                steps:
                  - uses: actions/checkout@v4
                  - run: wc --words story.txt
            """),
    ];

    /// <summary>The languages the question names, or three of them where it names none.</summary>
    public static string For(string question)
    {
        var named = s_samples.Where(sample => Regex.IsMatch(question, sample.Asked, RegexOptions.IgnoreCase)).ToArray();
        var shown = named.Length > 0 ? named : s_samples[..3];
        var text = new StringBuilder("Here is ").Append(shown.Length == 1 ? $"a little {shown[0].Language}" : "some code").Append(":\n\n");
        foreach (var sample in shown)
        {
            if (shown.Length > 1) text.Append("**").Append(sample.Language).Append("**\n\n");
            text.Append("```").Append(sample.Fence).Append('\n').Append(sample.Code).Append("\n```\n\n");
        }
        return text.Append("""
            I am the built-in demo model, so these are prepared samples and not written for your question. I have them in Python, C#, JavaScript, Rust, SQL, Bash, HTML, JSON and YAML: name the one you like.
            """).ToString();
    }
}
