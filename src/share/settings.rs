//! What owners send ([`New`], [`Change`]) and what they get back ([`Settings`]); the rules of SPEC section 3.

mod fields;

use super::{EmbedOrigins, Privacy, ShareId, ShortCode, Updates};
use crate::conversation::{
    FieldError,
    transcript::{Include, TranscriptHash},
};
use fields::{allowed_emails, boolean, conversation_id, embed_origins, expires_in, include, password, privacy};
use serde::Serialize;
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

/// The operator's part of the rules.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Characters a password must have at least.
    pub password_chars: usize,
    /// Whether `public` may be chosen.
    pub allow_public: bool,
}

/// A password as typed, byte-exact. It has no `Debug` and no `Display`.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Longer ones are refused before anything is hashed.
    pub const MAX_BYTES: usize = 1024;

    /// A password a reader typed: any that could have been set. `None` if it is too long or empty.
    pub fn typed(text: &str) -> Option<Self> {
        (1..=Self::MAX_BYTES).contains(&text.len()).then(|| Password(text.to_owned()))
    }

    /// The bytes to hash.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// What `POST /api/shares` asks for.
pub struct New {
    /// The host app's id of the conversation.
    pub conversation_id: String,
    /// The settings.
    pub options: Options,
}

/// Settings to begin with.
pub struct Options {
    /// Who may open it.
    pub privacy: Privacy,
    /// What opens it.
    pub password: Option<Password>,
    /// How long from now.
    pub expires_in: Option<Duration>,
    /// Folded to lower case; empty unless private.
    pub allowed_emails: Vec<String>,
    /// Frozen or live.
    pub updates: Updates,
    /// What it lets out.
    pub include: Include,
    /// Who may frame it.
    pub embed_origins: EmbedOrigins,
}

/// What `PATCH /api/shares/{shareId}` asks for. `None` leaves a field as it was.
#[derive(Default)]
pub struct Change {
    /// Who may open it.
    pub privacy: Option<Privacy>,
    /// `Some(None)` removes it.
    pub password: Option<Option<Password>>,
    /// `Some(None)` removes it; otherwise from now.
    pub expires_in: Option<Option<Duration>>,
    /// The whole new list.
    pub allowed_emails: Option<Vec<String>>,
    /// Frozen or live.
    pub updates: Option<Updates>,
    /// What of it is named; the rest stays, so that nothing hidden comes to light by the way.
    pub include: Option<IncludeChange>,
    /// Who may frame it.
    pub embed_origins: Option<EmbedOrigins>,
    /// Freeze the newest transcript now.
    pub publish: bool,
}

/// What of `include` somebody named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncludeChange {
    tool_calls: Option<bool>,
    reasoning: Option<bool>,
    attachments: Option<bool>,
    /// `Some(None)` shows all messages.
    messages: Option<Option<Vec<(u32, u32)>>>,
}

impl IncludeChange {
    /// What is included then.
    pub fn on(&self, before: &Include) -> Include {
        Include {
            tool_calls: self.tool_calls.unwrap_or(before.tool_calls),
            reasoning: self.reasoning.unwrap_or(before.reasoning),
            attachments: self.attachments.unwrap_or(before.attachments),
            messages: self.messages.clone().unwrap_or_else(|| before.messages.clone()),
        }
    }
}

/// A share as its owner sees it. URLs are added by the HTTP layer, which knows the base.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// Names the share to its owner.
    pub id: ShareId,
    /// The host app's id of the conversation.
    pub conversation_id: String,
    /// In the share's public URLs.
    pub short_code: ShortCode,
    /// Who may open it.
    pub privacy: Privacy,
    /// Whether a password stands before it; the password itself is nowhere.
    pub has_password: bool,
    /// Present on private shares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_emails: Option<Vec<String>>,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// Frozen or live; absent once it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updates: Option<Updates>,
    /// What it lets out.
    pub include: Include,
    /// Absent when anyone may frame it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embed_origins: Option<Vec<String>>,
    /// Views counted so far; at most a second behind.
    pub view_count: i64,
    /// When it was shared.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When its settings last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// When it ended for good; its password and addresses are gone then.
    #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub revoked_at: Option<OffsetDateTime>,
    /// Counts every change; names its card.
    #[serde(skip)]
    pub revision: i32,
    /// The version readers see now; names its card.
    #[serde(skip)]
    pub transcript: TranscriptHash,
}

/// Reads a JSON object field by field, gathers every error, and at the end refuses what nobody asked for.
struct Fields {
    map: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Fields {
    fn take<T>(&mut self, name: &str, parse: impl FnOnce(Value) -> Result<T, String>) -> Option<T> {
        match parse(self.map.remove(name)?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.errors.push(FieldError::new(name, message));
                None
            }
        }
    }

    fn take_object<T>(&mut self, name: &str, parse: impl FnOnce(Value) -> Result<T, Vec<FieldError>>) -> Option<T> {
        parse(self.map.remove(name)?).map_err(|errors| self.errors.extend(errors)).ok()
    }

    fn finish<T>(mut self, value: T) -> Result<T, Vec<FieldError>> {
        self.errors.extend(self.map.keys().map(|name| FieldError::new(name, "is not a field of this request")));
        if self.errors.is_empty() { Ok(value) } else { Err(self.errors) }
    }
}

