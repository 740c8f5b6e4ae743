//! Letters: what waits to be printed, closing a batch, and its file.

use super::{Answer, ROWS, Visitor, page_of, query, refused, send, show};
use crate::acts::close_batch::{self, BatchError};
use crate::acts::outlook::Rules;
use crate::acts::print_letter::Refusal as NotPrinted;
use crate::acts::take_out_letter::{Refusal, take_out as take_out_letter};
use crate::door::{No, see_other};
use crate::store::letter::{self, Batch, Waiting};
use crate::store::{Error, debtor};
use axum::extract::{Path, RawQuery};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse as _;
use kept_api::letters::{BatchRow, LettersView, Standing, WaitingRow};
use kept_console::letters::letters_page;
use kept_domain::contact::Channel;
use kept_domain::reminder::{Decision, Reason};

/// Batches that are listed.
const BATCHES: u32 = 30;

/// Shows the letters that wait, and the batches.
///
/// # Errors
/// When the store fails.
pub async fn show(visitor: Visitor, RawQuery(raw): RawQuery) -> Answer {
    let (page, offset) = page_of(&query(&raw.unwrap_or_default()));
    answer(&visitor, page, offset, None).await
}

async fn answer(visitor: &Visitor, page: u32, offset: u32, problem: Option<String>) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let mut waiting = letter::list_waiting(db, business, offset, ROWS + 1).await?;
    let more = waiting.len() > ROWS as usize;
    waiting.truncate(ROWS as usize);
    let rules = Rules::of(&visitor.app, db, &visitor.business).await?;
    let mut rows = Vec::with_capacity(waiting.len());
    for one in waiting {
        rows.push(row(visitor, &rules, one).await?);
    }
    let names = visitor.names().await?;
    let mut batches = Vec::new();
    for batch in letter::list_batches(db, business, BATCHES).await? {
        batches.push(batch_row(visitor, &names, batch)?);
    }
    let failed = problem.is_some();
    let v = LettersView {
        frame: visitor.frame().await?,
        rows,
        waiting: letter::count_waiting(db, business).await?.map_or(0, |(many, _)| many),
        page,
        more,
        batches,
        problem,
    };
    let mut answer = send("Letters", None, || letters_page(v));
    if failed {
        *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    Ok(answer)
}

async fn row(visitor: &Visitor, rules: &Rules, one: Waiting) -> Result<WaitingRow, No> {
    let now_ms = visitor.app.clock.now_ms();
    let db = &visitor.app.db;
    let debtor = debtor::find(db, &visitor.business.id, &one.debtor).await?.ok_or(No::NotFound)?;
    let known = rules.know(db, vec![debtor], now_ms).await?;
    let known = known.first().ok_or(No::NotFound)?;
    let out = |why: &str| Standing::LeftOut { why: why.to_owned() };
    let standing = match rules.decide(known, now_ms, Some(&one.contact)) {
        Decision::Send(reminder) if reminder.step == one.step && reminder.channel == Channel::Letter => {
            Standing::Leaves
        }
        Decision::Send(_) => out("another message has taken its place"),
        Decision::Wait {
            until_ms: Some(until_ms),
            reason: reason @ (Reason::OutsideHours | Reason::PublicHoliday),
        } => Standing::Stays { why: reason.words().to_owned(), from: Some(visitor.at(until_ms)) },
        Decision::Wait { reason, .. } | Decision::Never { reason } => out(reason.words()),
    };
    Ok(WaitingRow {
        id: one.contact,
        debtor: one.debtor.to_string(),
        who: one.who,
        what: show::title(&one.step),
        since: visitor.at(one.at_ms),
        standing,
    })
}

fn batch_row(visitor: &Visitor, names: &show::Names, batch: Batch) -> Result<BatchRow, Error> {
    let file = close_batch::file_of(&visitor.app, &visitor.business, &batch)?;
    Ok(BatchRow {
        here: file.exists() || file.with_extension("zip.tmp").exists(),
        id: batch.id,
        name: format!("{}.zip", batch.name),
        at: visitor.at(batch.at_ms),
        by: names.who(&batch.actor),
        letters: batch.letters,
        sheets: batch.sheets,
    })
}

/// Closes the batch of everything that waits.
///
/// # Errors
/// When the store fails.
pub async fn close(visitor: Visitor) -> Answer {
    match close_batch::close_batch(&visitor.app, &visitor.business, &visitor.actor).await {
        Ok(closed) => {
            let done = if closed.batch.is_some() { "letters" } else { "letters_none" };
            Ok(see_other(&format!("/console/letters?done={done}")))
        }
        Err(BatchError::Store(error)) => Err(error.into()),
        Err(error @ (BatchError::Folder(_) | BatchError::TookTooLong)) => {
            tracing::error!("a batch of letters: {error}");
            let words = match error {
                BatchError::TookTooLong => "It took too long. Your letters wait as before: try it again",
                _ => "The folder of letters cannot be written. Your letters wait as before",
            };
            answer(&visitor, 1, 0, Some(words.to_owned())).await
        }
    }
}

/// Answers the file of a batch.
///
/// # Errors
/// 404 where the business has no such batch.
pub async fn fetch(visitor: Visitor, Path(id): Path<String>) -> Answer {
    match close_batch::fetch_batch(&visitor.app, &visitor.business, &id, &visitor.actor).await {
        Ok(None) => Err(No::NotFound.into()),
        Ok(Some((batch, bytes))) => {
            let headers = [
                (header::CONTENT_TYPE, "application/zip".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}.zip\"", batch.name)),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
                (header::CACHE_CONTROL, "no-store".to_owned()),
            ];
            Ok((headers, bytes).into_response())
        }
        Err(BatchError::Store(error)) => Err(error.into()),
        Err(error) => {
            tracing::error!("a batch of letters: {error}");
            answer(&visitor, 1, 0, Some("The file of this batch is not on this machine".to_owned())).await
        }
    }
}

/// Takes a letter out that waits.
///
/// # Errors
/// 404 where no such letter of the business waits.
pub async fn take_out(visitor: Visitor, Path(id): Path<String>) -> Answer {
    let done = take_out_letter(&visitor.app, &visitor.business.id, &id, &visitor.actor).await;
    let done = match refused(done)? {
        Ok(()) => "letter_out",
        Err(Refusal::BeingSet) => "letter_set",
    };
    Ok(see_other(&format!("/console/letters?done={done}")))
}

/// Why a letter was not printed, in one sentence.
pub(super) fn not_printed(visitor: &Visitor, refusal: &NotPrinted) -> String {
    match refusal {
        NotPrinted::Unset(error) => format!("This letter cannot be printed: {error}"),
        NotPrinted::BeingSet => "This letter is being printed at the moment, or has gone".to_owned(),
        NotPrinted::NotWanted(reason) => {
            let why = Reason::parse(reason).map_or_else(|| show::plain(reason), |reason| reason.words().to_owned());
            format!("This letter is not needed any more: {why}")
        }
        NotPrinted::NotBefore(until_ms) => format!("This letter may leave from {} on", visitor.at(*until_ms)),
        NotPrinted::Unreadable(said) => format!("This letter cannot be written: {said}"),
    }
}
