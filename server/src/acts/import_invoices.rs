//! A file of invoices comes in: new ones, payments of those that were settled since, disputes that the business knows of.

use super::advance_commitments;
use super::imported::{ImportError, Options, Report};
use crate::app::App;
use crate::clock::day_end_ms;
use crate::import;
use crate::secret::new_id;
use crate::store::business::{self, Business};
use crate::store::debtor::{self, Debtor};
use crate::store::dispute::{self, Dispute};
use crate::store::event::{self, Event};
use crate::store::invoice::Invoice;
use crate::store::ledger::Origin;
use crate::store::payments_known::{self, Source};
use crate::store::{Tx, import as store};
use chrono::NaiveDate;
use kept_domain::calendar;
use kept_domain::dispute::ANSWER_DAYS;
use kept_domain::ids::{BusinessId, CommitmentId, DebtorId, InvoiceId};
use kept_domain::invoice::{Change, FIELDS, InvoiceRow, Invoices, Known, Reading, judge, read_rows};
use kept_domain::ledger::{self, Owed};
use kept_domain::money::Currency;
use kept_domain::table::{Mapping, Problem, Refusal, shown};
use kept_domain::terms::Policy;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Reads a file of invoices, decides, and (unless it is a dry run, or there are problems and `partial` is not asked for)
/// books all of it in one transaction. Importing the same file again changes nothing.
pub async fn plan_and_apply(
    app: &App,
    business: &BusinessId,
    bytes: Vec<u8>,
    options: Options,
) -> Result<Report, ImportError> {
    let whose = whose(app, business, &options).await?;
    let as_of = as_of(app, &whose, &options)?;
    let (mapping, invoices, mut report) = read(bytes, &options, currency(app, &whose, &options).await?).await?;
    report.as_of = calendar::iso(as_of);

    let tx = app.db.begin().await?;
    store::lock(&tx, business).await?;
    let mut plan = Plan::load(&tx, business).await?;
    let touched = plan.touched(&invoices.rows, as_of);
    if !options.dry_run {
        // What is left on an invoice must not move between the reading of it and the commit.
        store::lock_debtors(&tx, business, &touched).await?;
    }
    plan.load_standing(&tx, business).await?;
    plan.decide(&invoices.rows, &mapping, as_of, &mut report);
    report.ready = u32::try_from(plan.changes.len()).unwrap_or(u32::MAX);
    report.refused = !report.problems.is_empty() && !options.partial;
    let counted = |change: &Change| !report.refused || change.is_nothing();
    let mut counts = Report::default();
    for (at, change) in plan.verdicts.iter().filter(|(_, change)| counted(change)) {
        let Some(row) = invoices.rows.get(*at) else { continue };
        counts.count(row.currency, row.amount_minor, row.settled_by(as_of).is_some());
        counts.disputed += u32::from(row.disputed);
        counts.unchanged += u32::from(change.is_nothing());
        counts.imported += u32::from(!change.is_nothing());
    }
    let report = Report {
        open: counts.open,
        paid: counts.paid,
        totals: counts.totals,
        disputed: counts.disputed,
        unchanged: counts.unchanged,
        imported: counts.imported,
        ..report
    }
    .finish();
    if options.dry_run {
        return Ok(report);
    }
    let now_ms = app.clock.now_ms();
    let known_ms = day_end_ms(as_of, &whose.zone);
    if report.imported > 0 {
        plan.apply(app, &tx, &whose, &options, &invoices.rows, &report).await?;
        payments_known::extend(&tx, business, Source::Import, known_ms, now_ms).await?;
        tx.commit().await?;
    } else if !report.refused && options.founds.is_none() {
        // A list with nothing new in it tells as well that nothing was paid since; of the debtors nothing has changed.
        drop(tx);
        let tx = app.db.begin().await?;
        payments_known::extend(&tx, business, Source::Import, known_ms, now_ms).await?;
        tx.commit().await?;
    }
    Ok(report)
}

