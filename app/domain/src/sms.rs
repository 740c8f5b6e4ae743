//! Text messages: how many parts a text is sent and paid for in. GSM 03.38 (3GPP TS 23.038) where every letter is in
//! its alphabet, UCS-2 where one is not.

use serde::{Deserialize, Serialize};

/// The alphabet that a text needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Seven bits a letter: 160 in one message, 153 in each part of a longer one.
    Gsm7,
    /// Sixteen bits a letter: 70 in one message, 67 in each part of a longer one.
    Ucs2,
}

impl Encoding {
    /// Units in a message of one part, and in each part of a longer one.
    pub fn room(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Ucs2 => (70, 67),
        }
    }
}

/// What a text costs to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    /// The alphabet.
    pub encoding: Encoding,
    /// Parts that it is sent in; none for an empty text.
    pub segments: usize,
    /// Units of the alphabet: a letter of GSM's extension table and a letter outside Unicode's first plane count twice.
    pub characters: usize,
}

/// The default alphabet, but for the escape to the extension table.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                     abcdefghijklmnopqrstuvwxyzäöñüà";
/// The extension table: an escape and a letter.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// Septets of a letter, where GSM has it.
fn width(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// Counts the parts of a text. What counts twice is never torn in two: it begins the next part.
pub fn segments(text: &str) -> Segments {
    let gsm: Option<Vec<usize>> = text.chars().map(width).collect();
    let (encoding, units) = match gsm {
        Some(units) => (Encoding::Gsm7, units),
        None => (Encoding::Ucs2, text.chars().map(char::len_utf16).collect()),
    };
    let characters = units.iter().sum();
    let (alone, each) = encoding.room();
    let segments = if characters <= alone {
        usize::from(characters > 0)
    } else {
        let (mut segments, mut used) = (1, 0);
        for unit in units {
            if used + unit > each {
                segments += 1;
                used = 0;
            }
            used += unit;
        }
        segments
    };
    Segments { encoding, segments, characters }
}

/// Septets of a text in the default alphabet; `None` where a letter is not in it, so that the whole message goes out in 16
/// bits a letter, 70 to a message.
pub fn septets(text: &str) -> Option<usize> {
    text.chars().map(width).sum()
}

/// The text with what the alphabet of text messages lacks written plainly: `á` as `a`, curly quotes straight, spaces
/// that do not break as spaces. What has no plain form stays.
pub fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        'á' | 'â' | 'ã' => 'a',
        'ê' | 'ë' => 'e',
        'í' | 'î' | 'ï' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' | 'û' => 'u',
        'ç' => 'c',
        'Á' | 'À' | 'Â' | 'Ã' => 'A',
        'È' | 'Ê' | 'Ë' => 'E',
        'Í' | 'Î' | 'Ï' => 'I',
        'Ó' | 'Ô' | 'Õ' => 'O',
        'Ú' | 'Û' | 'Ù' => 'U',
        '\u{2018}' | '\u{2019}' | '\u{201a}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '«' | '»' => '"',
        '\u{2013}' | '\u{2014}' => '-',
        '\u{a0}' | '\u{202f}' => ' ',
        c => c,
    };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_as_many_parts_as_it_is_charged_for() {
        use Encoding::{Gsm7, Ucs2};
        let table = [
            (String::new(), Gsm7, 0, 0),
            ("a".repeat(160), Gsm7, 1, 160),
            ("a".repeat(161), Gsm7, 2, 161),
            ("a".repeat(306), Gsm7, 2, 306),
            ("a".repeat(307), Gsm7, 3, 307),
            ("€".repeat(80), Gsm7, 1, 160),
            ("€".repeat(81), Gsm7, 2, 162),
            // 76 pairs and one septet that no pair fits into: 153 is odd.
            ("€".repeat(152), Gsm7, 2, 304),
            ("€".repeat(153), Gsm7, 3, 306),
            ("Öl für Ångström? ¡Sí no! {é}".into(), Ucs2, 1, 28),
            ("Öl für Ångström? ¡no! {é}".into(), Gsm7, 1, 27),
            ("’".repeat(70), Ucs2, 1, 70),
            ("’".repeat(71), Ucs2, 2, 71),
            ("’".repeat(135), Ucs2, 3, 135),
            ("😀".repeat(35), Ucs2, 1, 70),
            ("😀".repeat(36), Ucs2, 2, 72),
            // 33 pairs in each part: 67 is odd.
            ("😀".repeat(67), Ucs2, 3, 134),
            ("ç".into(), Ucs2, 1, 1),
            ("Ç".into(), Gsm7, 1, 1),
            ("`".into(), Ucs2, 1, 1),
        ];
        for (text, encoding, segments, characters) in table {
            assert_eq!(super::segments(&text), Segments { encoding, segments, characters }, "{text:?}");
        }
    }

    #[test]
    fn what_the_alphabet_lacks_is_written_plainly() {
        assert_eq!(septets("Hello é ü ß"), Some(11));
        assert_eq!(septets("5 €"), Some(4));
        assert_eq!(septets("día"), None);
        assert_eq!(septets(&plain("«día»\u{202f}– l’été, ça")), Some(17));
        assert_eq!(plain("Łódź"), "Łodź", "what has no plain form stays");
    }

    #[test]
    fn the_alphabet_is_whole() {
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(EXTENSION.chars().count(), 10);
        assert!(BASIC.chars().all(|c| width(c) == Some(1)));
        assert!(EXTENSION.chars().all(|c| width(c) == Some(2)));
    }

    proptest::proptest! {
        #[test]
        fn parts_are_as_few_as_can_be(text in ".{0,400}") {
            let found = segments(&text);
            let (alone, each) = found.encoding.room();
            if found.characters <= alone {
                proptest::prop_assert!(found.segments <= 1);
            } else {
                // A unit at most is lost at the end of each part.
                proptest::prop_assert!(found.segments * each >= found.characters);
                proptest::prop_assert!((found.segments - 1) * (each - 1) < found.characters);
            }
        }
    }
}
