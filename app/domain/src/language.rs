//! The languages that messages are written in.

use serde::{Deserialize, Serialize};

/// A language that messages are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English, and whatever has no texts of its own.
    #[default]
    English,
    /// German, with “Sie”.
    German,
    /// French, with “vous”.
    French,
    /// Spanish, with “usted”.
    Spanish,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Spanish];

    /// The ISO 639 code, as in HTML and in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }

    /// Reads a code written by [`Language::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// The language for what stands with a person (`de`, `de-AT`, `FR_fr`): English where there are no texts.
    pub fn of(tag: &str) -> Self {
        let lower = tag.trim().to_ascii_lowercase();
        lower.split(['-', '_']).next().and_then(Self::parse).unwrap_or_default()
    }

    /// Its name in English.
    pub fn words(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "German",
            Self::French => "French",
            Self::Spanish => "Spanish",
        }
    }

    /// The word between the last two of a row.
    pub fn and(self) -> &'static str {
        match self {
            Self::English => "and",
            Self::German => "und",
            Self::French => "et",
            Self::Spanish => "y",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_does_not_matter() {
        for (tag, expected) in [
            ("de-AT", Language::German),
            ("DE", Language::German),
            ("fr_CA", Language::French),
            (" es ", Language::Spanish),
            ("en", Language::English),
            ("pt", Language::English),
            ("", Language::English),
            ("deu", Language::English),
        ] {
            assert_eq!(Language::of(tag), expected, "{tag}");
        }
    }
}
