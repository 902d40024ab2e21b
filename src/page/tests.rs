use super::*;
use crate::conversation::transcript::ShownMessage;
use crate::conversation::{Citation, Message, NoticeKind, Part, Role, Status};
use time::macros::datetime;

const ATTACK: &str = "\"'><script>alert(1)</script>\u{202e}&amp;";

fn brand() -> Brand {
    Brand {
        name: "Chat\"><i>App".into(),
        url: "https://chatapp.example/?a=1&b=2".into(),
        mark: "<".into(),
        accent: [0x25, 0x63, 0xeb],
    }
}

fn chrome(brand: &Brand) -> Chrome<'_> {
    Chrome {
        brand,
        stylesheet: "/widget/page.1.css",
        lone_stylesheet: "/widget/lone.7.css",
        script: "/widget/page.2.js",
        frame_stylesheet: "/widget/frame.3.css",
        frame_script: "/widget/frame.4.js",
        unlock_script: "/widget/unlock.6.js",
        icon: "/widget/icon.5.svg",
        math_font: "/widget/math.woff2",
    }
}

fn head(title: &str) -> Head<'_> {
    Head {
        title,
        description: title,
        url: "https://share.example.org/s/Ab3dEf6hIj9L",
        image: "https://share.example.org/api/shares/Ab3dEf6hIj9L/og-image/1a2b3c.png",
        image_alt: title,
        oembed: Some(("https://share.example.org/oembed?url=x&format=json", "https://share.example.org/oembed?url=x&format=xml")),
        twins: true,
        indexable: true,
    }
}

fn message_of(number: u32, role: Role, parts: Vec<Part>) -> ShownMessage {
    let created_at = Some(datetime!(2026-11-23 10:14:00 UTC));
    ShownMessage { number, message: Message { role, created_at, parts, ..Message::default() } }
}

fn text(text: &str) -> Part {
    Part::Text { text: text.to_owned(), citations: Vec::new() }
}

fn shown(messages: Vec<ShownMessage>) -> Shown {
    Shown { title: "Wakers".into(), created_at: Some(datetime!(2026-11-23 09:00:00 UTC)), model: Some("model-x".into()), messages }
}

/// Every kind of part, with something hostile in each of its texts.
fn hostile() -> Shown {
    let evil = || ATTACK.to_owned();
    let some = || Some(ATTACK.to_owned());
    let url = || Some("javascript:alert(1)//\"><script>".to_owned());
    let citation = Citation { id: evil(), title: some(), url: url(), snippet: some(), site: some() };
    let image = Part::Image { url: url(), mime: some(), width: Some(1), height: None, alt: some(), name: some(), blob: None };
    let file = Part::File { name: evil(), mime: some(), size: Some(9), url: url(), text: some(), blob: None };
    let call = Part::ToolCall { name: evil(), input: serde_json::json!({ ATTACK: ATTACK }), call_id: some() };
    let output = vec![text(ATTACK), image.clone(), file.clone()];
    let result = Part::ToolResult { output, name: some(), call_id: some(), is_error: true };
    let parts = vec![
        Part::Text { text: evil(), citations: vec![citation.clone()] },
        Part::Code { code: evil(), language: some(), filename: some() },
        Part::Reasoning { text: evil(), duration_sec: Some(f64::NAN), redacted: false },
        call,
        result,
        image,
        file,
        Part::Sources { items: vec![citation] },
        Part::Notice { kind: NoticeKind::Error, text: evil() },
    ];
    let mut both = vec![message_of(1, Role::User, parts.clone()), message_of(2, Role::Assistant, parts)];
    for message in &mut both {
        message.message.author = some();
        message.message.model = some();
    }
    Shown { title: evil(), created_at: None, model: some(), messages: both }
}

fn share_page(chrome: &Chrome<'_>, head: &Head<'_>, shown: &Shown) -> String {
    share(chrome, head, shown, Sheet::Number(1)).expect("every conversation has a first sheet")
}

/// All messages as the share page has them.
fn messages_html(shown: &Shown) -> String {
    let turns = sheet::whole(shown);
    messages::html(shown, &turns, 0..turns.len(), false, Some(&Addresses { code: "Ab3dEf6hIj9L", sheet: 0 }), Some("?all"))
}

