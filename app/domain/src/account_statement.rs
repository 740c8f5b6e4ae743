//! The statement of account: what was invoiced, paid and taken back, line by line, with what was owed after each. What a bank
//! says is in `statement.rs`.
//!
//! As of a day means by the day of each movement, as both sides know it: an invoice's date, the day on which money arrived.
//! Whoever writes a payment of the 3rd down on the 10th has it on the statement as of the 5th, with a remark of when it was
//! written down. What the books held at the end of a day is another question, which [`Asked::as_recorded`] answers.

use crate::ids::TransferId;
use crate::ledger::TransferKind;
use crate::money::Currency;
use chrono::NaiveDate;
use serde::Serialize;

/// A transfer, as far as it changes what a debtor owes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The transfer; ids sort in the order in which transfers were written down.
    pub id: TransferId,
    /// What moved.
    pub kind: TransferKind,
    /// The day of the movement.
    pub on: NaiveDate,
    /// The day on which it was written down.
    pub recorded_on: NaiveDate,
    /// The currency.
    pub currency: Currency,
    /// Minor units by which what is owed grows; negative where it shrinks.
    pub change_minor: i64,
    /// `card`, `bank`, `import`…; empty where no money moved.
    pub method: String,
    /// The number of the invoice that was raised; empty otherwise.
    pub number: String,
    /// A remark for people.
    pub note: String,
    /// The transfer that it takes back, or a part of it.
    pub reverses: Option<TransferId>,
}

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The first day whose movements are lines; what was before is the opening balance.
    pub from_on: Option<NaiveDate>,
    /// The last day.
    pub as_of: NaiveDate,
    /// Only what was written down by that day, as a statement printed on its evening would have shown it.
    pub as_recorded: bool,
}

/// A movement with what was owed after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The day of the movement.
    pub on: NaiveDate,
    /// The day on which it was written down, where that was later.
    pub recorded_on: Option<NaiveDate>,
    /// What moved.
    pub kind: TransferKind,
    /// What moved, in words.
    pub what: String,
    /// A remark; may be empty.
    pub note: String,
    /// Minor units by which what is owed grew; negative where it shrank.
    pub amount_minor: i64,
    /// Minor units owed after it; negative is owed to the debtor.
    pub balance_minor: i64,
}

/// The statement of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The currency of every amount.
    pub currency: Currency,
    /// Minor units owed before the first line.
    pub opening_minor: i64,
    /// Movements that the opening balance stands for.
    pub earlier: usize,
    /// The movements, oldest first.
    pub lines: Vec<Line>,
    /// Minor units owed after the last line.
    pub closing_minor: i64,
}

impl Account {
    /// The same with only the newest lines; those before are in the opening balance.
    pub fn newest(mut self, lines_max: usize) -> Self {
        let over = self.lines.len().saturating_sub(lines_max);
        for line in self.lines.drain(..over) {
            self.opening_minor = line.balance_minor;
        }
        self.earlier += over;
        self
    }
}

/// The statement of each currency in which anything has moved, in the order of their codes; amounts are never summed over
/// currencies. What changes nothing of what is owed, such as money on account that is put towards an invoice, is no line.
pub fn accounts(mut movements: Vec<Movement>, asked: Asked) -> Vec<Account> {
    movements.retain(|m| m.on <= asked.as_of && !(asked.as_recorded && m.recorded_on > asked.as_of));
    movements.retain(|m| m.change_minor != 0);
    movements.sort_by(|a, b| (a.currency.code(), a.on, &a.id).cmp(&(b.currency.code(), b.on, &b.id)));
    let mut accounts: Vec<Account> = Vec::new();
    for m in movements {
        if accounts.last().is_none_or(|a| a.currency != m.currency) {
            let lines = Vec::new();
            accounts.push(Account { currency: m.currency, opening_minor: 0, earlier: 0, lines, closing_minor: 0 });
        }
        let Some(account) = accounts.last_mut() else { continue };
        account.closing_minor = account.closing_minor.saturating_add(m.change_minor);
        if asked.from_on.is_some_and(|from_on| m.on < from_on) {
            account.opening_minor = account.closing_minor;
            account.earlier += 1;
            continue;
        }
        account.lines.push(Line {
            on: m.on,
            recorded_on: (m.recorded_on > m.on).then_some(m.recorded_on),
            kind: m.kind,
            what: words(&m),
            note: m.note,
            amount_minor: m.change_minor,
            balance_minor: account.closing_minor,
        });
    }
    accounts
}

