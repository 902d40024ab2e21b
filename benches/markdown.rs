//! Goal P6 and requirement R27: what a cold page costs to render, how large its highlighted code becomes, and what patterns made to
//! be slow cost when doubled. `cargo bench --bench markdown`.
#![expect(clippy::print_stdout, reason = "a benchmark's product is what it prints")]

mod figures;

use figures::Figure;
use serde_json::{Value, json};
use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};
use vitrine::asset::Assets;
use vitrine::conversation::markdown::{self, Context};
use vitrine::conversation::transcript::{self, Include, Shown};
use vitrine::conversation::{Limits, highlight, push};
use vitrine::page::{self, Brand};
use vitrine::{cache::Compressed, http::share_page};

const ROUNDS: usize = 15;
const MANY: u32 = 100;

const CODE: [(&str, &str); 6] = [
    ("rust", include_str!("data/sample.rs")),
    ("python", include_str!("data/sample.py")),
    ("ts", include_str!("data/sample.ts")),
    ("bash", include_str!("data/sample.sh")),
    ("json", include_str!("data/sample.json")),
    ("sql", include_str!("data/sample.sql")),
];

const HTML: &str = "<section class=\"card\" id='a'>\n  <h2>Title &amp; more</h2>\n  <p>Some text</p>\n</section>\n";
const PHP: &str = "<?php\nfinal class A { public function f(int $x): string { return \"a{$x}\"; } }\n";
const RUBY: &str = "class A < B\n  def each(&block)\n    @items.map { |i| puts \"#{i}: x\" if i > 1 }\n  end\nend\n";

/// The quickest of some rounds, which is what a busy machine distorts least.
fn quickest(rounds: usize, mut work: impl FnMut()) -> Duration {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..rounds).map(time).min().unwrap_or_default()
}

/// Milliseconds on a processor, the mean of many rounds: the kernel counts them in ticks of some milliseconds.
fn mean_of_cpu(mut work: impl FnMut()) -> f64 {
    let spent = || {
        let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        statistics.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).unwrap_or_default() / 1e6
    };
    let before = spent();
    (0..MANY).for_each(|_| work());
    (spent() - before) / f64::from(MANY)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// 100 messages, 200 kB of Markdown, 30 code blocks in 6 languages.
fn conversation() -> Vec<String> {
    let prose = "A future is a promise that *somebody* calls the `Waker`; see [the book](https://example.com/async?q=1#poll) and \
                 **keep the latest one**. It costs $5 to $10, and https://example.com/a_(b) says why: tasks move between threads.\n\n";
    let list = "- Clone the waker on **every** poll.\n- Set `done` before waking:\n  1. lock\n  2. set\n  3. wake\n\n";
    let table = "| Who | Promises | When it breaks |\n|:--|---|--:|\n| future | keeps the `a|b` waker | 12 |\n| timer | calls `wake()` | 3 |\n\n";
    (0..100)
        .map(|number| {
            let mut message = String::new();
            if number % 10 < 3 {
                let (language, code) = CODE[(number / 10 * 3 + number % 10) % CODE.len()];
                let _ = write!(message, "## Step {number}\n\nLike so:\n\n```{language}\n{code}```\n\n");
            } else {
                let _ = write!(message, "### Part {number}\n\n{table}> [!NOTE]\n> Mind the order.\n\n");
            }
            message.push_str(list);
            while message.len() < 2_000 {
                message.push_str(prose);
            }
            message
        })
        .collect()
}

