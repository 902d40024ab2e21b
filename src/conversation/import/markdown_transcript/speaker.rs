//! Lines that say who speaks.

use super::moment;
use crate::conversation::text::one_line;
use crate::conversation::{Role, fences};
use std::collections::HashMap;
use time::OffsetDateTime;

/// The way in which a transcript sets such lines off; all of its lines are set off in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `## User`, by its level.
    Heading(usize),
    /// `**User**`, perhaps with its words behind it.
    Bold,
    /// `User:`, perhaps quoted.
    Colon,
    /// `User: hello`.
    Before,
}

/// A line that may say who speaks.
struct Candidate<'a> {
    style: Style,
    name: &'a str,
    /// What stands beside the name: a moment, a model, a person, divided by middle dots.
    beside: &'a str,
    /// It has the form of our own twin, in which nothing else divides and each piece is Markdown.
    is_ours: bool,
    /// What is said in the same line.
    said: &'a str,
}

/// One line of a transcript.
pub(super) enum Line<'a> {
    Speaker { role: Role, author: Option<String>, model: Option<String>, created_at: Option<OffsetDateTime>, said: &'a str },
    Words(&'a str),
}

/// Who speaks in a transcript, and how that is written.
pub(super) struct Speakers {
    style: Style,
    /// By their names in small letters.
    roles: HashMap<String, Role>,
}

impl Speakers {
    /// Finds them; `None` where there are no two.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut styles: Vec<(Style, Names)> = Vec::new();
        for (line, fenced) in unfenced(text) {
            let Some(candidate) = candidate(line).filter(|_| !fenced) else { continue };
            let known = styles.iter().position(|(style, _)| *style == candidate.style);
            let at = known.unwrap_or_else(|| {
                styles.push((candidate.style, Names::default()));
                styles.len() - 1
            });
            styles[at].1.insert(candidate.name);
        }
        styles.into_iter().find_map(|(style, names)| Some(Speakers { style, roles: names.roles()? }))
    }

    /// The lines of the text they were found in.
    pub(super) fn lines<'a>(&self, text: &'a str) -> impl Iterator<Item = Line<'a>> {
        unfenced(text).map(|(line, fenced)| {
            let speaker = candidate(line).filter(|candidate| !fenced && candidate.style == self.style);
            let speaker = speaker.and_then(|candidate| Some((*self.roles.get(&candidate.name.to_lowercase())?, candidate)));
            let Some((role, Candidate { name, beside, is_ours, said, .. })) = speaker else { return Line::Words(line) };
            if is_ours {
                return beside_role(role, name, beside);
            }
            let (mut created_at, mut names) = (None, Vec::new());
            for piece in beside.split('·').map(|piece| one_line(trimmed(piece))).filter(|piece| !piece.is_empty()) {
                match moment(&piece).filter(|_| created_at.is_none()) {
                    Some(moment) => created_at = Some(moment),
                    None => names.push(piece),
                }
            }
            // What stands beside a model's role is a model, after a person's name where there are two.
            let model = if role == Role::Assistant { names.pop() } else { None };
            let person = names.into_iter().find(|name| is_product(name).is_none() && !name.contains(|c: char| c.is_ascii_digit()));
            let author = if known(name).is_none() { Some(one_line(name)) } else { person };
            let model = model.or_else(|| is_product(name).filter(|_| role == Role::Assistant).map(|()| one_line(name)));
            Line::Speaker { role, author, model, created_at, said }
        })
    }
}

/// Reads `## Assistant · Emily · model · 2026-11-23T10:14:00Z`, of which all but the role may be missing.
fn beside_role<'a>(role: Role, name: &str, beside: &str) -> Line<'a> {
    let mut names: Vec<String> = beside.split(" · ").map(|piece| one_line(&unescaped(piece))).collect();
    let created_at = names.last().and_then(|last| moment(last));
    names.truncate(names.len() - usize::from(created_at.is_some()));
    let product = || is_product(name).map(|()| one_line(name));
    // The model stands last; a dash says that there is none.
    let model = if role == Role::Assistant { names.pop().filter(|model| model != "—").or_else(product) } else { None };
    let author = names.into_iter().find(|name| !name.is_empty() && !is_moment(name));
    Line::Speaker { role, author, model, created_at, said: "" }
}

/// Whether a name is none but a date or time that we cannot read.
fn is_moment(name: &str) -> bool {
    let has = |is: fn(&char) -> bool| name.chars().any(|c| is(&c));
    let is_date = name.chars().all(|c| c.is_ascii() && !c.is_ascii_alphabetic())
        && has(char::is_ascii_digit)
        && has(char::is_ascii_punctuation);
    let is_clock = name.split_once(':').is_some_and(|(before, after)| {
        before.ends_with(|c: char| c.is_ascii_digit()) && after.starts_with(|c: char| c.is_ascii_digit())
    });
    is_date || is_clock
}

/// Markdown without its escapes.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.next_if(|next| c == '\\' && next.is_ascii_punctuation()) {
            Some(meant) => out.push(meant),
            None => out.push(c),
        }
    }
    out.replace("&middot;", "·")
}

/// Lines without their ends, and whether each belongs to a fenced block.
fn unfenced(text: &str) -> impl Iterator<Item = (&str, bool)> {
    fences::lines(text).map(|(line, fenced)| (line.lines().next().unwrap_or_default(), fenced))
}

/// Longer lines are sentences.
const LONGEST: usize = 120;
const LONGEST_NAME: usize = 40;

