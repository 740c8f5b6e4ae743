//! Disputes, claims and hardships: the list, one of them with its proof, the answer.

use super::{Answer, ROWS, Visitor, form, page_of, query, refused, send, show, text};
use crate::acts::resolve_dispute::{self, Decision, Refusal};
use crate::door::{No, see_other};
use crate::store::console::{self, DisputeLine};
use crate::store::{debtor, dispute, event};
use axum::body::Bytes;
use axum::extract::{Path, RawQuery};
use axum::http::header;
use axum::response::IntoResponse;
use base64::Engine as _;
use kept_api::console::{DisputeView, DisputesView, FileRow, Form};
use kept_console::dispute::dispute_page;
use kept_console::disputes::disputes_page;
use kept_console::parts::dispute_words;
use kept_domain::calendar::show as day;
use kept_domain::dispute::{Kind, WORDS_CHARS_MAX};
use kept_domain::ids::DisputeId;
use kept_domain::money::{Money, parse_amount};

/// Shows the list.
///
/// # Errors
/// When the store fails.
pub async fn list(visitor: Visitor, RawQuery(raw): RawQuery) -> Answer {
    let values = query(&raw.unwrap_or_default());
    let resolved = text(&values, "resolved") == "yes";
    let (page, offset) = page_of(&values);
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let mut lines = console::disputes(db, business, resolved, offset, ROWS + 1).await?;
    let more = lines.len() > ROWS as usize;
    lines.truncate(ROWS as usize);
    let v = DisputesView {
        frame: visitor.frame().await?,
        resolved,
        rows: lines.into_iter().map(|line| show::dispute_row(&visitor, line)).collect(),
        page,
        more,
    };
    Ok(send("Disputes", None, || disputes_page(v)))
}

/// Shows one of them.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn show_one(visitor: Visitor, Path(id): Path<String>) -> Answer {
    page(&visitor, &id.into(), Form::default()).await
}

/// A stored dispute as a list has it.
pub(super) fn line(d: &dispute::Dispute, who: &str) -> DisputeLine {
    DisputeLine {
        id: d.id.to_string(),
        debtor: d.debtor.to_string(),
        who: who.to_owned(),
        kind: d.kind,
        state: d.state,
        reason: d.reason,
        currency: d.currency,
        amount_minor: d.amount_minor,
        raised_at_ms: d.raised_at_ms,
        answer_by_on: d.answer_by_on,
    }
}

async fn page(visitor: &Visitor, id: &DisputeId, form: Form) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let d = dispute::find(db, business, id).await?.ok_or(No::NotFound)?;
    let debtor = debtor::find(db, business, &d.debtor).await?.ok_or(No::NotFound)?;
    let names = visitor.names().await?;
    let money = |minor| Money::new(minor, d.currency);
    let events = event::list(db, business, &d.debtor, 500).await?;
    let paid = d.paid_on.map(|on| {
        let by = if d.paid_by.is_empty() {
            String::new()
        } else {
            format!(" by {}", show::plain(&d.paid_by).to_lowercase())
        };
        format!("They say that it was paid on {}{by}.", day(on))
    });
    let v = DisputeView {
        frame: visitor.frame().await?,
        row: show::dispute_row(visitor, line(&d, &debtor.name)),
        words: d.words,
        paid,
        items: dispute::items(db, business, id).await?.into_iter().map(|(_, number, m)| (number, money(m))).collect(),
        files: dispute::files(db, business, id)
            .await?
            .into_iter()
            .map(|f| FileRow { what: file_words(&f.content_type, f.size_bytes), id: f.id, name: f.name })
            .collect(),
        answer: d.answer,
        credited: money(d.credited_minor),
        as_payment: d.reason == kept_domain::dispute::Reason::AlreadyPaid,
        resolved: d
            .resolved_by
            .map(|by| format!("{}, {}", names.who(&by), visitor.at(d.resolved_at_ms.unwrap_or_default()))),
        form,
        timeline: events
            .into_iter()
            .filter(|e| e.subject == id.as_str())
            .map(|e| show::event(visitor, &names, e))
            .collect(),
    };
    let title = format!("{}: {}", dispute_words(v.row.kind), v.row.who);
    let form = v.form.clone();
    Ok(send(&title, Some(&form), || dispute_page(v)))
}

