//! Credit notes as files bring them: what they take off which invoice, and what of that is on account.

use crate::ids::InvoiceId;
use crate::money::{Currency, Money};
use crate::party::Party;
use crate::table::shown;
use chrono::NaiveDate;

/// A credit note as a file says it is. Unknown texts are empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditNoteRow {
    /// Where it stands.
    pub row: u32,
    /// The business's number for it.
    pub number: String,
    /// The business's reference of whose it is.
    pub debtor: String,
    /// The day it was issued.
    pub issued_on: NaiveDate,
    /// What it credits, in minor units, more than zero.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// What it is for.
    pub description: String,
    /// The numbers of the invoices that it credits (BT-25); empty where it names none.
    pub invoices: Vec<String>,
    /// Whom it is made out to.
    pub buyer: Party,
}

impl CreditNoteRow {
    /// Whether both say the same, wherever they stand.
    pub fn says_the_same(&self, other: &Self) -> bool {
        Self { row: other.row, ..self.clone() } == *other
    }
}

/// What is known of a credit note that a file names again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The reference of whose it is.
    pub debtor: String,
    /// The day it was issued.
    pub issued_on: NaiveDate,
    /// What it credits, in minor units.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: Currency,
}

/// An invoice that a credit note names, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credited {
    /// Its id.
    pub invoice: InvoiceId,
    /// Its number.
    pub number: String,
    /// The reference of who owes it.
    pub debtor: String,
    /// Its currency.
    pub currency: Currency,
    /// What it asked for, less what was credited of it before, in minor units.
    pub charged_minor: i64,
    /// Minor units left to pay.
    pub left_minor: i64,
    /// Minor units that settlements and write-offs took off it: nobody paid them.
    pub off_minor: i64,
}

/// What a credit note does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// What of an invoice is owed again before, in minor units: what a settlement or a write-off had taken off it, and the
    /// credit takes off instead.
    pub put_back: Vec<(InvoiceId, i64)>,
    /// What it takes off what is then left on an invoice, in minor units; never more than that.
    pub parts: Vec<(InvoiceId, i64)>,
    /// Minor units on account: of what was paid already, or of no invoice.
    pub on_account_minor: i64,
    /// What of it is for which invoice, whether that was left on it or paid already.
    pub items: Vec<(InvoiceId, i64)>,
}

/// What a credit note changes: `None` where it is here already; or the term in which it contradicts what is known, and
/// how. `named` are those of the invoices it names that are known.
pub fn judge(
    row: &CreditNoteRow,
    known: Option<&Known>,
    named: &[Credited],
) -> Result<Option<Spread>, (&'static str, String)> {
    let before = |term, was: String, is: String| Err((term, format!("was imported before with {was}, not {is}")));
    if let Some(known) = known {
        let money = |minor, currency| Money::new(minor, currency).show();
        if known.debtor != row.debtor {
            return before("debtor", format!("“{}”", shown(&known.debtor)), format!("“{}”", shown(&row.debtor)));
        }
        if (known.amount_minor, known.currency) != (row.amount_minor, row.currency) {
            return before("amount", money(known.amount_minor, known.currency), money(row.amount_minor, row.currency));
        }
        if known.issued_on != row.issued_on {
            let show = crate::calendar::show;
            return before("issued", show(known.issued_on), show(row.issued_on));
        }
        return Ok(None);
    }
    for invoice in named {
        let number = shown(&invoice.number);
        if invoice.debtor != row.debtor {
            let (theirs, whose) = (shown(&invoice.debtor), shown(&row.debtor));
            return Err(("BT-25", format!("credits invoice “{number}” of “{theirs}” to “{whose}”")));
        }
        if invoice.currency != row.currency {
            let reason = format!("credits invoice “{number}” in {}, which is in {}", row.currency, invoice.currency);
            return Err(("currency", reason));
        }
    }
    let most_minor: i64 = named.iter().map(|i| i.charged_minor.max(0)).sum();
    if !named.is_empty() && row.amount_minor > most_minor {
        let money = |minor| Money::new(minor, row.currency).show();
        let numbers: Vec<String> = named.iter().map(|i| format!("“{}”", shown(&i.number))).collect();
        let (much, most, numbers) = (money(row.amount_minor), money(most_minor), numbers.join(", "));
        let asks = if named.len() == 1 { "invoice" } else { "invoices" };
        let verb = if named.len() == 1 { "asks" } else { "ask" };
        let more = if row.invoices.len() > named.len() { "; the others that it names are not here" } else { "" };
        let reason = format!("credits {much}; {asks} {numbers} {verb} for {most} less what was credited before{more}");
        return Err(("amount", reason));
    }
    Ok(Some(spread(row.amount_minor, named)))
}

