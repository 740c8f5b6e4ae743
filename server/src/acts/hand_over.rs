//! Recording that an account's hand-over pack was made, and by whom: it holds everything that is known about somebody.

use super::{Actor, Happened, record};
use crate::app::App;
use crate::letter::Printed;
use crate::store::{Error, debtor};
use kept_domain::ids::{BusinessId, DebtorId};
use kept_letter::Rendered;

/// Records a pack with the fingerprint of its file.
///
/// # Errors
/// When the store fails.
pub async fn record_pack(
    app: &App,
    business: &BusinessId,
    id: &DebtorId,
    pack: &Rendered,
    actor: &Actor,
) -> Result<(), Error> {
    let tx = app.db.begin().await?;
    debtor::lock(&tx, business, id).await?;
    let printed = Printed::of(pack);
    let detail = format!("{} pages, SHA-256 {}", printed.pages, printed.sha256);
    let happened = Happened { debtor: Some(id), kind: "hand_over_packed", subject: id.as_str(), detail };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await
}
