//! Whole cards: words in, PNG out.

use super::*;

fn card(title: &str, preview: &str) -> Card {
    Card { title: title.to_owned(), preview: preview.to_owned(), ..samples().swap_remove(0).1 }
}

/// What people paste and attackers send.
fn hostile() -> Vec<(&'static str, Card)> {
    let zalgo: String = ('a'..='z').map(|letter| format!("{letter}{}", "\u{301}\u{320}\u{30B}".repeat(50))).collect();
    let private: String = ('\u{E000}'..'\u{E200}').collect();
    let everywhere = |words: &str| Card {
        brand: words.to_owned(),
        mark: words.to_owned(),
        foot_start: words.to_owned(),
        foot_end: words.to_owned(),
        ..card(words, words)
    };
    vec![
        (
            "nothing",
            Card { brand: String::new(), mark: String::new(), foot_start: String::new(), foot_end: String::new(), ..card("", "") },
        ),
        ("500 characters", everywhere(&"Lorem ipsum dolor sit amet consectetur adipiscing ".repeat(10))),
        ("100,000 letters", everywhere(&"x".repeat(100_000))),
        ("100,000 marks of exclamation", everywhere(&"!".repeat(100_000))),
        ("10,000 combining marks", everywhere(&format!("e{}", "\u{301}".repeat(10_000)))),
        ("stacked marks", everywhere(&zalgo)),
        ("bidi controls", everywhere(&"a\u{202E}b\u{2067}ש\u{202B}".repeat(10_000))),
        ("mixed directions", everywhere(&"aש(1ب,".repeat(10_000))),
        ("joiner chain", everywhere(&"👩\u{200D}❤️\u{200D}".repeat(10_000))),
        ("couples", everywhere(&"👩🏽‍❤️‍💋‍👨🏿🏴󠁧󠁢󠁳󠁣󠁴󠁿".repeat(400))),
        ("half a flag", everywhere(&"🇩".repeat(4001))),
        ("keycaps", everywhere(&"1\u{FE0F}\u{20E3}".repeat(400))),
        ("Telugu", everywhere(&"జ్ఞ\u{200C}ా".repeat(1000))),
        ("tall", everywhere(&"ꦲꦏ꧀ꦱꦫ བསྒྲུབས ༀ ﷽ 𒐫 ".repeat(40))),
        ("private use", everywhere(&private)),
        ("controls", everywhere("\u{0}\u{1}\u{7F}\u{85}\u{FFFE}\u{FFFF}\u{10FFFF}\u{D7FF}\u{E000}")),
    ]
}

#[test]
fn every_card_is_an_indexed_png_of_its_size() {
    let mut painter = Painter::new().unwrap();
    for (name, card) in samples().into_iter().chain(hostile()) {
        let png = painter.paint(&card).unwrap();
        let reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
        let info = reader.info();
        assert_eq!((info.width, info.height), (1200, 630), "{name}");
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Indexed, png::BitDepth::Eight), "{name}");
    }
}

#[test]
fn the_palette_is_true_and_the_file_small() {
    let mut painter = Painter::new().unwrap();
    for (name, card) in samples() {
        let png = painter.paint(&card).unwrap();
        let limit = if name == "Chinese" { 45_000 } else { 30_000 };
        assert!(png.len() <= limit, "{name}: {} bytes", png.len());
        let psnr = painter.psnr(&png).unwrap();
        assert!(psnr >= 45.0, "{name}: {psnr} dB");
    }
}

#[test]
fn no_ink_in_the_padding_or_between_the_rows() {
    let mut painter = Painter::new().unwrap();
    for (name, card) in samples().into_iter().chain(hostile()) {
        let png = painter.paint(&card).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
        let mut indices = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut indices).unwrap();
        // Half of the smallest gap is where overhangs are clipped; the ground is the palette's first entry.
        let inset = 48;
        for (y, row) in indices.chunks_exact(1200).enumerate() {
            let empty = y < inset || y >= 630 - inset || (121..128).contains(&y);
            let (left, right) = (&row[..inset], &row[1200 - inset..]);
            let ink = if empty { row.iter().any(|&index| index != 0) } else { left.iter().chain(right).any(|&index| index != 0) };
            assert!(!ink, "{name}: ink in row {y}");
        }
    }
}

#[test]
fn equal_words_are_equal_digests_and_shifted_words_are_not() {
    let one = card("ab", "c");
    assert_eq!(one.digest(), one.clone().digest());
    assert_ne!(one.digest(), card("a", "bc").digest());
    assert_ne!(one.digest(), Card { accent: [1, 2, 3], ..one.clone() }.digest());
}

#[test]
fn design_colours_come_out_exactly() {
    let accent = [0xC0, 0xFF, 0xEE];
    let png = Painter::new().unwrap().paint(&Card { accent, ..card("🌱🍅 title", "preview") }).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().unwrap();
    let palette = reader.info().palette.clone().unwrap();
    for colour in [[0x0f, 0x17, 0x2a], [0xff; 3], [0x94, 0xa3, 0xb8], [0x64, 0x74, 0x8b], accent] {
        assert!(palette.chunks_exact(3).any(|entry| entry == colour), "{colour:?}");
    }
}