/// The business as it is, or as it will be founded.
async fn whose(app: &App, id: &BusinessId, options: &Options) -> Result<Business, ImportError> {
    match &options.founds {
        Some(founded) => Ok(founded.clone()),
        None => {
            let found = business::find(&app.db, id).await?;
            found.ok_or_else(|| ImportError::Refused(Refusal::new("there is no such business")))
        }
    }
}

fn as_of(app: &App, whose: &Business, options: &Options) -> Result<NaiveDate, Refusal> {
    let today = app.clock.today(&whose.zone);
    match options.as_of {
        None => Ok(today),
        // Somewhere it is tomorrow already.
        Some(on) if on <= calendar::plus_days(today, 1) => Ok(on),
        Some(on) => Err(Refusal::new(format!("as-of: {} is in the future", calendar::show(on)))),
    }
}

/// The currency of rows that name none: as stated, or that of the business once it has invoices.
async fn currency(app: &App, whose: &Business, options: &Options) -> Result<Option<Currency>, ImportError> {
    if options.currency.is_some() {
        return Ok(options.currency);
    }
    Ok(store::has_invoices(&app.db, &whose.id).await?.then_some(whose.currency))
}

async fn read(
    bytes: Vec<u8>,
    options: &Options,
    currency: Option<Currency>,
) -> Result<(Mapping, Invoices, Report), ImportError> {
    let asked = options.clone();
    let work = move || -> Result<(Mapping, Invoices, Report), ImportError> {
        let table = import::read(&bytes, asked.encoding.as_deref())?;
        (asked.progress)("reading", 0, table.records.len());
        let mapping = Mapping::find(FIELDS, &table.header, &asked.map)?;
        let mut invoices = read_rows(&mapping, &table.records, Reading { currency, order: asked.order })?;
        (asked.progress)("reading", table.records.len(), table.records.len());
        let report = Report {
            rows: u32::try_from(table.records.len()).unwrap_or(u32::MAX),
            problems: std::mem::take(&mut invoices.problems),
            repeated: invoices.repeated,
            dry_run: asked.dry_run,
            mapping: mapping.pairs().into_iter().map(|(field, header)| (field.to_owned(), header)).collect(),
            date_format: invoices.order.code().to_owned(),
            encoding: table.encoding.to_owned(),
            separator: table.separator.to_string(),
            ..Report::default()
        };
        Ok((mapping, invoices, report))
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| ImportError::Stopped)?
}

/// What is known, and what the file changes of it.
struct Plan {
    debtors: HashMap<String, Debtor>,
    references: HashMap<DebtorId, String>,
    invoices: HashMap<String, Invoice>,
    effects: HashSet<String>,
    left_minor: HashMap<InvoiceId, i64>,
    disputed: HashMap<InvoiceId, (i64, bool)>,
    covered: HashMap<InvoiceId, CommitmentId>,
    /// Debtors that the file brings, in its order.
    new: Vec<Debtor>,
    /// Rows that can be imported or are there already: where they stand, and what they change.
    verdicts: Vec<(usize, Change)>,
    /// Those that change something.
    changes: Vec<(usize, Change)>,
}

fn effect(number: &str) -> String {
    format!("import:{number}:settled")
}

impl Plan {
    async fn load(tx: &Tx, business: &BusinessId) -> Result<Self, ImportError> {
        let debtors = debtor::list(tx, business, "", u32::MAX).await?;
        Ok(Self {
            references: debtors.iter().map(|d| (d.id.clone(), d.reference.clone())).collect(),
            debtors: debtors.into_iter().map(|d| (d.reference.clone(), d)).collect(),
            invoices: store::invoices(tx, business).await?,
            effects: HashSet::new(),
            left_minor: HashMap::new(),
            disputed: HashMap::new(),
            covered: HashMap::new(),
            new: Vec::new(),
            verdicts: Vec::new(),
            changes: Vec::new(),
        })
    }