/// Every page there is, by name, with the same data in all its slots.
fn all_pages(shown: &Shown, words: &str) -> Vec<(&'static str, String)> {
    let brand = brand();
    let chrome = chrome(&brand);
    let head = head(words);
    let password = Gate::Password { action: words, refused: Some(Refused::TooMany { wait: 61 }) };
    vec![
        ("share", share_page(&chrome, &head, shown)),
        ("frame", frame(&chrome, &head, shown, Theme::Dark, words)),
        ("gate", gate(&chrome, &head, password)),
        ("sign-in", gate(&chrome, &head, Gate::SignIn)),
        ("frame gate", frame_gate(&chrome, &head, password, Theme::Auto)),
        ("frame sign-in", frame_gate(&chrome, &head, Gate::SignIn, Theme::Light)),
        ("frame notice", frame_notice(&chrome, words, words, Theme::Light)),
        ("message", message(&chrome, 404, words, words)),
        ("demo", host_demo(HostDemo { stylesheet: words, embed_js: words, share: words, locked: words, password: words })),
    ]
}

/// Start tags of a page, without what stands between them.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).filter(|tag| !tag.starts_with('/')).filter_map(|tag| tag.split_once('>')).map(|(tag, _)| tag).collect()
}

#[test]
fn no_slot_lets_markup_in() {
    for (page, html) in all_pages(&hostile(), ATTACK) {
        assert!(!html.contains("<script>") && !html.contains("<i>"), "{page}: {html}");
        assert!(!html.contains('\u{202e}') || page != "share", "a stranger's bidi control is at work");
        for tag in tags(&html) {
            assert!(!tag.contains("javascript:"), "{page}: <{tag}>");
            assert!(!tag.contains(" style=") && !tag.contains(" onerror=") && !tag.contains(" onclick="), "{page}: <{tag}>");
            assert!(tag.matches('"').count() % 2 == 0, "{page} has a torn attribute: <{tag}>");
        }
    }
}

#[test]
fn no_page_has_inline_script_or_style_or_foreign_loads() {
    for (page, html) in all_pages(&shown(vec![message_of(1, Role::User, vec![text("Hello")])]), "words") {
        for tag in tags(&html) {
            let name = tag.split_whitespace().next().unwrap_or_default();
            assert!(!matches!(name, "style" | "img" | "iframe" | "object" | "base"), "{page}: <{tag}>");
            assert!(name != "script" || tag.contains(" src=\""), "{page}: <{tag}>");
            let loads = matches!(name, "script") || tag.contains("rel=\"stylesheet\"") || tag.contains("rel=\"icon\"");
            assert!(!loads || !tag.contains("://"), "{page} loads from elsewhere: <{tag}>");
        }
    }
}

#[test]
fn structure_is_sound() {
    let pages = all_pages(&hostile(), "words");
    for (page, html) in &pages {
        assert!(html.starts_with("<!doctype html>"), "{page}");
        for once in ["<h1", "<main", "<title", "<html lang=\"en\"", "name=\"viewport\""] {
            assert_eq!(html.matches(once).count(), 1, "{once} in {page}");
        }
        let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id stands twice in {page}");
        for element in ["article", "div", "details", "summary", "p", "span", "header", "footer", "figure", "ol"] {
            let opened = tags(html).iter().filter(|tag| tag.split(' ').next() == Some(element)).count();
            assert_eq!(opened, html.matches(&format!("</{element}>")).count(), "<{element}> in {page}");
        }
    }
    let share = &pages[0].1;
    let order: Vec<Option<usize>> =
        ["class=\"skip\"", "<header class=\"bar\"", "<h1", "<h2", "<footer>"].map(|part| share.find(part)).to_vec();
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?}");
}

