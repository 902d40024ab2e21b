//! Style sheets and scripts under names that hold a hash of their content, compressed once at start. Browsers keep them for ever; a new
//! build or another brand has other names.

use crate::page::{Brand, Chrome, Tones};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write;

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const WOFF2: &str = "font/woff2";

/// STIX Two Math, cut down by `page/math/subset.sh`. Stretched brackets and roots need a font made for them, and few machines have one.
const MATH: &[u8] = include_bytes!("page/math/math.woff2");

const TOKENS: &str = include_str!("page/tokens.css");
const PROSE: &str = include_str!("page/prose.css");
const CARD: &str = include_str!("page/card.css");
const PAGE: &str = include_str!("page/page.css");
const LONE: &str = include_str!("page/lone.css");
const FRAME: &str = include_str!("page/frame.css");
const HOST_DEMO: &str = include_str!("page/host_demo.css");
// One file of two, to save a request: copying, and reading on.
const PAGE_JS: &str = concat!(include_str!("../widget/page.js"), include_str!("../widget/reading.js"));
const FRAME_JS: &str = include_str!("../widget/frame.js");
const UNLOCK_JS: &str = include_str!("../widget/unlock.js");
const EMBED_JS: &str = include_str!("../widget/embed.js");

/// One file, ready to be sent in each encoding; an encoding that would not make it smaller is absent.
#[derive(Clone, Debug)]
pub struct Asset {
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// As it is.
    pub identity: Bytes,
    /// For `Accept-Encoding: gzip`.
    pub gzip: Option<Bytes>,
    /// For `Accept-Encoding: br`.
    pub brotli: Option<Bytes>,
    /// A strong validator, quotes included.
    pub etag: String,
}

impl Asset {
    fn new(content_type: &'static str, text: String) -> Asset {
        let identity = Bytes::from(text);
        let smaller = |packed: Option<Vec<u8>>| packed.filter(|packed| packed.len() < identity.len()).map(Bytes::from);
        Asset {
            content_type,
            gzip: smaller(gzip(&identity)),
            brotli: smaller(brotli(&identity)),
            etag: format!("\"{}\"", hash(&identity)),
            identity,
        }
    }

    /// One whose bytes are packed already.
    fn packed(content_type: &'static str, bytes: &'static [u8]) -> Asset {
        let etag = format!("\"{}\"", hash(bytes));
        Asset { content_type, identity: Bytes::from_static(bytes), gzip: None, brotli: None, etag }
    }
}

/// All files of one server, made for its brand.
#[derive(Debug)]
pub struct Assets {
    by_path: HashMap<String, Asset>,
    embed_js: Asset,
    stylesheet: String,
    lone_stylesheet: String,
    script: String,
    frame_stylesheet: String,
    frame_script: String,
    unlock_script: String,
    icon: String,
    math_font: String,
    demo_stylesheet: String,
}

impl Assets {
    /// Puts the brand's colours into the style sheets and compresses everything, each file on a thread of its own.
    pub fn new(brand: &Brand) -> Assets {
        let tones = Tones::of(brand.accent);
        let sheet = |layers: &[&str]| format!("{}{}{}", tones.css(), squeezed(TOKENS), squeezed(&layers.concat()));
        let math_font = format!("/widget/math.{}.woff2", &hash(MATH)[..10]);
        let prose = PROSE.replace("{math}", &math_font);
        let (page, frame) = (sheet(&[&prose, PAGE]), sheet(&[&prose, CARD, FRAME]));
        let (lone, demo) = (sheet(&[CARD, LONE]), squeezed(HOST_DEMO));
        let icon = icon(brand, &tones);
        let files = [
            ("page", "css", CSS, page),
            ("frame", "css", CSS, frame),
            ("lone", "css", CSS, lone),
            ("page", "js", JS, uncommented(PAGE_JS)),
            ("frame", "js", JS, FRAME_JS.to_owned()),
            ("demo", "css", CSS, demo),
            ("icon", "svg", SVG, icon),
            ("unlock", "js", JS, UNLOCK_JS.to_owned()),
            ("embed", "js", JS, EMBED_JS.to_owned()),
        ];
        let paths = files
            .each_ref()
            .map(|(name, extension, _, text)| format!("/widget/{name}.{}.{extension}", &hash(text.as_bytes())[..10]));
        let assets = packed(files.map(|(_, _, content_type, text)| (content_type, text)));
        let [stylesheet, frame_stylesheet, lone_stylesheet, script, frame_script, demo_stylesheet, icon, unlock_script, _] =
            paths.clone();
        let embed_js = assets[8].clone();
        Assets {
            by_path: paths.into_iter().zip(assets).chain([(math_font.clone(), Asset::packed(WOFF2, MATH))]).collect(),
            embed_js,
            stylesheet,
            lone_stylesheet,
            script,
            frame_stylesheet,
            frame_script,
            unlock_script,
            icon,
            math_font,
            demo_stylesheet,
        }
    }

    /// The file at a path such as `/widget/page.1a2b3c4d5e.css`. It never changes under that name.
    pub fn get(&self, path: &str) -> Option<&Asset> {
        self.by_path.get(path)
    }

    /// The loader, which lives at `/embed.js` for ever and therefore needs its validator.
    pub fn embed_js(&self) -> &Asset {
        &self.embed_js
    }

    /// Where pages find their assets.
    pub fn chrome<'a>(&'a self, brand: &'a Brand) -> Chrome<'a> {
        Chrome {
            brand,
            stylesheet: &self.stylesheet,
            lone_stylesheet: &self.lone_stylesheet,
            script: &self.script,
            frame_stylesheet: &self.frame_stylesheet,
            frame_script: &self.frame_script,
            unlock_script: &self.unlock_script,
            icon: &self.icon,
            math_font: &self.math_font,
        }
    }

