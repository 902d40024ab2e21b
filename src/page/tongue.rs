//! What a conversation is written in, as far as its letters tell: which way the page runs, and in which country's shape a browser
//! draws the characters that China, Japan and Korea share.

use crate::conversation::Part;
use crate::conversation::transcript::Shown;

/// Letters looked at: the title's and the beginning of each of the first messages.
const MESSAGES: usize = 24;
const LETTERS_EACH: usize = 400;

/// The value of `dir` for the page, and of `lang` for what people and models say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tongue {
    pub dir: &'static str,
    /// Empty where letters do not tell; that is HTML's word for unknown.
    pub lang: &'static str,
}

impl Tongue {
    /// ` lang="ja"`, or nothing.
    pub(super) fn attribute(self) -> String {
        if self.lang.is_empty() { String::new() } else { format!(" lang=\"{}\"", self.lang) }
    }
}

#[derive(Default)]
struct Letters {
    all: usize,
    hebrew: usize,
    arabic: usize,
    persian: usize,
    urdu: usize,
    han: usize,
    kana: usize,
    hangul: usize,
}

impl Letters {
    fn count(&mut self, text: &str) {
        for c in text.chars().take(4 * LETTERS_EACH).filter(|c| c.is_alphabetic()).take(LETTERS_EACH) {
            self.all += 1;
            match c {
                '\u{590}'..='\u{5ff}' => self.hebrew += 1,
                '\u{600}'..='\u{77f}' | '\u{8a0}'..='\u{8ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => {
                    self.arabic += 1;
                    self.persian += usize::from(matches!(c, 'پ' | 'چ' | 'ژ' | 'گ' | 'ی' | 'ک'));
                    self.urdu += usize::from(matches!(c, 'ٹ' | 'ڈ' | 'ڑ' | 'ں' | 'ے' | 'ہ'));
                }
                '\u{3040}'..='\u{30ff}' => self.kana += 1,
                '\u{ac00}'..='\u{d7af}' | '\u{1100}'..='\u{11ff}' => self.hangul += 1,
                '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{323af}' => self.han += 1,
                _ => {}
            }
        }
    }
}

/// Reads the beginning.
pub(super) fn of(shown: &Shown) -> Tongue {
    let mut letters = Letters::default();
    letters.count(&shown.title);
    for message in shown.messages.iter().take(MESSAGES) {
        let first = message.message.parts.iter().find_map(|part| match part {
            Part::Text { text, .. } => Some(text.as_str()),
            _ => None,
        });
        letters.count(first.unwrap_or_default());
    }
    let Letters { all, hebrew, arabic, persian, urdu, han, kana, hangul } = letters;
    let most = |count: usize| count * 2 > all;
    let dir = if most(hebrew + arabic) { "rtl" } else { "ltr" };
    let lang = match () {
        () if most(hebrew) => "he",
        () if most(arabic) && urdu * 20 > arabic => "ur",
        () if most(arabic) && persian * 20 > arabic => "fa",
        () if most(arabic) => "ar",
        () if most(hangul) => "ko",
        // Code and names are Latin, so a third is much; and Japanese is never without kana for long.
        () if (kana + han) * 3 > all && kana * 10 > han => "ja",
        () if (kana + han) * 3 > all => "zh",
        () => "",
    };
    Tongue { dir, lang }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Message;
    use crate::conversation::transcript::ShownMessage;

    fn tongue(text: &str) -> (&'static str, &'static str) {
        let parts = vec![Part::Text { text: text.to_owned(), citations: Vec::new() }];
        let message = ShownMessage { number: 1, message: Message { parts, ..Message::default() } };
        let Tongue { dir, lang } = of(&Shown { title: String::new(), created_at: None, model: None, messages: vec![message] });
        (dir, lang)
    }

    #[test]
    fn letters_tell_the_tongue_where_they_can() {
        for (text, expected) in [
            ("", ("ltr", "")),
            ("How do I use async in Rust?", ("ltr", "")),
            ("Comment ça va ?", ("ltr", "")),
            ("كيف أستخدم async في لغة Rust؟ شكرا جزيلا لكم", ("rtl", "ar")),
            ("چگونه می‌توانم از این برنامه استفاده کنم؟", ("rtl", "fa")),
            ("میں اس پروگرام کو کیسے استعمال کر سکتا ہوں؟", ("rtl", "ur")),
            ("איך משתמשים בזה?", ("rtl", "he")),
            ("Rustで非同期処理を書くには、どうすればよいですか?", ("ltr", "ja")),
            ("如何在 Rust 中编写异步代码?", ("ltr", "zh")),
            ("러스트에서 비동기 코드를 어떻게 작성하나요?", ("ltr", "ko")),
            ("What does the word سلام mean in English, and who says it?", ("ltr", "")),
        ] {
            assert_eq!(tongue(text), expected, "{text}");
        }
    }
}
