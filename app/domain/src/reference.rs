//! Payment references: what somebody writes on a bank transfer, so that their money is known for theirs. They are
//! creditor references by ISO 11649: `RF`, two check digits, and at most 21 letters and digits.

use crate::ids::DebtorId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The letters and digits of Kept's own references: Crockford's base 32, which leaves out I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of Kept's own references after the check digits.
const BODY_CHARS: usize = 10;
/// Characters that ISO 11649 allows after the check digits.
const BODY_CHARS_MAX: usize = 21;

/// A creditor reference whose check digits are right: `RF` and what follows, without spaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaymentReference(String);

impl PaymentReference {
    /// The reference of a debtor. It follows from the debtor's id alone, so it stays the same for ever: 50 bits of it,
    /// which two debtors of one business hardly share, and where they do nothing is booked by it.
    pub fn of(debtor: &DebtorId) -> Self {
        // FNV-1a, 64 bits, folded to 50: ids differ in their last digits, which the folding spreads.
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for byte in debtor.as_str().bytes() {
            hash ^= u64::from(byte);
            hash = hash.wrapping_mul(0x0000_0100_0000_01b3);
        }
        hash ^= hash >> 29;
        hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash ^= hash >> 32;
        let mut body = String::with_capacity(BODY_CHARS);
        for at in 0..BODY_CHARS {
            let index = usize::try_from((hash >> (5 * at)) & 31).unwrap_or_default();
            body.push(ALPHABET.get(index).copied().map_or('0', char::from));
        }
        Self::of_body(&body)
    }

    fn of_body(body: &str) -> Self {
        let check = 98 - mod97(&format!("{body}RF00")).unwrap_or_default();
        Self(format!("RF{check:02}{body}"))
    }

    /// Reads any creditor reference, with or without spaces and in any case; `None` where its check digits are wrong.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
        let body = plain.strip_prefix("RF")?.get(2..)?;
        let fits = (1..=BODY_CHARS_MAX).contains(&body.len()) && plain.bytes().all(|b| b.is_ascii_alphanumeric());
        let check = plain.get(2..4)?;
        let valid = fits && check.bytes().all(|b| b.is_ascii_digit()) && mod97(&format!("{body}RF{check}")) == Some(1);
        valid.then_some(Self(plain))
    }

    /// Kept's own references in a text that people or banks wrote: spaces, breaks and marks between the characters do not
    /// matter, nor whether an O was written for a zero or an I for a one.
    pub fn find_all(text: &str) -> Vec<Self> {
        let plain: Vec<char> =
            text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        let mut found: Vec<Self> = Vec::new();
        for window in plain.windows(4 + BODY_CHARS) {
            if window.first() != Some(&'R') || window.get(1) != Some(&'F') {
                continue;
            }
            let rest: String = window.iter().skip(2).map(|c| meant(*c)).collect();
            if let Some(reference) = Self::parse(&format!("RF{rest}"))
                && !found.contains(&reference)
            {
                found.push(reference);
            }
        }
        found
    }

    /// Without spaces, as banks take it: `RF18539007547034`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In groups of four, as people read it: `RF18 5390 0754 7034`.
    pub fn grouped(&self) -> String {
        grouped(&self.0)
    }
}

impl fmt::Display for PaymentReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number in groups of four.
pub fn grouped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for (at, c) in text.chars().enumerate() {
        if at > 0 && at.is_multiple_of(4) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// What a character that looks like a digit was meant to be.
fn meant(c: char) -> char {
    match c {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    }
}

/// The remainder by ISO 7064, mod 97-10: letters count as 10 to 35. `None` for any other character.
fn mod97(text: &str) -> Option<u32> {
    text.chars().try_fold(0u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some(if value > 9 { (rest * 100 + value) % 97 } else { (rest * 10 + value) % 97 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_of_the_standard_are_read() {
        // ISO 11649's own example and two of the European Payments Council.
        for text in ["RF18539007547034", "rf18 5390 0754 7034", "RF18 000000000539007547034", "RF45G72UUR"] {
            assert!(PaymentReference::parse(text).is_some(), "{text}");
        }
        for text in ["RF19539007547034", "RF18539007547043", "RF", "RF18", "R", "", "RFAB1234", "RF18-5390", "RF18é"] {
            assert_eq!(PaymentReference::parse(text), None, "{text}");
        }
        assert_eq!(PaymentReference::parse("RF18539007547034").unwrap().grouped(), "RF18 5390 0754 7034");
    }

    #[test]
    fn a_reference_stays_the_same_for_ever() {
        let of = |id: &str| PaymentReference::of(&id.into()).to_string();
        assert_eq!(of("0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"), of("0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"));
        assert_ne!(of("0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"), of("0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2c"));
        // It stands on letters that have been sent: whoever changes how it is made breaks them.
        assert_eq!(of("0190a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"), "RF975B54EM2GJG");
    }

    #[test]
    fn a_reference_is_found_however_it_was_written() {
        let reference = PaymentReference::of(&"one".into());
        let grouped = reference.grouped();
        for text in [
            format!("Invoice 12, {reference}"),
            format!("SVWZ+{}thank you", grouped.to_lowercase()),
            grouped.replace(' ', "-"),
            format!("{}\n{}", &reference.as_str()[..7], &reference.as_str()[7..]),
            format!("RFRF{reference}"),
        ] {
            assert_eq!(PaymentReference::find_all(&text), std::slice::from_ref(&reference), "{text}");
        }
        assert_eq!(PaymentReference::find_all(&format!("{reference} {reference}")).len(), 1);
        assert!(PaymentReference::find_all("RF00 0000 0000 0000 and RF").is_empty());
    }

    #[test]
    fn thousands_of_debtors_have_their_own() {
        let all: std::collections::BTreeSet<_> = (0..100_000)
            .map(|n| PaymentReference::of(&format!("0190a1b2-c3d4-7e5f-8a6b-{n:012x}").as_str().into()))
            .collect();
        assert_eq!(all.len(), 100_000);
    }

    proptest! {
        #[test]
        fn every_reference_is_valid_and_no_slip_of_a_digit_or_a_letter_goes_through(id in "[0-9a-f-]{1,36}", at in 4usize..14, slip in 0usize..32) {
            let reference = PaymentReference::of(&id.as_str().into());
            prop_assert_eq!(PaymentReference::parse(reference.as_str()), Some(reference.clone()));
            let mut wrong: Vec<u8> = reference.as_str().bytes().collect();
            // A letter counts as two digits: one in place of a digit goes through once in a hundred, and is nobody's.
            if wrong[at] != ALPHABET[slip] && wrong[at].is_ascii_digit() == ALPHABET[slip].is_ascii_digit() {
                wrong[at] = ALPHABET[slip];
                prop_assert_eq!(PaymentReference::parse(std::str::from_utf8(&wrong).unwrap()), None);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = PaymentReference::parse(&text);
            let _ = PaymentReference::find_all(&text);
        }
    }
}
