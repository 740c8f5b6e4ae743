//! The rule itself: first each line by itself, then what lines of one file do to each other.

use super::text::{account, may_be_same_account, names, written};
use super::{Books, Candidate, Reason, SAME_DAYS_MAX, SUGGESTED_MAX, Verdict};
use crate::calendar::days_between;
use crate::ids::{DebtorId, InvoiceId};
use crate::money::Currency;
use crate::reference::PaymentReference;
use crate::statement::{Direction, Line};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) fn judge(books: &Books, lines: &[Line]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = lines.iter().map(|line| alone(books, line)).collect();
    together(books, lines, &mut verdicts);
    verdicts
}

/// What a line says, and of whom.
#[derive(Default)]
struct Said {
    by_reference: BTreeSet<DebtorId>,
    by_customer_number: BTreeSet<DebtorId>,
    /// Open invoices whose numbers stand there beyond doubt.
    sure: BTreeMap<DebtorId, BTreeSet<(Currency, InvoiceId)>>,
    /// The same for numbers that may be something else.
    maybe: BTreeMap<DebtorId, BTreeSet<(Currency, InvoiceId)>>,
    by_account: BTreeSet<DebtorId>,
    by_name: BTreeSet<DebtorId>,
}

impl Said {
    fn of(books: &Books, line: &Line) -> Self {
        let mut said = Self::default();
        for text in [&line.reference, &line.words] {
            for reference in PaymentReference::find_all(text) {
                said.by_reference.extend(books.by_reference.get(&reference).into_iter().flatten().cloned());
            }
            for number in written(text) {
                for (debtor, currency, at) in books.by_number.get(&number.key).into_iter().flatten() {
                    let Some(invoice) = books.invoices(debtor, *currency).get(*at) else { continue };
                    let sure = number.is_surely(&invoice.number);
                    let place = if sure { &mut said.sure } else { &mut said.maybe };
                    place.entry(debtor.clone()).or_default().insert((*currency, invoice.id.clone()));
                }
                for debtor in books.by_customer_number.get(&number.key).into_iter().flatten() {
                    if books.customers.get(debtor).is_some_and(|c| number.is_surely(&c.number)) {
                        said.by_customer_number.insert(debtor.clone());
                    }
                }
            }
        }
        said.by_account.extend(books.by_account.get(&account(&line.payer_account)).into_iter().flatten().cloned());
        for name in names(&line.payer) {
            said.by_name.extend(books.by_name.get(&name).into_iter().flatten().cloned());
        }
        said
    }

    fn payers(&self) -> BTreeSet<DebtorId> {
        self.by_account.union(&self.by_name).cloned().collect()
    }

    /// Those who are meant whatever the amount is.
    fn named(&self) -> BTreeSet<DebtorId> {
        let numbers = self.by_customer_number.iter().chain(self.sure.keys());
        self.by_reference.iter().chain(numbers).cloned().collect()
    }

    fn invoices(
        all: &BTreeMap<DebtorId, BTreeSet<(Currency, InvoiceId)>>,
        of: &DebtorId,
        c: Currency,
    ) -> Vec<InvoiceId> {
        let found = all.get(of).into_iter().flatten();
        found.filter(|(currency, _)| *currency == c).map(|(_, id)| id.clone()).collect()
    }

    fn reasons(&self, debtor: &DebtorId) -> Vec<Reason> {
        [
            (Reason::PaymentReference, self.by_reference.contains(debtor)),
            (Reason::InvoiceNumber, self.sure.contains_key(debtor)),
            (Reason::CustomerNumber, self.by_customer_number.contains(debtor)),
            (Reason::MaybeNumber, self.maybe.contains_key(debtor) && !self.sure.contains_key(debtor)),
            (Reason::PayerAccount, self.by_account.contains(debtor)),
            (Reason::PayerName, self.by_name.contains(debtor)),
        ]
        .into_iter()
        .filter_map(|(reason, holds)| holds.then_some(reason))
        .collect()
    }
}

