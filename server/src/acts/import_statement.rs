//! A bank statement comes in: what is beyond doubt is booked, the rest waits for a person, and what was seen before is left
//! alone.

use super::imported::ImportError;
use super::record_payment::{Paid, book};
use super::{Actor, Happened, record};
use crate::app::App;
use crate::clock::day_end_ms;
use crate::secret;
use crate::statement::{self, Asked};
use crate::store::payments_known::{self, Source};
use crate::store::statement::{self as store, State, StoredLine};
use crate::store::{Tx, books, business, debtor, import};
use chrono::NaiveDate;
use kept_domain::calendar::{iso, plus_days, show};
use kept_domain::ids::{BusinessId, DebtorId, InvoiceId};
use kept_domain::matching::{Books, Candidate, Reason, SAME_DAYS_MAX, SUGGESTED_MAX, Verdict};
use kept_domain::statement::{Direction, Line, Statement, identities};
use kept_domain::table::Refusal;
use serde::Serialize;
use std::collections::BTreeSet;

/// Times that the books are read anew because somebody else changed them meanwhile.
const ROUNDS_MAX: u32 = 10;

/// How a file is to be imported.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the file is called, for the record.
    pub file_name: String,
    /// How it is to be read.
    pub asked: Asked,
    /// Write nothing.
    pub dry_run: bool,
}

/// A line that is new, and what became of it or would.
#[derive(Clone, Debug, Serialize)]
pub struct ReportLine {
    /// ISO.
    pub booked_on: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Who paid, as the bank has it.
    pub payer: String,
    /// What was written.
    pub words: String,
    /// `booked`, `suggested` or `unmatched`.
    pub state: &'static str,
    /// The business's numbers of those whose it is or may be.
    pub debtors: Vec<String>,
    /// What speaks for the first of them, and what against booking.
    pub reasons: Vec<Reason>,
}

/// What came of a file, or would.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `camt.053`, `MT940`, `OFX`, `CSV` or `XLSX`.
    pub format: &'static str,
    /// Lines that are booked.
    pub booked: u32,
    /// Lines that a person decides on.
    pub suggested: u32,
    /// Lines of nobody.
    pub unmatched: u32,
    /// Lines that were known.
    pub unchanged: u32,
    /// Movements that are no customer's payment: what went out, what waits for its booking.
    pub ignored: u32,
    /// The last day that the file covers, ISO; payments are known until its end.
    pub until_on: Option<String>,
    /// Nothing was written.
    pub dry_run: bool,
    /// The id of the statement; none where there was nothing new.
    pub statement: Option<String>,
    /// What is new, in the file's order.
    pub lines: Vec<ReportLine>,
}

/// Reads a file, decides whose each new line is, and (unless it is a dry run) books what is beyond doubt, all in one
/// transaction. The same file again changes nothing.
///
/// # Errors
/// Why the file cannot be taken; then nothing has happened.
pub async fn plan_and_apply(
    app: &App,
    business_id: &BusinessId,
    bytes: Vec<u8>,
    options: Options,
    actor: &Actor,
) -> Result<Report, ImportError> {
    let home = business::find(&app.db, business_id).await?;
    let home = home.ok_or_else(|| ImportError::Refused(Refusal::new("there is no such business")))?;
    let asked = Asked { currency: options.asked.currency.or(Some(home.currency)), ..options.asked.clone() };
    let read = tokio::task::spawn_blocking(move || statement::read(&bytes, &asked)).await;
    let Statement { format, until_on, lines, ignored } = read.map_err(|_| ImportError::Stopped)??;
    let today = app.clock.today(&home.zone);
    if let Some(line) = lines.iter().find(|l| l.booked_on > plus_days(today, 1)) {
        let day = show(line.booked_on);
        return Err(Refusal::new(format!("a line is booked on {day}, which is in the future")).into());
    }
    let latest = lines.iter().map(|l| l.booked_on).max();
    let until_on = until_on.or(latest).map(|on| on.min(today));

    let tx = app.db.begin().await?;
    import::lock(&tx, business_id).await?;
    let all = lines.len();
    let fresh = fresh(&tx, business_id, lines).await?;
    let unchanged = u32::try_from(all - fresh.len()).unwrap_or(u32::MAX);
    let (identities, lines): (Vec<String>, Vec<Line>) = fresh.into_iter().unzip();
    let (verdicts, customers) = judge(app, &tx, business_id, &lines, options.dry_run).await?;
    let numbers = |verdict: &Verdict| -> Vec<String> {
        candidates(verdict).iter().filter_map(|c| customers.number(&c.debtor)).collect()
    };
    let count =
        |state: State| u32::try_from(verdicts.iter().filter(|v| state_of(v) == state).count()).unwrap_or(u32::MAX);
    let mut report = Report {
        format,
        booked: count(State::Booked),
        suggested: count(State::Suggested),
        unmatched: count(State::Unmatched),
        unchanged,
        ignored,
        until_on: until_on.map(iso),
        dry_run: options.dry_run,
        statement: None,
        lines: lines
            .iter()
            .zip(&verdicts)
            .map(|(line, verdict)| ReportLine {
                booked_on: iso(line.booked_on),
                amount_minor: line.amount_minor,
                currency: line.currency.code().to_owned(),
                payer: line.payer.clone(),
                words: line.words.clone(),
                state: state_of(verdict).code(),
                debtors: numbers(verdict),
                reasons: reasons(verdict),
            })
            .collect(),
    };
    if options.dry_run {
        return Ok(report);
    }
    if !lines.is_empty() {
        let stored = store::Statement {
            id: secret::new_id(),
            file_name: options.file_name.chars().filter(|c| !c.is_control()).take(200).collect(),
            format: format.to_owned(),
            until_on,
            unchanged: i64::from(unchanged),
            ignored: i64::from(ignored),
            actor: actor.name.clone(),
            created_at_ms: app.clock.now_ms(),
        };
        let new = apply(app, &tx, business_id, &stored.id, lines, verdicts, actor).await?;
        let new: Vec<(String, StoredLine)> = identities.into_iter().zip(new).collect();
        store::insert(&tx, business_id, &stored, &new).await?;
        let detail = format!(
            "Imported a bank statement: {} booked, {} to decide, {} of nobody",
            report.booked, report.suggested, report.unmatched
        );
        let happened = Happened { debtor: None, kind: "statement_imported", subject: &stored.id, detail };
        record(app, &tx, business_id, actor, happened).await?;
        report.statement = Some(stored.id);
    }
    if let Some(on) = until_on {
        // Whoever has the statement knows what was paid until then, whether or not anything was.
        payments_known::extend(&tx, business_id, Source::Bank, day_end_ms(on, &home.zone), app.clock.now_ms()).await?;
    }
    tx.commit().await?;
    Ok(report)
}

