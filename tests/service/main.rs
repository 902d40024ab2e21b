//! The service by its front door: real PostgreSQL, real sockets, then status, body and what must not be there.
//!
//! Every test has a database of its own, cloned from a migrated template, and nodes of its own ([`harness`]).

mod access;
mod conversations;
mod harness;
mod headers;
mod house;
mod owner_api;
mod proxy;
mod raw;
mod readme;
mod revoke;
mod share_page;
mod shares;
mod shown;
mod limits;
mod surfaces;
mod unlock;
mod views;