/// What an amount is to a debtor.
enum Fit {
    /// What the reason says, and the invoices that it is for.
    One(Reason, Vec<InvoiceId>),
    /// Several invoices are of this amount.
    Many(Vec<InvoiceId>),
    Nothing,
}

fn fit(books: &Books, debtor: &DebtorId, line: &Line) -> Fit {
    let open = books.invoices(debtor, line.currency);
    let instalment = books.instalments.get(&(debtor.clone(), line.currency));
    if instalment == Some(&line.amount_minor) {
        return Fit::One(Reason::AmountOfInstalment, Vec::new());
    }
    let alike: Vec<InvoiceId> =
        open.iter().filter(|i| i.left_minor == line.amount_minor).map(|i| i.id.clone()).collect();
    let all = books.owed_minor(debtor, line.currency);
    match alike.len() {
        1 => Fit::One(Reason::AmountOfInvoice, alike),
        0 if all == line.amount_minor => Fit::One(Reason::AmountOwed, open.iter().map(|i| i.id.clone()).collect()),
        0 => Fit::Nothing,
        _ => Fit::Many(alike),
    }
}

fn alone(books: &Books, line: &Line) -> Verdict {
    if line.direction == Direction::TakenBack {
        return Verdict::Unmatched(Reason::TakenBack);
    }
    let said = Said::of(books, line);
    let named = said.named();
    let payers = said.payers();
    match (named.len(), payers.len()) {
        (1, _) => {
            named.into_iter().next().map_or(Verdict::Unmatched(Reason::Nobody), |d| of_named(books, line, &said, d))
        }
        (0, 1) => {
            payers.into_iter().next().map_or(Verdict::Unmatched(Reason::Nobody), |d| of_payer(books, line, &said, d))
        }
        (0, 0) => of_amount(books, line, &said),
        (0, _) => several(books, line, &said, &payers),
        _ => several(books, line, &said, &named),
    }
}

/// One customer is named: by a reference, beyond doubt whatever the amount is; by a number, where the amount or the payer
/// says the same.
fn of_named(books: &Books, line: &Line, said: &Said, debtor: DebtorId) -> Verdict {
    let mut reasons = said.reasons(&debtor);
    let invoices = Said::invoices(&said.sure, &debtor, line.currency);
    let named_in_another = invoices.is_empty() && said.sure.contains_key(&debtor);
    if named_in_another || books.owes_in_another(&debtor, line.currency) {
        reasons.push(Reason::OtherCurrency);
        return suggest(debtor, invoices, reasons);
    }
    let left: i64 = invoices.iter().map(|i| books.left_minor(&debtor, line.currency, i)).sum();
    let exact = !invoices.is_empty() && left == line.amount_minor;
    if exact {
        reasons.push(Reason::AmountOfInvoice);
    }
    if said.by_reference.contains(&debtor) {
        return Verdict::Booked(Candidate { debtor, invoices, reasons });
    }
    let payers = said.payers();
    let paid_by_them = payers.contains(&debtor);
    if !payers.is_empty() && !paid_by_them {
        reasons.push(Reason::OtherPayer);
        return suggest(debtor, invoices, reasons);
    }
    if exact {
        return Verdict::Booked(Candidate { debtor, invoices, reasons });
    }
    if let (true, Fit::One(reason, fitting)) = (invoices.is_empty(), fit(books, &debtor, line)) {
        reasons.push(reason);
        return Verdict::Booked(Candidate { debtor, invoices: fitting, reasons });
    }
    if line.amount_minor > books.owed_minor(&debtor, line.currency) {
        reasons.push(Reason::MoreThanOwed);
    } else if paid_by_them {
        return Verdict::Booked(Candidate { debtor, invoices, reasons });
    } else {
        reasons.push(Reason::AmountDiffers);
    }
    suggest(debtor, invoices, reasons)
}

