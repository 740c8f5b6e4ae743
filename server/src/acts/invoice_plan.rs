//! What an import of invoices changes: decided as a whole before anything is written.

use super::booking::Booking;
use super::buyers::Strangers;
use super::called_paid::{Doubt, Doubts};
use super::imported::{ImportError, Options, Report};
use super::{advance_commitments, apply_ahead, close_page, put_back, take_back_late_charges, towards};
use crate::app::App;
use crate::secret::new_id;
use crate::store::business::{self, Business};
use crate::store::credit_note::{self, CreditNote};
use crate::store::debtor::{self, Debtor};
use crate::store::event::{self, Event};
use crate::store::invoice::Invoice;
use crate::store::{Tx, identifier, import as store, late_charge, ledger};
use chrono::NaiveDate;
use kept_domain::calendar;
use kept_domain::credit_note::{self as credit, CreditNoteRow, Credited, Spread};
use kept_domain::dispute::ANSWER_DAYS;
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId};
use kept_domain::invoice::{Change, InvoiceRow, Known, judge};
use kept_domain::money::Money;
use kept_domain::party::Identifier;
use kept_domain::table::{Mapping, Problem, shown};
use kept_domain::terms::Policy;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What files bring.
pub(super) struct Incoming {
    /// Where each field stands.
    pub mapping: Mapping,
    /// They are e-invoices.
    pub documents: bool,
    /// Invoices.
    pub rows: Vec<InvoiceRow>,
    /// Credit notes; only e-invoices bring them.
    pub credits: Vec<CreditNoteRow>,
}

/// A row that can be imported or is there already, and what it changes.
struct Verdict<C> {
    /// Its place among the rows of its kind.
    at: usize,
    change: C,
}

/// What is known, and what the files change of it.
pub(super) struct Plan {
    debtors: HashMap<String, Debtor>,
    references: HashMap<DebtorId, String>,
    invoices: HashMap<String, Invoice>,
    notes: HashMap<String, CreditNote>,
    effects: HashSet<String>,
    left_minor: HashMap<InvoiceId, i64>,
    credited_minor: HashMap<InvoiceId, i64>,
    off_minor: HashMap<InvoiceId, i64>,
    disputed: HashMap<InvoiceId, (i64, bool)>,
    covered: HashMap<InvoiceId, store::Covered>,
    doubts: Doubts,
    /// Rows that call an invoice paid which a person has to look at: nothing was booked.
    told: HashSet<usize>,
    /// Invoices that the files bring, by number.
    raised: HashMap<String, Invoice>,
    /// Debtors that the files bring, in their order.
    new: Vec<Debtor>,
    /// What is known to be a debtor's own by now.
    learnt: Vec<(Identifier, DebtorId)>,
    verdicts: Vec<Verdict<Change>>,
    /// `None` where a credit note is here already.
    credits: Vec<Verdict<Option<Spread>>>,
}

/// The outside world's id of a payment that an import brings.
pub(super) fn effect(number: &str, what: &str) -> String {
    format!("import:{number}:{what}")
}

impl Plan {
    pub(super) async fn load(tx: &Tx, business: &BusinessId) -> Result<Self, ImportError> {
        let debtors = debtor::list(tx, business, "", u32::MAX).await?;
        Ok(Self {
            references: debtors.iter().map(|d| (d.id.clone(), d.reference.clone())).collect(),
            debtors: debtors.into_iter().map(|d| (d.reference.clone(), d)).collect(),
            invoices: store::invoices(tx, business).await?,
            notes: credit_note::by_number(tx, business).await?,
            effects: HashSet::new(),
            left_minor: HashMap::new(),
            credited_minor: HashMap::new(),
            off_minor: HashMap::new(),
            disputed: HashMap::new(),
            covered: HashMap::new(),
            doubts: Doubts::default(),
            told: HashSet::new(),
            raised: HashMap::new(),
            new: Vec::new(),
            learnt: Vec::new(),
            verdicts: Vec::new(),
            credits: Vec::new(),
        })
    }

    /// The debtors on file.
    pub(super) fn debtors(&self) -> impl Iterator<Item = &Debtor> {
        self.debtors.values()
    }

    /// The reference of whom an invoice on file bills.
    pub(super) fn billed(&self, number: &str) -> Option<&str> {
        self.invoices.get(number).and_then(|i| self.references.get(&i.debtor)).map(String::as_str)
    }

