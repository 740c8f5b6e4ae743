//! Parties of an e-invoice: who sells and who is billed, and whether we know them. Terms are those of EN 16931-1.

use crate::debtor::{REFERENCE_CHARS_MAX, country_zone};
use crate::ids::DebtorId;
use crate::table::plain;
use std::collections::HashMap;

/// What an identifier is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierKind {
    /// A VAT number with its country in front (BT-31, BT-48).
    Vat,
    /// An entry in a register of companies (BT-30, BT-47).
    Registration,
    /// A number that others give out, with its scheme: `0088:7300010000001` (BT-29, BT-46).
    Number,
    /// An address in a network such as Peppol, with its scheme (BT-34, BT-49).
    Endpoint,
}

impl IdentifierKind {
    /// All kinds; the first that two parties share decides.
    pub const ALL: [Self; 4] = [Self::Vat, Self::Registration, Self::Number, Self::Endpoint];

    /// The name in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Vat => "vat",
            Self::Registration => "registration",
            Self::Number => "number",
            Self::Endpoint => "endpoint",
        }
    }

    /// Reads a name written by [`IdentifierKind::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// The business term under which a buyer's stands.
    pub fn term(self) -> &'static str {
        match self {
            Self::Vat => "BT-48",
            Self::Registration => "BT-47",
            Self::Number => "BT-46",
            Self::Endpoint => "BT-49",
        }
    }
}

/// What no two parties share, in the spelling in which it is compared: letters and digits, and a scheme before a colon.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    /// What it is.
    pub kind: IdentifierKind,
    /// Capitals and digits; the scheme of a number or an endpoint stands before a colon.
    pub value: String,
}

impl Identifier {
    /// An identifier as somebody wrote it; `None` where nothing but punctuation is left of it.
    pub fn new(kind: IdentifierKind, scheme: Option<&str>, text: &str) -> Option<Self> {
        let value = plain(text).to_uppercase();
        let scheme = scheme.map(str::trim).filter(|s| !s.is_empty());
        let scheme = scheme.filter(|_| matches!(kind, IdentifierKind::Number | IdentifierKind::Endpoint));
        let full = scheme.map_or_else(|| value.clone(), |scheme| format!("{scheme}:{value}"));
        (!value.is_empty() && full.chars().count() <= 120).then_some(Self { kind, value: full })
    }
}

/// Who sells or who is billed, as a file says it. Unknown texts are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// The name (BT-27, BT-44).
    pub name: String,
    /// The name that people know it by (BT-28, BT-45).
    pub trading_name: String,
    /// The seller's own numbers for a buyer (BT-46 without a scheme), or the other way round (BT-29).
    pub references: Vec<String>,
    /// What no two parties share.
    pub identifiers: Vec<Identifier>,
    /// Where mail reaches it (BT-43, BT-58).
    pub email: String,
    /// Its telephone number (BT-42, BT-57).
    pub phone: String,
    /// Its postal address without the postcode, a line each.
    pub address: String,
    /// Its postcode (BT-38, BT-53).
    pub postcode: String,
    /// ISO 3166 two-letter code (BT-40, BT-55).
    pub country: String,
}

impl Party {
    /// Its identifier of one kind.
    pub fn identifier(&self, kind: IdentifierKind) -> Option<&str> {
        self.identifiers.iter().find(|i| i.kind == kind).map(|i| i.value.as_str())
    }

    /// What a business without a number of its own for it may call it by.
    pub fn reference(&self) -> String {
        let own = self.references.first().map(String::as_str);
        let found = own.or_else(|| IdentifierKind::ALL.into_iter().find_map(|kind| self.identifier(kind)));
        found.unwrap_or(&self.name).chars().take(REFERENCE_CHARS_MAX).collect()
    }