/// Nobody is named, and the payer is one customer: the amount decides.
fn of_payer(books: &Books, line: &Line, said: &Said, debtor: DebtorId) -> Verdict {
    let mut reasons = said.reasons(&debtor);
    let maybe = Said::invoices(&said.maybe, &debtor, line.currency);
    let left: i64 = maybe.iter().map(|i| books.left_minor(&debtor, line.currency, i)).sum();
    if !maybe.is_empty() && left == line.amount_minor {
        reasons.push(Reason::AmountOfInvoice);
        return Verdict::Booked(Candidate { debtor, invoices: maybe, reasons });
    }
    match fit(books, &debtor, line) {
        Fit::One(reason, invoices) => {
            reasons.push(reason);
            Verdict::Booked(Candidate { debtor, invoices, reasons })
        }
        Fit::Many(invoices) => {
            reasons.push(Reason::SeveralInvoices);
            suggest(debtor, invoices, reasons)
        }
        Fit::Nothing => {
            let in_another = books.owes_in_another(&debtor, line.currency);
            reasons.push(if in_another { Reason::OtherCurrency } else { Reason::AmountDiffers });
            suggest(debtor, maybe, reasons)
        }
    }
}

/// Only the amount, and perhaps something like a number, speaks for anybody.
fn of_amount(books: &Books, line: &Line, said: &Said) -> Verdict {
    let fitting = books.by_amount.get(&(line.currency, line.amount_minor)).map_or(&[][..], Vec::as_slice);
    let with_number: Vec<&DebtorId> = said.maybe.keys().filter(|d| fitting.binary_search(d).is_ok()).collect();
    // Of many it is enough to know that they are.
    let shown: Vec<&DebtorId> =
        if with_number.is_empty() { fitting.iter().take(SUGGESTED_MAX + 1).collect() } else { with_number };
    if shown.len() > SUGGESTED_MAX {
        return Verdict::Unmatched(Reason::FitsMany);
    }
    if shown.is_empty() {
        return Verdict::Unmatched(Reason::Nobody);
    }
    let candidate = |debtor: &DebtorId| {
        let mut reasons = said.reasons(debtor);
        let invoices = match fit(books, debtor, line) {
            Fit::One(reason, invoices) => {
                reasons.push(reason);
                invoices
            }
            Fit::Many(invoices) => {
                reasons.push(Reason::SeveralInvoices);
                invoices
            }
            Fit::Nothing => Vec::new(),
        };
        reasons.push(Reason::AmountOnly);
        reasons.sort();
        Candidate { debtor: debtor.clone(), invoices, reasons }
    };
    Verdict::Suggested(shown.into_iter().map(candidate).collect())
}

fn several(books: &Books, line: &Line, said: &Said, all: &BTreeSet<DebtorId>) -> Verdict {
    let mut candidates: Vec<Candidate> = all
        .iter()
        .map(|debtor| {
            let mut reasons = said.reasons(debtor);
            let mut invoices = Said::invoices(&said.sure, debtor, line.currency);
            if let Fit::One(reason, fitting) = fit(books, debtor, line) {
                reasons.push(reason);
                if invoices.is_empty() {
                    invoices = fitting;
                }
            }
            reasons.push(Reason::SeveralCustomers);
            Candidate { debtor: debtor.clone(), invoices, reasons }
        })
        .collect();
    // Those for whom most speaks come first.
    candidates.sort_by(|a, b| b.reasons.len().cmp(&a.reasons.len()).then_with(|| a.debtor.cmp(&b.debtor)));
    if candidates.len() > SUGGESTED_MAX {
        let fits = |c: &Candidate| c.reasons.iter().any(|r| *r >= Reason::AmountOfInvoice && !r.is_doubt());
        candidates.retain(fits);
    }
    if candidates.is_empty() || candidates.len() > SUGGESTED_MAX {
        return Verdict::Unmatched(Reason::SeveralCustomers);
    }
    Verdict::Suggested(candidates)
}

