//! The ledger: every movement is a balanced transfer that is only ever appended; balances are derived from entries.

use crate::ids::InvoiceId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// An invoice was raised.
    Invoice,
    /// An invoice was reduced.
    CreditNote,
    /// Money arrived.
    Payment,
    /// Money was given back.
    Refund,
    /// Money that was given back did not reach the card holder and is the business's again.
    RefundFailed,
    /// The card holder's bank took money back.
    Chargeback,
    /// Money on account was put towards invoices.
    Applied,
    /// A payment had been booked by mistake, and was taken out of the books.
    Undone,
    /// What a settlement that was paid by its day leaves unpaid.
    SettlementDiscount,
    /// Money of a settlement was taken back: what it had left unpaid is owed again.
    DiscountTakenBack,
    /// What was left of invoices is not asked for any more.
    WriteOff,
    /// What had been written off is owed again.
    Reinstated,
    /// A part of a payment was moved from one invoice to another.
    Reallocated,
    /// The law added something to an invoice that is late, and the business claims it.
    LateCharge,
    /// The business gives such a charge up, or a part of it.
    LateChargeWaived,
    /// Such a charge turned out not to be due.
    LateChargeTakenBack,
}

impl TransferKind {
    /// All kinds.
    pub const ALL: [Self; 16] = [
        Self::Invoice,
        Self::CreditNote,
        Self::Payment,
        Self::Refund,
        Self::RefundFailed,
        Self::Chargeback,
        Self::Applied,
        Self::Undone,
        Self::SettlementDiscount,
        Self::DiscountTakenBack,
        Self::WriteOff,
        Self::Reinstated,
        Self::Reallocated,
        Self::LateCharge,
        Self::LateChargeWaived,
        Self::LateChargeTakenBack,
    ];

    /// The name in the database and in exports.
    pub fn code(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::RefundFailed => "refund_failed",
            Self::Chargeback => "chargeback",
            Self::Applied => "applied",
            Self::Undone => "undone",
            Self::SettlementDiscount => "settlement_discount",
            Self::DiscountTakenBack => "discount_taken_back",
            Self::WriteOff => "write_off",
            Self::Reinstated => "reinstated",
            Self::Reallocated => "reallocated",
            Self::LateCharge => "late_charge",
            Self::LateChargeWaived => "late_charge_waived",
            Self::LateChargeTakenBack => "late_charge_taken_back",
        }
    }

    /// Reads a name written by [`TransferKind::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }
}

/// Where an entry stands. Receivable and on-account entries are the debtor's; the others are the far side.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// What is owed on an invoice; positive is owed to the business.
    Receivable(InvoiceId),
    /// What the debtor has paid ahead; negative is owed to the debtor.
    OnAccount,
    /// What the business sold.
    Sales,
    /// What the business holds.
    Money,
    /// What the business does without because of settlements.
    Discounts,
    /// What the business has given up.
    WrittenOff,
    /// What the law added to an invoice that is late; negative is claimed.
    LateCharges(InvoiceId),
}

impl Account {
    /// The invoice that it is of, where it is of one.
    pub fn invoice(&self) -> Option<&InvoiceId> {
        match self {
            Self::Receivable(id) | Self::LateCharges(id) => Some(id),
            _ => None,
        }
    }

    /// The name in the database; the invoice stands in a column of its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Receivable(_) => "receivable",
            Self::OnAccount => "on_account",
            Self::Sales => "sales",
            Self::Money => "money",
            Self::Discounts => "discounts",
            Self::WrittenOff => "written_off",
            Self::LateCharges(_) => "late_charges",
        }
    }
}

/// One side of a transfer, in minor units: positive is a debit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Where.
    pub account: Account,
    /// How much.
    pub amount_minor: i64,
}

/// Entries that sum to zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// What moved.
    pub kind: TransferKind,
    /// Both sides.
    pub entries: Vec<Entry>,
}

impl Transfer {
    /// Whether the entries sum to zero and none is empty.
    pub fn is_balanced(&self) -> bool {
        !self.entries.is_empty()
            && self.entries.iter().all(|e| e.amount_minor != 0)
            && self.entries.iter().map(|e| i128::from(e.amount_minor)).sum::<i128>() == 0
    }

    fn of(kind: TransferKind, far: Account, near: Vec<Entry>) -> Self {
        let sum: i64 = near.iter().map(|e| e.amount_minor).sum();
        let mut entries = near;
        entries.push(Entry { account: far, amount_minor: -sum });
        Self { kind, entries }
    }
}