fn candidate(line: &str) -> Option<Candidate<'_>> {
    if let Some(rest) = line.strip_prefix('#') {
        let rest = rest.trim_start_matches('#');
        let level = line.len() - rest.len();
        // Behind a role there may be names of any length, in scripts that take many bytes.
        if level <= 6
            && let Some((name, beside)) = rest.split_once(" · ").map(|(name, beside)| (name.trim(), beside))
            && rest.starts_with([' ', '\t'])
            && known(name).is_some()
        {
            return Some(Candidate { style: Style::Heading(level), name, beside, is_ours: true, said: "" });
        }
        let is_heading = level <= 6 && rest.starts_with([' ', '\t']) && line.len() <= LONGEST;
        return is_heading.then(|| named(Style::Heading(level), rest.trim().trim_end_matches('#').trim(), "")).flatten();
    }
    if let Some(rest) = line.strip_prefix("**") {
        let (name, said) = rest.split_once("**")?;
        let said = said.trim();
        let marked = name.ends_with(':') || said.starts_with(':');
        let said = said.strip_prefix(':').unwrap_or(said).trim();
        // Words behind a bold name without a colon are a sentence that begins in bold.
        return (said.is_empty() || (marked && known(name.trim_end_matches(':').trim()).is_some()))
            .then(|| named(Style::Bold, name, said))
            .flatten();
    }
    let quoted = line.trim_start_matches(['>', ' ']);
    if let Some(name) = quoted.trim_end().strip_suffix(':').filter(|name| name.len() <= LONGEST_NAME) {
        return named(Style::Colon, name, "");
    }
    let (name, said) = line.split_once(": ")?;
    // Such lines are in many texts, of which few are transcripts.
    let speaks =
        matches!(name.to_lowercase().as_str(), "user" | "you" | "human" | "assistant" | "ai") || is_product(name).is_some();
    (speaks && !name.starts_with(' ')).then(|| named(Style::Before, name, said.trim())).flatten()
}

/// Takes the name out of a line that is `👤 User (gpt-4) · 2025-10-15`.
fn named<'a>(style: Style, words: &'a str, said: &'a str) -> Option<Candidate<'a>> {
    let words = words.trim().trim_matches(['*', '_']).trim_end_matches(':');
    let words = words.trim_start_matches(|c: char| !c.is_alphanumeric()).trim();
    let end = words.find(['·', '|', '—', '–', '(', '[', ',', ':']).unwrap_or(words.len());
    let end = words.find(" - ").map_or(end, |dash| dash.min(end));
    let (name, beside) = words.split_at(end);
    // A picture of who speaks may stand on either side.
    let name = name.trim_end_matches(|c: char| !c.is_alphanumeric());
    let beside = trimmed(beside);
    (!name.is_empty() && name.len() <= LONGEST_NAME).then_some(Candidate { style, name, beside, is_ours: false, said })
}

fn trimmed(beside: &str) -> &str {
    beside.trim_matches(|c: char| c.is_whitespace() || "·|—–()[],:-*".contains(c))
}

/// The role that a name stands for by itself.
fn known(name: &str) -> Option<Role> {
    let name = name.trim().to_lowercase();
    let name = ["said", "says", "wrote", "asked"].iter().find_map(|verb| name.strip_suffix(verb)).unwrap_or(&name).trim();
    match name {
        "user" | "you" | "human" | "me" | "prompt" => Some(Role::User),
        "assistant" | "llm" | "ai" | "bot" | "model" | "response" => Some(Role::Assistant),
        "system" => Some(Role::System),
        "tool" => Some(Role::Tool),
        name => is_product(name).map(|()| Role::Assistant),
    }
}

/// Whether the name is that of a product or model: `ChatGPT`, `Claude 3.5 Sonnet`.
fn is_product(name: &str) -> Option<()> {
    let name = name.trim().to_lowercase();
    let first = name.split(|c: char| c.is_whitespace() || c == '-').next().unwrap_or_default();
    let version = |rest: &str| rest.is_empty() || rest.contains(|c: char| c.is_ascii_digit());
    let rest = &name[first.len()..];
    let is = matches!(first, "chatgpt" | "claude" | "gemini" | "copilot" | "gpt" | "deepseek" | "grok" | "llama" | "mistral");
    (is && version(rest)).then_some(())
}

/// The names found in one style, in small letters.
#[derive(Default)]
struct Names {
    order: Vec<String>,
    times: HashMap<String, usize>,
}

impl Names {
    /// Different names that are looked at; nobody talks among so many.
    const MOST: usize = 1_000;

    fn insert(&mut self, name: &str) {
        let name = name.to_lowercase();
        if let Some(times) = self.times.get_mut(&name) {
            *times += 1;
        } else if self.order.len() < Self::MOST {
            self.order.push(name.clone());
            self.times.insert(name, 1);
        }
    }

    /// Who is who. With a person and a model among the names, other lines of the style are words; otherwise names count that come
    /// twice.
    fn roles(&self) -> Option<HashMap<String, Role>> {
        let sure: HashMap<String, Role> = self.order.iter().filter_map(|name| Some((name.clone(), known(name)?))).collect();
        let has = |role| sure.values().any(|known| *known == role);
        if has(Role::User) && has(Role::Assistant) {
            return Some(sure);
        }
        // Headings come twice in many texts; beside a speaker, or when there are just two, such a name is one.
        if sure.is_empty() && self.order.len() != 2 {
            return None;
        }
        let strangers = self.order.iter().filter(|name| self.times[*name] >= 2 && !sure.contains_key(*name));
        let (mut all, mut person) = (sure.clone(), has(Role::User));
        for name in strangers {
            all.insert(name.clone(), if person { Role::Assistant } else { Role::User });
            person = true;
        }
        (all.values().filter(|role| **role != Role::System).count() >= 2).then_some(all)
    }
}
