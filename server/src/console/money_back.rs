//! What a debtor wants back of what they paid too much, and writing down that it was sent.

use super::{Answer, Visitor, form, refused, send};
use crate::acts::money_back::{self, Refusal};
use crate::acts::position;
use crate::door::{No, see_other};
use crate::store::{debtor, money_back as store};
use axum::body::Bytes;
use axum::extract::Path;
use kept_api::console::Form;
use kept_api::money_back::{ConsoleMoneyBack, WishRow};
use kept_console::money_back::money_back_page;
use kept_domain::calendar;
use kept_domain::ids::DebtorId;
use kept_domain::money::Money;

/// Shows what is on account and what is wanted back.
///
/// # Errors
/// 404 where the debtor is none of this business.
pub async fn show(visitor: Visitor, Path(id): Path<String>) -> Answer {
    page(&visitor, &id.into(), Form::default()).await
}

async fn page(visitor: &Visitor, id: &DebtorId, mut form: Form) -> Answer {
    let (db, business) = (&visitor.app.db, &visitor.business.id);
    let debtor = debtor::find(db, business, id).await?.ok_or(No::NotFound)?;
    form.preset("sent_on", calendar::iso(visitor.today()));
    let positions = position::load(db, business, id).await?;
    let v = ConsoleMoneyBack {
        frame: visitor.frame().await?,
        debtor: id.to_string(),
        name: debtor.name,
        ahead: positions
            .iter()
            .filter(|p| p.on_account_minor > 0)
            .map(|p| Money::new(p.on_account_minor, p.currency))
            .collect(),
        wishes: store::of_debtor(db, business, id)
            .await?
            .into_iter()
            .map(|w| WishRow {
                id: w.id,
                amount: Money::new(w.amount_minor, w.currency),
                asked_at: visitor.at(w.asked_at_ms),
            })
            .collect(),
        form: form.clone(),
    };
    Ok(send("Money paid ahead", Some(&form), || money_back_page(v)))
}

/// Writes down that it was sent, or that it stays on account.
///
/// # Errors
/// 404 where the debtor or the wish is none of this business.
pub async fn decide(visitor: Visitor, Path(id): Path<String>, body: Bytes) -> Answer {
    let id: DebtorId = id.into();
    let mut typed = form(&body)?;
    let (app, business) = (&visitor.app, &visitor.business.id);
    let wish = typed.value("wish").to_owned();
    let done = if typed.value("act") == "keep" {
        (money_back::keep(app, business, &id, &wish, &visitor.actor).await, "money_kept")
    } else {
        let Some(on) = calendar::parse_typed(typed.value("sent_on")) else {
            typed.wrong("sent_on", "Enter the day you sent it, like 30 6 2026");
            return page(&visitor, &id, typed).await;
        };
        (money_back::sent(app, business, &id, &wish, on, &visitor.actor).await, "money_sent")
    };
    match refused(done.0)? {
        Ok(()) => Ok(see_other(&format!("/console/debtors/{id}?done={}", done.1))),
        Err(refusal) => {
            let words = match refusal {
                Refusal::Day => "Enter a day that is today or earlier",
                Refusal::Nothing | Refusal::OnItsWay => "Nothing of it is on account any more",
            };
            typed.wrong("sent_on", words);
            page(&visitor, &id, typed).await
        }
    }
}
