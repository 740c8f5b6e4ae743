//! Bank details: where customers send money, and the QR code by which a banking app fills a SEPA transfer in.

use crate::money::{Currency, Money};
use crate::reference::{PaymentReference, grouped};
use serde::{Deserialize, Serialize};

/// The smallest and the largest amount of a SEPA transfer, in cents (EPC069-12).
const SEPA_MINOR: std::ops::RangeInclusive<i64> = 1..=99_999_999_999;
/// Bytes that the content of the code may have (EPC069-12).
const PAYLOAD_BYTES_MAX: usize = 331;

/// Where customers send money. Unknown texts are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankDetails {
    /// Whose account it is; at most 70 characters.
    pub holder: String,
    /// The IBAN without spaces, or empty.
    pub iban: String,
    /// The BIC, or empty: within SEPA the IBAN is enough.
    pub bic: String,
    /// What a local transfer needs, a line each: a sort code and an account number.
    pub local: String,
}

/// What is wrong with bank details: the field, and what to do.
pub type Wrong = (&'static str, &'static str);

impl BankDetails {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// Every field that cannot be taken.
    pub fn read(holder: &str, iban: &str, bic: &str, local: &str) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let plain = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
        let lines: Vec<&str> = local.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        let details =
            Self { holder: holder.trim().to_owned(), iban: plain(iban), bic: plain(bic), local: lines.join("\n") };
        let given = !details.iban.is_empty() || !details.local.is_empty();
        if given && details.holder.is_empty() {
            wrong.push(("holder", "Enter whose account it is"));
        } else if details.holder.chars().count() > 70 || details.holder.chars().any(char::is_control) {
            wrong.push(("holder", "Enter at most 70 characters"));
        }
        if !details.iban.is_empty() && details.iban.parse::<iban::Iban>().is_err() {
            wrong.push(("iban", "Check the IBAN: its check digits, its length or its country are not right"));
        }
        if !details.bic.is_empty() && !is_bic(&details.bic) {
            wrong.push(("bic", "Enter a BIC of 8 or 11 characters, like DEUTDEFF, or leave it empty"));
        }
        if details.local.chars().count() > 300 || details.local.lines().count() > 6 {
            wrong.push(("local", "Enter at most six lines and 300 characters"));
        }
        if wrong.is_empty() { Ok(details) } else { Err(wrong) }
    }

    /// Whether there is anywhere to send money to.
    pub fn is_given(&self) -> bool {
        !self.iban.is_empty() || !self.local.is_empty()
    }

    /// The IBAN in groups of four.
    pub fn iban_grouped(&self) -> String {
        grouped(&self.iban)
    }
}

/// ISO 9362: four letters of the bank, two of the country, two or five more characters.
fn is_bic(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.len(), 8 | 11)
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes.iter().take(6).all(u8::is_ascii_alphabetic)
}

