//! Every way to ask for a share without owning it, and what the table of SPEC section 5 answers.

use crate::harness::{Node, PICTURE_FILE};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;

/// What the decision says of a share to a reader who has proved nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    Open,
    Locked,
    SignIn,
    Absent,
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Page,
    Frame,
    Oembed,
    Card,
    Twin,
    File,
    EmbedCode,
    /// By JSON, with a wrong password.
    Unlock,
    /// By form, with a wrong password.
    Form,
}

impl Kind {
    /// The table.
    pub fn status(self, gate: Gate) -> u16 {
        use Gate::{Absent, Locked, Open, SignIn};
        match (self, gate) {
            (_, Absent) => 404,
            (Kind::Form, Open) => 303,
            (_, Open) => 200,
            (Kind::Page | Kind::Frame | Kind::Card, Locked | SignIn) => 200,
            (Kind::Oembed, Locked) => 200,
            (Kind::Oembed, SignIn) => 401,
            (Kind::Twin | Kind::File | Kind::EmbedCode | Kind::Unlock | Kind::Form, Locked | SignIn) => 401,
        }
    }
}

/// One URL, and how it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Surface {
    pub kind: Kind,
    pattern: &'static str,
    accept: &'static str,
}

const fn surface(kind: Kind, pattern: &'static str, accept: &'static str) -> Surface {
    Surface { kind, pattern, accept }
}

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// All of them. `{page}` and `{frame}` are the share's URLs, encoded; `{picture}` is in every conversation of the harness.
pub const SURFACES: &[Surface] = &[
    surface(Kind::Page, "/s/{code}", HTML),
    surface(Kind::Page, "/s/{code}?fbclid=1&theme=none", HTML),
    surface(Kind::Frame, "/embed/{code}", HTML),
    surface(Kind::Frame, "/embed/{code}?theme=dark&from=2&to=3", HTML),
    surface(Kind::Twin, "/s/{code}.md", "*/*"),
    surface(Kind::Twin, "/s/{code}.json", "*/*"),
    surface(Kind::Twin, "/s/{code}", "text/markdown"),
    surface(Kind::Twin, "/s/{code}", "application/json, text/html;q=0.5"),
    surface(Kind::File, "/s/{code}/files/{picture}", "image/*"),
    surface(Kind::Oembed, "/oembed?url={page}", "*/*"),
    surface(Kind::Oembed, "/oembed?format=xml&url={frame}", "*/*"),
    surface(Kind::Card, "/api/shares/{code}/og-image", "image/*"),
    surface(Kind::Card, "/api/shares/{code}/og-image/0123456789abcdef.png", "image/*"),
    surface(Kind::EmbedCode, "/api/shares/{code}/embed-code", "*/*"),
    surface(Kind::Unlock, "/api/shares/{code}/unlock", "*/*"),
    surface(Kind::Form, "/s/{code}/unlock", HTML),
];

impl Surface {
    /// GET, or POST for those that take nothing else.
    pub fn method(&self) -> Method {
        if matches!(self.kind, Kind::Unlock | Kind::Form) { Method::POST } else { Method::GET }
    }

    /// Its path for one share.
    pub fn path(&self, node: &Node, code: &str) -> String {
        let encoded = |path: &str| format!("{}/{path}/{code}", node.base).replace(':', "%3A").replace('/', "%2F");
        self.pattern
            .replace("{page}", &encoded("s"))
            .replace("{frame}", &encoded("embed"))
            .replace("{code}", code)
            .replace("{picture}", PICTURE_FILE)
    }

    /// The request, whole.
    pub fn ask(&self, client: &Client, method: Method, node: &Node, code: &str) -> RequestBuilder {
        let request = client.request(method, format!("{}{}", node.base, self.path(node, code))).header("accept", self.accept);
        match self.kind {
            Kind::Unlock => request.json(&json!({"password": "not the password"})),
            Kind::Form => request.form(&[("password", "not the password")]),
            _ => request,
        }
    }

    /// Whether words of an open share stand in its answer.
    pub fn shows_text(&self) -> bool {
        !matches!(self.kind, Kind::Card | Kind::File | Kind::Form)
    }
}
