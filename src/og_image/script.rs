//! What a text's writing asks of its setting: direction, language, air between lines.

/// Whether a text reads from right to left, by its first letter; `None` for a text without letters.
pub(super) fn is_right_to_left(text: &str) -> Option<bool> {
    let letter = text.chars().find(|scalar| scalar.is_alphabetic())?;
    // The blocks that Unicode keeps for right-to-left scripts (the R and AL defaults of DerivedBidiClass.txt).
    let basic = matches!(letter, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}');
    Some(basic || matches!(letter, '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}'))
}

/// The language to choose fonts for. Han characters are drawn differently in China, Japan and Korea, and kana or Hangul anywhere
/// on the card tell which is meant. The server's locale must have no say.
pub(super) fn language(texts: &[&str]) -> &'static str {
    let any = |is: fn(char) -> bool| texts.iter().any(|text| text.contains(is));
    if any(is_kana) {
        "ja"
    } else if any(is_hangul) {
        "ko"
    } else if any(is_han) {
        "zh-cn"
    } else {
        "en"
    }
}

/// Ems that a text wants between its lines beyond what Latin has: full squares a little, letters with strokes and marks far above
/// and below (Arabic, Indic, Thai and their like) more.
pub(super) fn extra_leading(text: &str) -> f64 {
    if text.contains(is_tall) {
        0.25
    } else if text.contains(|scalar| is_han(scalar) || is_kana(scalar) || is_hangul(scalar)) {
        0.15
    } else {
        0.0
    }
}

fn is_kana(scalar: char) -> bool {
    matches!(scalar, '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9D}')
}

fn is_hangul(scalar: char) -> bool {
    matches!(scalar, '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}')
}

fn is_han(scalar: char) -> bool {
    matches!(scalar, '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

fn is_tall(scalar: char) -> bool {
    match scalar {
        // Georgian, Cherokee, Canadian and Ogham letters stand between the tall ones, and are not.
        '\u{10A0}'..='\u{10FF}' | '\u{13A0}'..='\u{16FF}' => false,
        '\u{0590}'..='\u{1CFF}' | '\u{A800}'..='\u{A95F}' | '\u{A980}'..='\u{AAFF}' | '\u{ABC0}'..='\u{ABFF}' => !is_hangul(scalar),
        '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}' | '\u{10800}'..='\u{11FFF}' | '\u{1E800}'..='\u{1EFFF}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letter_gives_the_direction() {
        assert_eq!(is_right_to_left("1. «שלום» hello"), Some(true));
        assert_eq!(is_right_to_left("🎉 hello שלום"), Some(false));
        assert_eq!(is_right_to_left("العربية"), Some(true));
        assert_eq!(is_right_to_left("1 2 3 🎉"), None);
    }

    #[test]
    fn kana_and_hangul_anywhere_tell_the_language_of_han() {
        assert_eq!(language(&["東京旅行計画", "二人で行きます"]), "ja");
        assert_eq!(language(&["漢字와 한글"]), "ko");
        assert_eq!(language(&["Rust 的异步", ""]), "zh-cn");
        assert_eq!(language(&["Größe, Привет! 🎉 「12」"]), "en");
    }

    #[test]
    fn tall_scripts_get_air() {
        let air = |text| (extra_leading(text) * 100.0) as i32;
        assert_eq!(["Größe Привет 🎉 12", "ქართული", "한글", "异步", "hello العربية", "हिन्दी"].map(air), [0, 0, 15, 15, 25, 25]);
    }
}
