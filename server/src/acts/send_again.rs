//! Sending a message again that failed, or of which nobody knows whether it went: a person decides, and when its turn
//! comes it is decided on as any other (`dispatch`).

use super::notify::Message;
use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::carrier::Way;
use crate::store::{Error, contact, debtor, stuck_mail};
use kept_domain::ids::{BusinessId, DebtorId};

/// Why it is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not wait for anybody's decision: somebody else has sent it again, or it has gone.
    OnItsWay,
    /// A one-time code was for somebody who waited for it; they ask for another by themselves.
    Stale,
}

/// Sends it again.
///
/// # Errors
/// `NotFound` where the debtor is none of this business; what cannot be sent again; or the store's.
pub async fn send_again(
    app: &App,
    business: &BusinessId,
    id: &DebtorId,
    message: &str,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let now_ms = app.clock.now_ms();
    let tx = app.db.begin().await?;
    debtor::lock(&tx, business, id).await?.ok_or(Failure::NotFound)?;
    let stuck = stuck_mail::find(&tx, business, id, message).await?.ok_or(Failure::Refused(Refusal::OnItsWay))?;
    let about: Message = serde_json::from_str(&stuck.payload).map_err(|_| Error::Corrupt("payload".into()))?;
    if matches!(about, Message::OneTimeCode { .. }) {
        return Err(Failure::Refused(Refusal::Stale));
    }
    if !stuck_mail::put_back(&tx, business, &stuck.id, now_ms).await? {
        return Err(Failure::Refused(Refusal::OnItsWay));
    }
    contact::set_state(&tx, business, &stuck.contact, "queued", "", now_ms).await?;
    let happened = Happened {
        debtor: Some(id),
        kind: "message_again",
        subject: &stuck.contact,
        detail: format!("{} ({})", Way::of_kind(&stuck.kind).map_or("Message", Way::words), about.purpose()),
    };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
