//! Identities: one newtype per thing, so that a debtor's id cannot be handed where an invoice's is meant.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text, the way it is stored and shown in URLs.
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self { Self(text) }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self { Self(text.to_owned()) }
        }
    )*};
}

id! {
    /// A creditor, and a tenant: no query crosses it.
    BusinessId,
    /// The person or company that owes.
    DebtorId,
    /// One debt item.
    InvoiceId,
    /// A reminder link; never the token itself.
    LinkId,
    /// A promise or a plan.
    CommitmentId,
    /// A consent to charge a card.
    MandateId,
    /// A dispute, a claim of payment or a hardship.
    DisputeId,
    /// One try at taking money; also the gateway's idempotency key.
    AttemptId,
    /// One balanced movement in the ledger.
    TransferId,
    /// A person who signs in to the console.
    UserId,
}
