//! The operator's colour, made readable: WCAG 2.2 asks 4.5:1 of text, whatever colour a brand has.

/// A colour in sRGB.
type Rgb = [u8; 3];

/// The contrast that text needs, with a little over for rounding.
const TEXT: f64 = 4.55;
/// What large text needs: white this readable is worth darkening a colour for.
const ALMOST: f64 = 3.0;
/// The darkest light ground that links stand on (`--tint` in tokens.css), and the lightest dark one.
const LIGHT_GROUND: Rgb = [0xea, 0xf1, 0xfd];
const DARK_GROUND: Rgb = [0x1a, 0x27, 0x40];
const BLACK: Rgb = [0; 3];
const WHITE: Rgb = [255; 3];

/// The colours that follow from one accent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tones {
    /// Buttons and the mark on light ground: the accent as given, or darkened a little where white almost reads on it.
    pub fill: Rgb,
    /// Text on `fill`.
    pub ink: Rgb,
    /// Links and rings on light ground.
    pub link: Rgb,
    /// Buttons, links and rings on dark ground.
    pub dark_fill: Rgb,
    /// Text on `dark_fill`.
    pub dark_ink: Rgb,
}

impl Tones {
    /// Derives them all.
    pub fn of(accent: Rgb) -> Tones {
        let dark_fill = readable(accent, DARK_GROUND, WHITE);
        // White belongs on a saturated blue or red; black there looks like a mistake, however well it reads.
        let fill = if contrast(WHITE, accent) >= ALMOST { readable(accent, WHITE, BLACK) } else { accent };
        Tones { fill, ink: ink(fill), link: readable(accent, LIGHT_GROUND, BLACK), dark_fill, dark_ink: ink(dark_fill) }
    }

    /// The custom properties that the style sheets use.
    pub fn css(&self) -> String {
        format!(
            ":root{{--accent:light-dark({},{dark});--accent-ink:light-dark({},{});--link:light-dark({},{dark})}}",
            hex(self.fill),
            hex(self.ink),
            hex(self.dark_ink),
            hex(self.link),
            dark = hex(self.dark_fill),
        )
    }
}

/// "#2563eb".
pub(crate) fn hex(colour: Rgb) -> String {
    let [r, g, b] = colour;
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// White where it can be read, as on most brands' colours, else black: one of the two always can.
fn ink(ground: Rgb) -> Rgb {
    if contrast(WHITE, ground) >= TEXT { WHITE } else { BLACK }
}

/// The first step from `colour` towards `pole` that can be read on `ground`.
fn readable(colour: Rgb, ground: Rgb, pole: Rgb) -> Rgb {
    let step = |n: u32| -> Rgb { std::array::from_fn(|i| mix(colour[i], pole[i], n)) };
    (0..=50).map(step).find(|&tone| contrast(tone, ground) >= TEXT).unwrap_or(pole)
}

/// `n` fiftieths of the way from one channel to the other.
fn mix(from: u8, to: u8, n: u32) -> u8 {
    let mixed = (u32::from(from) * (50 - n) + u32::from(to) * n) / 50;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

/// WCAG 2.2, "contrast ratio".
pub(crate) fn contrast(a: Rgb, b: Rgb) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// WCAG 2.2, "relative luminance".
fn luminance(colour: Rgb) -> f64 {
    let [r, g, b] = colour.map(|channel| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_brand_can_be_read() {
        let steps = [0, 37, 99, 128, 180, 235, 255];
        for r in steps {
            for g in steps {
                for b in steps {
                    let tones = Tones::of([r, g, b]);
                    for (text, ground) in [
                        (tones.ink, tones.fill),
                        (tones.link, LIGHT_GROUND),
                        (tones.dark_fill, DARK_GROUND),
                        (tones.dark_ink, tones.dark_fill),
                    ] {
                        assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?} from {:?}", [r, g, b]);
                    }
                }
            }
        }
    }

    #[test]
    fn a_readable_accent_stays_as_it_is() {
        let tones = Tones::of([0x1d, 0x4e, 0xd8]);
        assert_eq!((tones.fill, tones.link), ([0x1d, 0x4e, 0xd8], [0x1d, 0x4e, 0xd8]));
        assert!((contrast(BLACK, WHITE) - 21.0).abs() < 0.01);
    }
}
