//! A card of each script.

use super::{ACCENT, Card};

/// A card of each script with its name: they warm the fonts of a drawing thread, and tests and benches measure them.
pub fn samples() -> Vec<(&'static str, Card)> {
    let card = |title: &str, preview: &str, brand: &str, mark: &str, foot_start: &str, foot_end: &str| Card {
        brand: brand.to_owned(),
        mark: mark.to_owned(),
        accent: ACCENT,
        title: title.to_owned(),
        preview: preview.to_owned(),
        foot_start: foot_start.to_owned(),
        foot_end: foot_end.to_owned(),
    };
    let latin = |title, preview| card(title, preview, "Vitrine", "V", "12 messages", "March 4, 2025");
    vec![
        (
            "Latin",
            latin(
                "How do I plan a kitchen garden for a small balcony?",
                "I have about two square metres that face south, no shade after ten, and I would like to eat something from it all year round",
            ),
        ),
        (
            "Chinese",
            card(
                "怎样在朝南的小阳台上规划一个一年四季都有收获的菜园？",
                "我的阳台大约两平方米，上午十点以后没有遮阴，希望一年四季都能吃到自己种的蔬菜和香草，应该从哪些植物开始，怎样安排浇水和施肥的时间才比较省心，冬天还需要做哪些准备",
                "橱窗",
                "橱",
                "12 条消息",
                "2025年3月4日",
            ),
        ),
        (
            "Japanese",
            card(
                "小さなベランダで家庭菜園を始めるには",
                "南向きで二平方メートルほどです。一年を通して何か収穫できるようにしたいです。",
                "ヴィトリーヌ",
                "ヴ",
                "12件のメッセージ",
                "2025年3月4日",
            ),
        ),
        (
            "Korean",
            card(
                "작은 발코니에서 텃밭을 가꾸려면 어떻게 해야 하나요?",
                "남향이고 두 평방미터쯤 됩니다. 일 년 내내 수확하고 싶습니다.",
                "비트린",
                "비",
                "메시지 12개",
                "2025년 3월 4일",
            ),
        ),
        (
            "Arabic",
            card(
                "كيف أخطط لحديقة خضروات على شرفة صغيرة؟",
                "مساحة الشرفة متران مربعان وهي تطل على الجنوب ولا ظل فيها بعد العاشرة صباحا، وأود أن أحصد منها شيئا طوال السنة",
                "فيترين",
                "ف",
                "١٢ رسالة",
                "٤ مارس ٢٠٢٥",
            ),
        ),
        (
            "Hebrew",
            card(
                "איך מתכננים גינת ירק במרפסת קטנה?",
                "המרפסת פונה דרומה, כשני מטרים רבועים",
                "ויטרין",
                "ו",
                "12 הודעות",
                "4 במרץ 2025",
            ),
        ),
        (
            "Cyrillic, Greek",
            latin("Как разбить огород на маленьком балконе?", "Πώς να σχεδιάσω έναν λαχανόκηπο σε ένα μικρό μπαλκόνι;"),
        ),
        ("Indic, Thai", latin("छोटी बालकनी में बगीचा कैसे लगाएँ?", "ทำสวนครัวบนระเบียงเล็กๆ ได้อย่างไร")),
        (
            "emoji",
            latin(
                "🌱 A kitchen garden for our balcony 🍅🥕 2025 👩🏽‍🌾",
                "What can we plant in March? ☀️ We love tomatoes 🍅, basil 🌿 and strawberries 🍓 ❤️",
            ),
        ),
    ]
}