/// From the bytes in the database to what is kept: unpacked, selected, rendered, highlighted, compressed.
fn cold_page() -> Result<Figure, Box<dyn Error>> {
    let messages = conversation();
    let markdown: usize = messages.iter().map(String::len).sum();
    let messages: Vec<Value> = messages.into_iter().map(|text| json!({"role": "assistant", "content": text})).collect();
    let pushed = push::parse(&serde_json::to_vec(&messages)?, &Limits::default()).map_err(|why| format!("{why:?}"))?;
    let packed = transcript::pack(&pushed)?;

    let brand = Brand { name: "Vitrine".to_owned(), url: String::new(), mark: "V".to_owned(), accent: [37, 99, 235] };
    let assets = Assets::new(&brand);
    let shown = || Some(transcript::select(transcript::unpack(&packed.body, packed.json_size)?, &Include::default()));
    let first_sheet = page::Sheet::Number(1);
    let html = |shown: &Shown| {
        page::share(&assets.chrome(&brand), &share_page::neutral_head("", ""), shown, first_sheet).unwrap_or_default()
    };
    let first = shown().ok_or("the transcript does not unpack")?;
    let (size, kept) = (html(&first).len(), Compressed::new(html(&first)));

    let whole = mean_of_cpu(|| drop(black_box(shown().map(|shown| Compressed::new(html(&shown))))));
    let rendering = mean_of_cpu(|| drop(black_box(html(&first))));
    let growth = CODE.map(|(language, code)| highlight::code_block(code, Some(language), None).len() as f64 / code.len() as f64);
    let growth = growth.into_iter().fold(0.0, f64::max);
    let measured = format!(
        "{whole:.1} ms ({rendering:.1} of it rendering; {} kB Markdown → {} kB HTML → {} kB brotli); code grows ≤ {growth:.1}×",
        markdown / 1000,
        size / 1000,
        kept.brotli.len() / 1000
    );
    println!("cold page: {measured}\n");
    Ok(Figure {
        number: "P6",
        what: "cold page (100 messages, 200 kB Markdown, 30 code blocks in 6 languages): parse, render, highlight, compress",
        goal: "≤ 25 ms CPU; highlighted HTML ≤ 5× the code",
        measured,
        reached: whole <= 25.0 && growth <= 5.0,
        how: format!("`benches/markdown.rs`, CPU time of one warm thread, mean of {MANY}; brotli 5 and gzip 6"),
    })
}

fn languages() {
    println!("{:<10} {:>7} {:>9} {:>9} {:>7}", "code", "bytes", "ms", "MB/s", "growth");
    // The last two have no lexer of ours and show what a grammar costs.
    for (language, code) in CODE.into_iter().chain([("html", HTML), ("ruby", RUBY), ("php", PHP)]) {
        let html = highlight::code_block(code, Some(language), None);
        let time = quickest(ROUNDS, || {
            black_box(highlight::code_block(black_box(code), Some(language), None));
        });
        let (bytes, growth) = (code.len(), html.len() as f64 / code.len() as f64);
        println!(
            "{language:<10} {bytes:>7} {:>9.3} {:>9.2} {growth:>6.2}×",
            milliseconds(time),
            bytes as f64 / 1e6 / time.as_secs_f64()
        );
    }
    println!();
}