#[test]
fn head_is_ordered_and_small_whatever_the_words() {
    let brand = Brand { name: "\"".repeat(300), ..brand() };
    for words in ["\"".repeat(2000), "字".repeat(2000), "a\u{301}\u{302}".repeat(2000), "👩\u{200d}🚀".repeat(500)] {
        let html = share_page(&chrome(&brand), &head(&words), &shown(vec![]));
        let head = html.split("</head>").next().unwrap_or_default();
        assert!(head.len() < 8_000, "{} bytes", head.len());
        let order = [
            "charset=",
            "viewport",
            "<title>",
            "\"description\"",
            "canonical",
            "og:type",
            "og:image:alt",
            "twitter:card",
            "json+oembed",
            "xml+oembed",
            "text/markdown",
            "rel=\"icon\"",
            "theme-color",
            "stylesheet",
            "<script",
        ];
        let found = order.map(|part| head.find(part).unwrap_or_else(|| panic!("no {part}")));
        assert!(found.is_sorted(), "{found:?}");
        let title = head.split("og:title\" content=\"").nth(1).and_then(|rest| rest.split("\">").next()).unwrap_or_default();
        assert!(title.replace("&quot;", "\"").chars().count() <= 70);
    }
}

#[test]
fn head_says_what_consumers_read() {
    let brand = brand();
    let html = share_page(&chrome(&brand), &head("Wakers"), &shown(vec![]));
    for said in [
        "<title>Wakers</title>",
        "<meta property=\"og:type\" content=\"website\">",
        "<meta property=\"og:url\" content=\"https://share.example.org/s/Ab3dEf6hIj9L\">",
        "type=\"application/json+oembed\" href=\"https://share.example.org/oembed?url=x&amp;format=json\">",
        "type=\"text/markdown\" href=\"https://share.example.org/s/Ab3dEf6hIj9L.md\">",
    ] {
        assert!(html.contains(said), "{said}");
    }
    assert!(!html.contains("noindex"));
    let unlisted = Head { indexable: false, oembed: None, twins: false, ..head("Wakers") };
    let html = share_page(&chrome(&brand), &unlisted, &shown(vec![]));
    assert!(html.contains("<meta name=\"robots\" content=\"noindex, nofollow, noarchive\">"));
    assert!(!html.contains("oembed") && !html.contains("rel=\"alternate\""));
}

#[test]
fn only_the_share_page_may_be_indexed() {
    for (page, html) in all_pages(&shown(vec![]), "words") {
        assert_eq!(html.contains("noindex"), page != "share", "{page}");
    }
}

#[test]
fn a_gate_posts_without_script_and_a_frame_has_no_form() {
    let brand = brand();
    let (chrome, head) = (chrome(&brand), head("Shared conversation"));
    let asked = Gate::Password { action: "/s/Ab3dEf6hIj9L/unlock", refused: Some(Refused::Wrong) };
    let page = gate(&chrome, &head, asked);
    assert!(page.contains("<form method=\"post\" action=\"/s/Ab3dEf6hIj9L/unlock\">") && page.contains("name=\"password\""));
    assert!(page.contains("That password is not right.") && page.contains("aria-invalid=\"true\""));
    assert!(!page.contains("<script"));
    for (name, html) in all_pages(&hostile(), "words").iter().filter(|(name, _)| name.starts_with("frame")) {
        assert!(!html.contains("<form") && !html.contains(" name=\"password\""), "{name}");
    }
    let framed = frame_gate(&chrome, &head, asked, Theme::Auto);
    assert!(
        framed.contains("data-vitrine-gate data-unlock=\"/s/Ab3dEf6hIj9L/unlock\"") && framed.contains("<button type=\"button\"")
    );
    assert!(!gate(&chrome, &head, Gate::SignIn).contains("<input"), "a form that leads nowhere");
}

#[test]
fn refusals_say_how_long() {
    assert_eq!(Refused::TooMany { wait: 61 }.text(), "Too many tries. Please wait 1 min 1 s and try again.");
    assert_eq!(Refused::TooMany { wait: u64::MAX }.text(), "Too many tries. Please wait a while and try again.");
}

