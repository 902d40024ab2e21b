//! A stranger's blog post, for `vitrine demo`: what an embed looks like where people publish.

use super::render;
use sailfish::TemplateSimple;

/// What the post shows and where its parts come from. It carries a style sheet of its own and none of ours.
#[derive(Clone, Copy, Debug, TemplateSimple)]
#[template(path = "host_demo.stpl")]
pub struct HostDemo<'a> {
    /// The post's own style sheet.
    pub stylesheet: &'a str,
    /// The loader.
    pub embed_js: &'a str,
    /// An open share.
    pub share: &'a str,
    /// A share behind a password.
    pub locked: &'a str,
    /// The password, told to whoever tries the demo.
    pub password: &'a str,
}

/// The blog post.
pub fn host_demo(demo: HostDemo<'_>) -> String {
    render(demo)
}