/// An invoice for so many minor units.
pub fn invoice(id: InvoiceId, amount_minor: i64) -> Transfer {
    let near = vec![Entry { account: Account::Receivable(id), amount_minor }];
    Transfer::of(TransferKind::Invoice, Account::Sales, near)
}

/// An invoice that is still open, for allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The oldest is paid first.
    pub due_on: NaiveDate,
    /// Minor units left.
    pub left_minor: i64,
    /// Minor units of it that are in dispute: they are paid last.
    pub disputed_minor: i64,
}

/// Puts a payment towards invoices: what is not disputed first, the oldest first; what is left over is on account.
pub fn payment(amount_minor: i64, owed: &[Owed]) -> Transfer {
    payment_for(amount_minor, owed, &[])
}

/// The same for a payment that names what it is for: these invoices come first, the oldest of them first, even what is
/// disputed on them.
pub fn payment_for(amount_minor: i64, owed: &[Owed], named: &[InvoiceId]) -> Transfer {
    in_order(amount_minor, owed, named, [(true, false), (true, true), (false, false), (false, true)])
}

/// The same for a payment that names nothing while an agreement runs: of what is not disputed, the invoices that the
/// agreement covers come first.
pub fn payment_first(amount_minor: i64, owed: &[Owed], covered: &[InvoiceId]) -> Transfer {
    in_order(amount_minor, owed, covered, [(true, false), (false, false), (true, true), (false, true)])
}

/// Each step is about invoices that are preferred or the others, and what is disputed on them or not.
fn in_order(amount_minor: i64, owed: &[Owed], preferred: &[InvoiceId], steps: [(bool, bool); 4]) -> Transfer {
    let mut sorted: Vec<&Owed> = owed.iter().filter(|o| o.left_minor > 0).collect();
    sorted.sort_by(|a, b| (a.due_on, &a.invoice).cmp(&(b.due_on, &b.invoice)));
    let mut left = amount_minor;
    let mut parts: Vec<(InvoiceId, i64)> = sorted.iter().map(|o| (o.invoice.clone(), 0)).collect();
    for (is_preferred, disputed) in steps {
        for (o, part) in sorted.iter().zip(parts.iter_mut()) {
            if preferred.contains(&o.invoice) != is_preferred {
                continue;
            }
            let held = o.disputed_minor.clamp(0, o.left_minor);
            let room = if disputed { o.left_minor - part.1 } else { o.left_minor - held };
            let take = left.min(room);
            part.1 += take;
            left -= take;
        }
    }
    let mut near: Vec<Entry> = parts
        .into_iter()
        .filter(|(_, part)| *part > 0)
        .map(|(id, part)| Entry { account: Account::Receivable(id), amount_minor: -part })
        .collect();
    if left > 0 {
        near.push(Entry { account: Account::OnAccount, amount_minor: -left });
    }
    Transfer::of(TransferKind::Payment, Account::Money, near)
}

/// A payment of exactly these parts of invoices, in minor units.
pub fn payment_of(parts: &[(InvoiceId, i64)]) -> Transfer {
    let near = parts.iter().filter(|(_, minor)| *minor > 0);
    let near = near.map(|(id, minor)| Entry { account: Account::Receivable(id.clone()), amount_minor: -minor });
    Transfer::of(TransferKind::Payment, Account::Money, near.collect())
}

/// Takes off what a settlement leaves unpaid: how much of each invoice, in minor units.
pub fn settlement_discount(parts: &[(InvoiceId, i64)]) -> Transfer {
    let near = parts.iter().filter(|(_, minor)| *minor > 0);
    let near = near.map(|(id, minor)| Entry { account: Account::Receivable(id.clone()), amount_minor: -minor });
    Transfer::of(TransferKind::SettlementDiscount, Account::Discounts, near.collect())
}

/// Puts it back on.
pub fn discount_taken_back(parts: &[(InvoiceId, i64)]) -> Transfer {
    let near = parts.iter().filter(|(_, minor)| *minor > 0);
    let near = near.map(|(id, minor)| Entry { account: Account::Receivable(id.clone()), amount_minor: *minor });
    Transfer::of(TransferKind::DiscountTakenBack, Account::Discounts, near.collect())
}

