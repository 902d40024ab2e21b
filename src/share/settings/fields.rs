//! The rule of each field: a JSON value in, what it means or the rule it breaks out.

use super::{Fields, IncludeChange, Password, Rules};
use crate::{
    conversation::{ConversationId, FieldError},
    share::{EmbedOrigins, Privacy},
};
use serde_json::Value;
use std::collections::BTreeSet;
use time::Duration;
use url::Url;

const MAX_HOURS: f64 = 87_600.0;
const MAX_EMAILS: usize = 500;
const MAX_ORIGINS: usize = 50;
const MAX_RANGES: usize = 100;

pub(super) fn conversation_id(value: Value) -> Result<String, String> {
    let id = value.as_str().and_then(|id| id.parse::<ConversationId>().ok());
    id.map(|id| id.0).ok_or_else(|| ConversationId::RULE.to_owned())
}

pub(super) fn boolean(value: Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "is true or false".to_owned())
}

pub(super) fn privacy(value: Value, rules: Rules) -> Result<Privacy, String> {
    let privacy =
        value.as_str().and_then(|word| word.parse().ok()).ok_or_else(|| "is \"public\", \"unlisted\" or \"private\"".to_owned())?;
    if privacy == Privacy::Public && !rules.allow_public {
        return Err("may not be \"public\": the operator of this service does not allow it".to_owned());
    }
    Ok(privacy)
}

/// The outer `None` leaves the password alone (`""`), the inner one removes it (`null`).
pub(super) fn password(value: Value, rules: Rules) -> Result<Option<Option<Password>>, String> {
    match value {
        Value::Null => Ok(Some(None)),
        Value::String(text) if text.is_empty() => Ok(None),
        Value::String(text) if text.len() > Password::MAX_BYTES => Err(format!("is at most {} bytes", Password::MAX_BYTES)),
        Value::String(text) if text.chars().count() < rules.password_chars => {
            Err(format!("is at least {} characters", rules.password_chars))
        }
        Value::String(text) if text.contains('\0') => Err("holds no NUL".to_owned()),
        Value::String(text) => Ok(Some(Some(Password(text)))),
        _ => Err("is a string, or null for none".to_owned()),
    }
}

pub(super) fn expires_in(value: Value) -> Result<Option<Duration>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let hours = value.as_f64().filter(|hours| *hours > 0.0 && *hours <= MAX_HOURS);
    let hours = hours.ok_or_else(|| "is hours from now, above 0 and at most 87,600, or null for never".to_owned())?;
    Ok(Some(Duration::seconds_f64(hours * 3600.0).max(Duration::milliseconds(1))))
}

pub(super) fn allowed_emails(value: Value) -> Result<Vec<String>, String> {
    let list = strings(&value).ok_or_else(|| "is a list of e-mail addresses".to_owned())?;
    if list.len() > MAX_EMAILS {
        return Err(format!("holds at most {MAX_EMAILS} addresses"));
    }
    let mut folded = BTreeSet::new();
    for (index, address) in list.iter().enumerate() {
        // The position, not the address: an error may end up in a log.
        folded.insert(email_address(address).ok_or_else(|| format!("[{index}] is not an e-mail address"))?);
    }
    Ok(folded.into_iter().collect())
}

/// The address folded to lower case, or `None`. One mailbox only: no display name, no list, no quoted local part, nothing that
/// could end a mail header (RFC 5321 sections 4.1.2 and 4.5.3.1).
fn email_address(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@')?;
    let local_char = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let good = (1..=64).contains(&local.len())
        && local.chars().all(local_char)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && domain.len() <= 253
        && domain.contains('.')
        && domain.split('.').all(label);
    good.then(|| text.to_lowercase())
}

fn strings(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}

/// Read field by field like the object it stands in; errors are named `include.…`.
pub(super) fn include(value: Value) -> Result<IncludeChange, Vec<FieldError>> {
    let Value::Object(map) = value else { return Err(vec![FieldError::new("include", "is an object")]) };
    let mut fields = Fields { map, errors: Vec::new() };
    let include = IncludeChange {
        tool_calls: fields.take("toolCalls", boolean),
        reasoning: fields.take("reasoning", boolean),
        attachments: fields.take("attachments", boolean),
        messages: fields.take("messages", ranges),
    };
    fields.finish(include).map_err(|errors| {
        errors.into_iter().map(|error| FieldError::new(format!("include.{}", error.field), error.message)).collect()
    })
}

fn ranges(value: Value) -> Result<Option<Vec<(u32, u32)>>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let rule = || {
        format!("is one to {MAX_RANGES} pairs of message numbers [from, to], from 1 on and from not after to; leave it out for all")
    };
    let pair = |value: &Value| {
        let [from, to] = &value.as_array()?[..] else { return None };
        let number =
            |value: &Value| u32::try_from(value.as_u64()?).ok().filter(|number| (1..=i32::MAX.unsigned_abs()).contains(number));
        Some((number(from)?, number(to)?)).filter(|(from, to)| from <= to)
    };
    let pairs: Option<Vec<_>> = value.as_array().ok_or_else(rule)?.iter().map(pair).collect();
    pairs.filter(|pairs| (1..=MAX_RANGES).contains(&pairs.len())).map(Some).ok_or_else(rule)
}

pub(super) fn embed_origins(value: Value) -> Result<EmbedOrigins, String> {
    if value.is_null() {
        return Ok(EmbedOrigins::Any);
    }
    let list = strings(&value).ok_or_else(|| "is a list of origins, or null for any".to_owned())?;
    if list.len() > MAX_ORIGINS {
        return Err(format!("holds at most {MAX_ORIGINS} origins"));
    }
    let origins: Result<BTreeSet<_>, _> = list
        .iter()
        .enumerate()
        .map(|(index, text)| {
            origin(text).ok_or_else(|| {
                format!("[{index}] is not an origin such as https://blog.example or https://*.example.com, without path or space")
            })
        })
        .collect();
    Ok(EmbedOrigins::Only(origins?.into_iter().collect()))
}

/// A CSP host-source with a scheme (CSP Level 3, section 2.3.1): one leading `*.` label is allowed, a path or anything that could
/// end the directive is not. Returned as browsers normalise it.
fn origin(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let wildcard = rest.starts_with("*.");
    let url = Url::parse(&format!("{scheme}://{}", rest.strip_prefix("*.").unwrap_or(rest))).ok()?;
    let bare = matches!(url.scheme(), "http" | "https")
        && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"/?#@;,'\"\\".contains(&byte))
        && url.host_str().is_some_and(|host| !host.is_empty() && !host.contains('*'));
    let ascii = url.origin().ascii_serialization();
    match (bare, wildcard) {
        (false, _) => None,
        (true, false) => Some(ascii),
        (true, true) => ascii.split_once("://").map(|(scheme, host)| format!("{scheme}://*.{host}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_fold_and_repeats_go() {
        let folded = allowed_emails(json!(["Ann@Example.ORG", "ann@example.org"]));
        assert_eq!(folded, Ok(vec!["ann@example.org".to_owned()]));
    }
}
