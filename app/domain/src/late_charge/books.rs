//! What is booked of late charges: a person claims what was worked out, gives up all or a part of it, and what turns out not to
//! have been due is taken back by itself.

use super::Preset;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a business does about invoices that are paid late. Nothing, unless it says so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The code of the preset; empty where nothing is claimed.
    pub preset: String,
    /// Reference rates that the files do not have, by preset: the day, and hundredths of a per cent a year.
    pub rates: BTreeMap<String, BTreeMap<NaiveDate, i64>>,
}

impl Policy {
    /// One of the presets, with the rates that were added to it; none where there is none of that code.
    pub fn named(&self, all: &[Preset], code: &str) -> Option<Preset> {
        let mut preset = all.iter().find(|p| p.code == code)?.clone();
        for (on, rate_bp) in self.rates.get(code).into_iter().flatten() {
            // One that is no reference day any more says nothing.
            let _ = preset.add_rate(*on, *rate_bp);
        }
        Some(preset)
    }

    /// The preset by which is claimed; none where nothing is.
    pub fn preset(&self, all: &[Preset]) -> Option<Preset> {
        self.named(all, &self.preset)
    }
}

/// What the books say of one invoice and its charges, all in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// What the invoice asked for, less what was credited of it.
    pub principal_minor: i64,
    /// What was claimed.
    pub claimed_minor: i64,
    /// What a person gave up of it.
    pub waived_minor: i64,
    /// What was taken back of it because it was not due.
    pub taken_back_minor: i64,
    /// What was paid of the invoice, less what was given back.
    pub paid_minor: i64,
    /// What is left of the invoice, its charges included.
    pub left_minor: i64,
}

impl Books {
    /// What of the charges stands, whether it is paid or not.
    pub fn stands_minor(&self) -> i64 {
        self.claimed_minor - self.waived_minor - self.taken_back_minor
    }

    /// What can be given up or taken back: what stands, as far as it is left to pay or was paid. What a settlement or a
    /// write-off took off is given up already, and nobody gets it back.
    pub fn open_minor(&self) -> i64 {
        let paid = (self.paid_minor - self.principal_minor.max(0)).max(0);
        self.stands_minor().min(self.left_minor.max(0).saturating_add(paid)).max(0)
    }

    /// What must be booked so that the books say what was worked out, less what was given up: more is a claim, less is taken
    /// back. What was given up does not come back, whatever is added later.
    pub fn change_minor(&self, worked_minor: i64) -> i64 {
        let due = (worked_minor - self.waived_minor).max(0);
        (due - self.stands_minor()).max(-self.open_minor())
    }

    /// How so many minor units come off: from what is left of the invoice, and the rest, which was paid, on account.
    pub fn off(&self, minor: i64) -> (i64, i64) {
        let off = minor.min(self.left_minor.max(0));
        (off, minor - off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::late_charge::all;
    use proptest::prelude::*;

    #[test]
    fn nothing_is_claimed_unless_the_business_says_so() {
        assert_eq!(Policy::default().preset(all()), None);
        let on = crate::calendar::parse_iso("2025-12-31").unwrap();
        let mut policy = Policy { preset: "uk-1998".to_owned(), ..Policy::default() };
        assert!(!policy.preset(all()).unwrap().rates.contains_key(&on));
        policy.rates.entry("uk-1998".to_owned()).or_default().insert(on, 400);
        assert_eq!(policy.preset(all()).unwrap().rates.get(&on), Some(&400));
        assert_eq!(policy.named(all(), "eu-2011-7").unwrap().rates.get(&on), None);
    }

    #[test]
    fn what_was_written_off_is_not_given_back() {
        // 100.00 and a charge of 10.00, all of it written off; then paid in full instead.
        let mut books = Books { principal_minor: 10_000, claimed_minor: 1_000, ..Books::default() };
        assert_eq!((books.open_minor(), books.change_minor(0)), (0, 0));
        books.paid_minor = 11_000;
        assert_eq!((books.open_minor(), books.change_minor(400), books.off(600)), (1_000, -600, (0, 600)));
        // Half of the charge is left: that comes off, and the rest was paid.
        books = Books { paid_minor: 10_500, left_minor: 500, ..books };
        assert_eq!((books.open_minor(), books.off(600)), (1_000, (500, 100)));
    }

    proptest! {
        /// Claims, waivers, payments and worked-out sums that go up and down, in any order.
        #[test]
        fn what_stands_is_never_more_than_was_worked_out_and_nothing_given_up_comes_back(
            principal in 1i64..1_000_000,
            steps in prop::collection::vec((0u8..4, 0i64..200_000), 1..30),
        ) {
            let mut books = Books { principal_minor: principal, left_minor: principal, ..Books::default() };
            let (mut on_account, mut worked) = (0i64, 0i64);
            for (what, minor) in steps {
                let before = books;
                match what {
                    0 | 1 => {
                        worked = minor;
                        let change = books.change_minor(worked);
                        prop_assert_eq!(books.change_minor(worked), change);
                        if change >= 0 {
                            books.claimed_minor += change;
                            books.left_minor += change;
                        } else {
                            let (off, back) = books.off(-change);
                            books.taken_back_minor -= change;
                            books.left_minor -= off;
                            books.paid_minor -= back;
                            on_account += back;
                        }
                        // Twice changes nothing, and what stands is what is due.
                        prop_assert_eq!(books.change_minor(worked), 0);
                        prop_assert_eq!(books.stands_minor(), (worked - books.waived_minor).max(0));
                    }
                    2 => {
                        let waived = minor.min(books.open_minor());
                        let (off, back) = books.off(waived);
                        books.waived_minor += waived;
                        books.left_minor -= off;
                        books.paid_minor -= back;
                        on_account += back;
                        prop_assert!(books.stands_minor() == before.stands_minor() - waived);
                    }
                    _ => {
                        let paid = minor.min(books.left_minor);
                        books.paid_minor += paid;
                        books.left_minor -= paid;
                    }
                }
                prop_assert!(books.stands_minor() >= 0 && books.left_minor >= 0 && books.paid_minor >= 0 && on_account >= 0);
                prop_assert!(books.waived_minor >= before.waived_minor);
                prop_assert_eq!(principal + books.stands_minor(), books.paid_minor + books.left_minor);
                if before.change_minor(worked) <= 0 {
                    prop_assert!(books.stands_minor() <= worked.max(before.stands_minor()));
                }
            }
        }
    }
}