/// The lines that no file brought before, with their identities.
async fn fresh(tx: &Tx, business: &BusinessId, lines: Vec<Line>) -> Result<Vec<(String, Line)>, ImportError> {
    let Some((from, to)) = days(&lines) else { return Ok(Vec::new()) };
    let known = store::identities(tx, business, from, to).await?;
    let all = identities(&lines).into_iter().map(|key| key.map(secret::sha256));
    let fresh = all.zip(lines).filter_map(|(identity, line)| Some((identity?, line)));
    Ok(fresh.filter(|(identity, _)| !known.contains(identity)).collect())
}

fn days(lines: &[Line]) -> Option<(NaiveDate, NaiveDate)> {
    Some((lines.iter().map(|l| l.booked_on).min()?, lines.iter().map(|l| l.booked_on).max()?))
}

/// The business's own numbers of its customers.
struct Numbers(std::collections::HashMap<DebtorId, String>);

impl Numbers {
    fn number(&self, debtor: &DebtorId) -> Option<String> {
        self.0.get(debtor).cloned()
    }
}

/// Decides, holding the rows of everybody for whom something will be booked: what they owe must not move between the
/// decision and the commit.
async fn judge(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    lines: &[Line],
    dry_run: bool,
) -> Result<(Vec<Verdict>, Numbers), ImportError> {
    let Some((from, to)) = days(lines) else { return Ok((Vec::new(), Numbers(Default::default()))) };
    let mut held: BTreeSet<DebtorId> = BTreeSet::new();
    for _ in 0..ROUNDS_MAX {
        let customers = books::customers(tx, business).await?;
        let numbers = Numbers(customers.iter().map(|c| (c.id.clone(), c.number.clone())).collect());
        let invoices = books::open_invoices(tx, business).await?;
        let instalments = books::next_instalments(tx, business).await?;
        let span = chrono::Days::new(u64::try_from(SAME_DAYS_MAX).unwrap_or_default());
        let around = (from.checked_sub_days(span).unwrap_or(from), to.checked_add_days(span).unwrap_or(to));
        let known = Books::new(customers, invoices, instalments)
            .with_accounts(store::payer_accounts(tx, business).await?)
            .with_recorded(books::recorded(tx, business, around.0, around.1).await?)
            .with_earlier(store::earlier(tx, business, around.0, around.1).await?);
        let mut verdicts = known.judge(lines);
        taken_back(tx, business, lines, &mut verdicts).await?;
        let wanted: BTreeSet<DebtorId> = verdicts
            .iter()
            .filter_map(|v| if let Verdict::Booked(c) = v { Some(c.debtor.clone()) } else { None })
            .collect();
        let missing: Vec<DebtorId> = wanted.difference(&held).cloned().collect();
        if dry_run || missing.is_empty() {
            return Ok((verdicts, numbers));
        }
        import::lock_debtors(tx, business, &missing).await?;
        if app.db.has_one_writer() {
            return Ok((verdicts, numbers));
        }
        held.extend(missing);
    }
    Err(ImportError::Stopped)
}

