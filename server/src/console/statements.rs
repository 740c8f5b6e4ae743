//! Bank statements: a file is taken and imported, and people decide on what is not beyond doubt.

use super::{Answer, ROWS, Visitor, form, page_of, query, refused, send, show, statement_file};
use crate::acts::decide_line;
use crate::acts::import_statement::{self, Options};
use crate::acts::imported::{File, ImportError};
use crate::acts::upload_file::{self, FILE_BYTES_MAX, Kind};
use crate::door::{No, see_other};
use crate::statement::{Asked, is_table};
use crate::store::debtor;
use crate::store::statement::{self, Listed, State, StoredLine};
use axum::body::Bytes;
use axum::extract::{Multipart, Path, RawQuery};
use kept_api::console::Form;
use kept_api::statements::{CandidateRow, LineRow, StatementRow, StatementView, StatementsView};
use kept_console::statements::{statement_page, statements_page};
use kept_domain::ids::DebtorId;
use kept_domain::matching::{Candidate, Reason, Verdict};
use kept_domain::money::Money;
use kept_domain::statement::Direction;

/// Lines that wait for a decision and are shown together.
const WAITING_SHOWN: u32 = 20;
/// Statements that are shown.
const EARLIER_SHOWN: u32 = 30;

/// Shows the page to choose a file on, what waits, and what came before.
///
/// # Errors
/// When the store fails.
pub async fn list(visitor: Visitor) -> Answer {
    page(&visitor, Form::default()).await
}

async fn page(visitor: &Visitor, form: Form) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let mut waiting = statement::list_waiting(db, business, WAITING_SHOWN + 1).await?;
    let more = waiting.len() > WAITING_SHOWN as usize;
    waiting.truncate(WAITING_SHOWN as usize);
    let names = visitor.names().await?;
    let v = StatementsView {
        frame: visitor.frame().await?,
        form,
        lines: rows(visitor, &names, waiting).await?,
        more,
        rows: statement::list(db, business, EARLIER_SHOWN).await?.into_iter().map(|s| row(visitor, s)).collect(),
    };
    let form = v.form.clone();
    Ok(send("Bank statements", Some(&form), || statements_page(v)))
}

fn row(visitor: &Visitor, s: Listed) -> StatementRow {
    StatementRow {
        at: visitor.at(s.statement.created_at_ms),
        id: s.statement.id,
        file: s.statement.file_name,
        format: s.statement.format,
        until: s.statement.until_on,
        booked: s.booked,
        open: s.open,
    }
}

async fn rows(
    visitor: &Visitor,
    names: &show::Names,
    lines: Vec<StoredLine>,
) -> Result<Vec<LineRow>, crate::store::Error> {
    let mut out = Vec::with_capacity(lines.len());
    for l in lines {
        let open = matches!(l.state, State::Suggested | State::Unmatched);
        let (own, suggested): (Vec<Reason>, Vec<Candidate>) = match l.verdict {
            Verdict::Booked(c) => (c.reasons, Vec::new()),
            Verdict::Suggested(all) => (Vec::new(), all),
            Verdict::Unmatched(reason) => (vec![reason], Vec::new()),
        };
        let mut candidates = Vec::with_capacity(suggested.len());
        for c in suggested.into_iter().filter(|_| open) {
            let words = c.reasons.iter().map(|r| r.words().to_owned()).collect();
            candidates.push(CandidateRow { who: name(visitor, &c.debtor).await?, debtor: c.debtor.0, reasons: words });
        }
        let booked = match l.debtor.filter(|_| l.state == State::Booked) {
            Some(debtor) => Some((debtor.to_string(), name(visitor, &debtor).await?)),
            None => None,
        };
        let texts = [l.line.reference, l.line.words];
        out.push(LineRow {
            id: l.id,
            on: l.line.booked_on,
            amount: Money::new(l.line.amount_minor, l.line.currency),
            payer: l.line.payer,
            words: texts.into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" · "),
            state: state_words(l.state),
            open,
            taken_back: l.line.direction == Direction::TakenBack,
            booked,
            reasons: own.iter().map(|r| r.words().to_owned()).collect(),
            candidates,
            reason: l.reason,
            decided_by: if l.decided_by == "rule" { String::new() } else { names.who(&l.decided_by) },
        });
    }
    Ok(out)
}

async fn name(visitor: &Visitor, id: &DebtorId) -> Result<String, crate::store::Error> {
    let found = debtor::find(&visitor.app.db, &visitor.business.id, id).await?;
    Ok(found.map_or_else(|| "a customer".to_owned(), |d| format!("{} ({})", d.name, d.reference)))
}

fn state_words(state: State) -> &'static str {
    match state {
        State::Booked => "Booked",
        State::Suggested => "Waits for you",
        State::Unmatched => "Nobody found",
        State::Dismissed => "Dismissed",
    }
}

