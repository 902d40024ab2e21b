//! Goals C1 and C3: what a preview card costs, one thread, warm. Prints a line per script: milliseconds, bytes, fidelity.
//!
//! `cargo bench --bench card`

use std::time::Instant;

use vitrine::og_image::{Card, Painter, samples};

const ROUNDS: usize = 101;

/// Goal C3's texts, each in title and preview.
fn hostile() -> Vec<(&'static str, String)> {
    vec![
        ("100,000-letter word", "x".repeat(100_000)),
        ("10,000 combining marks", format!("e{}", "\u{301}".repeat(10_000))),
        ("bidi", "a\u{202E}b\u{2067}ש(1ب\u{202B}".repeat(2000)),
        ("joiner chains", "👩\u{200D}❤️\u{200D}".repeat(2000)),
        ("emoji couples", "👩🏽‍❤️‍💋‍👨🏿".repeat(400)),
    ]
}

#[expect(clippy::print_stdout, reason = "the figures are what a bench is for")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut painter = Painter::new()?;
    let mut cards: Vec<(&str, Card)> = samples();
    for (name, words) in hostile() {
        cards.push((name, Card { title: words.clone(), preview: words, ..cards[0].1.clone() }));
    }

    let mut times = vec![Vec::with_capacity(ROUNDS); cards.len()];
    // Interleaved, so that a busy moment of the machine falls on all alike; the first round only loads fonts.
    for round in 0..=ROUNDS {
        for ((_, card), times) in cards.iter().zip(&mut times) {
            let start = Instant::now();
            painter.paint(card)?;
            if round > 0 {
                times.push(start.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }

    // The best of all rounds is what the work itself takes, on a machine that others use too.
    println!("{:<24} {:>8} {:>9} {:>8} {:>8} {:>8}", "card", "best ms", "median ms", "p95 ms", "bytes", "PSNR dB");
    for ((name, card), times) in cards.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let png = painter.paint(card)?;
        let psnr = painter.psnr(&png).unwrap_or_default();
        let [best, median, p95] = [0, ROUNDS / 2, ROUNDS * 95 / 100].map(|rank| times[rank]);
        println!("{name:<24} {best:>8.2} {median:>9.2} {p95:>8.2} {:>8} {psnr:>8.1}", png.len());
    }
    Ok(())
}
