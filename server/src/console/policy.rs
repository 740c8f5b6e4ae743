//! Settings.

use super::{Answer, Visitor, form, refused, send};
use crate::acts::update_settings::{self, update_settings};
use crate::door::see_other;
use crate::store::business::{Business, IdentityQuestion};
use crate::store::invoicing::{self, Invoicing};
use axum::body::Bytes;
use kept_api::console::{Form, PolicyView};
use kept_console::policy::policy_page;
use kept_console::terms_form::{self, BANDS_MAX, NAMES};
use kept_domain::money::{Currency, Money};

/// Shows the settings as they are.
///
/// # Errors
/// When the store fails.
pub async fn show(visitor: Visitor) -> Answer {
    let mut form = Form::default();
    let b = &visitor.business;
    form.preset("name", b.name.clone());
    form.preset("email", b.email.clone());
    form.preset("phone", b.phone.clone());
    form.preset("address", b.address.clone());
    form.preset("zone", b.zone.clone());
    form.preset("currency", b.currency.code());
    form.preset("identity_question", b.identity_question.code());
    let invoices = invoicing::get(&visitor.app.db, &b.id).await?;
    form.preset("vat_number", invoices.vat_number);
    form.preset("registration", invoices.registration);
    form.preset("due_days", invoices.due_days.to_string());
    terms_form::fill(&mut form, &b.policy, b.currency);
    // A balance that most terms have something to say to.
    form.preset("balance", Money::new(300 * b.currency.unit_minor(), b.currency).decimal());
    page(&visitor, form, b.currency).await
}

async fn page(visitor: &Visitor, form: Form, currency: Currency) -> Answer {
    let today = visitor.today();
    let v = PolicyView {
        frame: visitor.frame().await?,
        today,
        currency,
        bands: terms_form::bands(&form),
        offer: terms_form::preview(&form, currency, today),
        form,
    };
    let form = v.form.clone();
    Ok(send("Settings", Some(&form), || policy_page(v)))
}

/// Saves the settings, or shows what they would offer, or makes room for another band.
///
/// # Errors
/// When the store fails.
pub async fn save(visitor: Visitor, body: Bytes) -> Answer {
    let mut typed = form(&body)?;
    let currency = Currency::parse(typed.value("currency"));
    let shown = currency.unwrap_or(visitor.business.currency);
    match typed.value("act") {
        "preview" => return page(&visitor, typed, shown).await,
        "add_band" => {
            add_band(&mut typed);
            return page(&visitor, typed, shown).await;
        }
        "remove_band" => {
            remove_band(&mut typed);
            return page(&visitor, typed, shown).await;
        }
        _ => {}
    }
    if currency.is_none() {
        typed.wrong("currency", "Enter the three letters of a currency, like GBP");
    }
    let question = IdentityQuestion::parse(typed.value("identity_question"));
    if question.is_none() {
        typed.wrong("identity_question", "Choose what is asked");
    }
    let policy = terms_form::parse(&typed, shown);
    let trimmed = |name: &str| typed.value(name).trim().to_owned();
    let new = Business {
        name: trimmed("name"),
        email: trimmed("email"),
        phone: trimmed("phone"),
        address: trimmed("address").replace("\r\n", "\n"),
        zone: trimmed("zone"),
        currency: shown,
        identity_question: question.unwrap_or(visitor.business.identity_question),
        policy: policy.clone().unwrap_or_else(|_| visitor.business.policy.clone()),
        id: visitor.business.id.clone(),
    };
    let before = invoicing::get(&visitor.app.db, &visitor.business.id).await?;
    // A form of before these questions leaves what was said.
    let given = |name: &str, before: &str| {
        if typed.values.iter().any(|(n, _)| n == name) { trimmed(name) } else { before.to_owned() }
    };
    let due_days: Option<u32> = given("due_days", &before.due_days.to_string()).parse().ok();
    let invoices = Invoicing {
        vat_number: given("vat_number", &before.vat_number),
        registration: given("registration", &before.registration),
        due_days: due_days.unwrap_or(before.due_days),
    };
    if due_days.is_none() {
        let (field, words) = update_settings::Refusal::DueDays.words();
        typed.wrong(field, words);
    }
    if let Err(mistakes) = policy {
        typed.mistakes.extend(mistakes);
    }
    if !typed.mistakes.is_empty() {
        return page(&visitor, typed, shown).await;
    }
    match refused(update_settings(&visitor.app, &new, &invoices, &visitor.actor).await)? {
        Ok(()) => Ok(see_other("/console/policy?done=saved")),
        Err(wrong) => {
            for refusal in wrong {
                let (field, words) = refusal.words();
                // Terms as a whole have no field of their own: the summary leads to the first of them.
                typed.wrong(if field == "bands" { NAMES[0].min_instalment } else { field }, words);
            }
            page(&visitor, typed, shown).await
        }
    }
}

/// Moves every band up by one, so that a new one is first, with the same terms as the one after it.
fn add_band(form: &mut Form) {
    let many = terms_form::bands(form);
    if many == BANDS_MAX {
        return;
    }
    for n in (0..many).rev() {
        copy_band(form, n, n + 1);
    }
    form.values.retain(|(name, _)| name != NAMES[0].up_to && name != "bands");
    form.values.push(("bands".to_owned(), (many + 1).to_string()));
}

fn remove_band(form: &mut Form) {
    let many = terms_form::bands(form);
    if many == 1 {
        return;
    }
    for n in 1..many {
        copy_band(form, n, n - 1);
    }
    form.values.retain(|(name, _)| name != "bands");
    form.values.push(("bands".to_owned(), (many - 1).to_string()));
}

fn copy_band(form: &mut Form, from: usize, to: usize) {
    let (Some(from), Some(to)) = (NAMES.get(from), NAMES.get(to)) else { return };
    let pairs = [
        (from.up_to, to.up_to),
        (from.min_instalment, to.min_instalment),
        (from.min_first, to.min_first),
        (from.longest, to.longest),
        (from.latest_first, to.latest_first),
        (from.frequencies, to.frequencies),
        (from.min_part, to.min_part),
        (from.latest_promise, to.latest_promise),
    ];
    for (from, to) in pairs {
        let texts: Vec<String> = form.all(from).map(str::to_owned).collect();
        form.values.retain(|(name, _)| name != to);
        form.values.extend(texts.into_iter().map(|text| (to.to_owned(), text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kept_domain::terms::Policy;

    #[test]
    fn bands_come_and_go_without_losing_terms() {
        let gbp = Currency::parse("GBP").unwrap();
        let mut form = Form::default();
        let policy = Policy::courteous(100);
        terms_form::fill(&mut form, &policy, gbp);
        add_band(&mut form);
        assert_eq!(terms_form::bands(&form), 2);
        form.values.push((NAMES[0].up_to.to_owned(), "200".to_owned()));
        let two = terms_form::parse(&form, gbp).unwrap();
        assert_eq!(two.bands[0].up_to_minor, Some(20_000));
        assert_eq!((&two.bands[0].terms, &two.bands[1].terms), (&policy.bands[0].terms, &policy.bands[0].terms));
        remove_band(&mut form);
        assert_eq!(terms_form::parse(&form, gbp), Ok(policy));
    }
}