fn suggest(debtor: DebtorId, invoices: Vec<InvoiceId>, reasons: Vec<Reason>) -> Verdict {
    Verdict::Suggested(vec![Candidate { debtor, invoices, reasons }])
}

/// Takes back what would be booked twice: with what is in the books from elsewhere, or with another line of the file.
fn together(books: &Books, lines: &[Line], verdicts: &mut [Verdict]) {
    for (line, verdict) in lines.iter().zip(verdicts.iter_mut()) {
        let near = |on: &chrono::NaiveDate| days_between(*on, line.booked_on).abs() <= SAME_DAYS_MAX;
        let earlier = books.earlier.get(&(line.currency, line.amount_minor));
        // The same day and amount may be the same movement whoever is said to have paid; on another day only of who paid then.
        let imported = |debtor: &DebtorId| {
            earlier.into_iter().flatten().any(|e| {
                let same = e.on == line.booked_on || (near(&e.on) && e.debtor.as_ref() == Some(debtor));
                same && may_be_same_account(&e.account, &line.account)
            })
        };
        let again = |debtor: &DebtorId| {
            let recorded = books.recorded.get(&(debtor.clone(), line.currency, line.amount_minor));
            match recorded.is_some_and(|all| all.iter().any(near)) {
                true => Some(Reason::RecordedAlready),
                false => imported(debtor).then_some(Reason::ImportedAlready),
            }
        };
        match verdict {
            Verdict::Booked(c) => {
                if let Some(reason) = again(&c.debtor) {
                    doubt(verdict, reason);
                }
            }
            // Whoever decides is told as well.
            Verdict::Suggested(all) => {
                for c in all {
                    c.reasons.extend(again(&c.debtor));
                }
            }
            Verdict::Unmatched(_) => {}
        }
    }
    let mut of_debtor: HashMap<(DebtorId, Currency), i128> = HashMap::new();
    let mut of_invoice: HashMap<InvoiceId, (u32, i128)> = HashMap::new();
    let mut left: HashMap<InvoiceId, i64> = HashMap::new();
    for (line, verdict) in lines.iter().zip(verdicts.iter()) {
        let Verdict::Booked(c) = verdict else { continue };
        *of_debtor.entry((c.debtor.clone(), line.currency)).or_default() += i128::from(line.amount_minor);
        for invoice in &c.invoices {
            let claim = of_invoice.entry(invoice.clone()).or_default();
            claim.0 += 1;
            // Several invoices share what a line pays: of each it takes what is left.
            let part = if c.invoices.len() == 1 {
                line.amount_minor
            } else {
                books.left_minor(&c.debtor, line.currency, invoice)
            };
            claim.1 += i128::from(part);
            left.insert(invoice.clone(), books.left_minor(&c.debtor, line.currency, invoice));
        }
    }
    for (line, verdict) in lines.iter().zip(verdicts.iter_mut()) {
        let Verdict::Booked(c) = verdict else { continue };
        if c.reasons.contains(&Reason::PaymentReference) {
            // It is theirs, and what is more than they owe is on account.
            continue;
        }
        let sum = of_debtor.get(&(c.debtor.clone(), line.currency)).copied().unwrap_or_default();
        let twice = c.invoices.iter().any(|invoice| {
            let (many, sum) = of_invoice.get(invoice).copied().unwrap_or_default();
            many > 1 && sum > i128::from(left.get(invoice).copied().unwrap_or_default())
        });
        if twice {
            doubt(verdict, Reason::PaidTwice);
        } else if sum > i128::from(books.owed_minor(&c.debtor, line.currency)) {
            doubt(verdict, Reason::MoreThanOwed);
        }
    }
}

fn doubt(verdict: &mut Verdict, reason: Reason) {
    if let Verdict::Booked(candidate) = verdict {
        let mut candidate = candidate.clone();
        candidate.reasons.push(reason);
        *verdict = Verdict::Suggested(vec![candidate]);
    }
}
