//! Settings of late charges: everybody sees them, an owner changes them.

use super::{Answer, Visitor, form, refused, send};
use crate::acts::update_late_charge_policy::{Asked, update_late_charge_policy};
use crate::door::see_other;
use crate::store::late_charge;
use axum::body::Bytes;
use kept_api::console::Form;
use kept_api::late_charges::{LateChargePolicyView, Law, PresetRow};
use kept_console::late_charge_policy::late_charge_policy_page;
use kept_domain::calendar::parse_typed;
use kept_domain::late_charge::{Changes, Policy, Preset, all, parse_per_cent};
use kept_domain::money::Money;

/// Reference rates that are shown of each law.
const RATES: usize = 6;

/// Shows the settings.
///
/// # Errors
/// When the store fails.
pub async fn show(visitor: Visitor) -> Answer {
    page(&visitor, Form::default()).await
}

async fn page(visitor: &Visitor, mut form: Form) -> Answer {
    let policy = late_charge::policy(&visitor.app.db, &visitor.business.id).await?;
    form.preset("preset", if policy.preset.is_empty() { "off" } else { &policy.preset });
    let today = visitor.app.clock.today(&visitor.business.zone);
    let presets = all().iter().map(|p| row(p, &policy, today)).collect();
    let v = LateChargePolicyView { frame: visitor.frame().await?, presets, form: form.clone() };
    Ok(send("Late charges", Some(&form), || late_charge_policy_page(v)))
}

fn row(file: &Preset, policy: &Policy, today: chrono::NaiveDate) -> PresetRow {
    let known = policy.named(all(), &file.code).unwrap_or_else(|| file.clone());
    let money = |minor| Money::new(minor, file.currency).show();
    let fixed: Vec<String> = file
        .fixed
        .iter()
        .map(|tier| match tier.below_minor {
            Some(below) => format!("{} below {}", money(tier.sum_minor), money(below)),
            None if file.fixed.len() > 1 => format!("{} above", money(tier.sum_minor)),
            None => money(tier.sum_minor),
        })
        .collect();
    let follows = match file.changes {
        Changes::Fixed => "fixed when the invoice becomes late",
        Changes::HalfYearly => "looked up anew every half year",
    };
    let points = kept_ui::late_charge::per_cent(file.points_bp);
    PresetRow {
        code: file.code.clone(),
        law: Law::of(file),
        effective_on: file.effective_on,
        adds: format!(
            "{points} points a year over the central bank’s rate, {follows}, and a fixed sum: {}. In {} only.",
            fixed.join(", "),
            file.currency
        ),
        rates: known
            .rates
            .iter()
            .rev()
            .take(RATES)
            .map(|(on, rate)| (*on, *rate, !file.rates.contains_key(on)))
            .collect(),
        missing_on: known.missing_on(today),
    }
}

/// Turns claiming on or off, or adds a rate.
///
/// # Errors
/// When the store fails.
pub async fn save(visitor: Visitor, body: Bytes) -> Answer {
    let mut typed = form(&body)?;
    let preset = |code: &str| all().iter().find(|p| p.code == code);
    let asked = if typed.value("act") == "rate" {
        let (of, on, rate) =
            (preset(typed.value("of")), parse_typed(typed.value("rate_on")), parse_per_cent(typed.value("rate")));
        if of.is_none() {
            typed.wrong("of", "Choose the law");
        }
        if on.is_none() {
            typed.wrong("rate_on", "Enter a date, like 31 12 2025");
        }
        if let Err(error) = &rate {
            typed.wrong("rate", error.0.clone());
        }
        let (Some(of), Some(on), Ok(rate)) = (of, on, rate) else { return page(&visitor, typed).await };
        Asked::Rate(of, on, rate)
    } else {
        match typed.value("preset") {
            "off" => Asked::Claim(None),
            code => match preset(code) {
                Some(preset) => Asked::Claim(Some(preset)),
                None => {
                    typed.wrong("preset", "Choose one of these");
                    return page(&visitor, typed).await;
                }
            },
        }
    };
    let done = update_late_charge_policy(&visitor.app, &visitor.business.id, &asked, &visitor.actor).await;
    match refused(done)? {
        Ok(()) => Ok(see_other("/console/policy/late-charges?done=saved")),
        Err(refusal) => {
            typed.wrong("rate_on", refusal.0);
            page(&visitor, typed).await
        }
    }
}
