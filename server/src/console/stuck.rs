//! Messages that did not go: those of one debtor, and sending one again.

use super::{Answer, Visitor, form, refused, show};
use crate::acts::send_again::{Refusal, send_again};
use crate::carrier::Way;
use crate::door::see_other;
use crate::store::{Error, stuck_mail};
use axum::body::Bytes;
use axum::extract::Path;
use kept_api::console::StuckRow;
use kept_domain::ids::DebtorId;

/// What failed longer ago is history.
pub const TROUBLE_MS: i64 = 14 * 86_400_000;

/// Where the button of a message sends.
pub fn action(debtor: &str, message: &str) -> String {
    format!("/console/debtors/{debtor}/messages/{message}/again")
}

/// A reason for people: a code of ours as words, what a mail server said as it said it.
pub fn reason(known: &str) -> String {
    if known.contains(' ') { known.to_owned() } else { show::plain(known) }
}

/// A debtor's messages that wait for a decision.
///
/// # Errors
/// When the store fails.
pub async fn rows(visitor: &Visitor, id: &DebtorId) -> Result<Vec<StuckRow>, Error> {
    let since_ms = visitor.app.clock.now_ms() - TROUBLE_MS;
    let stuck = stuck_mail::list(&visitor.app.db, &visitor.business.id, id, since_ms).await?;
    let row = |one: stuck_mail::StuckMail| StuckRow {
        action: action(id.as_str(), &one.id),
        what: format!("{} ({})", Way::of_kind(&one.kind).map_or("Message", Way::words), one.purpose),
        at: visitor.at(one.at_ms),
        may_have_arrived: one.state == "unknown",
        reason: reason(&one.reason),
    };
    Ok(stuck.into_iter().map(row).collect())
}

/// Sends one again, and goes back to where the button was.
///
/// # Errors
/// 404 where the debtor is none of this business, or the store's.
pub async fn again(visitor: Visitor, Path((id, message)): Path<(String, String)>, body: Bytes) -> Answer {
    let typed = form(&body)?;
    let debtor: DebtorId = id.into();
    let sent = send_again(&visitor.app, &visitor.business.id, &debtor, &message, &visitor.actor).await;
    let done = match refused(sent)? {
        Ok(()) => "again",
        Err(Refusal::OnItsWay) => "again_already",
        Err(Refusal::Stale) => "again_stale",
    };
    Ok(see_other(&match typed.value("from") {
        "today" => format!("/console?done={done}"),
        _ => format!("/console/debtors/{debtor}?done={done}"),
    }))
}