/// The content of a QR code for a SEPA credit transfer by EPC069-12, version 002, in UTF-8, to be encoded with error
/// correction M and at most as a version 13 symbol. `None` where there is none: another currency than the euro, no IBAN, or
/// an amount that no SEPA transfer has.
pub fn epc_qr(to: &BankDetails, amount: Money, reference: &PaymentReference) -> Option<String> {
    if Currency::parse("EUR") != Some(amount.currency) || to.iban.is_empty() || !SEPA_MINOR.contains(&amount.minor) {
        return None;
    }
    let name: String = to.holder.chars().filter(|c| !c.is_control()).take(70).collect();
    let amount = format!("EUR{}", amount.decimal());
    // Identification, version, character set, function, BIC, name, IBAN, amount, purpose, structured reference.
    let lines = ["BCD", "002", "1", "SCT", &to.bic, &name, &to.iban, &amount, "", reference.as_str()];
    let payload = lines.join("\n");
    (payload.len() <= PAYLOAD_BYTES_MAX).then_some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn euro(minor: i64) -> Money {
        Money::new(minor, Currency::parse("EUR").unwrap())
    }

    fn red_cross() -> BankDetails {
        BankDetails::read("Red Cross of Belgium", "BE72 0000 0000 1616", "BPOTBEB1", "").unwrap()
    }

    #[test]
    fn the_code_is_laid_out_as_the_guidelines_lay_it_out() {
        let reference = PaymentReference::parse("RF18539007547034").unwrap();
        // The fields of the guidelines' first example (EPC069-12, annex), with a structured reference.
        assert_eq!(
            epc_qr(&red_cross(), euro(100), &reference).unwrap(),
            "BCD\n002\n1\nSCT\nBPOTBEB1\nRed Cross of Belgium\nBE72000000001616\nEUR1.00\n\nRF18539007547034"
        );
        // Version 002 needs no BIC; its line stays, empty.
        let without = BankDetails { bic: String::new(), ..red_cross() };
        assert!(epc_qr(&without, euro(1_230), &reference).unwrap().starts_with("BCD\n002\n1\nSCT\n\nRed Cross"));
        for minor in [0, -5, 100_000_000_000] {
            assert_eq!(epc_qr(&red_cross(), euro(minor), &reference), None, "{minor}");
        }
        assert!(epc_qr(&red_cross(), euro(99_999_999_999), &reference).unwrap().contains("EUR999999999.99\n"));
        let pounds = Money::new(100, Currency::parse("GBP").unwrap());
        assert_eq!(epc_qr(&red_cross(), pounds, &reference), None);
        let local = BankDetails::read("A", "", "", "20-20-15 55555555").unwrap();
        assert_eq!(epc_qr(&local, euro(100), &reference), None);
    }

    #[test]
    fn details_are_checked() {
        let wrong = |holder: &str, iban: &str, bic: &str, local: &str| {
            let fields = BankDetails::read(holder, iban, bic, local).err().unwrap_or_default();
            fields.into_iter().map(|(field, _)| field).collect::<Vec<_>>()
        };
        for iban in [
            "DE89 3704 0044 0532 0130 00",
            "gb33bukb20201555555555",
            "NL20INGB0001234567",
            "FR14 2004 1010 0505 0001 3M02 606",
        ] {
            assert_eq!(wrong("A", iban, "", ""), [""; 0], "{iban}");
        }
        for iban in ["DE88370400440532013000", "DE8937040044053201300", "XX89370400440532013000", "hello", "DE89é"] {
            assert_eq!(wrong("A", iban, "", ""), ["iban"], "{iban}");
        }
        assert_eq!(wrong("A", "", "DEUTDEF", "x"), ["bic"]);
        assert_eq!(wrong("A", "", "deutdeff500", "x"), [""; 0]);
        assert_eq!(wrong("", "", "", "Sort code 20-20-15"), ["holder"]);
        assert_eq!(wrong("", "", "", ""), [""; 0]);
        assert_eq!(wrong(&"x".repeat(71), "", "", &"y\n".repeat(9)), ["holder", "local"]);
        assert_eq!(red_cross().iban_grouped(), "BE72 0000 0000 1616");
    }

    proptest! {
        #[test]
        fn every_code_fits_and_has_its_lines(holder in "\\PC{1,80}", minor in 1i64..99_999_999_999) {
            let details = BankDetails { holder, ..red_cross() };
            let reference = PaymentReference::of(&"one".into());
            if let Some(payload) = epc_qr(&details, euro(minor), &reference) {
                prop_assert_eq!(payload.split('\n').count(), 10);
                prop_assert!(payload.len() <= PAYLOAD_BYTES_MAX);
                let amount = format!("EUR{}", euro(minor).decimal());
                prop_assert_eq!(payload.split('\n').nth(7), Some(amount.as_str()));
            }
        }

        #[test]
        fn nothing_typed_makes_it_panic(a in "\\PC{0,40}", b in "\\PC{0,40}", c in "\\PC{0,40}", d in "\\PC{0,40}") {
            let _ = BankDetails::read(&a, &b, &c, &d);
        }
    }
}