/// Takes a refund back that failed: the money goes where a payment would go now, because what the refund reopened may
/// have been paid in another way meanwhile.
pub fn refund_failed(amount_minor: i64, owed: &[Owed], covered: &[InvoiceId]) -> Transfer {
    Transfer { kind: TransferKind::RefundFailed, ..payment_first(amount_minor, owed, covered) }
}

/// Puts so many minor units that are on account towards what is not disputed, the oldest first; `None` where nothing is open.
pub fn applied(on_account_minor: i64, owed: &[Owed]) -> Option<Transfer> {
    let undisputed: Vec<Owed> = owed
        .iter()
        .map(|o| Owed {
            left_minor: o.left_minor - o.disputed_minor.clamp(0, o.left_minor.max(0)),
            disputed_minor: 0,
            ..o.clone()
        })
        .collect();
    let room: i64 = undisputed.iter().map(|o| o.left_minor.max(0)).sum();
    let amount_minor = on_account_minor.min(room);
    if amount_minor <= 0 {
        return None;
    }
    let Transfer { mut entries, .. } = payment(amount_minor, &undisputed);
    entries.retain(|e| e.account != Account::Money);
    Some(Transfer::of(TransferKind::Applied, Account::OnAccount, entries))
}

/// Takes what a transfer put towards invoices off what is owed on them; answers how many minor units that is.
pub fn take_off(transfer: &Transfer, owed: &mut [Owed]) -> i64 {
    let mut taken = 0;
    for o in owed {
        let of = |e: &&Entry| matches!(&e.account, Account::Receivable(id) if *id == o.invoice);
        let minor: i64 = -transfer.entries.iter().filter(of).map(|e| e.amount_minor).sum::<i64>();
        o.left_minor -= minor;
        taken += minor;
    }
    taken
}

/// Moves so many minor units of a payment from where they are to where they should be: an invoice, or the account.
pub fn reallocated(from: Account, to: Account, amount_minor: i64) -> Transfer {
    let near = vec![Entry { account: to, amount_minor: -amount_minor }];
    Transfer::of(TransferKind::Reallocated, from, near)
}

/// Writes off so many minor units of what is left: what is not disputed first, the oldest first. No more than is left.
pub fn write_off(amount_minor: i64, owed: &[Owed]) -> Transfer {
    let Transfer { mut entries, .. } = payment(amount_minor, owed);
    entries.retain(|e| matches!(e.account, Account::Receivable(_)));
    Transfer::of(TransferKind::WriteOff, Account::WrittenOff, entries)
}

/// Takes a write-off back: invoices are owed again by so many minor units each.
pub fn reinstated(parts: &[(InvoiceId, i64)]) -> Transfer {
    let near = parts.iter().map(|(id, minor)| Entry { account: Account::Receivable(id.clone()), amount_minor: *minor });
    Transfer::of(TransferKind::Reinstated, Account::WrittenOff, near.collect())
}

/// Adds so many minor units to an invoice that is late.
pub fn late_charge(invoice: InvoiceId, minor: i64) -> Transfer {
    let near = vec![Entry { account: Account::Receivable(invoice.clone()), amount_minor: minor }];
    Transfer::of(TransferKind::LateCharge, Account::LateCharges(invoice), near)
}

/// Takes a late charge off again: so many minor units of what is left of the invoice, and so many, which were paid, on account.
/// `kind` says why.
pub fn late_charge_off(kind: TransferKind, invoice: InvoiceId, off_minor: i64, on_account_minor: i64) -> Transfer {
    let near = [(Account::Receivable(invoice.clone()), off_minor), (Account::OnAccount, on_account_minor)];
    let near = near.into_iter().filter(|(_, minor)| *minor != 0);
    let near = near.map(|(account, minor)| Entry { account, amount_minor: -minor }).collect();
    Transfer::of(kind, Account::LateCharges(invoice), near)
}

/// Reduces invoices by so many minor units each, and credits `on_account_minor` of what had been paid meanwhile.
pub fn credit_note(parts: &[(InvoiceId, i64)], on_account_minor: i64) -> Transfer {
    let mut near: Vec<Entry> = parts
        .iter()
        .filter(|(_, minor)| *minor > 0)
        .map(|(id, minor)| Entry { account: Account::Receivable(id.clone()), amount_minor: -minor })
        .collect();
    if on_account_minor > 0 {
        near.push(Entry { account: Account::OnAccount, amount_minor: -on_account_minor });
    }
    Transfer::of(TransferKind::CreditNote, Account::Sales, near)
}

