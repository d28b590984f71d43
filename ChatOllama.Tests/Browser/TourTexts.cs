namespace ChatOllama.Tests.Browser;

/// <summary>Answers that show what the renderer can.</summary>
internal static class TourTexts
{
    public const string Answer = """
        A **hash table** finds a value by its key in about the same time, however many there are. The idea: a *hash function* turns the key into a number, and the number picks a bucket.

        ## An example

        ```python
        class Table:
            def __init__(self, size=8):
                self.buckets = [[] for _ in range(size)]

            def put(self, key, value):
                bucket = self.buckets[hash(key) % len(self.buckets)]
                bucket.append((key, value))  # the newest wins
        ```

        ## What it costs

        With a load factor of \(\alpha = n/m\), a lookup looks at \(1 + \alpha\) entries.

        | operation | average | worst |
        |-----------|:-------:|------:|
        | insert | `O(1)` | `O(n)` |
        | look up | `O(1)` | `O(n)` |
        | delete | `O(1)` | `O(n)` |

        > The worst case happens when all keys land in one bucket.

        1. Choose a good hash function.
        2. Grow when the table is three quarters full:
           - take twice the buckets,
           - put every entry in again.

        - [x] simple
        - [ ] sorted

        More in [this article](https://en.wikipedia.org/wiki/Hash_table).
        """;

    public const string Formulas = """
        Some that everybody should know. The roots of a quadratic equation:

        $$
        x_{1,2} = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}
        $$

        Euler's \(e^{i\pi} + 1 = 0\), the sum \(\sum_{k=1}^{n} k = \frac{n(n+1)}{2}\) in a line, and as a whole:

        \[
        \sum_{n=1}^{\infty} \frac{1}{n^2} = \frac{\pi^2}{6}, \qquad
        \int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi}, \qquad
        \lim_{x \to 0} \frac{\sin x}{x} = 1
        \]

        $$
        \begin{aligned}
        \nabla \cdot \mathbf{E} &= \frac{\rho}{\varepsilon_0} & \nabla \times \mathbf{B} &= \mu_0 \mathbf{J} + \mu_0 \varepsilon_0 \frac{\partial \mathbf{E}}{\partial t} \\
        \nabla \cdot \mathbf{B} &= 0 & \nabla \times \mathbf{E} &= -\frac{\partial \mathbf{B}}{\partial t}
        \end{aligned}
        $$

        \[ |x| = \begin{cases} x & \text{if } x \ge 0 \\ -x & \text{otherwise} \end{cases} \qquad
        A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}, \quad \det A = -2, \quad \hat{f}(\xi) = \overline{z} \in \mathbb{C} \]

        What is not known stays readable: \(\ce{H2O}\). And it costs $5 to $10.
        """;

    public const string Code = """
        ```csharp
        public sealed record Point(double X, double Y)
        {
            /// <summary>Far away?</summary>
            public bool IsFar => Math.Sqrt(X * X + Y * Y) > 1e3; // metres
        }
        ```

        ```typescript
        export async function load<T>(url: string): Promise<T> {
          const response = await fetch(`${url}?page=1`);
          return response.json() as T;
        }
        ```

        ```sql
        SELECT name, count(*) AS n FROM sessions WHERE created_at > '2026-01-01' GROUP BY name -- newest
        ```

        ```bash
        for file in *.log; do gzip -9 "$file" && echo "done: $file"; done  # keep
        ```

        ```json
        { "model": "llama3.2", "stream": true, "options": { "temperature": 0.7 } }
        ```

        ```diff
        - var a = 1;
        + var a = 2;
        ```
        """;
}