fn file_words(content_type: &str, bytes: i64) -> String {
    let kind = match content_type {
        "application/pdf" => "PDF",
        other if other.starts_with("image/") => "picture",
        _ => "file",
    };
    format!("{kind}, {} KB", (bytes + 1023) / 1024)
}

/// Sends a file of proof: as a download that no browser shows or runs.
///
/// # Errors
/// 404 where the dispute is none of this business, or has no such file.
pub async fn file(visitor: Visitor, Path((id, file_id)): Path<(String, String)>) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let id: DisputeId = id.into();
    if !dispute::files(db, business, &id).await?.iter().any(|f| f.id == file_id) {
        return Err(No::NotFound.into());
    }
    let (file, content) = dispute::find_file(db, business, &file_id).await?.ok_or(No::NotFound)?;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(content)
        .map_err(|e| No::Failed(format!("a stored file cannot be read: {e}")))?;
    let kind = match file.content_type.as_str() {
        known @ ("application/pdf" | "image/png" | "image/jpeg" | "image/webp" | "image/gif" | "image/heic") => known,
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, attachment(&file.name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// `Content-Disposition` for a name that a stranger chose (RFC 6266): a harmless one for old programs, the whole one encoded.
fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .take(100)
        .collect();
    let shown: String = name.chars().filter(|c| !c.is_control() && !matches!(c, '/' | '\\')).take(100).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", kept_console::parts::escape_query(&shown))
}

/// Writes back without deciding.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn answer(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let typed = form(&body)?;
    let words = typed.value("answer").to_owned();
    decide(&visitor, &id.into(), typed, Decision::Answer, ("answer", words), "answered").await
}

/// Decides.
///
/// # Errors
/// 404 where it is none of this business.
pub async fn resolve(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let id: DisputeId = id.into();
    let mut typed = form(&body)?;
    let d = dispute::find(&visitor.app.db, &visitor.business.id, &id).await?.ok_or(No::NotFound)?;
    let decision = match (d.kind, typed.value("outcome")) {
        (Kind::Hardship, _) => Some(Decision::Close),
        (_, "uphold") => Some(Decision::Uphold),
        (_, "reject") => Some(Decision::Reject),
        (_, "partly") => match parse_amount(typed.value("credited"), d.currency) {
            Ok(minor) => Some(Decision::Partly(minor)),
            Err(error) => {
                typed.wrong("credited", error.to_string());
                None
            }
        },
        _ => {
            typed.wrong("outcome", "Choose a decision");
            None
        }
    };
    let Some(decision) = decision else { return page(&visitor, &id, typed).await };
    let words = typed.value("reason").to_owned();
    decide(&visitor, &id, typed, decision, ("reason", words), "resolved").await
}

async fn decide(
    visitor: &Visitor,
    id: &DisputeId,
    mut typed: Form,
    decision: Decision,
    (field, words): (&'static str, String),
    done: &str,
) -> Answer {
    if words.chars().count() > WORDS_CHARS_MAX {
        typed.wrong(field, "Write at most 4,000 characters");
        return page(visitor, id, typed).await;
    }
    let result =
        resolve_dispute::decide(&visitor.app, &visitor.business.id, id, decision, &words, &visitor.actor).await;
    match refused(result)? {
        Ok(()) => Ok(see_other(&format!("/console/disputes/{id}?done={done}"))),
        // The page shows how it stands now.
        Err(Refusal::NotOpen) => Ok(see_other(&format!("/console/disputes/{id}"))),
        Err(refusal) => {
            let at = if refusal == Refusal::Amount { "credited" } else { field };
            typed.wrong(at, refusal.words().1);
            page(visitor, id, typed).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_file_name_stays_in_its_place() {
        let header = attachment("Söhne\"; x=\r\n../../receipt.pdf");
        assert_eq!(
            header,
            "attachment; filename=\"S_hne__ x___.._.._receipt.pdf\"; filename*=UTF-8''S%C3%B6hne%22%3B%20x%3D....receipt.pdf"
        );
        assert!(axum::http::HeaderValue::from_str(&header).is_ok());
    }
}