/// Takes back so many minor units of a payment, in the reverse order of its allocation: what lay on account first,
/// then the invoices it was put towards, newest first. `allocated` is what the payment (less earlier refunds) left on
/// each account, as positive minor units.
pub fn reversal(kind: TransferKind, amount_minor: i64, allocated: &[(Account, i64)]) -> Transfer {
    let mut left = amount_minor;
    let mut near: Vec<Entry> = Vec::new();
    let on_account = allocated.iter().filter(|(a, _)| *a == Account::OnAccount);
    let invoices = allocated.iter().rev().filter(|(a, _)| matches!(a, Account::Receivable(_)));
    for (account, minor) in on_account.chain(invoices) {
        let part = left.min(*minor);
        if part > 0 {
            near.push(Entry { account: account.clone(), amount_minor: part });
            left -= part;
        }
    }
    if left > 0 {
        // More was taken back than the payment brought: the debtor's account carries it.
        near.push(Entry { account: Account::OnAccount, amount_minor: left });
    }
    Transfer::of(kind, Account::Money, near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::parse_iso;
    use proptest::prelude::*;

    fn owed(id: &str, due: &str, left_minor: i64, disputed_minor: i64) -> Owed {
        Owed { invoice: id.into(), due_on: parse_iso(due).unwrap(), left_minor, disputed_minor }
    }

    fn parts(transfer: &Transfer) -> Vec<(String, i64)> {
        let name = |a: &Account| match a {
            Account::Receivable(id) => id.to_string(),
            other => other.code().to_owned(),
        };
        transfer.entries.iter().map(|e| (name(&e.account), e.amount_minor)).collect()
    }

    #[test]
    fn a_refund_that_failed_is_put_where_a_payment_would_go_now() {
        let reopened = [owed("a", "2026-01-01", 200, 0)];
        let back = refund_failed(200, &reopened, &[]);
        assert_eq!((back.kind, back.is_balanced()), (TransferKind::RefundFailed, true));
        assert_eq!(parts(&back), [("a".to_owned(), -200), ("money".to_owned(), 200)]);
        // Somebody has paid by bank what the refund reopened.
        let parts = parts(&refund_failed(200, &[], &[]));
        assert_eq!(parts, [("on_account".to_owned(), -200), ("money".to_owned(), 200)]);
    }

    #[test]
    fn a_payment_goes_to_the_oldest_and_to_what_is_disputed_last() {
        let debts = [owed("b", "2026-02-01", 300, 0), owed("a", "2026-01-01", 200, 150)];
        let table: &[(i64, Vec<(&str, i64)>)] = &[
            (40, vec![("a", -40), ("money", 40)]),
            (350, vec![("a", -50), ("b", -300), ("money", 350)]),
            (400, vec![("a", -100), ("b", -300), ("money", 400)]),
            (600, vec![("a", -200), ("b", -300), ("on_account", -100), ("money", 600)]),
        ];
        for (amount, expected) in table {
            let expected: Vec<_> = expected.iter().map(|(n, m)| ((*n).to_owned(), *m)).collect();
            assert_eq!(parts(&payment(*amount, &debts)), expected, "{amount}");
        }
    }

    #[test]
    fn a_payment_goes_first_to_what_it_names() {
        let debts =
            [owed("a", "2026-01-01", 200, 0), owed("b", "2026-02-01", 300, 100), owed("c", "2026-03-01", 50, 0)];
        let named = [InvoiceId::from("b"), "c".into()];
        for (amount, expected) in [
            (250, vec![("b", -200), ("c", -50), ("money", 250)]),
            (350, vec![("b", -300), ("c", -50), ("money", 350)]),
            (351, vec![("a", -1), ("b", -300), ("c", -50), ("money", 351)]),
            (600, vec![("a", -200), ("b", -300), ("c", -50), ("on_account", -50), ("money", 600)]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(n, m)| ((*n).to_owned(), *m)).collect();
            assert_eq!(parts(&payment_for(amount, &debts, &named)), expected, "{amount}");
        }
    }

    #[test]
    fn a_refund_reopens_the_newest_first() {
        let allocated =
            [(Account::Receivable("a".into()), 200), (Account::Receivable("b".into()), 300), (Account::OnAccount, 100)];
        let refund = reversal(TransferKind::Refund, 250, &allocated);
        assert_eq!(parts(&refund), [("on_account".to_owned(), 100), ("b".to_owned(), 150), ("money".to_owned(), -250)]);
    }

    #[test]
    fn money_on_account_goes_to_what_nobody_disputes() {
        let mut debts = [owed("b", "2026-02-01", 300, 0), owed("a", "2026-01-01", 200, 150)];
        let put = applied(400, &debts).unwrap();
        assert_eq!(parts(&put), [("a".to_owned(), -50), ("b".to_owned(), -300), ("on_account".to_owned(), 350)]);
        assert_eq!(take_off(&put, &mut debts), 350);
        assert_eq!((debts[0].left_minor, debts[1].left_minor), (0, 150));
        assert_eq!(applied(50, &debts), None);
        assert_eq!(applied(0, &[owed("a", "2026-01-01", 200, 0)]), None);
    }

    #[test]
    fn what_is_written_off_is_owed_again_when_that_is_taken_back() {
        let debts = [owed("b", "2026-02-01", 300, 0), owed("a", "2026-01-01", 200, 150)];
        let off = write_off(400, &debts);
        let expected = [("a", -100), ("b", -300), ("written_off", 400)].map(|(n, m)| (n.to_owned(), m));
        assert_eq!((parts(&off), off.is_balanced()), (expected.to_vec(), true));
        let back = reinstated(&[("a".into(), 100), ("b".into(), 300)]);
        let expected = [("a", 100), ("b", 300), ("written_off", -400)].map(|(n, m)| (n.to_owned(), m));
        assert_eq!((parts(&back), back.is_balanced()), (expected.to_vec(), true));
    }

    #[test]
    fn a_late_charge_is_of_its_invoice_on_both_sides() {
        let charge = late_charge("a".into(), 40);
        assert!(charge.is_balanced() && charge.entries.iter().all(|e| e.account.invoice().is_some()));
        let off = late_charge_off(TransferKind::LateChargeWaived, "a".into(), 30, 10);
        let expected = [("a", -30), ("on_account", -10), ("late_charges", 40)].map(|(n, m)| (n.to_owned(), m));
        assert_eq!((parts(&off), off.is_balanced()), (expected.to_vec(), true));
    }

    #[test]
    fn a_part_is_moved_from_one_place_to_another() {
        let moved = reallocated(Account::Receivable("a".into()), Account::OnAccount, 40);
        assert_eq!(
            (parts(&moved), moved.is_balanced()),
            (vec![("on_account".to_owned(), -40), ("a".to_owned(), 40)], true)
        );
    }

    proptest! {
        #[test]
        fn every_transfer_balances(
            amount in 1i64..1_000_000,
            debts in prop::collection::vec((1i64..100_000, 0i64..100_000), 0..8),
            back in 1i64..1_200_000,
        ) {
            let owed: Vec<Owed> = debts.iter().enumerate()
                .map(|(i, (left, disputed))| owed(&i.to_string(), "2026-01-01", *left, *disputed)).collect();
            let paid = payment(amount, &owed);
            prop_assert!(paid.is_balanced());
            let allocated: Vec<(Account, i64)> =
                paid.entries.iter().filter(|e| e.amount_minor < 0).map(|e| (e.account.clone(), -e.amount_minor)).collect();
            for e in &paid.entries {
                if let Account::Receivable(id) = &e.account {
                    let left = owed.iter().find(|o| o.invoice == *id).unwrap().left_minor;
                    prop_assert!(-e.amount_minor <= left, "never more than is left on an invoice");
                }
            }
            prop_assert!(reversal(TransferKind::Refund, back, &allocated).is_balanced());
            if let Some(put) = applied(amount, &owed) {
                prop_assert!(put.is_balanced());
                let mut rest = owed.clone();
                let minor = take_off(&put, &mut rest);
                prop_assert!(minor <= amount);
                for (before, after) in owed.iter().zip(&rest) {
                    let disputed = before.disputed_minor.clamp(0, before.left_minor);
                    prop_assert!(after.left_minor >= disputed && after.left_minor <= before.left_minor);
                }
            }
            let left: i64 = owed.iter().map(|o| o.left_minor).sum();
            if left > 0 {
                let off = write_off(amount.min(left), &owed);
                prop_assert!(off.is_balanced());
                prop_assert_eq!(off.entries.last().map(|e| e.amount_minor), Some(amount.min(left)));
            }
        }
    }
}
