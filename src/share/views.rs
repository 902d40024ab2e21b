//! Counting views: one locked add while a page is served, one statement a second for all of them together.

use super::{ShareId, ViewedOn};
use aho_corasick::{AhoCorasick, MatchKind};
use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};
use time::Date;

/// What is counted apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The share.
    pub share: ShareId,
    /// UTC.
    pub day: Date,
    /// Page or embed.
    pub on: ViewedOn,
    /// The embedding site's host; empty for the page, or where the browser does not say.
    pub host: String,
}

/// Views that are not in the database yet.
#[derive(Default)]
pub struct Views {
    counts: Mutex<HashMap<Key, u32>>,
}

/// Distinct keys held at once. A client inventing hosts gets its views counted, but under no host.
const KEYS: usize = 10_000;

impl Views {
    /// Counts one view.
    pub fn count(&self, mut key: Key) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= KEYS && !counts.contains_key(&key) {
            key.host.clear();
        }
        *counts.entry(key).or_default() += 1;
    }

    /// Takes all that was gathered, in key order.
    pub fn take(&self) -> Vec<(Key, u32)> {
        let mut rows: Vec<_> =
            std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect();
        rows.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        rows
    }

    /// Puts back what could not be written, so that it is written later.
    pub fn put_back(&self, rows: Vec<(Key, u32)>) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, count) in rows {
            *counts.entry(key).or_default() += count;
        }
    }
}

/// What programs call themselves, in lower case.
const MACHINES: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "slurp",
    "preview",
    "unfurl",
    "embed",
    "fetch",
    "scrape",
    "monitor",
    "curl/",
    "wget/",
    "python-",
    "go-http-client",
    "okhttp",
    "java/",
    "libwww",
    "headlesschrome",
    "lighthouse",
    "facebookexternalhit",
    "facebookcatalog",
    "whatsapp",
    "telegram",
    "skypeuripreview",
    "mastodon",
    "misskey",
    "pleroma",
    "ghost/",
    "wordpress/",
    "discourse",
    "iframely",
    "synapse",
    "zulip",
    "vkshare",
    "pinterest",
    "bitlybot",
    "nuzzel",
    "quora link",
    "redditbot",
    "w3c_validator",
    "google-inspectiontool",
];

/// Whether this request shows the content to a person: not a prefetch, not a bot that unfurls links or indexes pages.
pub fn is_person(user_agent: Option<&str>, purpose: Option<&str>) -> bool {
    // All names in one pass, since every page asks; this kind of match is the one that compares many bytes at once.
    static MACHINE: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(MACHINES).ok());
    if purpose.is_some_and(|purpose| purpose.contains("prefetch") || purpose.contains("prerender")) {
        return false;
    }
    // No user agent at all: no browser.
    user_agent
        .filter(|agent| !agent.is_empty())
        .is_some_and(|agent| MACHINE.as_ref().is_some_and(|machine| !machine.is_match(&agent.to_ascii_lowercase())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_count_and_machines_do_not() {
        for agent in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
        ] {
            assert!(is_person(Some(agent), None));
            assert!(!is_person(Some(agent), Some("prefetch;prerender")));
        }
        for agent in
            ["Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1", "curl/8.5.0", "Mozilla/5.0 (compatible; Googlebot/2.1)", ""]
        {
            assert!(!is_person(Some(agent), None), "{agent}");
        }
        assert!(!is_person(None, None));
    }
}