/// The movements as the debtor sees them: a payment that was booked by mistake and taken out again was never theirs, and the
/// business's remarks are its own, but for those on credits and late charges, which were written to them.
pub fn for_debtor(mut movements: Vec<Movement>) -> Vec<Movement> {
    let undone: Vec<(TransferId, TransferId)> = movements
        .iter()
        .filter(|m| m.kind == TransferKind::Undone)
        .filter_map(|undo| {
            let of = movements.iter().find(|m| Some(&m.id) == undo.reverses.as_ref())?;
            // One of which a part was given back before is told as it was.
            (of.change_minor.checked_add(undo.change_minor) == Some(0)).then(|| (of.id.clone(), undo.id.clone()))
        })
        .collect();
    movements.retain(|m| !undone.iter().any(|(of, undo)| *of == m.id || *undo == m.id));
    for m in &mut movements {
        let theirs = [
            TransferKind::CreditNote,
            TransferKind::LateCharge,
            TransferKind::LateChargeWaived,
            TransferKind::LateChargeTakenBack,
        ];
        if !theirs.contains(&m.kind) {
            m.note.clear();
        }
    }
    movements
}

fn words(m: &Movement) -> String {
    let what = match m.kind {
        TransferKind::Invoice if m.number.is_empty() => "Invoice".to_owned(),
        TransferKind::Invoice => return format!("Invoice {}", m.number),
        TransferKind::CreditNote => "Credit".to_owned(),
        TransferKind::Payment => "Payment".to_owned(),
        TransferKind::Refund => "Refund".to_owned(),
        TransferKind::RefundFailed => "Refund that did not arrive".to_owned(),
        TransferKind::Chargeback => "Taken back by the bank".to_owned(),
        TransferKind::Applied => "Put towards invoices".to_owned(),
        TransferKind::Undone => "Payment booked by mistake, taken out".to_owned(),
        TransferKind::SettlementDiscount => "Taken off, as we agreed".to_owned(),
        TransferKind::DiscountTakenBack => "Left to pay again: taken off before".to_owned(),
        TransferKind::WriteOff => "Written off, no longer asked for".to_owned(),
        TransferKind::Reinstated => "Write-off taken back".to_owned(),
        TransferKind::Reallocated => "Moved to another invoice".to_owned(),
        TransferKind::LateCharge => "Late charge".to_owned(),
        TransferKind::LateChargeWaived => "Late charge waived".to_owned(),
        TransferKind::LateChargeTakenBack => "Late charge taken back, not due".to_owned(),
    };
    let how = match (m.kind, m.method.as_str()) {
        (TransferKind::Payment, "bank") => " by bank transfer",
        (TransferKind::Payment, "card") => " by card",
        (TransferKind::Payment, "cash") => " in cash",
        (TransferKind::Payment, "cheque") => " by cheque",
        (TransferKind::Refund, "card") => " to the card",
        _ => "",
    };
    format!("{what}{how}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_iso;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        parse_iso(text).unwrap()
    }

    fn movement(id: &str, kind: TransferKind, on: &str, change_minor: i64) -> Movement {
        Movement {
            id: id.into(),
            kind,
            on: day(on),
            recorded_on: day(on),
            currency: Currency::parse("GBP").unwrap(),
            change_minor,
            method: String::new(),
            number: String::new(),
            note: String::new(),
            reverses: None,
        }
    }

    fn asked(as_of: &str) -> Asked {
        Asked { from_on: None, as_of: day(as_of), as_recorded: false }
    }

    fn story() -> Vec<Movement> {
        vec![
            Movement {
                method: "bank".into(),
                recorded_on: day("2026-02-10"),
                note: "from the uncle".into(),
                ..movement("3", TransferKind::Payment, "2026-02-03", -150)
            },
            Movement { number: "A-1".into(), ..movement("1", TransferKind::Invoice, "2026-01-01", 400) },
            Movement { number: "A-2".into(), ..movement("2", TransferKind::Invoice, "2026-02-01", 200) },
            movement("4", TransferKind::Applied, "2026-02-03", 0),
            Movement { method: "card".into(), ..movement("5", TransferKind::Payment, "2026-02-05", -450) },
            Movement { method: "card".into(), ..movement("6", TransferKind::Refund, "2026-02-07", 100) },
        ]
    }

    fn lines(account: &Account) -> Vec<(&str, i64, i64)> {
        account.lines.iter().map(|l| (l.what.as_str(), l.amount_minor, l.balance_minor)).collect()
    }

    #[test]
    fn lines_run_from_the_oldest_with_what_was_owed_after_each() {
        let all = accounts(story(), asked("2026-02-28"));
        let [account] = &all[..] else { panic!("{all:?}") };
        let expected = [
            ("Invoice A-1", 400, 400),
            ("Invoice A-2", 200, 600),
            ("Payment by bank transfer", -150, 450),
            ("Payment by card", -450, 0),
            ("Refund to the card", 100, 100),
        ];
        assert_eq!(lines(account), expected);
        assert_eq!((account.opening_minor, account.closing_minor), (0, 100));
        assert_eq!(account.lines[2].recorded_on, Some(day("2026-02-10")));
        assert_eq!(account.lines[3].recorded_on, None);
    }

    #[test]
    fn a_day_in_the_past_is_asked_for_by_movement_or_by_record() {
        let as_of = |as_recorded| Asked { as_recorded, ..asked("2026-02-04") };
        assert_eq!(accounts(story(), as_of(false))[0].closing_minor, 450);
        assert_eq!(accounts(story(), as_of(true))[0].closing_minor, 600);
        let from = Asked { from_on: Some(day("2026-02-01")), ..asked("2026-02-05") };
        let account = accounts(story(), from).remove(0);
        assert_eq!((account.opening_minor, account.earlier, account.lines.len()), (400, 1, 3));
        assert_eq!(account.closing_minor, 0);
        assert!(accounts(story(), asked("2025-12-31")).is_empty());
    }

    #[test]
    fn currencies_stand_side_by_side() {
        let eur = Movement {
            currency: Currency::parse("EUR").unwrap(),
            ..movement("9", TransferKind::Invoice, "2026-01-15", 1_000)
        };
        let all = accounts([story(), vec![eur]].concat(), asked("2026-02-28"));
        let closing: Vec<_> = all.iter().map(|a| (a.currency.code(), a.closing_minor)).collect();
        assert_eq!(closing, [("EUR", 1_000), ("GBP", 100)]);
    }

    #[test]
    fn the_newest_lines_stand_on_what_was_before() {
        let account = accounts(story(), asked("2026-02-28")).remove(0).newest(2);
        assert_eq!((account.opening_minor, account.earlier, account.closing_minor), (450, 3, 100));
        assert_eq!(lines(&account), [("Payment by card", -450, 0), ("Refund to the card", 100, 100)]);
    }

    #[test]
    fn the_debtor_sees_no_mistakes_and_no_remarks() {
        let mut movements = story();
        let mut undone = movement("7", TransferKind::Undone, "2026-02-12", 150);
        undone.reverses = Some("3".into());
        movements.push(undone);
        let credit =
            Movement { note: "Credit note C-1".into(), ..movement("8", TransferKind::CreditNote, "2026-02-13", -50) };
        movements.push(credit);
        assert_eq!(accounts(movements.clone(), asked("2026-02-28"))[0].lines.len(), 7);
        let account = accounts(for_debtor(movements), asked("2026-02-28")).remove(0);
        let expected = [
            ("Invoice A-1", 400, 400),
            ("Invoice A-2", 200, 600),
            ("Payment by card", -450, 150),
            ("Refund to the card", 100, 250),
            ("Credit", -50, 200),
        ];
        assert_eq!(lines(&account), expected);
        let notes: Vec<&str> = account.lines.iter().map(|l| l.note.as_str()).filter(|n| !n.is_empty()).collect();
        assert_eq!(notes, ["Credit note C-1"]);
    }

    proptest! {
        #[test]
        fn the_balance_is_the_sum_of_what_has_moved_however_it_is_cut(
            changes in prop::collection::vec((-100_000i64..100_000, 0u32..60, 0u32..10, 0usize..2), 0..40),
            from in prop::option::of(0u32..70),
            as_of in 0u32..70,
            lines_max in 0usize..40,
        ) {
            let first = day("2026-01-01");
            let at = |days| crate::calendar::plus_days(first, days);
            let movements: Vec<Movement> = changes.iter().enumerate().map(|(n, (minor, on, later, currency))| Movement {
                id: format!("{n:03}").as_str().into(),
                on: at(*on),
                recorded_on: at(on + later),
                currency: Currency::parse(["GBP", "EUR"][*currency]).unwrap(),
                ..movement("", TransferKind::Payment, "2026-01-01", *minor)
            }).collect();
            let asked = Asked { from_on: from.map(at), as_of: at(as_of), as_recorded: false };
            let all = accounts(movements.clone(), asked);
            for code in ["GBP", "EUR"] {
                let sum: i64 = movements.iter().filter(|m| m.currency.code() == code && m.on <= asked.as_of)
                    .map(|m| m.change_minor).sum();
                let account = all.iter().find(|a| a.currency.code() == code);
                prop_assert_eq!(account.map_or(0, |a| a.closing_minor), sum);
                let Some(account) = account else { continue };
                for account in [account.clone(), account.clone().newest(lines_max)] {
                    let mut balance = account.opening_minor;
                    for line in &account.lines {
                        balance += line.amount_minor;
                        prop_assert_eq!(line.balance_minor, balance);
                    }
                    prop_assert_eq!(balance, account.closing_minor);
                    prop_assert!(account.lines.windows(2).all(|w| w[0].on <= w[1].on));
                }
            }
        }
    }
}