#[test]
fn messages_say_who_when_and_with_what() {
    let mut next_day = message_of(7, Role::Assistant, vec![text("Later.")]);
    next_day.message.created_at = Some(datetime!(2026-11-24 08:02:00 UTC));
    let html = messages_html(&shown(vec![
        message_of(5, Role::User, vec![text("Hi")]),
        message_of(6, Role::Assistant, vec![text("Hello.")]),
        next_day,
    ]));
    assert!(html.contains("<article class=\"msg user brief\" id=\"m5\">") && html.contains("href=\"#m7\""));
    assert!(html.contains("title=\"23 November 2026, 10:14 UTC\">10:14<span class=\"zone\"> UTC</span></time>"));
    let days: Vec<&str> = html.split("<p class=\"day\">").skip(1).collect();
    assert!(
        days.len() == 1 && days[0].starts_with("<time datetime=\"2026-11-24\">24 November 2026</time>"),
        "only a new day is named"
    );
    assert!(days[0].contains("id=\"m7\"") && !days[0].contains("id=\"m6\""));
    assert_eq!(html.matches("class=\"model\"").count(), 2, "people have no model");
}

#[test]
fn calls_meet_their_results_and_pictures_stand_open() {
    let call = |id: &str, input: &str| Part::ToolCall { name: "search".into(), input: input.into(), call_id: Some(id.into()) };
    let result = |id: &str, output: Vec<Part>| Part::ToolResult { output, name: None, call_id: Some(id.into()), is_error: false };
    let picture =
        Part::Image { url: None, mime: None, width: None, height: None, alt: None, name: Some("plot.png".into()), blob: None };
    let html = messages_html(&shown(vec![message_of(
        1,
        Role::Assistant,
        vec![
            call("a", "first-question"),
            call("b", "second-question"),
            result("b", vec![text("second-answer"), picture]),
            result("a", vec![text("first-answer")]),
            result("z", vec![text("orphan-answer")]),
        ],
    )]));
    let cards: Vec<&str> = html.split("<details class=\"tool\">").skip(1).collect();
    assert_eq!(cards.len(), 3);
    let inside = |card: &str, words: &str| card.split("</details>").next().unwrap_or_default().contains(words);
    assert!(inside(cards[0], "first-question") && inside(cards[0], "first-answer") && !inside(cards[0], "second-answer"));
    assert!(inside(cards[1], "second-answer") && !inside(cards[1], "plot.png") && cards[1].contains("plot.png"));
    assert!(inside(cards[2], "orphan-answer") && cards[2].contains("Result of"));
}

#[test]
fn a_second_call_with_the_same_id_keeps_its_result() {
    let call = |input: &str| Part::ToolCall { name: "search".into(), input: input.into(), call_id: Some("call_0".into()) };
    let result =
        |words: &str| Part::ToolResult { output: vec![text(words)], name: None, call_id: Some("call_0".into()), is_error: false };
    let parts = vec![call("first-question"), result("first-answer"), call("second-question"), result("second-answer")];
    let html = messages_html(&shown(vec![message_of(1, Role::Assistant, parts)]));
    let cards: Vec<&str> = html.split("<details class=\"tool\">").skip(1).collect();
    assert!(cards.len() == 2 && !html.contains("Result of"), "{html}");
    assert!(cards[0].contains("first-answer") && cards[1].contains("second-question") && cards[1].contains("second-answer"));
}

#[test]
fn a_thought_inside_a_result_folds_inside_it() {
    let thought = |redacted| Part::Reasoning { text: "*hm*".into(), duration_sec: Some(3.0), redacted };
    let result = Part::ToolResult { output: vec![thought(false), thought(true)], name: None, call_id: None, is_error: false };
    let html = messages_html(&shown(vec![message_of(1, Role::Assistant, vec![result])]));
    let (_, inside) = html.split_once("class=\"tool\"").unwrap();
    assert!(inside.contains("class=\"thought\"") && inside.contains("Thought for 3 s") && inside.contains("<em>hm</em>"), "{html}");
    assert!(inside.contains("the steps were not disclosed") && inside.matches("hm").count() == 1, "{html}");
}

