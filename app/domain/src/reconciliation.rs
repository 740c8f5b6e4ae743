//! Reconciliation: what our books say of card payments against what the gateway says, thing by thing. The gateway holds the
//! money, so where they differ it is our books, or somebody's mistake, that has to be looked into; nothing is changed here.

use crate::ids::{AttemptId, DebtorId};
use crate::money::{Currency, Money};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// Money that a customer paid.
    Payment,
    /// Money that was given back.
    Refund,
    /// A payment that the card holder contests with their bank.
    Dispute,
}

impl Thing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Payment, Self::Refund, Self::Dispute];

    /// The name in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Dispute => "chargeback",
        }
    }
}

/// How a thing stands, as far as money is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// It has not moved money: not paid, an inquiry of the bank.
    Not,
    /// Nobody knows yet, and it is too young to be missed.
    Underway,
    /// It has moved money: paid, given back, taken back.
    Moved,
    /// It has, and the money came back: a refund failed, a dispute was won.
    Returned,
}

/// One thing as one side has it, under the gateway's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Minor units.
    pub amount_minor: i64,
    /// The currency of the amount.
    pub currency: Currency,
    /// How it stands.
    pub stands: Stands,
}

impl Side {
    fn show(&self) -> String {
        Money::new(self.amount_minor, self.currency).show()
    }

    fn moved(&self) -> bool {
        matches!(self.stands, Stands::Moved | Stands::Returned)
    }
}

/// What is known of a thing: both sides, and whose it is as far as our books know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Our books, where they have it.
    pub here: Option<Side>,
    /// The gateway, where it has it.
    pub there: Option<Side>,
    /// The gateway's id of the payment that it is about.
    pub payment: String,
    /// The attempt that the payment was made for, where our books know it.
    pub attempt: Option<AttemptId>,
    /// Whose money.
    pub debtor: Option<DebtorId>,
    /// Another payment is booked for the same attempt.
    pub twin: bool,
}

/// In which way the two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Differs {
    /// The gateway has it and our books do not.
    MissingHere,
    /// Our books have it and the gateway does not.
    MissingThere,
    /// The gateway took money a second time for the same thing.
    Twice,
    /// The currencies differ.
    Currency,
    /// The amounts differ.
    Amount,
    /// One says that the money moved, or came back, and the other does not.
    State,
}

impl Differs {
    /// All ways.
    pub const ALL: [Self; 6] =
        [Self::MissingHere, Self::MissingThere, Self::Twice, Self::Currency, Self::Amount, Self::State];

    /// The name in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::MissingHere => "missing_here",
            Self::MissingThere => "missing_there",
            Self::Twice => "charged_twice",
            Self::Currency => "currency_differs",
            Self::Amount => "amount_differs",
            Self::State => "state_differs",
        }
    }
}

/// One thing on which our books and the gateway do not agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discrepancy {
    /// What it is.
    pub thing: Thing,
    /// In which way they differ.
    pub differs: Differs,
    /// The gateway's id of it.
    pub id: String,
    /// The gateway's id of the payment that it is about.
    pub payment: String,
    /// The attempt that the payment was made for, where our books know it.
    pub attempt: Option<AttemptId>,
    /// Whose money, where our books know it.
    pub debtor: Option<DebtorId>,
    /// What our books say.
    pub here: Option<Side>,
    /// What the gateway says.
    pub there: Option<Side>,
}

impl Discrepancy {
    /// The name of its kind: `payment_missing_here`.
    pub fn kind(&self) -> String {
        format!("{}_{}", self.thing.code(), self.differs.code())
    }

    /// Whether asking the gateway about the attempt may settle it: the gateway knows more than our books do.
    pub fn may_settle(&self) -> bool {
        self.attempt.is_some() && matches!(self.differs, Differs::MissingHere | Differs::State)
    }