    /// Debtors on file whose account the file may change, in the order of their ids.
    fn touched(&self, rows: &[InvoiceRow], as_of: NaiveDate) -> Vec<DebtorId> {
        let mut touched = BTreeSet::new();
        for row in rows.iter().filter(|row| !row.is_later(as_of)) {
            let moves = row.disputed || row.settled_by(as_of).is_some() || !self.invoices.contains_key(&row.number);
            if let Some(debtor) = self.debtors.get(&row.debtor).filter(|_| moves) {
                touched.insert(debtor.id.clone());
            }
        }
        touched.into_iter().collect()
    }

    async fn load_standing(&mut self, tx: &Tx, business: &BusinessId) -> Result<(), ImportError> {
        if !self.invoices.is_empty() {
            self.effects = store::effects(tx, business).await?;
            self.left_minor = store::left_minor(tx, business).await?;
            self.disputed = store::disputed(tx, business).await?;
            self.covered = store::covered(tx, business).await?;
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
            settled_by_import: self.effects.contains(&effect(number)),
            disputed_by_import,
        })
    }

    fn decide(&mut self, rows: &[InvoiceRow], mapping: &Mapping, as_of: NaiveDate, report: &mut Report) {
        let names_debtors = mapping.column("name").or(mapping.column("email")).is_some();
        for (at, row) in rows.iter().enumerate() {
            if row.is_later(as_of) {
                report.later += 1;
                continue;
            }
            let change = match judge(row, self.known(&row.number).as_ref(), as_of) {
                Ok(change) => change,
                Err((field, reason)) => {
                    let column = mapping.header(field);
                    report.problems.push(Problem { row: row.row, column, reason });
                    continue;
                }
            };
            if !self.debtors.contains_key(&row.debtor) {
                if !names_debtors {
                    let reason = format!("there is no customer “{}”; import customers first", shown(&row.debtor));
                    report.problems.push(Problem { row: row.row, column: mapping.header("debtor"), reason });
                    continue;
                }
                let debtor = debtor_of(row);
                self.new.push(debtor.clone());
                self.debtors.insert(row.debtor.clone(), debtor);
            }
            self.verdicts.push((at, change));
            if !change.is_nothing() {
                self.changes.push((at, change));
            }
        }
    }

    async fn apply(
        &self,
        app: &App,
        tx: &Tx,
        whose: &Business,
        options: &Options,
        rows: &[InvoiceRow],
        report: &Report,
    ) -> Result<(), ImportError> {
        let now_ms = app.clock.now_ms();
        let id: String = new_id();
        let whose = settle_currency(tx, whose, options, self.invoices.is_empty(), now_ms).await?;
        store::insert_debtors(tx, &whose.id, &self.new, now_ms).await?;
        let answer_by_on = calendar::plus_days(app.clock.today(&whose.zone), ANSWER_DAYS);
        let mut agreed = BTreeSet::new();
        for (at, chunk) in self.changes.chunks(1_000).enumerate() {
            let mut booking = Booking { actor: &options.actor, now_ms, answer_by_on, ..Booking::default() };
            for (at, change) in chunk {
                if let Some((row, debtor)) = rows.get(*at).and_then(|r| Some((r, self.debtors.get(&r.debtor)?))) {
                    let known = self.invoices.get(&row.number).map(|i| &i.id);
                    let commitment = known.and_then(|id| self.covered.get(id));
                    if change.settle.is_some() && commitment.is_some() {
                        agreed.insert(debtor.id.clone());
                    }
                    booking.book(row, &debtor.id, *change, known, commitment);
                }
            }
            booking.store(tx, &whose.id).await?;
            (options.progress)("booking", at * 1_000 + chunk.len(), self.changes.len());
        }
        for debtor in &agreed {
            advance_commitments::of_debtor(app, tx, &whose.id, debtor).await?;
        }
        let record = store::Import {
            id: id.clone(),
            kind: "invoices",
            file_name: options.file_name.clone(),
            options: options.json(),
            report: serde_json::to_string(report).unwrap_or_default(),
            actor: options.actor.clone(),
        };
        store::record(tx, &whose.id, &record, now_ms).await?;
        let detail = format!(
            "{} invoices from {} as of {}: {} open, {} paid, {} disputed; {} were there already",
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
        event::append(tx, &whose.id, &done).await?;
        Ok(())
    }
}

