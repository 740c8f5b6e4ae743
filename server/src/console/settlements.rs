//! What is done with offers of less than is owed: an owner sees it and changes it.

use super::{Answer, Visitor, form, refused, send};
use crate::acts::update_settlement_policy::update_settlement_policy;
use crate::door::see_other;
use crate::store::settlement;
use axum::body::Bytes;
use kept_api::console::Form;
use kept_api::statements::SettlementPolicyView;
use kept_console::settlements::{fill, parse, settlements_page};

/// Shows the policy.
///
/// # Errors
/// When the store fails.
pub async fn show(visitor: Visitor) -> Answer {
    let policy = settlement::policy(&visitor.app.db, &visitor.business.id).await?;
    let mut form = Form::default();
    fill(&mut form, &policy, visitor.business.currency);
    page(&visitor, form).await
}

async fn page(visitor: &Visitor, form: Form) -> Answer {
    let v = SettlementPolicyView { frame: visitor.frame().await?, currency: visitor.business.currency, form };
    let form = v.form.clone();
    Ok(send("Lower amounts", Some(&form), || settlements_page(v)))
}

/// Saves it.
///
/// # Errors
/// When the store fails.
pub async fn save(visitor: Visitor, body: Bytes) -> Answer {
    let mut typed = form(&body)?;
    let wrong = match parse(&typed, visitor.business.currency) {
        Ok(new) => {
            let done = update_settlement_policy(&visitor.app, &visitor.business.id, &new, &visitor.actor).await;
            match refused(done)? {
                Ok(()) => return Ok(see_other("/console/policy/settlements?done=saved")),
                Err(error) => {
                    typed.wrong("offers", error.words());
                    Vec::new()
                }
            }
        }
        Err(wrong) => wrong,
    };
    typed.mistakes.extend(wrong);
    page(&visitor, typed).await
}