#[test]
fn what_cannot_be_shown_is_said() {
    let redacted = Part::Reasoning { text: "secret steps".into(), duration_sec: Some(3.0), redacted: true };
    let mut cut_off = message_of(1, Role::Assistant, vec![redacted, text("So")]);
    cut_off.message.status = Status::Incomplete;
    let html = messages_html(&shown(vec![cut_off.clone()]));
    assert!(html.contains("Thought for 3 s · the steps were not disclosed") && !html.contains("secret steps"));
    assert!(html.contains("it was cut off"));
    cut_off.message.parts.push(Part::Notice { kind: NoticeKind::Interrupted, text: "You stopped this.".into() });
    assert!(!messages_html(&shown(vec![cut_off])).contains("it was cut off"), "said twice");
}

#[test]
fn frames_open_links_beside_the_host() {
    let shown = shown(vec![message_of(
        1,
        Role::Assistant,
        vec![text("[a](https://example.org/) rel=\"nofollow ugc noopener noreferrer\">")],
    )]);
    let brand = brand();
    let html = frame(&chrome(&brand), &head("x"), &shown, Theme::Auto, "https://embed.example.org/s/Ab3dEf6hIj9L");
    assert!(html.contains("<a href=\"https://example.org/\" target=\"_blank\" rel="), "{html}");
    assert_eq!(html.matches("target=\"_blank\"").count(), 2, "the link and Open, and not the words that look like one");
    assert!(!messages_html(&shown).contains("target="));
}

#[test]
fn every_colour_of_text_can_be_read_on_every_ground() {
    let css = include_str!("tokens.css");
    let tones = |name: &str| -> [[u8; 3]; 2] {
        let pair = css
            .split(&format!("--{name}: light-dark("))
            .nth(1)
            .and_then(|rest| rest.split(')').next())
            .unwrap_or_else(|| panic!("--{name}"));
        let parse = |hex: &str| {
            let hex = u32::from_str_radix(hex.trim().trim_start_matches('#'), 16).unwrap();
            [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8]
        };
        let (light, dark) = pair.split_once(',').unwrap();
        [parse(light), parse(dark)]
    };
    let grounds = ["ground", "paper", "tint", "code", "hover"];
    let on_all = ["ink", "soft", "faint", "bad"].iter().flat_map(|text| grounds.map(|ground| (*text, ground)));
    let in_code = ["k", "s", "n", "c", "f", "t", "v"].iter().map(|text| (*text, "code"));
    let on_tints = [
        ("good", "good-tint"),
        ("bad", "bad-tint"),
        ("warn", "warn-tint"),
        ("good", "code"),
        ("ink", "warn-tint"),
        ("ink", "good-tint"),
        ("ink", "bad-tint"),
    ];
    for (text, ground) in on_all.chain(in_code).chain(on_tints) {
        for (theme, (text_tone, ground_tone)) in ["light", "dark"].iter().zip(tones(text).into_iter().zip(tones(ground))) {
            let contrast = accent::contrast(text_tone, ground_tone);
            assert!(contrast >= 4.5, "--{text} on --{ground}, {theme}: {contrast:.2}");
        }
    }
    for (theme, (edge, ground)) in ["light", "dark"].iter().zip(tones("edge").into_iter().zip(tones("ground"))) {
        assert!(accent::contrast(edge, ground) >= 3.0, "--edge on --ground, {theme}: a field's border must be seen");
    }
}

/// Five hundred messages, a question and an answer in turn, two hundred a day.
fn long() -> Shown {
    let role = |number| if number % 2 == 1 { Role::User } else { Role::Assistant };
    let mut messages: Vec<ShownMessage> =
        (1..=500).map(|number| message_of(number, role(number), vec![text(&format!("word-{number}"))])).collect();
    for message in &mut messages {
        let days = i64::from((message.number - 1) / 200);
        message.message.created_at = message.message.created_at.map(|at| at + time::Duration::days(days));
    }
    shown(messages)
}

/// The numbers of the messages on a page.
fn numbers(html: &str) -> Vec<u32> {
    let ids =
        html.split("<article class=\"msg ").skip(1).filter_map(|rest| rest.split("id=\"m").nth(1)?.split('"').next()?.parse().ok());
    ids.collect()
}