    /// What is not as it should be, in a sentence or two.
    pub fn words(&self) -> String {
        let what = self.thing.words();
        let here = self.here.as_ref().map(Side::show).unwrap_or_default();
        let there = self.there.as_ref().map(Side::show).unwrap_or_default();
        match (self.differs, self.thing) {
            (Differs::MissingHere, Thing::Payment) if self.attempt.is_none() => {
                format!("The gateway took {there} for you, and Kept does not know of this payment at all.")
            }
            (Differs::MissingHere, Thing::Payment) => {
                format!("The gateway took {there}, and it is not in the books here.")
            }
            (Differs::MissingHere, Thing::Refund) => {
                format!("The gateway gave {there} back, and it is not in the books here.")
            }
            (Differs::MissingHere, Thing::Dispute) => {
                format!("The card holder’s bank took {there} back, and it is not in the books here.")
            }
            (Differs::MissingThere, _) => {
                format!("A {what} of {here} is in the books here, and the gateway knows nothing of it.")
            }
            (Differs::Twice, _) => {
                format!("The gateway took {there} a second time for the same payment. The first is in the books here.")
            }
            (Differs::Currency, _) => {
                format!("The books here have a {what} of {here}, the gateway one of {there}: another currency.")
            }
            (Differs::Amount, _) => {
                format!("The books here have a {what} of {here}, the gateway one of {there}.")
            }
            (Differs::State, Thing::Payment) => {
                format!("The books here have {here} as paid. The gateway says that it was not paid, or not yet.")
            }
            (Differs::State, Thing::Refund) if self.there_returned() => {
                format!("A refund of {there} did not reach the card holder. The books here have it as given back.")
            }
            (Differs::State, Thing::Refund) => {
                format!("The gateway gave {there} back. The books here say that this refund failed.")
            }
            (Differs::State, Thing::Dispute) if self.there_returned() => {
                format!("A chargeback was decided for you and {there} came back. It is not in the books here.")
            }
            (Differs::State, Thing::Dispute) => {
                format!("The books here have a chargeback of {here} differently from how it stands at the gateway.")
            }
        }
    }

    /// What a person may do about it, where nothing settles it by itself.
    pub fn advice(&self) -> &'static str {
        match (self.differs, self.thing) {
            (Differs::MissingHere, Thing::Payment) if self.attempt.is_none() => {
                "This happens after an older backup was restored. Look the payment up in the gateway’s dashboard: record it for \
                 the customer who paid, or give it back there."
            }
            (Differs::MissingHere | Differs::State, _) if self.may_settle() => {
                "The gateway is asked again at the next comparison. If this stays, look the payment up in the gateway’s \
                 dashboard and put the customer’s account right by hand."
            }
            (Differs::MissingHere, _) => {
                "Look the payment up in the gateway’s dashboard, find the customer, and put their account right by hand."
            }
            (Differs::MissingThere, _) => {
                "Check that this is the same gateway account as before: test keys and live keys know different payments. If the \
                 money never came, put the customer’s account right by hand."
            }
            (Differs::Twice, _) => {
                "Give the second payment back in the gateway’s dashboard and tell the customer. Then note here that it is dealt \
                 with."
            }
            (Differs::Currency | Differs::Amount, _) => {
                "Compare with the gateway’s dashboard and with what reached your bank. Put the customer’s account right by hand \
                 where the books here are wrong."
            }
            (Differs::State, _) => {
                "Compare with the gateway’s dashboard. If the money is not yours, put the customer’s account right by hand, and \
                 do not remind them before that."
            }
        }
    }

    fn there_returned(&self) -> bool {
        self.there.as_ref().is_some_and(|there| there.stands == Stands::Returned)
    }
}

/// Everything on which the two sides do not agree, in the order of the ids. At most one discrepancy for each thing: the one
/// that has to be understood first.
pub fn compare(all: &BTreeMap<(Thing, String), Known>) -> Vec<Discrepancy> {
    all.iter()
        .filter_map(|((thing, id), known)| {
            differs(known).map(|differs| Discrepancy {
                thing: *thing,
                differs,
                id: id.clone(),
                payment: known.payment.clone(),
                attempt: known.attempt.clone(),
                debtor: known.debtor.clone(),
                here: known.here.clone(),
                there: known.there.clone(),
            })
        })
        .collect()
}

fn differs(known: &Known) -> Option<Differs> {
    match (&known.here, &known.there) {
        (None, None) => None,
        (Some(here), _) if here.stands == Stands::Underway => None,
        (Some(here), None) => here.moved().then_some(Differs::MissingThere),
        (here, Some(there)) => match here.as_ref().filter(|here| here.moved()) {
            None if !there.moved() => None,
            None if known.twin => Some(Differs::Twice),
            None => Some(Differs::MissingHere),
            // What does not stand as it should is asked for before its amount is.
            Some(here) if here.stands != there.stands => Some(Differs::State),
            Some(here) if here.currency != there.currency => Some(Differs::Currency),
            Some(here) if here.amount_minor != there.amount_minor => Some(Differs::Amount),
            Some(_) => None,
        },
    }
}

