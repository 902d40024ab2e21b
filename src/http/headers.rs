//! Response headers: one builder for every surface, each line with its why. `tests/service/headers.rs` asks every route for them.

use crate::embed::frame_ancestors;
use crate::share::EmbedOrigins;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::sync::OnceLock;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// Stands in for a policy that cannot be sent, which validated origins do not make.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const EMBEDDER_POLICY: HeaderName = HeaderName::from_static("cross-origin-embedder-policy");

/// What kind of thing a URL answers with; decides headers and the form of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// A page for people, top-level only.
    Page,
    /// A page that other sites frame.
    Frame,
    /// JSON or XML for machines.
    Json,
    /// The page's Markdown or JSON twin.
    Twin,
    /// A picture that other sites show.
    Image,
    /// An attachment of a share, shown by its page and its frame.
    File,
    /// A script or style sheet that our pages use inside other sites' frames.
    Asset,
}

/// Whose scripts may read the answer (CORS). Never with credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cors {
    /// Our own pages' only.
    Same,
    /// The configured host apps'.
    HostApps,
    /// Anybody's: a sandboxed frame has the origin `null` and must reach what it is made of.
    Anyone,
}

/// Who may keep the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CachePolicy {
    /// Nobody: protected, personal or an error.
    Never,
    /// Anybody, to ask again each time whether it still holds; so that a revoke holds at once.
    Revalidate,
    /// Anybody, for ever: the name changes with the content.
    Immutable,
    /// Anybody, for an hour: the loader, whose name is fixed.
    Hour,
}

impl CachePolicy {
    fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            CachePolicy::Never => "no-store",
            CachePolicy::Revalidate => "public, no-cache",
            CachePolicy::Immutable => "public, max-age=31536000, immutable",
            CachePolicy::Hour => "public, max-age=3600",
        })
    }
}

/// What a handler knows that headers depend on.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Who may keep it.
    pub cache: CachePolicy,
    /// Search engines may list it.
    pub indexable: bool,
    /// Who may frame it; only frames ask.
    pub embed_origins: EmbedOrigins,
    /// Only readers who proved something see it.
    pub protected: bool,
}

/// What every answer of this surface carries.
pub fn of(surface: Surface, cors: Cors, facts: &Facts) -> HeaderMap {
    const CORS: usize = Cors::Anyone as usize + 1;
    const POLICIES: usize = CachePolicy::Hour as usize + 1;
    // Built once for each of the few ways in which they differ: every answer needs a copy.
    const WAYS: usize = (Surface::Asset as usize + 1) * CORS * POLICIES * 2 * 2;
    static BUILT: [OnceLock<HeaderMap>; WAYS] = [const { OnceLock::new() }; WAYS];
    let place = (surface as usize * CORS + cors as usize) * POLICIES + facts.cache as usize;
    let place = (place * 2 + usize::from(facts.indexable)) * 2 + usize::from(facts.protected);
    let mut headers = match BUILT.get(place) {
        Some(built) => built.get_or_init(|| build(surface, cors, facts)).clone(),
        None => build(surface, cors, facts),
    };
    // Only a restricted frame's policy is made anew each time.
    if surface == Surface::Frame && facts.embed_origins != EmbedOrigins::Any {
        let policy = HeaderValue::try_from(content_security_policy(surface, &facts.embed_origins));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.unwrap_or(NOTHING));
    }
    headers
}

fn build(surface: Surface, cors: Cors, facts: &Facts) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &'static str| drop(headers.insert(name, HeaderValue::from_static(value)));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Nothing here uses a sensor or a payment; a frame's host may not lend us one.
    set(PERMISSIONS_POLICY, "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), browsing-topics=()");
    if !facts.indexable {
        set(ROBOTS, "noindex, nofollow, noarchive");
    }
    // A protected page's address is not told to whoever it links to; an open one's origin may be.
    let private = facts.protected || surface == Surface::Frame || facts.cache == CachePolicy::Never;
    set(header::REFERRER_POLICY, if private { "no-referrer" } else { "strict-origin" });
    let resource_policy = match surface {
        // Frames and what they are made of load inside cross-origin-isolated hosts and opaque origins.
        Surface::Frame | Surface::Image | Surface::Asset => "cross-origin",
        // A cookie opens it to the page alone; a frame asks by a script that CORS lets.
        Surface::File if facts.protected => "same-origin",
        Surface::File => "cross-origin",
        Surface::Page | Surface::Twin => "same-origin",
        Surface::Json if cors == Cors::Anyone => "cross-origin",
        Surface::Json => "same-origin",
    };
    set(RESOURCE_POLICY, resource_policy);
    match surface {
        // No window that opened us, or that we open, holds a handle on us.
        Surface::Page => {
            set(OPENER_POLICY, "same-origin");
            set(header::X_FRAME_OPTIONS, "DENY");
        }
        // An isolated host frames only what asks the same of its own parts.
        Surface::Frame => set(EMBEDDER_POLICY, "require-corp"),
        Surface::Json | Surface::Twin | Surface::Image | Surface::File | Surface::Asset => {}
    }
    if cors == Cors::Anyone {
        set(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }
    headers.insert(header::CACHE_CONTROL, facts.cache.value());
    if let Ok(policy) = HeaderValue::try_from(content_security_policy(surface, &EmbedOrigins::Any)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers
}

/// The policy, built line by line.
fn content_security_policy(surface: Surface, embed_origins: &EmbedOrigins) -> String {
    // Whatever is not named is refused.
    let mut policy = vec!["default-src 'none'".to_owned()];
    let mut add = |line: &str| policy.push(line.to_owned());
    // A `<base>` smuggled into a message would redirect every relative link.
    add("base-uri 'none'");
    match surface {
        Surface::Page => {
            // Our files only: no inline script or style anywhere, so injected markup runs nothing.
            add("script-src 'self'");
            add("style-src 'self'");
            // That of formulas.
            add("font-src 'self'");
            // The icon, and attached pictures; those of other hosts are links.
            add("img-src 'self'");
            // The rest of a long conversation, and a message as Markdown, by fetch.
            add("connect-src 'self'");
            // The unlock form.
            add("form-action 'self'");
            add("frame-ancestors 'none'");
        }
        Surface::Frame => {
            // In an opaque origin `'self'` still means the URL's own origin (INTEROP section 9).
            add("script-src 'self'");
            add("style-src 'self'");
            add("font-src 'self'");
            // `blob:` is what a frame's own script makes of pictures that it fetched with its grant.
            add("img-src 'self' blob:");
            // Unlocking, by fetch.
            add("connect-src 'self'");
            add("form-action 'none'");
            // None at all for an unrestricted share: `*` would refuse sandboxed, data: and file: parents.
            if let Some(ancestors) = frame_ancestors(embed_origins) {
                add(&format!("frame-ancestors {ancestors}"));
            }
        }
        // Never documents; should a browser show one all the same, it can do nothing.
        Surface::Json | Surface::Twin | Surface::Image | Surface::File | Surface::Asset => {
            add("form-action 'none'");
            add("frame-ancestors 'none'");
            add("sandbox");
        }
    }
    policy.join("; ")
}
