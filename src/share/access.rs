//! The one decision: may this reader see this share, now?
//!
//! Content can be loaded only with the [`Open`] that [`decide`] gives out, so no surface can forget to ask.

use super::{EmbedOrigins, Privacy, ShareId, ShortCode};
use crate::conversation::transcript::{Include, TranscriptHash};
use std::sync::Arc;
use time::OffsetDateTime;

/// What the lookup read about a share that exists, is not revoked and has not expired by the database's clock.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Names the share to its owner.
    pub id: ShareId,
    /// Names it to readers.
    pub code: ShortCode,
    /// Who may open it.
    pub privacy: Privacy,
    /// Whether a password stands before it.
    pub has_password: bool,
    /// Grants of other epochs are void.
    pub epoch: i32,
    /// Counts every change of the share; part of cache keys.
    pub revision: i32,
    /// The version readers see now.
    pub transcript: TranscriptHash,
    /// What the share lets out of it.
    pub include: Include,
    /// Who may frame it.
    pub embed_origins: EmbedOrigins,
    /// When it was shared.
    pub created_at: OffsetDateTime,
}

/// What a reader has proved about one share, read from a grant whose signature held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The share it was given for.
    pub share: ShareId,
    /// The share's epoch when it was given.
    pub epoch: i32,
    /// When it ends.
    pub expires_at: OffsetDateTime,
    /// The password was right.
    pub password: bool,
    /// A listed mailbox was proved.
    pub mailbox: bool,
}

/// The answer, and with it what a surface may say.
#[derive(Debug)]
pub enum Access {
    /// Show it.
    Open(Open),
    /// Ask for the password; say nothing else.
    Locked,
    /// Ask for a mailbox; say nothing else.
    SignIn,
    /// There is no such share, and there never was.
    Absent,
}

/// Proof that this request may see this share's content. Only [`decide`] makes one.
#[derive(Debug)]
pub struct Open {
    facts: Arc<Facts>,
}

impl Open {
    /// The share that is open.
    pub fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    /// Open to everybody, so that shared caches may keep it for revalidation and cards may show it.
    pub fn is_open_to_all(&self) -> bool {
        is_open_to_all(&self.facts)
    }

    /// Search engines may list it.
    pub fn is_indexable(&self) -> bool {
        self.is_open_to_all() && self.facts.privacy == Privacy::Public
    }
}

fn is_open_to_all(facts: &Facts) -> bool {
    facts.privacy != Privacy::Private && !facts.has_password
}

/// Decides from the share's facts (`None`: unknown, revoked or expired), what the reader has proved, and the time.
pub fn decide(facts: Option<Arc<Facts>>, proof: Option<&Proof>, now: OffsetDateTime) -> Access {
    let Some(facts) = facts else { return Access::Absent };
    let proof = proof.filter(|proof| proof.share == facts.id && proof.epoch == facts.epoch && now < proof.expires_at);
    if facts.privacy == Privacy::Private && !proof.is_some_and(|proof| proof.mailbox) {
        return Access::SignIn;
    }
    if facts.has_password && !proof.is_some_and(|proof| proof.password) {
        return Access::Locked;
    }
    Access::Open(Open { facts })
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};

    const NOW: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

    fn facts(privacy: Privacy, has_password: bool) -> Option<Arc<Facts>> {
        Some(Arc::new(Facts {
            id: "a".repeat(20).parse().unwrap(),
            code: "c".repeat(12).parse().unwrap(),
            privacy,
            has_password,
            epoch: 3,
            revision: 1,
            transcript: TranscriptHash([0; 32]),
            include: Include::default(),
            embed_origins: EmbedOrigins::Any,
            created_at: NOW,
        }))
    }

    fn proof(password: bool, mailbox: bool) -> Proof {
        Proof { share: "a".repeat(20).parse().unwrap(), epoch: 3, expires_at: NOW + Duration::hours(1), password, mailbox }
    }

    fn word(access: Access) -> &'static str {
        match access {
            Access::Open(_) => "open",
            Access::Locked => "locked",
            Access::SignIn => "sign-in",
            Access::Absent => "absent",
        }
    }

    #[test]
    fn every_state_with_every_proof() {
        use Privacy::{Private, Public, Unlisted};
        let (nothing, password, mailbox, both) =
            (None, Some(proof(true, false)), Some(proof(false, true)), Some(proof(true, true)));
        for (privacy, has_password, given, expected) in [
            (Public, false, &nothing, "open"),
            (Unlisted, false, &nothing, "open"),
            (Public, true, &nothing, "locked"),
            (Unlisted, true, &nothing, "locked"),
            (Unlisted, true, &mailbox, "locked"),
            (Unlisted, true, &password, "open"),
            (Private, false, &nothing, "sign-in"),
            (Private, false, &password, "sign-in"),
            (Private, false, &mailbox, "open"),
            (Private, true, &nothing, "sign-in"),
            (Private, true, &password, "sign-in"),
            (Private, true, &mailbox, "locked"),
            (Private, true, &both, "open"),
        ] {
            assert_eq!(
                word(decide(facts(privacy, has_password), given.as_ref(), NOW)),
                expected,
                "{privacy:?} {has_password} {given:?}"
            );
        }
        assert_eq!(word(decide(None, both.as_ref(), NOW)), "absent");
    }

    #[test]
    fn a_proof_of_another_share_epoch_or_hour_proves_nothing() {
        let good = proof(true, true);
        for bad in [
            Proof { share: "b".repeat(20).parse().unwrap(), ..good.clone() },
            Proof { epoch: 2, ..good.clone() },
            Proof { epoch: 4, ..good.clone() },
            Proof { expires_at: NOW, ..good.clone() },
        ] {
            assert_eq!(word(decide(facts(Privacy::Unlisted, true), Some(&bad), NOW)), "locked", "{bad:?}");
            assert_eq!(word(decide(facts(Privacy::Private, false), Some(&bad), NOW)), "sign-in", "{bad:?}");
        }
    }
}
