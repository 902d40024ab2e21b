//! The service by its front door: real PostgreSQL, real sockets, then status, body and what must not be there.
//!
//! Every test has a database of its own, cloned from a migrated template, and nodes of its own ([`harness`]).

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, and clippy takes only the functions under #[test] for tests"
)]

mod access;
mod attachments;
mod bad_input;
mod cancellation;
mod conversations;
mod embed;
mod harness;
mod headers;
mod house;
mod import;
mod imports;
mod limits;
mod oembed;
mod og_image;
mod outage;
mod owner_api;
mod owner_tokens;
mod program;
mod proxy;
mod raw;
mod readme;
mod revoke;
mod server;
mod share_page;
mod shares;
mod shown;
mod surfaces;
mod twins;
mod unlock;
mod views;
