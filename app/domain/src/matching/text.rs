//! What stands in a transfer's words: numbers of invoices and customers, and names as they are compared.

use std::collections::BTreeSet;

/// Tokens that a number may consist of.
const PIECES_MAX: usize = 8;

/// A run of letters or a run of digits, in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    digits: bool,
    /// The character before it, where no space stands there.
    before: Option<char>,
}

/// Splits a text where letters, digits and everything else meet.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::new();
    let mut last: Option<char> = None;
    for c in text.chars() {
        if c.is_alphanumeric() {
            let digits = c.is_ascii_digit();
            let goes_on = last.is_some_and(|l| l.is_alphanumeric() && l.is_ascii_digit() == digits);
            if !goes_on {
                let before = last.filter(|l| !l.is_whitespace());
                all.push(Piece { text: String::new(), digits, before });
            }
            if let Some(piece) = all.last_mut() {
                piece.text.extend(c.to_uppercase());
            }
        }
        last = Some(c);
    }
    all
}

/// A number as it is looked up: its letters and digits in capitals.
pub(super) fn key(number: &str) -> String {
    pieces(number).into_iter().map(|p| p.text).collect()
}

/// Something in a text that may be a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// See [`key`].
    pub(super) key: String,
    /// Where the pieces are joined, to be compared with the number's own.
    shape: Vec<usize>,
    /// It is a part of something longer, such as a date.
    part: bool,
}

impl Written {
    /// Whether it is this number beyond doubt: written as the number is, and long enough that it is no other figure.
    pub(super) fn is_surely(&self, number: &str) -> bool {
        let own = pieces(number);
        let shape: Vec<usize> = own.iter().map(|p| p.text.len()).collect();
        let (digits, letters) = (own.iter().any(|p| p.digits), own.iter().any(|p| !p.digits));
        let long = self.key.chars().count() >= if letters { 4 } else { 5 };
        !self.part && digits && long && shape == self.shape
    }
}

/// Everything in a text that may be a number: up to [`PIECES_MAX`] neighbouring pieces that hold a digit.
pub(super) fn written(text: &str) -> Vec<Written> {
    let all = pieces(text);
    let mut found = Vec::new();
    for from in 0..all.len() {
        let (mut key, mut shape, mut has_digit) = (String::new(), Vec::new(), false);
        for (to, piece) in all.iter().enumerate().skip(from).take(PIECES_MAX) {
            key.push_str(&piece.text);
            shape.push(piece.text.len());
            has_digit |= piece.digits;
            if !has_digit {
                continue;
            }
            let joined = |c: Option<char>| c.is_some_and(|c| matches!(c, '-' | '/' | '.' | '_'));
            let first = all.get(from);
            let before = from.checked_sub(1).and_then(|at| all.get(at));
            let after = all.get(to + 1);
            let part = (before.is_some_and(|b| b.digits) && first.is_some_and(|f| f.digits && joined(f.before)))
                || after.is_some_and(|a| a.digits && piece.digits && joined(a.before));
            found.push(Written { key: key.clone(), shape: shape.clone(), part });
        }
    }
    found
}

/// Words that names are compared without: legal forms, titles, and what joins.
const LEFT_OUT: [&str; 45] = [
    "ab",
    "ag",
    "and",
    "aps",
    "as",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "dr",
    "ek",
    "et",
    "eurl",
    "frau",
    "gbr",
    "gmbh",
    "herr",
    "inc",
    "kg",
    "kgaa",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "miss",
    "mr",
    "mrs",
    "ms",
    "nv",
    "ohg",
    "oy",
    "plc",
    "pty",
    "sa",
    "sarl",
    "sas",
    "se",
    "sl",
    "spa",
    "srl",
    "the",
    "ug",
    "und",
];