#[test]
fn a_long_conversation_is_read_sheet_by_sheet() {
    let (brand, long) = (brand(), long());
    let page = |sheet| share(&chrome(&brand), &head("Wakers"), &long, sheet);
    let sheets: Vec<String> = (1..=5).map(|number| page(Sheet::Number(number)).expect("five sheets")).collect();
    assert_eq!(sheets.iter().flat_map(|html| numbers(html)).collect::<Vec<_>>(), (1..=500).collect::<Vec<_>>());
    assert!([0, 6, u32::MAX].iter().all(|number| page(Sheet::Number(*number)).is_none()));
    // The day goes on from sheet to sheet: the header says the first, and each other is named once.
    assert_eq!(sheets.iter().map(|html| html.matches("<p class=\"day\">").count()).collect::<Vec<_>>(), [0, 0, 1, 0, 1]);
    let (first, third) = (&sheets[0], &sheets[2]);
    for said in [
        "<link rel=\"canonical\" href=\"https://share.example.org/s/Ab3dEf6hIj9L?page=3\">",
        "<meta property=\"og:url\" content=\"https://share.example.org/s/Ab3dEf6hIj9L\">",
        "<link rel=\"prev\" href=\"?page=2\">",
        "<link rel=\"next\" href=\"?page=4\">",
        "<title>Wakers · Page 3 of 5</title>",
        "Page 3 of 5",
        "Messages 301–400",
        "href=\"?page=3#m201\"",
        "data-copy=\"https://share.example.org/s/Ab3dEf6hIj9L\"",
        "<a href=\"?page=5\"><span class=\"range\">401–500</span><span class=\"first\" dir=\"auto\">word-401</span></a>",
        "<a dir=\"auto\" href=\"?page=3#m299\">word-299</a>",
    ] {
        assert!(third.contains(said), "{said}");
    }
    assert!(!third.contains("word-399") && !third.contains("word-199"), "an outline is not the conversation");
    assert!(first.contains("canonical\" href=\"https://share.example.org/s/Ab3dEf6hIj9L\"") && !first.contains("rel=\"prev\""));
    assert!(first.contains("href=\"Ab3dEf6hIj9L#m99\"") && first.contains("<title>Wakers</title>"));
    assert!(!sheets[4].contains("rel=\"next\""));
    let whole = page(Sheet::Whole).expect("everything");
    assert_eq!(numbers(&whole).len(), 500);
    assert!(!whole.contains("class=\"pager ") && whole.contains("href=\"#m500\"") && !whole.contains("?page="));
    let framed = frame(&chrome(&brand), &head("x"), &long, Theme::Auto, "https://e.example/s/Ab3dEf6hIj9L");
    assert_eq!(numbers(&framed), (1..=100).collect::<Vec<_>>());
    assert!(framed.contains("href=\"https://e.example/s/Ab3dEf6hIj9L?message=101#m101\"") && framed.contains("400 more messages"));
    assert!(!framed.contains("class=\"tools\""), "a frame cannot copy from the twins");
}

/// A message whose folded parts, and whose second text, are far larger than a page should be.
fn giant() -> Shown {
    let lines = |word: &str| (0..60_000).map(|line| format!("{word} {line}\n")).collect::<String>() + word + "-end";
    let call = Part::ToolCall { name: "read".into(), input: lines("input").into(), call_id: None };
    let result = Part::ToolResult { output: vec![text(&lines("output"))], name: None, call_id: None, is_error: false };
    let file = Part::File { name: "log.txt".into(), mime: None, size: None, url: None, text: Some(lines("file")), blob: None };
    let thought = Part::Reasoning { text: lines("thought"), duration_sec: None, redacted: false };
    shown(vec![message_of(1, Role::Assistant, vec![thought, call, result, file, text(&lines("answer"))])])
}

