//! Ids and times as dumps of MongoDB write them (Extended JSON), which several products export.

use crate::conversation::json;
use serde_json::Value;
use time::OffsetDateTime;

/// A string, or `{"$oid": "…"}`.
pub(super) fn id(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value["$oid"].as_str()).filter(|id| !id.is_empty())
}

/// A time as products write it, or `{"$date": …}` around it, also with `{"$numberLong": "…"}` in that.
pub(super) fn moment(value: &Value) -> Option<OffsetDateTime> {
    let Value::Object(_) = value else { return json::moment(value) };
    let date = &value["$date"];
    match date["$numberLong"].as_str().and_then(|millis| millis.parse::<i64>().ok()) {
        // Milliseconds, whatever their size.
        Some(millis) => OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok(),
        None => json::moment(date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_and_extended_forms_are_the_same() {
        let expected = json::moment(&json!("2024-05-01T17:37:11Z"));
        assert!(expected.is_some());
        for value in [
            json!("2024-05-01T17:37:11Z"),
            json!({"$date": "2024-05-01T17:37:11Z"}),
            json!({"$date": 1_714_585_031_000_i64}),
            json!({"$date": {"$numberLong": "1714585031000"}}),
        ] {
            assert_eq!(moment(&value), expected, "{value}");
        }
        assert_eq!(moment(&json!({"$date": {"$numberLong": "99999999999999999"}})), None);
        assert_eq!((id(&json!({"$oid": "6a"})), id(&json!("6a")), id(&json!(7))), (Some("6a"), Some("6a"), None));
    }
}
