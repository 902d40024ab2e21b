//! Vitrine shares AI conversations: a link with access control, a page worth reading, a preview card and an embed.
//!
//! Modules stand in import order: each imports only from those above it (`tests/service/house.rs` checks that), so reading this
//! file downwards is reading the program from its facts to its sockets. `*/store.rs` and `share/lookup.rs` are where SQL lives: they stand
//! after `postgres` and may import everything before it.

// Conversations: the model, what hosts push, what people import, Markdown made safe.
pub mod conversation;
// Shares: their settings, the access decision, the grouped lookup, view counts.
pub mod share;
// Signed tokens: one algorithm, one purpose each.
pub mod token;
// Readers: where they come from and what they have proved.
pub mod reader;
// Owners: API keys of host apps and the tokens minted with them.
pub mod owner;
// How often anybody may do anything.
pub mod rate_limit;
// The embed snippet and who may frame it.
pub mod embed;
// The oEmbed document, as JSON and XML.
pub mod oembed;
// Preview cards: words in, PNG out. Imports nothing of ours.
pub mod og_image;
// HTML pages: sailfish templates and their style sheets.
pub mod page;
// Scripts and style sheets under content-hashed names, compressed once.
pub mod asset;
// Rendered pages and drawn cards, kept in memory by content.
pub mod cache;
// The one database: pool, private cluster, migrations.
pub mod postgres;
// Every setting, its default and its error text.
pub mod config;
// Logs.
pub mod telemetry;
// Everything a handler needs, built once.
pub mod app;
// URLs, headers, errors and the handlers behind them.
pub mod http;
// The commands.
pub mod cli;