/// Takes a file and imports it; a table is looked at first.
///
/// # Errors
/// When what was sent is not a form with a file.
pub async fn take(visitor: Visitor, mut parts: Multipart) -> Answer {
    let mut typed = Form::default();
    let mut file: Option<File> = None;
    while let Some(part) = parts.next_field().await.map_err(|error| No::unread(error.status()))? {
        if part.name() == Some("file") {
            let name = part.file_name().unwrap_or_default().to_owned();
            let bytes = part.bytes().await.map_err(|error| No::unread(error.status()))?;
            file = Some(File { name, bytes: bytes.to_vec() });
        }
    }
    let Some(file) = file.filter(|f| !f.bytes.is_empty()) else {
        typed.wrong("file", "Choose a file");
        return page(&visitor, typed).await;
    };
    let (app, business) = (&visitor.app, &visitor.business.id);
    if is_table(&file.bytes) {
        let kept = upload_file::upload_file(app, business, Kind::Statement, &[file], &visitor.actor).await;
        return match refused(kept)? {
            Ok(id) => Ok(see_other(&format!("/console/imports/{id}"))),
            Err(words) => {
                typed.wrong("file", words);
                page(&visitor, typed).await
            }
        };
    }
    if file.bytes.len() > FILE_BYTES_MAX {
        typed.wrong("file", "Choose a file of at most 20 MB, or split it");
        return page(&visitor, typed).await;
    }
    let options = Options { file_name: file.name, asked: Asked::default(), dry_run: false };
    match import_statement::plan_and_apply(app, business, file.bytes, options, &visitor.actor).await {
        Ok(report) => Ok(statement_file::done(&report)),
        Err(ImportError::Refused(refusal)) => {
            typed.wrong("file", refusal.reason);
            page(&visitor, typed).await
        }
        Err(ImportError::Store(error)) => Err(error.into()),
        Err(error @ ImportError::Stopped) => Err(No::Failed(error.to_string()).into()),
    }
}

/// Shows one statement.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn show_one(visitor: Visitor, Path(id): Path<String>, RawQuery(raw): RawQuery) -> Answer {
    let values = query(&raw.unwrap_or_default());
    statement_of(&visitor, &id, page_of(&values), Form::default()).await
}

async fn statement_of(visitor: &Visitor, id: &str, (number, offset): (u32, u32), form: Form) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let found = statement::find(db, business, id).await?.ok_or(No::NotFound)?;
    let mut lines = statement::list_lines(db, business, id, offset, ROWS + 1).await?;
    let more = lines.len() > ROWS as usize;
    lines.truncate(ROWS as usize);
    let names = visitor.names().await?;
    let v = StatementView {
        frame: visitor.frame().await?,
        unchanged: found.statement.unchanged,
        ignored: found.statement.ignored,
        actor: names.who(&found.statement.actor),
        row: row(visitor, found),
        lines: rows(visitor, &names, lines).await?,
        page: number,
        more,
        form,
    };
    let form = v.form.clone();
    Ok(send("Bank statement", Some(&form), || statement_page(v)))
}

/// Decides on a line: it is somebody's, nobody's, or its booking was a mistake.
///
/// # Errors
/// 404 where the line is none of this business.
pub async fn decide(visitor: Visitor, Path(line_id): Path<String>, body: Bytes) -> Answer {
    let mut typed = form(&body)?;
    let (app, business, actor) = (&visitor.app, &visitor.business.id, &visitor.actor);
    let line = statement::find_line(&app.db, business, &line_id).await?.ok_or(No::NotFound)?;
    let (done, result) = match typed.value("act") {
        "confirm" => {
            let debtor: DebtorId = typed.value("debtor").into();
            ("line_booked", decide_line::confirm(app, business, &line_id, &debtor, actor).await)
        }
        "assign" => {
            let found = debtor::find_by_reference(&app.db, business, typed.value("number").trim()).await?;
            let debtor = found.map_or_else(|| DebtorId(String::new()), |d| d.id);
            ("line_booked", decide_line::confirm(app, business, &line_id, &debtor, actor).await)
        }
        "dismiss" => {
            ("line_dismissed", decide_line::dismiss(app, business, &line_id, typed.value("reason"), actor).await)
        }
        "undo" => ("line_undone", decide_line::undo(app, business, &line_id, actor).await),
        _ => return Err(No::Unreadable.into()),
    };
    match refused(result)? {
        Ok(_) => Ok(see_other(&format!("/console/statements/{}?done={done}", line.statement))),
        Err(refusal) => {
            typed.wrong("line", refusal.words());
            statement_of(&visitor, &line.statement, (1, 0), typed).await
        }
    }
}