/// Founds the business where that is due. One whose terms nobody has touched takes the currency of its first invoices.
async fn settle_currency(
    tx: &Tx,
    whose: &Business,
    options: &Options,
    first: bool,
    now_ms: i64,
) -> Result<Business, ImportError> {
    let mut whose = whose.clone();
    let untouched = whose.policy == Policy::courteous(whose.currency.unit_minor());
    let adopted = options.currency.filter(|c| first && untouched && *c != whose.currency);
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

fn debtor_of(row: &InvoiceRow) -> Debtor {
    let name = if row.name.is_empty() { &row.debtor } else { &row.name };
    Debtor {
        id: new_id(),
        reference: row.debtor.clone(),
        name: name.clone(),
        email: row.email.clone(),
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

/// Rows on their way into the store.
#[derive(Default)]
struct Booking<'a> {
    actor: &'a str,
    now_ms: i64,
    answer_by_on: NaiveDate,
    invoices: Vec<Invoice>,
    booked: Vec<store::Booked>,
    disputes: Vec<(Dispute, InvoiceId, i64)>,
}

impl Booking<'_> {
    /// A payment of an invoice that a running commitment covers counts towards it.
    fn book(
        &mut self,
        row: &InvoiceRow,
        debtor: &DebtorId,
        change: Change,
        known: Option<&InvoiceId>,
        commitment: Option<&CommitmentId>,
    ) {
        let id = known.cloned().unwrap_or_else(new_id);
        if change.raise {
            let transfer = ledger::invoice(id.clone(), row.amount_minor);
            let origin = Origin::new(debtor, row.currency, row.issued_on, self.actor);
            self.booked.push(store::Booked { id: new_id(), transfer, origin });
            self.invoices.push(Invoice {
                id: id.clone(),
                debtor: debtor.clone(),
                number: row.number.clone(),
                issued_on: row.issued_on,
                due_on: row.due_on,
                amount_minor: row.amount_minor,
                currency: row.currency,
                description: row.description.clone(),
            });
        }
        if let Some((on, minor)) = change.settle {
            let owed = Owed { invoice: id.clone(), due_on: row.due_on, left_minor: minor, disputed_minor: 0 };
            let origin = Origin {
                method: "import".to_owned(),
                effect: Some(effect(&row.number)),
                commitment: commitment.cloned(),
                ..Origin::new(debtor, row.currency, on, self.actor)
            };
            let transfer = ledger::payment(minor, &[owed]);
            self.booked.push(store::Booked { id: new_id(), transfer, origin });
        }
        if let Some(minor) = change.dispute_minor {
            self.disputes.push((self.dispute(debtor, row.currency, minor), id, minor));
        }
    }

    fn dispute(&self, debtor: &DebtorId, currency: Currency, amount_minor: i64) -> Dispute {
        Dispute {
            id: new_id(),
            debtor: debtor.clone(),
            kind: kept_domain::dispute::Kind::Dispute,
            state: kept_domain::dispute::State::Open,
            reason: kept_domain::dispute::Reason::Other,
            scope: "invoices".to_owned(),
            currency,
            amount_minor,
            words: "Imported as disputed.".to_owned(),
            paid_on: None,
            paid_by: String::new(),
            raised_by: "import".to_owned(),
            raised_at_ms: self.now_ms,
            answer_by_on: self.answer_by_on,
            answer: String::new(),
            credited_minor: 0,
            resolved_by: None,
            resolved_at_ms: None,
        }
    }

    async fn store(&self, tx: &Tx, business: &BusinessId) -> Result<(), ImportError> {
        store::insert_invoices(tx, business, &self.invoices, self.now_ms).await?;
        store::append(tx, business, &self.booked, self.now_ms).await?;
        for (dispute, invoice, minor) in &self.disputes {
            dispute::insert(tx, business, dispute, &[(invoice.clone(), *minor)]).await?;
        }
        Ok(())
    }
}