    /// The reference of whose a credit note on file is.
    pub(super) fn credited(&self, number: &str) -> Option<&str> {
        self.notes.get(number).and_then(|n| self.references.get(&n.debtor)).map(String::as_str)
    }

    /// Debtors on file whose account the files may change, in the order of their ids.
    pub(super) fn touched(&self, incoming: &Incoming, as_of: NaiveDate) -> Vec<DebtorId> {
        let mut touched = BTreeSet::new();
        for row in incoming.rows.iter().filter(|row| !row.is_later(as_of)) {
            let moves = row.disputed || row.settled_by(as_of).is_some() || !self.invoices.contains_key(&row.number);
            if let Some(debtor) = self.debtors.get(&row.debtor).filter(|_| moves) {
                touched.insert(debtor.id.clone());
            }
        }
        for row in incoming.credits.iter().filter(|row| row.issued_on <= as_of) {
            if let Some(debtor) = self.debtors.get(&row.debtor).filter(|_| !self.notes.contains_key(&row.number)) {
                touched.insert(debtor.id.clone());
            }
        }
        touched.into_iter().collect()
    }

    pub(super) async fn load_standing(
        &mut self,
        tx: &Tx,
        business: &BusinessId,
        incoming: &Incoming,
        as_of: NaiveDate,
    ) -> Result<(), ImportError> {
        if !self.invoices.is_empty() {
            self.effects = store::effects(tx, business).await?;
            self.left_minor = store::left_minor(tx, business).await?;
            self.credited_minor = credit_note::credited_minor(tx, business).await?;
            self.off_minor = put_back::taken_off(tx, business).await?;
            self.disputed = store::disputed(tx, business).await?;
            self.covered = store::covered(tx, business).await?;
            self.doubts = Doubts::load(tx, business, incoming, &self.invoices, as_of).await?;
        }
        Ok(())
    }

    fn known(&self, number: &str) -> Option<Known> {
        let invoice = self.invoices.get(number)?;
        let (disputed_minor, disputed_by_import) = self.disputed.get(&invoice.id).copied().unwrap_or_default();
        Some(Known {
            debtor: self.references.get(&invoice.debtor).cloned().unwrap_or_default(),
            issued_on: invoice.issued_on,
            due_on: invoice.due_on,
            amount_minor: invoice.amount_minor,
            currency: invoice.currency,
            left_minor: self.left_minor.get(&invoice.id).copied().unwrap_or_default(),
            disputed_minor,
            settled_by_import: self.effects.contains(&effect(number, "settled")),
            disputed_by_import,
        })
    }

    /// An invoice on file or of these files, as it stands after those that were decided before.
    fn standing(&self, number: &str) -> Option<Credited> {
        let invoice = self.invoices.get(number).or_else(|| self.raised.get(number))?;
        let credited_minor = self.credited_minor.get(&invoice.id).copied().unwrap_or_default();
        Some(Credited {
            invoice: invoice.id.clone(),
            number: number.to_owned(),
            debtor: self.references.get(&invoice.debtor).cloned().unwrap_or_default(),
            currency: invoice.currency,
            charged_minor: invoice.amount_minor - credited_minor,
            left_minor: self.left_minor.get(&invoice.id).copied().unwrap_or_default(),
            off_minor: self.off_minor.get(&invoice.id).copied().unwrap_or_default(),
        })
    }

    pub(super) fn decide(&mut self, incoming: &Incoming, strangers: &Strangers, as_of: NaiveDate, report: &mut Report) {
        let mapping = &incoming.mapping;
        let names_debtors = mapping.column("name").or(mapping.column("email")).is_some();
        for (at, row) in incoming.rows.iter().enumerate() {
            if row.is_later(as_of) {
                report.later += 1;
                continue;
            }
            let mut change = match judge(row, self.known(&row.number).as_ref(), as_of) {
                Ok(change) => change,
                Err((field, reason)) => {
                    report.problems.push(Problem::new(row.row, mapping.header(field), reason));
                    continue;
                }
            };
            if let Some(problem) = self.asks_again(row, &incoming.credits).filter(|_| change.raise) {
                report.problems.push(problem);
                continue;
            }
            if !self.debtors.contains_key(&row.debtor) && !names_debtors {
                let reason = format!("there is no customer “{}”; import customers first", shown(&row.debtor));
                report.problems.push(Problem::new(row.row, mapping.header("debtor"), reason));
                continue;
            }
            let debtor = self.meet(&row.debtor, strangers, &row.name, &row.email);
            let known = self.invoices.get(&row.number).map(|i| &i.id);
            match self.doubts.of(row, known, &debtor, change, &self.left_minor) {
                Some(Doubt::OnAccount) => change.settle = None,
                Some(Doubt::Told(reason)) => {
                    change.settle = None;
                    self.told.insert(at);
                    report.warnings.push(Problem::new(row.row, mapping.header("settled"), reason));
                }
                None => {}
            }
            if change.raise {
                self.raise(row, debtor, change);
            }
            self.verdicts.push(Verdict { at, change });
        }
        for (at, row) in incoming.credits.iter().enumerate() {
            if row.issued_on > as_of {
                report.later += 1;
                continue;
            }
            self.credit(at, row, mapping, strangers, report);
        }
    }

