//! Where customers send money: an owner changes it.

use super::{Answer, Visitor, form, send};
use crate::acts::update_bank_details::update_bank_details;
use crate::door::see_other;
use crate::store::bank_details;
use axum::body::Bytes;
use kept_api::console::Form;
use kept_api::statements::BankDetailsView;
use kept_console::bank_details::bank_details_page;
use kept_domain::bank::BankDetails;

/// Shows the bank details.
///
/// # Errors
/// When the store fails.
pub async fn show(visitor: Visitor) -> Answer {
    let known = bank_details::find(&visitor.app.db, &visitor.business.id).await?;
    let mut form = Form::default();
    let iban = known.iban_grouped();
    for (name, text) in [("holder", known.holder), ("iban", iban), ("bic", known.bic), ("local", known.local)] {
        form.preset(name, text);
    }
    page(&visitor, form).await
}

async fn page(visitor: &Visitor, form: Form) -> Answer {
    let v = BankDetailsView { frame: visitor.frame().await?, form };
    let form = v.form.clone();
    Ok(send("Bank details", Some(&form), || bank_details_page(v)))
}

/// Saves them.
///
/// # Errors
/// When the store fails.
pub async fn save(visitor: Visitor, body: Bytes) -> Answer {
    let mut typed = form(&body)?;
    let texts = ["holder", "iban", "bic", "local"].map(|name| typed.value(name).to_owned());
    let [holder, iban, bic, local] = &texts;
    match BankDetails::read(holder, iban, bic, local) {
        Ok(new) => {
            update_bank_details(&visitor.app, &visitor.business.id, &new, &visitor.actor).await?;
            Ok(see_other("/console/policy/bank?done=saved"))
        }
        Err(wrong) => {
            for (field, words) in wrong {
                typed.wrong(field, words);
            }
            page(&visitor, typed).await
        }
    }
}