impl New {
    /// Parses and checks the whole body; `now` is not needed, because times are relative until they are stored.
    ///
    /// # Errors
    /// Every bad field at once.
    pub fn parse(map: Map<String, Value>, rules: Rules) -> Result<New, Vec<FieldError>> {
        let mut fields = Fields { map, errors: Vec::new() };
        let conversation_id = fields.take("conversationId", conversation_id);
        if conversation_id.is_none() && !fields.errors.iter().any(|error| error.field == "conversationId") {
            fields.errors.push(FieldError::new("conversationId", "is required"));
        }
        let change = read(&mut fields, rules);
        let privacy = change.privacy.unwrap_or(Privacy::Unlisted);
        if let Some(error) = addresses_need_private(change.allowed_emails.as_deref(), privacy) {
            fields.errors.push(error);
        }
        let options = Options {
            privacy,
            password: change.password.flatten(),
            expires_in: change.expires_in.flatten(),
            allowed_emails: change.allowed_emails.unwrap_or_default(),
            updates: change.updates.unwrap_or(Updates::Frozen),
            include: change.include.unwrap_or_default().on(&Include::default()),
            embed_origins: change.embed_origins.unwrap_or(EmbedOrigins::Any),
        };
        fields.finish(New { conversation_id: conversation_id.unwrap_or_default(), options })
    }
}

impl Change {
    /// Parses and checks what can be checked without the share; [`addresses_need_private`] is asked again where it is known.
    ///
    /// # Errors
    /// Every bad field at once.
    pub fn parse(map: Map<String, Value>, rules: Rules) -> Result<Change, Vec<FieldError>> {
        let mut fields = Fields { map, errors: Vec::new() };
        let publish = fields.take("publish", boolean).unwrap_or(false);
        let change = Change { publish, ..read(&mut fields, rules) };
        fields.finish(change)
    }
}

/// Addresses guard only private shares: to accept them elsewhere would promise what does not hold.
pub fn addresses_need_private(addresses: Option<&[String]>, privacy: Privacy) -> Option<FieldError> {
    let pointless = privacy != Privacy::Private && addresses.is_some_and(|addresses| !addresses.is_empty());
    pointless.then(|| FieldError::new("allowedEmails", "goes only with privacy \"private\""))
}

fn read(fields: &mut Fields, rules: Rules) -> Change {
    Change {
        privacy: fields.take("privacy", |value| privacy(value, rules)),
        password: fields.take("password", |value| password(value, rules)).flatten(),
        expires_in: fields.take("expiresIn", expires_in),
        allowed_emails: fields.take("allowedEmails", allowed_emails),
        updates: fields.take("updates", |value| {
            value.as_str().and_then(|word| word.parse().ok()).ok_or_else(|| "is \"frozen\" or \"live\"".to_owned())
        }),
        include: fields.take_object("include", include),
        embed_origins: fields.take("embedOrigins", embed_origins),
        publish: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RULES: Rules = Rules { password_chars: 8, allow_public: true };

    fn fields_refused(body: Value) -> Vec<String> {
        let Value::Object(map) = body else { panic!("an object") };
        match New::parse(map, RULES) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.field).collect(),
        }
    }

    #[test]
    fn every_bad_field_is_named_at_once() {
        let bad = json!({"privacy": "secret", "password": "short", "expiresIn": 0, "allowedEmails": ["no"], "updates": 1,
            "include": {"toolcalls": true}, "embedOrigins": ["https://a.example/path"], "colour": "red"});
        assert_eq!(
            fields_refused(bad),
            [
                "conversationId",
                "privacy",
                "password",
                "expiresIn",
                "allowedEmails",
                "updates",
                "include.toolcalls",
                "embedOrigins",
                "colour"
            ]
        );
        assert!(fields_refused(json!({"conversationId": "c1"})).is_empty());
    }

    #[test]
    fn the_edges_of_each_rule() {
        let refused = |name: &str, value: Value| {
            !fields_refused(json!({"conversationId": "c", "privacy": "private", name: value})).is_empty()
        };
        for (name, good) in [
            ("password", json!("12345678")),
            ("password", json!("ÄÖÜäöüß€")),
            ("password", json!("x".repeat(1024))),
            ("password", json!("")),
            ("password", json!(null)),
            ("expiresIn", json!(0.5)),
            ("expiresIn", json!(87_600)),
            ("expiresIn", json!(null)),
            ("allowedEmails", json!(["Ann@Example.org", " bob+x@mail.example "])),
            ("include", json!({"messages": [[1, 1], [3, 9]]})),
            ("embedOrigins", json!([])),
            ("embedOrigins", json!(["https://blog.example", "http://localhost:3000", "https://*.example.com"])),
        ] {
            assert!(!refused(name, good.clone()), "{name} {good}");
        }
        for (name, bad) in [
            ("password", json!("1234567")),
            ("password", json!("x".repeat(1025))),
            ("password", json!(12_345_678)),
            ("expiresIn", json!(-1)),
            ("expiresIn", json!(87_600.1)),
            ("expiresIn", json!("24")),
            ("allowedEmails", json!("ann@example.org")),
            ("allowedEmails", json!(["Ann <ann@example.org>"])),
            ("allowedEmails", json!(["ann@example.org\r\nBcc: all@example.org"])),
            ("allowedEmails", json!(["a@b.example,c@d.example"])),
            ("allowedEmails", json!(vec!["a@b.example"; 501])),
            ("include", json!({"messages": [[2, 1]]})),
            ("include", json!({"messages": [[0, 1]]})),
            ("include", json!({"messages": []})),
            ("embedOrigins", json!(["*"])),
            ("embedOrigins", json!(["*://example.com"])),
            ("embedOrigins", json!(["https://*.*.com"])),
            ("embedOrigins", json!(["https://a.example b.example"])),
            ("embedOrigins", json!(["https://a.example; script-src *"])),
            ("embedOrigins", json!(["https://u:p@a.example"])),
            ("embedOrigins", json!(["javascript://a.example"])),
            ("embedOrigins", json!(vec!["https://a.example"; 51])),
        ] {
            assert!(refused(name, bad.clone()), "{name} {bad}");
        }
    }
}