/// Those of the earlier discrepancies that are not there any more: what asking the gateway has settled.
pub fn settled(before: &[Discrepancy], after: &[Discrepancy]) -> Vec<Discrepancy> {
    let left: BTreeSet<(Thing, &str)> = after.iter().map(|d| (d.thing, d.id.as_str())).collect();
    before.iter().filter(|d| !left.contains(&(d.thing, d.id.as_str()))).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn side(amount_minor: i64, currency: &str, stands: Stands) -> Side {
        Side { amount_minor, currency: Currency::parse(currency).unwrap(), stands }
    }

    fn of(thing: Thing, here: Option<Side>, there: Option<Side>, twin: bool) -> Option<Discrepancy> {
        let known = Known { here, there, payment: "pi_1".into(), attempt: Some("a".into()), debtor: None, twin };
        compare(&BTreeMap::from([((thing, "x".to_owned()), known)])).pop()
    }

    #[test]
    fn each_way_of_disagreeing_has_its_kind() {
        use Stands::{Moved, Not, Returned, Underway};
        let gbp = |minor, stands| Some(side(minor, "GBP", stands));
        let table = [
            (Thing::Payment, gbp(5, Moved), gbp(5, Moved), None),
            (Thing::Payment, gbp(5, Not), gbp(5, Not), None),
            (Thing::Payment, None, gbp(5, Not), None),
            (Thing::Payment, gbp(5, Not), None, None),
            (Thing::Payment, gbp(5, Underway), gbp(5, Moved), None),
            (Thing::Payment, None, gbp(5, Moved), Some("payment_missing_here")),
            (Thing::Payment, gbp(5, Not), gbp(5, Moved), Some("payment_missing_here")),
            (Thing::Payment, gbp(5, Moved), None, Some("payment_missing_there")),
            (Thing::Payment, gbp(5, Moved), gbp(6, Moved), Some("payment_amount_differs")),
            (Thing::Payment, gbp(5, Moved), Some(side(5, "EUR", Moved)), Some("payment_currency_differs")),
            (Thing::Payment, gbp(5, Moved), gbp(5, Not), Some("payment_state_differs")),
            (Thing::Refund, None, gbp(5, Returned), Some("refund_missing_here")),
            (Thing::Refund, gbp(5, Moved), gbp(5, Returned), Some("refund_state_differs")),
            (Thing::Refund, gbp(5, Returned), gbp(5, Moved), Some("refund_state_differs")),
            (Thing::Refund, gbp(5, Returned), gbp(5, Returned), None),
            (Thing::Dispute, None, gbp(5, Moved), Some("dispute_missing_here")),
            (Thing::Dispute, gbp(5, Moved), gbp(5, Returned), Some("dispute_state_differs")),
            (Thing::Dispute, gbp(5, Moved), None, Some("dispute_missing_there")),
        ];
        for (thing, here, there, expected) in table {
            let what = format!("{thing:?} {here:?} {there:?}");
            let found = of(thing, here, there, false);
            assert_eq!(found.as_ref().map(Discrepancy::kind).as_deref(), expected, "{what}");
        }
        let twice = of(Thing::Payment, None, gbp(5, Moved), true).unwrap();
        assert_eq!((twice.kind().as_str(), twice.may_settle()), ("payment_charged_twice", false));
    }

    fn stands() -> impl Strategy<Value = Stands> {
        prop::sample::select(vec![Stands::Not, Stands::Underway, Stands::Moved, Stands::Returned])
    }

    fn any_side() -> impl Strategy<Value = Option<Side>> {
        let code = prop::sample::select(vec!["GBP", "JPY", "KWD"]);
        prop::option::of((1i64..4, code, stands()).prop_map(|(minor, code, stands)| side(minor, code, stands)))
    }

    proptest! {
        #[test]
        fn what_agrees_is_never_listed_and_what_moved_on_one_side_only_always_is(
            thing in prop::sample::select(Thing::ALL.to_vec()), here in any_side(), there in any_side(), twin: bool,
        ) {
            let moved = |side: &Option<Side>| side.as_ref().filter(|s| s.moved()).cloned();
            let young = here.as_ref().is_some_and(|h| h.stands == Stands::Underway);
            let found = of(thing, here.clone(), there.clone(), twin);
            let agree = young || moved(&here) == moved(&there);
            prop_assert_eq!(found.is_none(), agree, "{:?} {:?} {:?}", here, there, found);
            if let Some(found) = found {
                // Every one of them is explained, with what to do.
                prop_assert!(found.words().ends_with('.') && !found.words().contains("  ") && found.advice().ends_with('.'));
                let all = [found];
                prop_assert_eq!(settled(&all, &[]), all.to_vec());
                prop_assert!(settled(&all, &all).is_empty());
            }
        }
    }
}
