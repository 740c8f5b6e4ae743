//! Ways out of the house: what mail, text messages and letters have in common, and what each answers to a message that
//! is handed over.

/// By which way a message leaves. A call is a task for a person and never one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// An e-mail.
    Mail,
    /// A text message.
    Sms,
    /// A letter: it waits for a batch (`acts::close_batch`) and is nothing that a worker hands over.
    Letter,
}

impl Way {
    /// Those by which a message reaches its reader at once, in the order in which they are tried where nobody has chosen.
    pub const ALL: [Self; 2] = [Self::Mail, Self::Sms];
    /// Every one that there is.
    const EVERY: [Self; 3] = [Self::Mail, Self::Sms, Self::Letter];

    /// What the outbox calls it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::Letter => "letter",
        }
    }

    /// What contacts and addresses call it.
    pub fn channel(self) -> &'static str {
        match self {
            Self::Mail => "email",
            Self::Sms => "sms",
            Self::Letter => "letter",
        }
    }

    /// What people call one message.
    pub fn words(self) -> &'static str {
        match self {
            Self::Mail => "E-mail",
            Self::Sms => "Text message",
            Self::Letter => "Letter",
        }
    }

    /// Reads a name written by [`Way::kind`].
    pub fn of_kind(kind: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|way| way.kind() == kind)
    }

    /// Reads a name written by [`Way::channel`].
    pub fn of_channel(channel: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|way| way.channel() == channel)
    }
}

/// Why a message did not leave, or may not have. The sentence is the carrier's or the system's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// Not now: it certainly did not leave, and may at another time.
    Later(String),
    /// Not ever: it certainly did not leave.
    Refused(String),
    /// Nobody said whether it was taken after it was handed over.
    Unknown(String),
}