#[test]
fn no_sheet_is_a_megabyte_and_nothing_is_missing() {
    let (brand, giant) = (brand(), giant());
    let page = |sheet| share(&chrome(&brand), &head("x"), &giant, sheet);
    let sheets: Vec<String> = (1..).map_while(|number| page(Sheet::Number(number))).collect();
    assert!(sheets.len() > 5 && sheets.iter().all(|html| html.len() < 400_000), "{:?}", sheets.iter().map(String::len));
    let all = sheets.concat();
    assert!((0..60_000).step_by(997).all(|line| all.contains(&format!("answer {line}\n"))) && all.contains("answer-end"));
    assert!(sheets[0].contains("rel=\"next\"") && sheets[0].contains("Messages 1, continued"), "the way on says where it leads");
    let whole = page(Sheet::Whole).expect("everything");
    for (folded, part) in [("thought", 1), ("input", 2), ("output", 2), ("file", 4)] {
        assert!(all.contains(&format!("{folded} 99")) && !all.contains(&format!("{folded}-end")), "{folded} is only begun");
        assert!(whole.contains(&format!("{folded}-end")), "{folded}");
        let (link, place) = (format!("href=\"?all#m1-part{part}\""), format!(" id=\"m1-part{part}\""));
        assert!(all.contains(&link) && !all.contains(&place) && whole.contains(&place), "{folded}");
    }
    assert!(whole.contains("answer-end") && !whole.contains("class=\"cut\""));
    let small = messages_html(&shown(vec![message_of(1, Role::User, vec![text("Hi")])]));
    assert!(!small.contains("class=\"cut\"") && !small.contains("-part"));
}

#[test]
fn a_full_card_says_nothing_false_of_what_comes_after() {
    let thought = |text: &str, redacted| Part::Reasoning { text: text.into(), duration_sec: None, redacted };
    let file =
        Part::File { name: "late.txt".into(), mime: None, size: None, url: None, text: Some("late words".into()), blob: None };
    let output = vec![text(&"x".repeat(70_000)), thought("late thought", false), file, thought("", true)];
    let result = Part::ToolResult { output, name: None, call_id: None, is_error: false };
    let html = messages_html(&shown(vec![message_of(1, Role::Assistant, vec![result])]));
    assert_eq!(html.matches("the steps were not disclosed").count(), 1, "only of what its origin withheld");
    assert!(html.contains("late.txt") && !html.contains("late words") && !html.contains("late thought"), "{html}");
    assert_eq!(html.matches("class=\"cut\"").count(), 1);
}

#[test]
fn a_frame_leads_to_what_it_only_begins() {
    let brand = brand();
    let framed = |shown: &Shown| frame(&chrome(&brand), &head("x"), shown, Theme::Auto, "https://e.example/s/Ab3dEf6hIj9L");
    let html = framed(&giant());
    assert!(html.contains("<a href=\"https://e.example/s/Ab3dEf6hIj9L?all#m1-part1\" target=\"_blank\""), "{html}");
    assert!(html.contains("href=\"https://e.example/s/Ab3dEf6hIj9L?page=2\"") && html.contains("the rest of this message"));
    let mut more = giant();
    more.messages.push(message_of(2, Role::User, vec![text("Thanks")]));
    assert!(framed(&more).contains("the rest of this message and 1 more message"));
}

#[test]
fn an_answer_that_is_cut_off_says_so_where_it_ends() {
    let mut giant = giant();
    giant.messages[0].message.status = Status::Incomplete;
    let turns = sheet::turns(&giant);
    let html = |range: std::ops::Range<usize>| messages::html(&giant, &turns, range, true, None, Some("?all"));
    assert!(!html(0..turns.len() - 1).contains("it was cut off") && html(turns.len() - 1..turns.len()).contains("it was cut off"));
}

#[test]
fn documents_are_read_as_what_they_are() {
    let file = |name: &str, mime: &str, text: &str| Part::File {
        name: name.into(),
        mime: Some(mime.into()),
        size: None,
        url: None,
        text: Some(text.into()),
        blob: None,
    };
    let parts = vec![file("Plan", "text/markdown", "*one*[^1]\n\n[^1]: A"), file("Plan", "text/markdown", "*two*[^1]\n\n[^1]: B")];
    let parts = [parts, vec![file("snake", "text/x-python", "def a(): pass"), file("Pasted", "text/plain", "some prose")]].concat();
    let html = messages_html(&shown(vec![message_of(1, Role::Assistant, parts)]));
    assert!(
        html.contains("<em>one</em>") && html.contains("<em>two</em>") && html.contains("<span class=\"k\">def</span>"),
        "{html}"
    );
    assert!(html.contains("<pre class=\"plain\"") && html.contains(">some prose</pre>"));
    let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "footnotes of two documents share an id");
}