/// Finds whose payments a bank may have taken back: those of the same amount that are booked, and of these first those
/// with the same payer or reference.
async fn taken_back(
    tx: &Tx,
    business: &BusinessId,
    lines: &[Line],
    verdicts: &mut [Verdict],
) -> Result<(), ImportError> {
    for (line, verdict) in lines.iter().zip(verdicts).filter(|(l, _)| l.direction == Direction::TakenBack) {
        let booked = store::list_booked_of(tx, business, line.currency, line.amount_minor, 200).await?;
        let same = |one: &str, other: &str| !one.trim().is_empty() && one.trim() == other.trim();
        let alike = |b: &&StoredLine| {
            same(&b.line.payer_account, &line.payer_account)
                || same(&b.line.payer, &line.payer)
                || same(&b.line.reference, &line.reference)
        };
        let mut found: Vec<&StoredLine> = booked.iter().filter(alike).collect();
        if found.is_empty() {
            found = booked.iter().collect();
        }
        let mut candidates: Vec<Candidate> = Vec::new();
        for debtor in found.iter().filter_map(|b| b.debtor.as_ref()) {
            if candidates.iter().all(|c| c.debtor != *debtor) {
                let reasons = vec![Reason::TakenBack];
                candidates.push(Candidate { debtor: debtor.clone(), invoices: Vec::new(), reasons });
            }
        }
        if (1..=SUGGESTED_MAX).contains(&candidates.len()) {
            *verdict = Verdict::Suggested(candidates);
        }
    }
    Ok(())
}

/// Books what is beyond doubt, and answers every line as it is to be stored.
async fn apply(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    statement: &str,
    lines: Vec<Line>,
    verdicts: Vec<Verdict>,
    actor: &Actor,
) -> Result<Vec<StoredLine>, ImportError> {
    let now_ms = app.clock.now_ms();
    let mut stored = Vec::with_capacity(lines.len());
    for (line, verdict) in lines.into_iter().zip(verdicts) {
        let mut new = StoredLine {
            id: secret::new_id(),
            statement: statement.to_owned(),
            state: state_of(&verdict),
            line,
            verdict,
            debtor: None,
            transfer: None,
            bookings: 0,
            decided_by: "rule".to_owned(),
            reason: String::new(),
            decided_at_ms: Some(now_ms),
        };
        if let Verdict::Booked(c) = &new.verdict {
            let (debtor, invoices) = (c.debtor.clone(), c.invoices.clone());
            book_line(app, tx, business, &mut new, &debtor, &invoices, actor).await?;
        }
        stored.push(new);
    }
    Ok(stored)
}

/// Books a line as a debtor's payment and notes it in the line. The caller holds the debtor's row.
pub(super) async fn book_line(
    app: &App,
    tx: &Tx,
    business: &BusinessId,
    line: &mut StoredLine,
    debtor_id: &DebtorId,
    invoices: &[InvoiceId],
    actor: &Actor,
) -> Result<(), crate::store::Error> {
    let corrupt = |what: &str| crate::store::Error::Corrupt(what.to_owned());
    let debtor = debtor::find(tx, business, debtor_id).await?.ok_or_else(|| corrupt("a line's debtor"))?;
    let l = &line.line;
    let note: String = [l.payer.as_str(), l.reference.as_str(), l.words.as_str()]
        .into_iter()
        .filter(|t| !t.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
        .chars()
        .take(140)
        .collect();
    let paid = Paid {
        debtor: &debtor,
        amount_minor: l.amount_minor,
        currency: l.currency,
        on: l.booked_on,
        named: invoices,
        effect: format!("statement:{}:{}", line.id, line.bookings + 1),
        note: &note,
        how: "Booked from a bank statement:",
    };
    let transfer = book(app, tx, business, &paid, actor).await?;
    line.transfer = Some(transfer.ok_or_else(|| corrupt("a line is booked twice"))?);
    line.state = State::Booked;
    line.debtor = Some(debtor_id.clone());
    line.bookings += 1;
    Ok(())
}

fn state_of(verdict: &Verdict) -> State {
    match verdict {
        Verdict::Booked(_) => State::Booked,
        Verdict::Suggested(_) => State::Suggested,
        Verdict::Unmatched(_) => State::Unmatched,
    }
}

fn candidates(verdict: &Verdict) -> &[Candidate] {
    match verdict {
        Verdict::Booked(one) => std::slice::from_ref(one),
        Verdict::Suggested(all) => all,
        Verdict::Unmatched(_) => &[],
    }
}

fn reasons(verdict: &Verdict) -> Vec<Reason> {
    match verdict {
        Verdict::Unmatched(reason) => vec![*reason],
        Verdict::Booked(_) | Verdict::Suggested(_) => {
            candidates(verdict).first().map(|c| c.reasons.clone()).unwrap_or_default()
        }
    }
}
