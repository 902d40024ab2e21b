//! Vitrine shares AI conversations. Modules stand in import order: each imports only from those above it
//! (`tests/service/house.rs` checks that), so reading this file downwards is reading the program from its facts to its sockets.

/// Everything a handler needs, built once.
pub mod app;
/// Scripts and style sheets under content-hashed names, compressed once.
pub mod asset;
/// The commands.
pub mod cli;
/// Every setting, its default and its error text.
pub mod config;
/// Conversations: the model, what hosts push, what people import, Markdown made safe.
pub mod conversation;
/// The embed snippet and who may frame it.
pub mod embed;
/// URLs, headers, errors and the handlers behind them.
pub mod http;
/// The oEmbed document, as JSON and XML.
pub mod oembed;
/// Preview cards: words in, PNG out. Imports nothing of ours.
pub mod og_image;
/// Owners: API keys of host apps and the tokens minted with them.
pub mod owner;
/// HTML pages: sailfish templates and their style sheets.
pub mod page;
/// The one database: pool, private cluster, migrations.
pub mod postgres;
/// How often anybody may do anything.
pub mod rate_limit;
/// Readers: where they come from and what they have proved.
pub mod reader;
/// Shares: their settings, the access decision, the grouped lookup, view counts.
pub mod share;
/// Logs.
pub mod telemetry;