    /// A corrected invoice asks for the whole again: it waits until what it corrects is credited.
    fn asks_again(&self, row: &InvoiceRow, credits: &[CreditNoteRow]) -> Option<Problem> {
        let more = row.more.as_ref()?;
        let before = more.corrects.iter().filter_map(|number| self.standing(number)).find(|before| {
            let naming = credits.iter().filter(|c| c.invoices.contains(&before.number));
            let coming: i64 = naming.filter(|c| !self.notes.contains_key(&c.number)).map(|c| c.amount_minor).sum();
            before.charged_minor > coming
        })?;
        let (number, much) = (shown(&before.number), Money::new(before.charged_minor, before.currency).show());
        let reason = format!("corrects invoice “{number}”, which asks for {much}; import its credit note first");
        Some(Problem::new(row.row, "BT-25", reason))
    }

    /// The debtor of a reference, who may be new.
    fn meet(&mut self, reference: &str, strangers: &Strangers, name: &str, email: &str) -> DebtorId {
        let id = match self.debtors.get(reference) {
            Some(known) => known.id.clone(),
            None => {
                let new = strangers.debtors.get(reference).cloned();
                let new = new.unwrap_or_else(|| debtor_of(reference, name, email));
                let id = new.id.clone();
                self.references.insert(id.clone(), reference.to_owned());
                self.new.push(new.clone());
                self.debtors.insert(reference.to_owned(), new);
                id
            }
        };
        let learnt = strangers.learnt.get(reference).into_iter().flatten();
        for identifier in learnt {
            if !self.learnt.iter().any(|(known, whose)| *whose == id && known == identifier) {
                self.learnt.push((identifier.clone(), id.clone()));
            }
        }
        id
    }

    fn raise(&mut self, row: &InvoiceRow, debtor: DebtorId, change: Change) {
        let invoice = Invoice {
            id: new_id(),
            debtor,
            number: row.number.clone(),
            issued_on: row.issued_on,
            due_on: row.due_on,
            amount_minor: row.amount_minor,
            currency: row.currency,
            description: row.description.clone(),
        };
        let paid_minor = change.settle.map_or(0, |(_, minor)| minor) + change.prepaid_minor;
        self.left_minor.insert(invoice.id.clone(), (row.amount_minor - paid_minor).max(0));
        self.raised.insert(row.number.clone(), invoice);
    }

    fn credit(
        &mut self,
        at: usize,
        row: &CreditNoteRow,
        mapping: &Mapping,
        strangers: &Strangers,
        report: &mut Report,
    ) {
        let known = self.notes.get(&row.number).map(|n| credit::Known {
            debtor: self.references.get(&n.debtor).cloned().unwrap_or_default(),
            issued_on: n.issued_on,
            amount_minor: n.amount_minor,
            currency: n.currency,
        });
        let named: Vec<Credited> = row.invoices.iter().filter_map(|number| self.standing(number)).collect();
        let spread = match credit::judge(row, known.as_ref(), &named) {
            Ok(spread) => spread,
            Err((field, reason)) => {
                report.problems.push(Problem::new(row.row, mapping.header(field), reason));
                return;
            }
        };
        if let Some(spread) = &spread {
            for number in row.invoices.iter().filter(|number| self.standing(number).is_none()) {
                let reason = format!("credits invoice “{}”, which is not here: it is on account", shown(number));
                report.warnings.push(Problem::new(row.row, "BT-25", reason));
            }
            if let Some(reason) = self.doubts.of_credit(row, &named, spread.on_account_minor) {
                report.warnings.push(Problem::new(row.row, "BT-25", reason));
            }
            self.meet(&row.debtor, strangers, &row.buyer.name, &row.buyer.email);
            for (invoice, minor) in &spread.put_back {
                *self.off_minor.entry(invoice.clone()).or_default() -= minor;
                *self.left_minor.entry(invoice.clone()).or_default() += minor;
            }
            for (invoice, minor) in &spread.parts {
                *self.left_minor.entry(invoice.clone()).or_default() -= minor;
            }
            for (invoice, minor) in &spread.items {
                *self.credited_minor.entry(invoice.clone()).or_default() += minor;
            }
        }
        self.credits.push(Verdict { at, change: spread });
    }