    /// The style sheet of the demonstration's blog post.
    pub fn demo_stylesheet(&self) -> &str {
        &self.demo_stylesheet
    }
}

/// Brotli at its highest quality is most of the time a start takes: the files share the cores.
fn packed<const N: usize>(files: [(&'static str, String); N]) -> [Asset; N] {
    std::thread::scope(|scope| {
        files
            .map(|(content_type, text)| {
                let again = text.clone();
                (content_type, again, scope.spawn(move || Asset::new(content_type, text)))
            })
            .map(|(content_type, text, thread)| thread.join().unwrap_or_else(|_| Asset::new(content_type, text)))
    })
}

fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::new();
    // A window of 64 KiB holds any file here; a larger one costs its allocation for nothing.
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 16, size_hint: bytes.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &params).ok()?;
    Some(packed)
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// 128 bits of SHA-256, in hex.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Style sheets without comments and indentation. Ours hold no string with two spaces or a brace in it.
fn squeezed(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((code, comment)) = rest.split_once("/*") {
        out.push_str(code);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    let mut text: String = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for (long, short) in [(" { ", "{"), (" }", "}"), ("} ", "}"), ("; ", ";"), (": ", ":"), (", ", ",")] {
        text = text.replace(long, short);
    }
    text
}

/// Scripts without indentation and without the lines that only people read. Ours hold no text of several lines.
fn uncommented(js: &str) -> String {
    let mut inside = false;
    let kept = js.lines().map(str::trim).filter(|line| {
        let is_comment = inside || line.starts_with("//") || line.starts_with("/*");
        inside = is_comment && !line.starts_with("//") && !line.contains("*/");
        !is_comment && !line.is_empty()
    });
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// The mark on its accent, as a tab shows it.
fn icon(brand: &Brand, tones: &Tones) -> String {
    let mark = brand.mark.replace('&', "&amp;").replace('<', "&lt;");
    let (fill, ink) = (crate::page::hex(tones.fill), crate::page::hex(tones.ink));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 64 64\"><rect width=\"64\" height=\"64\" rx=\"16\" fill=\"{fill}\"/>\
         <text x=\"32\" y=\"33\" fill=\"{ink}\" font-family=\"Inter,system-ui,sans-serif\" font-size=\"38\" font-weight=\"700\" \
         text-anchor=\"middle\" dominant-baseline=\"central\">{mark}</text></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brand(accent: [u8; 3]) -> Brand {
        Brand { name: "ChatApp".into(), url: String::new(), mark: "<".into(), accent }
    }

    #[test]
    fn names_follow_content() {
        let (blue, red) = (brand([0x25, 0x63, 0xeb]), brand([0xdc, 0x26, 0x26]));
        let (a, b) = (Assets::new(&blue), Assets::new(&red));
        assert_ne!(a.stylesheet, b.stylesheet, "the accent is in the sheet");
        assert_eq!(a.script, b.script);
        assert!(a.get(&a.stylesheet).is_some() && a.get(&b.stylesheet).is_none() && a.get("/widget/page.css").is_none());
    }

    #[test]
    fn budgets_hold() {
        let brand = brand([0x25, 0x63, 0xeb]);
        let assets = Assets::new(&brand);
        for (path, limit) in [
            (&assets.stylesheet, 6_000),
            (&assets.lone_stylesheet, 6_000),
            (&assets.frame_stylesheet, 6_000),
            (&assets.script, 2_500),
            (&assets.frame_script, 1_500),
        ] {
            let asset = assets.get(path).unwrap();
            let size = asset.brotli.as_ref().unwrap().len();
            println!("{path}: {} plain, {} gzip, {size} brotli", asset.identity.len(), asset.gzip.as_ref().unwrap().len());
            assert!(size <= limit, "{path} has {size} bytes, more than {limit}");
        }
    }

    #[test]
    fn what_is_packed_unpacks() {
        let brand = brand([0x25, 0x63, 0xeb]);
        let assets = Assets::new(&brand);
        for asset in assets.by_path.values() {
            if let Some(packed) = &asset.brotli {
                let mut plain = Vec::new();
                brotli::BrotliDecompress(&mut &packed[..], &mut plain).unwrap();
                assert_eq!(plain, asset.identity);
            }
        }
    }

    #[test]
    fn squeezing_keeps_the_meaning() {
        assert_eq!(
            squeezed("/* a */\n.a > .b, .c:hover {\n  margin: 0 1px;\n  color: red\n}\n.d { e: f }"),
            ".a > .b,.c:hover{margin:0 1px;color:red}.d{e:f}"
        );
    }

    #[test]
    fn scripts_lose_what_only_people_read() {
        let js = "// a\n/** b */\n\n/**\n * c\n */\nlet d = 1; // e\n  f(\"// g\");\n";
        assert_eq!(uncommented(js), "let d = 1; // e\nf(\"// g\");\n");
        assert!(!uncommented(PAGE_JS).lines().any(|line| line.starts_with('*')));
        let is_whole = |line: &str| line.matches('`').count().is_multiple_of(2);
        assert!(uncommented(PAGE_JS).lines().all(is_whole), "a text of several lines would be cut");
    }

    #[test]
    fn the_icon_escapes_its_mark() {
        let brand = brand([0, 0, 0]);
        assert!(icon(&brand, &Tones::of(brand.accent)).contains(">&lt;</text>"));
    }
}
