//! Who manages conversations and shares: host apps by API key, their users by owner token.

pub mod api_key;
pub mod store;
pub mod token;

/// Whoever manages, proved by a key or a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The host app's row.
    pub host_app: i64,
    /// How much of it.
    pub reach: Reach,
}

/// How much of a host app's data a credential reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of it: an API key.
    HostApp,
    /// One user's conversations: an owner token.
    User {
        /// In the host app's words.
        owner_id: String,
        /// Only this one of them. The host app vouches for it, so a conversation that was pushed without an owner counts too.
        conversation_id: Option<String>,
    },
}

impl Owner {
    /// Host app, owner, and the one conversation: the first three parameters of every owner's query.
    pub fn scope(&self) -> (i64, Option<&str>, Option<&str>) {
        match &self.reach {
            Reach::HostApp => (self.host_app, None, None),
            Reach::User { owner_id, conversation_id } => (self.host_app, Some(owner_id), conversation_id.as_deref()),
        }
    }
}
