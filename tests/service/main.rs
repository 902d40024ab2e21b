//! The service by its front door: real PostgreSQL, real sockets, then status, body and what must not be there.
//!
//! Every test has a database of its own, cloned from a migrated template, and nodes of its own ([`harness`]).

mod access;
mod harness;
mod headers;
mod house;
mod raw;
mod revoke;
mod surfaces;
mod readme;
mod share_page;
