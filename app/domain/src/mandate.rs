//! Mandates: the consent to charge a card for the later payments of an agreement, in exact words.

use crate::calendar::show;
use crate::charge::ANNOUNCE_DAYS_MIN;
use crate::commitment::GRACE_DAYS;
use crate::money::{Currency, Money};
use crate::plan::Instalment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Where a mandate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The words were agreed to; the payment that brings the card has not come.
    Asked,
    /// The card may be charged for what the words say.
    Active,
    /// The payment did not come, so there is no card.
    Lapsed,
    /// Another card has taken its place.
    Replaced,
    /// Either side took it back.
    Revoked,
    /// The bank refused the card for good.
    Refused,
    /// A bank took a payment back: nothing more is charged without a new consent.
    Contested,
}

impl State {
    /// All states.
    pub const ALL: [Self; 7] =
        [Self::Asked, Self::Active, Self::Lapsed, Self::Replaced, Self::Revoked, Self::Refused, Self::Contested];

    /// The name in the database and in exports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Active => "active",
            Self::Lapsed => "lapsed",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
            Self::Refused => "refused",
            Self::Contested => "contested",
        }
    }

    /// Reads a name written by [`State::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }
}

/// The version of [`words`]; it changes whenever a sentence does.
pub const WORDS_VERSION: &str = "2026-11";

/// What the words of a consent are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// The business's trading name.
    pub business: String,
    /// The name of the person or company that pays.
    pub payer: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// The day of the agreement.
    pub agreed_on: NaiveDate,
    /// The payments that the card may be charged for: what is left of each after the one that is paid now.
    pub later: Vec<Instalment>,
}

/// The label of what is ticked to consent.
pub const LABEL: &str = "Keep this card and charge it for the later payments";

/// The exact words of a consent, one sentence a line; an empty text where there is nothing later to charge.
pub fn words(c: &Consent) -> String {
    if c.later.is_empty() {
        return String::new();
    }
    let money = |minor| Money::new(minor, c.currency).show();
    let total: i64 = c.later.iter().map(|one| one.amount_minor).sum();
    let mut lines = vec![format!(
        "{} lets {} charge the card of this payment for the later payments of the agreement of {}, and for nothing else:",
        c.payer,
        c.business,
        show(c.agreed_on)
    )];
    for one in &c.later {
        lines.push(format!("- {} on {}", money(one.amount_minor), show(one.due_on)));
    }
    lines.push(format!("That is {} in all. Never more is charged than is left to pay on the day.", money(total)));
    lines.push("If you move or spread these payments on your account page, the new days and amounts count.".to_owned());
    lines.push(format!(
        "{} writes to you at least {ANNOUNCE_DAYS_MIN} day before each charge and sends a receipt after it.",
        c.business
    ));
    lines.push(
        "Nothing is charged while reminders are paused, or for what you told us is not right, until that is answered."
            .to_owned(),
    );
    lines.push(format!(
        "If your bank says no, you are told, and the card may be tried again within {GRACE_DAYS} days. A card that is refused for good is not tried again."
    ));
    lines.push(
        "You can take this back at any time on your account page or by contacting us. The agreement itself goes on."
            .to_owned(),
    );
    lines.push(format!(
        "The payment provider keeps the card. {} sees its kind and its last four digits, never its number.",
        c.business
    ));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_iso;

    #[test]
    fn the_words_name_every_payment_and_nothing_else() {
        let on = |text| parse_iso(text).unwrap();
        let consent = Consent {
            business: "Alder Tools".into(),
            payer: "Ann Ash".into(),
            currency: Currency::parse("GBP").unwrap(),
            agreed_on: on("2026-01-05"),
            later: vec![
                Instalment { due_on: on("2026-02-28"), amount_minor: 5_000 },
                Instalment { due_on: on("2026-03-31"), amount_minor: 2_550 },
            ],
        };
        let words = words(&consent);
        for said in [
            "£50.00 on 28 February 2026",
            "£25.50 on 31 March 2026",
            "£75.50 in all",
            "5 January 2026",
            "take this back",
        ] {
            assert!(words.contains(said), "{said}\n{words}");
        }
        assert_eq!(super::words(&Consent { later: vec![], ..consent }), "");
    }
}