#[test]
fn an_outline_comes_with_length() {
    let brand = brand();
    let page = |count| {
        let messages = long().messages.into_iter().take(count).collect();
        share_page(&chrome(&brand), &head("x"), &shown(messages))
    };
    let (short, longer) = (page(6), page(8));
    assert!(!short.contains("id=\"outline\"") && !short.contains("popovertarget"));
    assert!(longer.contains("popovertarget=\"outline\"") && longer.contains("<a dir=\"auto\" href=\"#m7\">word-7</a>"));
    assert!(!longer.contains("word-8</a>") && !longer.contains("pager"));
    // A message without words has a name to be found by; words come first wherever they stand.
    let file = Part::File { name: "a<b.txt".into(), mime: None, size: None, url: None, text: None, blob: None };
    let picture = |alt: &str, name: &str| {
        let (alt, name) = (Some(alt.to_owned()), Some(name.to_owned()));
        Part::Image { url: None, mime: None, width: None, height: None, alt, name, blob: None }
    };
    let sent = [
        vec![file.clone()],
        vec![file, text("What is wrong in this report?")],
        vec![picture("", "plot.png")],
        vec![picture("", "")],
    ];
    let messages = (1..).zip(sent).map(|(number, parts)| message_of(number, Role::User, parts)).collect();
    let html = share_page(&chrome(&brand), &head("x"), &shown(messages));
    for line in ["#m1\">a&lt;b.txt</a>", "#m2\">What is wrong in this report?</a>", "#m3\">plot.png</a>", "#m4\">Message 4</a>"] {
        assert!(html.contains(line), "{line}");
    }
}

#[test]
fn a_page_runs_the_way_its_conversation_does() {
    let brand = brand();
    let page = |words: &str| {
        let shown = shown(vec![message_of(1, Role::User, vec![text(words)])]);
        let head = head("x");
        [share_page(&chrome(&brand), &head, &shown), frame(&chrome(&brand), &head, &shown, Theme::Auto, "x")]
    };
    assert!(page("كيف أستخدم هذه اللغة؟").iter().all(|html| html.contains("<html lang=\"en\" dir=\"rtl\"")));
    assert!(page("How do I use this?").iter().all(|html| !html.contains("dir=\"rtl\"")));
    assert!(page("どうすればよいですか")[0].contains("<h1 dir=\"auto\" lang=\"ja\">"));
}

#[test]
fn the_markdown_twin_imports_again_as_it_was() {
    use crate::conversation::{Limits, import};
    let message = |number, role, author: Option<&str>, model: Option<&str>, text: &str| ShownMessage {
        number,
        message: Message {
            role,
            author: author.map(str::to_owned),
            model: model.map(str::to_owned),
            created_at: Some(datetime!(2026-11-23 10:14:00 UTC)),
            parts: vec![Part::Text { text: text.to_owned(), citations: vec![] }],
            ..Message::default()
        },
    };
    let mut before = shown(vec![
        message(1, Role::User, Some("Emily"), None, "Why?\n\n```x``` is code, and so is\n\n```md\n## Assistant\n```"),
        message(2, Role::Assistant, None, Some("gpt-5"), "Because.\n\n### In short\n\nIt *waits*."),
    ]);
    before.title = "A \"quoted\" title: with marks".to_owned();
    let twin = markdown_twin(&before, "https://vitrine.test/s/0123456789AB");
    let mut after = Vec::new();
    import::import(&mut std::io::Cursor::new(twin.as_bytes()), &Limits::default(), &mut |found| {
        after.push(found);
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    let [import::Found { outcome: import::Outcome::Conversation { conversation, .. }, .. }] = after.as_slice() else {
        panic!("{after:?}")
    };
    assert_eq!((&conversation.title, &conversation.model), (&before.title, &before.model));
    let messages: Vec<&Message> = before.messages.iter().map(|shown| &shown.message).collect();
    assert_eq!(conversation.messages.iter().collect::<Vec<_>>(), messages);
}