    /// How many rows change something.
    pub(super) fn changing(&self) -> usize {
        let invoices = self.verdicts.iter().filter(|v| !v.change.is_nothing()).count();
        invoices + self.credits.iter().filter(|v| v.change.is_some()).count()
    }

    /// Counts what is imported or was there already.
    pub(super) fn count(&self, incoming: &Incoming, as_of: NaiveDate, report: &mut Report) {
        for Verdict { at, change } in &self.verdicts {
            let nothing = change.is_nothing();
            let Some(row) = incoming.rows.get(*at).filter(|_| !report.refused || nothing) else { continue };
            let paid = (row.settled_by(as_of).is_some() && !self.told.contains(at))
                || row.more.as_ref().is_some_and(|more| more.prepaid_minor >= row.amount_minor);
            report.count(row.currency, row.amount_minor, paid);
            report.disputed += u32::from(row.disputed);
            report.unchanged += u32::from(nothing);
            report.imported += u32::from(!nothing);
        }
        for Verdict { at, change } in &self.credits {
            let nothing = change.is_none();
            let Some(row) = incoming.credits.get(*at).filter(|_| !report.refused || nothing) else { continue };
            report.count_credit(row.currency, row.amount_minor);
            report.unchanged += u32::from(nothing);
            report.imported += u32::from(!nothing);
        }
    }

    pub(super) async fn apply(
        &self,
        app: &App,
        tx: &Tx,
        whose: &Business,
        options: &Options,
        incoming: &Incoming,
        report: &Report,
    ) -> Result<(), ImportError> {
        let now_ms = app.clock.now_ms();
        let whose = settle_currency(tx, whose, options, incoming, self.invoices.is_empty(), now_ms).await?;
        store::insert_debtors(tx, &whose.id, &self.new, now_ms).await?;
        identifier::insert(tx, &whose.id, &self.learnt, now_ms).await?;
        let answer_by_on = calendar::plus_days(app.clock.today(&whose.zone), ANSWER_DAYS);
        let new_booking = || Booking::new(&options.actor, now_ms, answer_by_on);
        let (mut agreed, mut settled) = (BTreeSet::new(), BTreeSet::new());
        let mut paid = BTreeSet::new();
        let changes: Vec<&Verdict<Change>> = self.verdicts.iter().filter(|v| !v.change.is_nothing()).collect();
        for (at, chunk) in changes.chunks(1_000).enumerate() {
            let mut booking = new_booking();
            for Verdict { at, change } in chunk {
                let Some(row) = incoming.rows.get(*at) else { continue };
                let Some(invoice) = self.invoices.get(&row.number).or_else(|| self.raised.get(&row.number)) else {
                    continue;
                };
                let counts = |covered: &&store::Covered| {
                    let Some((paid_on, _)) = change.settle else { return true };
                    let agreed_on = towards::agreed_on(covered.agreed_at_ms, &whose);
                    match covered.until_on {
                        Some(until_on) => agreed_on <= paid_on && paid_on <= until_on,
                        None => towards::is_since(agreed_on, paid_on),
                    }
                };
                let commitment = self.covered.get(&invoice.id).filter(counts).map(|covered| &covered.commitment);
                if change.settle.is_some() && commitment.is_some() {
                    agreed.insert(invoice.debtor.clone());
                }
                if change.settle.is_some() {
                    settled.insert(invoice.debtor.clone());
                    paid.insert((invoice.debtor.clone(), invoice.currency));
                }
                booking.book(row, invoice, *change, commitment);
            }
            booking.store(tx, &whose.id).await?;
            (options.progress)("booking", at * 1_000 + chunk.len(), changes.len());
        }
        let mut credited = BTreeSet::new();
        for chunk in self.credits.chunks(1_000) {
            let mut booking = new_booking();
            for Verdict { at, change } in chunk {
                let (Some(row), Some(spread)) = (incoming.credits.get(*at), change) else { continue };
                let Some(debtor) = self.debtors.get(&row.debtor) else { continue };
                let credit = put_back::Credit { debtor: &debtor.id, row, actor: &options.actor, now_ms };
                put_back::of_credit(tx, &whose.id, &credit, &spread.put_back).await?;
                booking.credit(row, &debtor.id, spread);
                agreed.insert(debtor.id.clone());
                credited.insert((debtor.id.clone(), row.currency));
            }
            booking.store(tx, &whose.id).await?;
        }
        for (debtor, currency) in paid.union(&credited) {
            close_page::enqueue_if_needless(tx, &whose.id, debtor, *currency, now_ms).await?;
        }
        // What somebody had paid ahead is put towards what has come.
        let came: BTreeSet<&DebtorId> =
            self.raised.values().map(|i| &i.debtor).chain(credited.iter().map(|(d, _)| d)).collect();
        for debtor in ledger::list_ahead(tx, &whose.id).await?.iter().filter(|debtor| came.contains(debtor)) {
            apply_ahead::of_debtor(app, tx, &whose.id, debtor, &whose.zone).await?;
        }
        // A charge that was claimed before what is dated earlier was known.
        settled.extend(credited.iter().map(|(debtor, _)| debtor.clone()));
        for debtor in late_charge::list_claimed(tx, &whose.id).await?.intersection(&settled) {
            take_back_late_charges::of_debtor(app, tx, &whose.id, debtor).await?;
        }
        for debtor in &agreed {
            advance_commitments::of_debtor(app, tx, &whose.id, debtor).await?;
        }
        record(tx, &whose.id, options, report, now_ms).await
    }
}