/// Takes a credit off what is left on invoices, in their order, and then off what nobody pays any more: that is no money to
/// give back. What of them was paid already is on account.
pub fn spread(amount_minor: i64, named: &[Credited]) -> Spread {
    let mut left = amount_minor;
    let mut found = Spread::default();
    for invoice in named {
        let asked = invoice.left_minor.max(0);
        let part = left.min(asked.saturating_add(invoice.off_minor.max(0))).min(invoice.charged_minor).max(0);
        left -= part;
        if part > asked {
            found.put_back.push((invoice.invoice.clone(), part - asked));
        }
        found.items.push((invoice.invoice.clone(), part));
        if part > 0 {
            found.parts.push((invoice.invoice.clone(), part));
        }
    }
    found.on_account_minor = left;
    for (invoice, item) in named.iter().zip(&mut found.items) {
        let paid = left.min(invoice.charged_minor - item.1).max(0);
        item.1 += paid;
        left -= paid;
    }
    found.items.retain(|(_, minor)| *minor > 0);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gbp() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn credited(id: &str, charged_minor: i64, left_minor: i64) -> Credited {
        let (number, debtor) = (id.to_owned(), "C1".to_owned());
        Credited { invoice: id.into(), number, debtor, currency: gbp(), charged_minor, left_minor, off_minor: 0 }
    }

    fn row(amount_minor: i64, invoices: &[&str]) -> CreditNoteRow {
        CreditNoteRow {
            row: 1,
            number: "CN-1".into(),
            debtor: "C1".into(),
            issued_on: crate::calendar::parse_iso("2026-01-31").unwrap(),
            amount_minor,
            currency: gbp(),
            description: String::new(),
            invoices: invoices.iter().map(|i| (*i).to_owned()).collect(),
            buyer: Party::default(),
        }
    }

    #[test]
    fn what_was_paid_already_is_on_account() {
        let id = |parts: &[(InvoiceId, i64)]| parts.iter().map(|(i, m)| (i.to_string(), *m)).collect::<Vec<_>>();
        type Parts<'a> = &'a [(&'a str, i64)];
        let table: &[(i64, &[Credited], Parts<'_>, i64, Parts<'_>)] = &[
            (40, &[credited("a", 100, 100)], &[("a", 40)], 0, &[("a", 40)]),
            (100, &[credited("a", 100, 30)], &[("a", 30)], 70, &[("a", 100)]),
            (100, &[credited("a", 100, 0)], &[], 100, &[("a", 100)]),
            (100, &[], &[], 100, &[]),
            (
                150,
                &[credited("a", 100, 60), credited("b", 50, 50)],
                &[("a", 60), ("b", 50)],
                40,
                &[("a", 100), ("b", 50)],
            ),
        ];
        for (amount, named, parts, on_account, items) in table {
            let found = spread(*amount, named);
            let own = |of: &[(&str, i64)]| of.iter().map(|(i, m)| ((*i).to_owned(), *m)).collect::<Vec<_>>();
            assert_eq!((id(&found.parts), found.on_account_minor), (own(parts), *on_account), "{amount}");
            assert_eq!(id(&found.items), own(items), "{amount}");
        }
    }

    #[test]
    fn what_nobody_paid_is_not_given_back() {
        // Of 100 somebody paid 30, and 50 were written off.
        let of = Credited { off_minor: 50, ..credited("a", 100, 20) };
        for (amount, put_back, part, on_account) in
            [(20, 0, 20, 0), (60, 40, 60, 0), (70, 50, 70, 0), (100, 50, 70, 30)]
        {
            let found = spread(amount, std::slice::from_ref(&of));
            let back: i64 = found.put_back.iter().map(|(_, minor)| minor).sum();
            assert_eq!((back, found.parts[0].1, found.on_account_minor), (put_back, part, on_account), "{amount}");
            assert_eq!(found.items[0].1, amount);
        }
    }

    #[test]
    fn a_credit_note_changes_nothing_twice_and_contradicts_nothing() {
        let known = Known { debtor: "C1".into(), issued_on: row(1, &[]).issued_on, amount_minor: 40, currency: gbp() };
        assert_eq!(judge(&row(40, &["a"]), Some(&known), &[]), Ok(None));
        for (term, other) in [
            ("debtor", Known { debtor: "C2".into(), ..known.clone() }),
            ("amount", Known { amount_minor: 41, ..known.clone() }),
            ("issued", Known { issued_on: crate::calendar::plus_days(known.issued_on, 1), ..known.clone() }),
        ] {
            let (found, reason) = judge(&row(40, &["a"]), Some(&other), &[]).unwrap_err();
            assert_eq!(found, term);
            assert!(reason.starts_with("was imported before with "), "{reason}");
        }
        let foreign = Credited { debtor: "C2".into(), ..credited("a", 100, 100) };
        assert_eq!(judge(&row(40, &["a"]), None, &[foreign]).unwrap_err().0, "BT-25");
        let (term, reason) = judge(&row(101, &["a"]), None, &[credited("a", 100, 50)]).unwrap_err();
        assert_eq!(term, "amount");
        assert_eq!(reason, "credits £1.01; invoice “a” asks for £1.00 less what was credited before");
        assert!(judge(&row(100, &["a"]), None, &[credited("a", 100, 50)]).unwrap().is_some());
        // Nor several together, nor one beside others that are not here: what is too much is not given away on account.
        let both = [credited("a", 100, 50), credited("b", 20, 0)];
        assert!(judge(&row(120, &["a", "b"]), None, &both).unwrap().is_some());
        let (term, reason) = judge(&row(121, &["a", "b"]), None, &both).unwrap_err();
        assert_eq!(term, "amount");
        assert_eq!(reason, "credits £1.21; invoices “a”, “b” ask for £1.20 less what was credited before");
        let (_, reason) = judge(&row(101, &["a", "gone"]), None, &[credited("a", 100, 50)]).unwrap_err();
        assert!(reason.ends_with("the others that it names are not here"), "{reason}");
        assert!(judge(&row(101, &["gone"]), None, &[]).unwrap().is_some(), "of which nothing is known");
    }

    proptest! {
        #[test]
        fn every_unit_is_somewhere_once(
            amount in 1i64..1_000_000,
            debts in prop::collection::vec((1i64..100_000, 0i64..100_000, 0i64..100_000), 0..5),
        ) {
            let named: Vec<Credited> = debts.iter().enumerate()
                .map(|(at, (charged, left, off))| {
                    let left = (*left).min(*charged);
                    Credited { off_minor: (*off).min(*charged - left), ..credited(&at.to_string(), *charged, left) }
                }).collect();
            let found = spread(amount, &named);
            let sum: i64 = found.parts.iter().map(|(_, m)| m).sum();
            prop_assert_eq!(sum + found.on_account_minor, amount);
            for (invoice, minor) in &found.parts {
                let of = named.iter().find(|c| c.invoice == *invoice).unwrap();
                let back = found.put_back.iter().find(|(id, _)| id == invoice).map_or(0, |(_, minor)| *minor);
                prop_assert!(*minor > 0 && *minor <= of.left_minor + back, "never more than is left");
                prop_assert!(back <= of.off_minor && (back == 0 || *minor == of.left_minor + back));
            }
            for (invoice, minor) in &found.items {
                let of = named.iter().find(|c| c.invoice == *invoice).unwrap();
                prop_assert!(*minor <= of.charged_minor, "never more than was asked for");
            }
        }
    }
}