/// A name as it is compared: its words without marks, legal forms and titles, in order of the alphabet. Letters with marks
/// are written in both ways that banks write them, `Müller` as `muller` and as `mueller`. No words, no names.
pub(super) fn names(name: &str) -> BTreeSet<String> {
    [false, true]
        .into_iter()
        .filter_map(|long| {
            let plain: String = name.chars().flat_map(char::to_lowercase).map(|c| folded(c, long)).collect();
            // Points within are left out before words are split: `S.A.R.L.`, `e.K.`
            let plain = plain.replace(['.', '\'', '\u{2019}'], "");
            let mut words: Vec<&str> = plain
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty() && !LEFT_OUT.contains(w))
                .collect();
            words.sort_unstable();
            (!words.is_empty()).then(|| words.join(" "))
        })
        .collect()
}

fn folded(c: char, long: bool) -> String {
    let short = match c {
        'ä' if long => return "ae".to_owned(),
        'ö' | 'ø' if long => return "oe".to_owned(),
        'ü' if long => return "ue".to_owned(),
        'å' if long => return "aa".to_owned(),
        'ß' => return "ss".to_owned(),
        'æ' => return "ae".to_owned(),
        'œ' => return "oe".to_owned(),
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' | 'ă' | 'ā' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' | 'ē' => 'e',
        'ğ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ı' | 'ī' => 'i',
        'ł' | 'ľ' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' | 'ō' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' | 'ș' => 's',
        'ť' | 'ț' | 'ţ' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ű' | 'ů' | 'ū' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    };
    short.to_string()
}

/// An account as it is compared: letters and digits in capitals.
pub(super) fn account(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether two names of accounts may be of the same: one of them is not told, or they end alike, as an IBAN ends with the
/// number of the account.
pub(super) fn may_be_same_account(one: &str, other: &str) -> bool {
    let digits = |text: &str| -> String {
        let all: String = account(text).chars().filter(char::is_ascii_digit).collect();
        all.trim_start_matches('0').to_owned()
    };
    let (one, other) = (digits(one), digits(other));
    let short = one.len().min(other.len()).min(8);
    short == 0 || one.get(one.len() - short..) == other.get(other.len() - short..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_known_in_texts() {
        // The text, the number, and whether it is sure, or `None` where it is not there.
        for (text, number, sure) in [
            ("Invoice 2013-0042", "2013-0042", Some(true)),
            ("RNR2013-0042", "2013-0042", Some(true)),
            ("rg.nr. inv/17/004 danke", "INV-17-004", Some(true)),
            ("2013 0042", "2013-0042", Some(true)),
            ("20130042", "2013-0042", Some(false)),
            ("invoice 42", "42", Some(false)),
            ("142", "42", None),
            ("4711", "4711", Some(false)),
            ("47110", "47110", Some(true)),
            ("A-17", "A-17", Some(false)),
            ("AB-17", "AB-17", Some(true)),
            ("paid 2024-01-15", "2024-01", Some(false)),
            ("2024-01.", "2024-01", Some(true)),
            ("", "2024-01", None),
        ] {
            let found: Vec<_> = written(text).into_iter().filter(|w| w.key == key(number)).collect();
            let sure = sure.map(|sure| (sure, sure));
            let got = found.iter().map(|w| w.is_surely(number)).reduce(|a, b| a || b).map(|s| (s, s));
            assert_eq!(got, sure, "{number} in {text}");
        }
    }

    #[test]
    fn names_are_compared_as_people_write_them() {
        for (one, other, same) in [
            ("Müller & Söhne GmbH", "MUELLER UND SOEHNE", true),
            ("Müller & Söhne GmbH", "Muller Sohne", true),
            ("Smith, John", "Mr John Smith", true),
            ("The Red Lion Ltd.", "Red Lion Limited", true),
            ("Dupont S.A.R.L.", "dupont", true),
            ("O'Brien", "OBRIEN", true),
            ("Smith", "Smyth", false),
            ("John Smith", "Jane Smith", false),
            ("Ltd", "GmbH", false),
            ("", "", false),
        ] {
            assert_eq!(!names(one).is_disjoint(&names(other)), same, "{one} and {other}");
        }
    }

    #[test]
    fn an_iban_ends_with_the_number_of_its_account() {
        assert!(may_be_same_account("DE89370400440532013000", "37040044/0532013000"));
        assert!(may_be_same_account("", "DE89370400440532013000"));
        assert!(!may_be_same_account("DE89370400440532013000", "GB33BUKB20201555555555"));
    }
}
