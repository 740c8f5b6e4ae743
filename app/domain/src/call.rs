//! Calls: how a telephone call by a person went.

use serde::{Deserialize, Serialize};

/// How a call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// They spoke with each other.
    Spoke,
    /// They spoke, and a payment was promised.
    Promised,
    /// Nobody answered.
    NoAnswer,
    /// The number is somebody else's.
    WrongNumber,
    /// A machine took a message.
    Voicemail,
}

impl Outcome {
    /// All of them, as they are offered.
    pub const ALL: [Self; 5] = [Self::Spoke, Self::Promised, Self::NoAnswer, Self::Voicemail, Self::WrongNumber];

    /// The name in forms and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Spoke => "spoke",
            Self::Promised => "promised",
            Self::NoAnswer => "no_answer",
            Self::WrongNumber => "wrong_number",
            Self::Voicemail => "voicemail",
        }
    }

    /// Reads a name written by [`Outcome::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.code() == code)
    }

    /// What happened, for people of the business.
    pub fn words(self) -> &'static str {
        match self {
            Self::Spoke => "We spoke",
            Self::Promised => "They promised a date",
            Self::NoAnswer => "No answer",
            Self::WrongNumber => "Wrong number",
            Self::Voicemail => "Left a message",
        }
    }

    /// Two people spoke with each other: the budget counts a conversation, and some rules give quiet days after one.
    pub fn is_conversation(self) -> bool {
        matches!(self, Self::Spoke | Self::Promised)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_read_back_and_only_a_talk_is_a_conversation() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.code()), Some(outcome));
        }
        assert_eq!(Outcome::parse("hung_up"), None);
        let talks: Vec<Outcome> = Outcome::ALL.into_iter().filter(|o| o.is_conversation()).collect();
        assert_eq!(talks, [Outcome::Spoke, Outcome::Promised]);
    }
}