    /// `company` where it has a VAT number or stands in a register; else `person`, because people are better protected.
    pub fn kind(&self) -> &'static str {
        let company = [IdentifierKind::Vat, IdentifierKind::Registration];
        if company.into_iter().any(|kind| self.identifier(kind).is_some()) { "company" } else { "person" }
    }

    /// The language of a country that has one of those that messages are written in; English everywhere else.
    pub fn language(&self) -> &'static str {
        match self.country.as_str() {
            "DE" | "AT" | "LI" => "de",
            "FR" | "MC" => "fr",
            "ES" => "es",
            _ => "en",
        }
    }

    /// The IANA zone of a country that has one.
    pub fn zone(&self) -> &'static str {
        country_zone(&self.country).unwrap_or_default()
    }
}

/// How a seller differs from the business, in words; `None` where it is the business, or where nothing is known of the
/// business that could tell.
pub fn other_seller(business: &Party, seller: &Party) -> Option<String> {
    let named = if seller.name.is_empty() { &seller.trading_name } else { &seller.name };
    for kind in IdentifierKind::ALL {
        if let (Some(ours), Some(theirs)) = (business.identifier(kind), seller.identifier(kind)) {
            return (ours != theirs).then(|| format!("the seller is “{named}” with {theirs}, not you with {ours}"));
        }
    }
    let ours = plain(&business.name);
    if ours.is_empty() {
        return None;
    }
    // “Harlow Joinery” and “Harlow Joinery Ltd” are one business.
    let same = |theirs: &str| {
        let theirs = plain(theirs);
        !theirs.is_empty() && (theirs.starts_with(&ours) || ours.starts_with(&theirs))
    };
    let known = same(&seller.name) || same(&seller.trading_name);
    (!known).then(|| format!("the seller is “{named}”, not “{}”", business.name))
}

/// A debtor as far as a buyer can be recognised by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDebtor {
    /// Its id.
    pub id: DebtorId,
    /// The business's own reference.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its postcode; may be empty.
    pub postcode: String,
}

/// The debtors of a business, to find buyers among.
#[derive(Clone, Debug, Default)]
pub struct Buyers {
    debtors: Vec<KnownDebtor>,
    /// What is each one's own.
    owned: Vec<Vec<Identifier>>,
    references: HashMap<String, usize>,
    identifiers: HashMap<Identifier, usize>,
    names: HashMap<String, Vec<usize>>,
}