/// A pattern of about `n` bytes.
type Pattern = (&'static str, fn(usize) -> String);

fn repeat(unit: &str, n: usize) -> String {
    unit.repeat(n / unit.len() + 1)
}

/// A fence of so many bytes in lines of a length that is still coloured.
fn fence(language: &str, unit: &str, n: usize) -> String {
    let line = unit.repeat(1 + 120 / unit.len()) + "\n";
    format!("~~~{language}\n{}~~~\n", line.repeat(n / line.len() + 1))
}

const PATTERNS: &[Pattern] = &[
    ("quotes", |n| repeat(">", n)),
    ("quotes, spaced", |n| repeat("> ", n)),
    ("quotes, one deeper a line", |n| {
        (0..)
            .map(|depth| ">".repeat(depth % 90) + "x\n")
            .scan(0, |sum, line| {
                *sum += line.len();
                (*sum < n).then_some(line)
            })
            .collect()
    }),
    ("lists in lists on one line", |n| repeat("- ", n)),
    ("lists, one deeper a line", |n| {
        (0..)
            .map(|depth| "  ".repeat(depth % 120) + "- x\n")
            .scan(0, |sum, line| {
                *sum += line.len();
                (*sum < n).then_some(line)
            })
            .collect()
    }),
    ("numbered lists", |n| repeat("1. a\n", n)),
    ("stars", |n| repeat("*", n)),
    ("stars and words", |n| repeat("*a **b ", n)),
    ("stars and underscores", |n| repeat("*a_ ", n)),
    ("closers", |n| repeat("a* b_ ", n)),
    ("tildes", |n| repeat("~~a ~b ", n)),
    ("CJK emphasis", |n| repeat("**。", n)),
    ("brackets", |n| repeat("[", n)),
    ("brackets closed", |n| repeat("[", n / 2) + &"]".repeat(n / 2)),
    ("links open", |n| repeat("[a](", n)),
    ("links in links", |n| repeat("[a](b", n)),
    ("images open", |n| repeat("![", n)),
    ("images in images", |n| repeat("![", n / 4) + &"](x)".repeat(n / 8)),
    ("reference definitions", |n| (0..n / 12).map(|i| format!("[r{i}]: /u\n")).collect::<String>() + &"[r1] ".repeat(n / 24)),
    ("one reference, used", |n| format!("[a]: https://x.example/{}\n\n{}", "y".repeat(200), repeat("[a] ", n))),
    ("backticks, each longer", |n| {
        (1..)
            .map(|i| "`".repeat(i % 300) + " ")
            .scan(0, |sum, run| {
                *sum += run.len();
                (*sum < n).then_some(run)
            })
            .collect()
    }),
    ("one run of backticks", |n| repeat("`", n)),
    ("one run of tildes", |n| repeat("~", n)),
    ("single tildes", |n| repeat("~a~b ", n)),
    ("backticks apart", |n| repeat("`a ``b ", n)),
    ("fences", |n| repeat("```\n", n)),
    ("Markdown fences unclosed", |n| repeat("```markdown\n```x\n```\n", n)),
    ("fences in lists", |n| repeat("- ```md\n", n)),
    ("TeX openers", |n| repeat("\\(", n)),
    ("TeX openers, square", |n| repeat("\\[ ", n)),
    ("dollars", |n| repeat("$a ", n)),
    ("dollar pairs", |n| repeat("$$ a $ b ", n)),
    ("backslashes", |n| repeat("\\", n)),
    ("entities", |n| repeat("&amp;&", n)),
    ("tags", |n| repeat("<b>", n)),
    ("tags, crossed", |n| repeat("<b><i></b></i>", n)),
    ("details", |n| repeat("<details>\n\n", n)),
    ("details, summary", |n| repeat("<details><summary>x\n\n", n)),
    ("tag openers", |n| repeat("<a b='", n)),
    ("comments", |n| repeat("<!-- a ", n)),
    ("processing instructions", |n| repeat("<?a <![CDATA[ ", n)),
    ("autolinks", |n| repeat("http://a.example/ ", n)),
    ("autolinks chained", |n| repeat("http://", n)),
    ("www underscored", |n| repeat("www.a_b", n)),
    ("mail addresses", |n| repeat("a@b.c ", n)),
    ("mail addresses chained", |n| repeat("a@", n)),
    ("mail, brackets", |n| repeat("[a@b.example", n)),
    ("footnote references", |n| repeat("[^a]", n) + "\n\n[^a]: x\n"),
    ("footnote definitions", |n| (0..n / 12).map(|i| format!("[^{i}]: a\n\n")).collect()),
    ("footnotes nested", |n| repeat("[^a]: ", n)),
    ("table, wide", |n| repeat("|a", n / 3) + "|\n" + &repeat("|-", n / 3) + "|\n" + &repeat("|b", n / 3)),
    ("table, short rows", |n| "|a".repeat(200) + "|\n" + &"|-".repeat(200) + "|\n" + &repeat("|b\n", n)),
    ("table rows of code", |n| String::from("|a|b|\n|-|-|\n") + &repeat("|`|`|`|\n", n)),
    ("delimiter rows", |n| repeat("|-|\n", n)),
    ("headings", |n| repeat("# ", n)),
    ("setext", |n| repeat("a\n=\n", n)),
    ("alerts", |n| repeat("> [!NOTE]\n> a\n\n", n)),
    ("tasks", |n| repeat("- [x] a\n", n)),
    ("bidi controls", |n| repeat("\u{202e}", n)),
    ("blank lines", |n| repeat("\n", n)),
    ("tabs", |n| repeat("\t", n)),
    ("carriage returns", |n| repeat("a\r", n)),
    ("combining marks", |n| repeat("\u{301}", n)),
    ("one word", |n| repeat("a", n)),
    ("code, quotes", |n| fence("js", "'\"`${", n)),
    ("code, brackets", |n| fence("cpp", "{[(<", n)),
    ("code, heredocs", |n| fence("bash", "cat <<A", n)),
    ("code, one long line", |n| format!("```rust\n{}\n```\n", repeat("r#\"", n))),
    ("code, slashes", |n| fence("ts", "a</>/*", n)),
    ("code, escaped quotes", |n| format!("```js\n{}\n```\n", repeat("\\\"", n))),
    ("code, nested comments", |n| format!("```rust\n{}*/\n```\n", repeat("/*", n))),
    ("code, tags", |n| format!("```html\n{}\n```\n", repeat("<a b='c ", n))),
    ("code, scripts", |n| format!("```html\n{}\n```\n", repeat("<script>/", n))),
    ("code, regular expressions", |n| format!("```js\n{}\n```\n", repeat("/[", n))),
    ("code, templates", |n| format!("```js\n{}\n```\n", repeat("`${", n))),
    ("code, a grammar's", |n| fence("ruby", "%q{<<A \"#{", n)),
    ("code, markdown in it", |n| fence("md", "[a](`*_", n)),
];

fn patterns() {
    println!("{:<28} {:>10} {:>10} {:>7}  {:>9} {:>7}", "pattern, ms", "60 kB", "120 kB", "ratio", "user", "ratio");
    for (name, pattern) in PATTERNS {
        let (small, large) = (pattern(60_000), pattern(120_000));
        let [a, b] = [&small, &large]
            .map(|text| milliseconds(quickest(5, || drop(black_box(markdown::assistant(text, &Context::default()))))));
        let [c, d] =
            [&small, &large].map(|text| milliseconds(quickest(5, || drop(black_box(markdown::user(text, &Context::default()))))));
        let mark = if b > 5.0 && b / a > 3.0 || d > 5.0 && d / c > 3.0 { "  ← more than 3×" } else { "" };
        println!("{name:<28} {a:>10.2} {b:>10.2} {:>6.1}×  {d:>9.2} {:>6.1}×{mark}", b / a, d / c);
    }
}

/// `-- once NAME BYTES` renders one pattern once, for `perf stat -e instructions:u`, which no busy machine distorts.
fn once(name: &str, bytes: usize) {
    for (_, pattern) in PATTERNS.iter().filter(|(known, _)| *known == name) {
        black_box(markdown::assistant(&pattern(bytes), &Context::default()));
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let load = figures::load();
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().skip_while(|argument| *argument != "once").collect::<Vec<_>>()[..] {
        [_, name, bytes, ..] => {
            once(name, bytes.parse()?);
            return Ok(());
        }
        [_] => {
            PATTERNS.iter().for_each(|(name, _)| println!("{name}"));
            return Ok(());
        }
        _ => {}
    }
    let start = Instant::now();
    highlight::warm();
    println!("grammars unpacked in {:.1} ms\n", milliseconds(start.elapsed()));
    let cold_page = cold_page()?;
    languages();
    if !arguments.iter().any(|argument| argument == "fast") {
        patterns();
    }
    Ok(figures::record(&load, &[cold_page])?)
}
