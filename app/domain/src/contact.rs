//! Contact: the ways in which a person is reached, and when somebody asks us to stop. Whether a person may be reminded now is
//! decided by [`crate::reminder`].

use serde::{Deserialize, Serialize};

mod stop;
pub use stop::says_stop;

/// A way to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// An e-mail.
    Email,
    /// A text message.
    Sms,
    /// A letter on paper.
    Letter,
    /// A telephone call by a person.
    Call,
    /// A visit by a person.
    Visit,
    /// A notice on the debtor's own page, which interrupts nobody.
    Portal,
}

impl Channel {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Email, Self::Sms, Self::Letter, Self::Call, Self::Visit, Self::Portal];

    /// The name in forms, files and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Letter => "letter",
            Self::Call => "call",
            Self::Visit => "visit",
            Self::Portal => "portal",
        }
    }

    /// Reads a name written by [`Channel::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }

    /// The word for a person.
    pub fn words(self) -> &'static str {
        match self {
            Self::Email => "e-mail",
            Self::Sms => "text message",
            Self::Letter => "letter",
            Self::Call => "telephone call",
            Self::Visit => "visit",
            Self::Portal => "notice on your page",
        }
    }

    /// What is written has a subject of its own.
    pub fn has_subject(self) -> bool {
        matches!(self, Self::Email | Self::Letter)
    }

    /// People speak with each other here and now: an attempt may fail to reach anybody, and a talk is a conversation.
    pub fn is_spoken(self) -> bool {
        matches!(self, Self::Call | Self::Visit)
    }
}