/// Why it cannot be said who a buyer is: the business term, and the reason.
pub type Doubt = (&'static str, String);

impl Buyers {
    /// Adds a debtor, and what is known to be its own.
    pub fn add(&mut self, debtor: KnownDebtor, identifiers: impl IntoIterator<Item = Identifier>) {
        let at = self.debtors.len();
        self.references.insert(debtor.reference.clone(), at);
        self.names.entry(plain(&debtor.name)).or_default().push(at);
        let owned: Vec<Identifier> = identifiers.into_iter().collect();
        self.identifiers.extend(owned.iter().cloned().map(|i| (i, at)));
        self.owned.push(owned);
        self.debtors.push(debtor);
    }

    /// Remembers that identifiers belong to the debtor of a reference; answers those that were nobody's so far.
    pub fn learn(&mut self, reference: &str, identifiers: &[Identifier]) -> Vec<Identifier> {
        let Some(at) = self.references.get(reference).copied() else { return Vec::new() };
        let mut new = Vec::new();
        for identifier in identifiers {
            if !self.identifiers.contains_key(identifier) {
                self.identifiers.insert(identifier.clone(), at);
                if let Some(owned) = self.owned.get_mut(at) {
                    owned.push(identifier.clone());
                }
                new.push(identifier.clone());
            }
        }
        new
    }

    /// Whose reference it is.
    pub fn by_reference(&self, reference: &str) -> Option<&KnownDebtor> {
        self.references.get(reference).and_then(|at| self.debtors.get(*at))
    }

    /// Finds a buyer by the business's own number for it, by an identifier, by a name with its postcode, or (an invoice
    /// that is here already) by the name of who was billed before. `billed` is the reference of the latter.
    ///
    /// # Errors
    /// Where two of these name two debtors.
    pub fn find(&self, buyer: &Party, billed: Option<&str>) -> Result<Option<&KnownDebtor>, Doubt> {
        let by_number = buyer.references.iter().filter_map(|r| self.references.get(r).map(|at| ("BT-46", *at)));
        let by_identifier =
            buyer.identifiers.iter().filter_map(|i| self.identifiers.get(i).map(|at| (i.kind.term(), *at)));
        let found: Vec<(&'static str, usize)> = by_number.chain(by_identifier).collect();
        if let Some((term, at)) = found.first() {
            let show = |at: usize| self.debtors.get(at).map_or("", |d| &d.reference);
            if let Some((other, differs)) = found.iter().find(|(_, other)| other != at) {
                let reason =
                    format!("the buyer is your customer “{}” by {term} and “{}” by {other}", show(*at), show(*differs));
                return Err((other, reason));
            }
            return Ok(self.debtors.get(*at));
        }
        // One with another number of its own is somebody else of that name.
        let other = |at: &usize| {
            let owned = self.owned.get(*at).into_iter().flatten();
            owned.into_iter().any(|o| buyer.identifier(o.kind).is_some_and(|theirs| theirs != o.value))
        };
        let named = self.names.get(&plain(&buyer.name)).into_iter().flatten().filter(|at| !other(at));
        let named: Vec<&KnownDebtor> = named.filter_map(|at| self.debtors.get(*at)).collect();
        if let Some(known) = billed.and_then(|billed| named.iter().find(|d| d.reference == billed)) {
            return Ok(Some(known));
        }
        let postcode = plain(&buyer.postcode);
        // Whom the business gave a number that it knows nobody by is new to it; nobody is to see another's invoices.
        let tells = !postcode.is_empty() && buyer.references.is_empty();
        let there: Vec<&&KnownDebtor> = named.iter().filter(|d| tells && plain(&d.postcode) == postcode).collect();
        match there.as_slice() {
            [one] => Ok(Some(one)),
            [] => Ok(self.by_reference(&buyer.reference())),
            // Two of one name in one house: who of them is a person's decision.
            [one, other, ..] => {
                let reason = format!("the buyer may be your customer “{}” or “{}”", one.reference, other.reference);
                Err(("BT-44", reason))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(name: &str, postcode: &str, references: &[&str], identifiers: &[(IdentifierKind, &str)]) -> Party {
        Party {
            name: name.into(),
            postcode: postcode.into(),
            references: references.iter().map(|r| (*r).to_owned()).collect(),
            identifiers: identifiers.iter().filter_map(|(kind, v)| Identifier::new(*kind, None, v)).collect(),
            ..Party::default()
        }
    }

    fn debtor(reference: &str, name: &str, postcode: &str) -> KnownDebtor {
        let text = |t: &str| t.to_owned();
        KnownDebtor { id: reference.into(), reference: text(reference), name: text(name), postcode: text(postcode) }
    }

    #[test]
    fn a_buyer_is_recognised_by_what_is_its_own() {
        use IdentifierKind::{Endpoint, Registration, Vat};
        let vat = Identifier::new(Vat, None, "GB 123 4567 82");
        let mut buyers = Buyers::default();
        buyers.add(debtor("C1", "Ada Ltd", "LS1 4AP"), vat);
        buyers.add(debtor("C2", "Ben", "YO1 7HH"), None);
        buyers.add(debtor("C3", "Cleo", "M1 1AE"), None);
        buyers.add(debtor("C4", "Cleo", "M1 1AE"), None);
        buyers.add(debtor("Dora", "Dora", ""), None);
        let find = |p: &Party, billed| buyers.find(p, billed).map(|d| d.map(|d| d.reference.as_str()));
        let table: &[(Party, Option<&str>, Option<&str>)] = &[
            (party("Anybody", "", &["C2"], &[]), None, Some("C2")),
            (party("Anybody", "", &[], &[(Vat, "gb123456782")]), None, Some("C1")),
            (party("Anybody", "", &[], &[(Registration, "gb123456782")]), None, None),
            (party("Anybody", "", &[], &[(Endpoint, "gb123456782")]), None, None),
            (party("ben", "yo17hh", &[], &[]), None, Some("C2")),
            (party("Ben", "YO1 7HH", &["C9"], &[]), None, None),
            (party("Ada Ltd", "LS1 4AP", &[], &[(Vat, "GB9")]), None, None),
            (party("Ada Ltd", "LS1 4AP", &[], &[(Registration, "9")]), None, Some("C1")),
            (party("Ben", "", &[], &[]), None, None),
            (party("Ben", "", &[], &[]), Some("C2"), Some("C2")),
            (party("Ada Ltd", "", &[], &[]), Some("C2"), None),
            (party("Dora", "", &[], &[]), None, Some("Dora")),
            (party("C1", "", &[], &[]), None, Some("C1")),
        ];
        for (buyer, billed, expected) in table {
            assert_eq!(find(buyer, *billed), Ok(*expected), "{buyer:?} {billed:?}");
        }
        let (term, reason) = find(&party("x", "", &["C2"], &[(Vat, "GB123456782")]), None).unwrap_err();
        assert_eq!((term, reason.as_str()), ("BT-48", "the buyer is your customer “C2” by BT-46 and “C1” by BT-48"));
        assert!(find(&party("Cleo", "M1 1AE", &[], &[]), None).is_err());
        assert_eq!(find(&party("Cleo", "M1 1AE", &[], &[]), Some("C4")), Ok(Some("C4")));
    }

    #[test]
    fn a_seller_is_the_business_by_number_else_by_name() {
        use IdentifierKind::Vat;
        let ours = party("Harlow Joinery", "", &[], &[(Vat, "GB123")]);
        let unnumbered = party("Harlow Joinery", "", &[], &[]);
        let table: &[(&Party, Party, bool)] = &[
            (&ours, party("Harlow Joinery", "", &[], &[(Vat, "GB 123")]), false),
            (&ours, party("Another name", "", &[], &[(Vat, "GB 123")]), false),
            (&ours, party("Harlow Joinery", "", &[], &[(Vat, "GB124")]), true),
            (&ours, party("HARLOW JOINERY LTD.", "", &[], &[]), false),
            (&unnumbered, party("Harlow Joinery Limited", "", &[], &[(Vat, "GB124")]), false),
            (&unnumbered, party("Jessop Stationers", "", &[], &[]), true),
            (&unnumbered, party("", "", &[], &[]), true),
            (&Party::default(), party("Jessop Stationers", "", &[], &[]), false),
        ];
        for (business, seller, warned) in table {
            assert_eq!(other_seller(business, seller).is_some(), *warned, "{business:?} {seller:?}");
        }
        let trading = Party { trading_name: "Harlow Joinery".into(), ..party("H. Holdings", "", &[], &[]) };
        assert_eq!(other_seller(&unnumbered, &trading), None);
    }

    #[test]
    fn what_a_new_debtor_is_called_and_spoken_to_in() {
        use IdentifierKind::{Registration, Vat};
        assert_eq!(party("Ada", "", &["17"], &[(Vat, "DE1")]).reference(), "17");
        assert_eq!(party("Ada", "", &[], &[(Registration, "HRB 1"), (Vat, "DE1")]).reference(), "DE1");
        assert_eq!(party("Ada", "", &[], &[]).reference(), "Ada");
        assert_eq!(party("Ada", "", &[], &[(Registration, "1")]).kind(), "company");
        assert_eq!(party("Ada", "", &["17"], &[]).kind(), "person");
        let at = |country: &str| Party { country: country.into(), ..Party::default() };
        assert_eq!((at("AT").language(), at("AT").zone()), ("de", "Europe/Vienna"));
        assert_eq!((at("PT").language(), at("").zone()), ("en", ""));
        assert_eq!(Identifier::new(Vat, None, " - "), None);
        let endpoint = Identifier::new(IdentifierKind::Endpoint, Some("0088"), "73 000");
        assert_eq!(endpoint.map(|e| e.value).as_deref(), Some("0088:73000"));
    }
}
