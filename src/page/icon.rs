//! The icons of the pages, drawn for a 16-pixel grid. They stand in the markup because the CSP forbids styles and images from
//! `data:`; stroke and size come from the style sheet.

pub(super) const USER: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="5.2" r="2.7"/><path d="M2.8 14c.4-3 2.4-4.6 5.2-4.6s4.8 1.6 5.2 4.6"/></svg>"#;
pub(super) const ASSISTANT: &str = r#"<svg class="solid" viewBox="0 0 16 16" aria-hidden="true"><path d="M7 1.5c.5 3.9 1.6 5 5.5 5.5-3.9.5-5 1.6-5.5 5.5-.5-3.9-1.6-5-5.5-5.5 3.9-.5 5-1.6 5.5-5.5zM12.7 10.3c.2 1.7.8 2.2 2.4 2.4-1.6.2-2.2.7-2.4 2.4-.2-1.7-.8-2.2-2.4-2.4 1.6-.2 2.2-.7 2.4-2.4z"/></svg>"#;
pub(super) const TOOL: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M10.2 2.1a3.7 3.7 0 0 0-4 5L1.9 11.4a1.5 1.5 0 0 0 2.2 2.2l4.3-4.3a3.7 3.7 0 0 0 5-4L11 7.5 8.5 5z"/></svg>"#;
pub(super) const THOUGHT: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M8 1.5a4.6 4.6 0 0 0-2.5 8.5v1.7h5V10A4.6 4.6 0 0 0 8 1.5zM6 14.3h4"/></svg>"#;
pub(super) const FILE: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M9.3 1.8H4.2a1 1 0 0 0-1 1v10.4a1 1 0 0 0 1 1h7.6a1 1 0 0 0 1-1V5.3zM9.3 1.8v3.5h3.5"/></svg>"#;
pub(super) const PICTURE: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><rect x="1.8" y="2.5" width="12.4" height="11" rx="1.8"/><circle cx="5.5" cy="6.1" r="1.2"/><path d="m2.2 12 3.5-3.2 2.3 2 2.7-2.8 3.3 3.2"/></svg>"#;
pub(super) const SOURCES: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.2"/><path d="M1.8 8h12.4M8 1.8c2.2 2 2.8 4 2.8 6.2S10.2 12.2 8 14.2C5.8 12.2 5.2 10.2 5.2 8S5.8 3.8 8 1.8z"/></svg>"#;
pub(super) const NOTICE: &str =
    r#"<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.2"/><path d="M8 7.3v3.6M8 4.9v.1"/></svg>"#;
pub(super) const LINK: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6.7 9.3a2.7 2.7 0 0 0 4 .3l2.2-2.2a2.7 2.7 0 0 0-3.8-3.8L8 4.7M9.3 6.7a2.7 2.7 0 0 0-4-.3L3.1 8.6a2.7 2.7 0 0 0 3.8 3.8L8 11.3"/></svg>"#;
pub(super) const LOCK: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><rect x="3" y="7" width="10" height="7.2" rx="1.8"/><path d="M5.3 7V4.9a2.7 2.7 0 0 1 5.4 0V7"/></svg>"#;
pub(super) const PERSON_LOCK: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="6.2" cy="4.7" r="2.5"/><path d="M1.5 13c.3-2.9 2-4.4 4.7-4.4M8.8 10.6h5.4v3.6H8.8zM10 10.6V9.5a1.5 1.5 0 0 1 3 0v1.1"/></svg>"#;
pub(super) const ABSENT: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.2"/><path d="M5.7 10.9c.6-.8 1.4-1.2 2.3-1.2s1.7.4 2.3 1.2M5.9 6.3v.1M10.1 6.3v.1"/></svg>"#;
pub(super) const OUT: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M6 3H3.8a1 1 0 0 0-1 1v8.2a1 1 0 0 0 1 1H12a1 1 0 0 0 1-1V10M9 2.5h4.5V7M13.3 2.7 7.5 8.5"/></svg>"#;
pub(super) const CHEVRON: &str =
    r#"<svg class="chevron" viewBox="0 0 16 16" aria-hidden="true"><path d="m6 3.8 4.2 4.2L6 12.2"/></svg>"#;
pub(super) const COPY: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><rect x="5.5" y="5.5" width="8" height="8.7" rx="1.6"/><path d="M10.5 3.4a1.6 1.6 0 0 0-1.6-1.6H4.1a1.6 1.6 0 0 0-1.6 1.6v5.4a1.6 1.6 0 0 0 1.6 1.6"/></svg>"#;
pub(super) const LIST: &str = r#"<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M5.8 3.8h8M5.8 8h8M5.8 12.2h8M2.4 3.8v.1M2.4 8v.1M2.4 12.2v.1"/></svg>"#;