/// Records that the import was done.
async fn record(
    tx: &Tx,
    business: &BusinessId,
    options: &Options,
    report: &Report,
    now_ms: i64,
) -> Result<(), ImportError> {
    let id: String = new_id();
    let record = store::Import {
        id: id.clone(),
        kind: "invoices",
        file_name: options.file_name.clone(),
        options: options.json(),
        report: serde_json::to_string(report).unwrap_or_default(),
        actor: options.actor.clone(),
    };
    store::record(tx, business, &record, now_ms).await?;
    let credits = match report.credit_notes {
        0 => String::new(),
        n => format!(", {n} credit notes"),
    };
    let detail = format!(
        "{} invoices from {} as of {}: {} open, {} paid, {} disputed{credits}; {} were there already",
        report.imported,
        shown(&options.file_name),
        report.as_of,
        report.open,
        report.paid,
        report.disputed,
        report.unchanged
    );
    let done = Event {
        id: new_id(),
        debtor: None,
        at_ms: now_ms,
        actor: options.actor.clone(),
        kind: "invoices_imported".to_owned(),
        subject: id,
        detail,
        address: String::new(),
    };
    Ok(event::append(tx, business, &done).await?)
}

/// Founds the business where that is due. One whose terms nobody has touched takes the currency of its first invoices.
async fn settle_currency(
    tx: &Tx,
    whose: &Business,
    options: &Options,
    incoming: &Incoming,
    first: bool,
    now_ms: i64,
) -> Result<Business, ImportError> {
    let mut whose = whose.clone();
    let untouched = whose.policy == Policy::courteous(whose.currency.unit_minor());
    let of_documents = incoming.rows.first().filter(|_| incoming.documents).map(|row| row.currency);
    let adopted = options.currency.or(of_documents).filter(|c| first && untouched && *c != whose.currency);
    if let Some(currency) = adopted {
        whose.currency = currency;
        whose.policy = Policy::courteous(currency.unit_minor());
    }
    if options.founds.is_some() {
        business::insert(tx, &whose, now_ms).await?;
    } else if adopted.is_some() {
        business::update(tx, &whose).await?;
    }
    Ok(whose)
}

/// A debtor of whom a table says no more.
fn debtor_of(reference: &str, name: &str, email: &str) -> Debtor {
    let name = if name.is_empty() { reference } else { name };
    Debtor {
        id: new_id(),
        reference: reference.to_owned(),
        name: name.to_owned(),
        email: email.to_owned(),
        phone: String::new(),
        address: String::new(),
        postcode: String::new(),
        country: String::new(),
        language: "en".to_owned(),
        zone: String::new(),
        kind: "person".to_owned(),
        born_on: None,
    }
}
