//! Changing whether late charges are claimed, and by which law.

use super::{Actor, Failure, Happened, record};
use crate::app::App;
use crate::store::late_charge;
use chrono::NaiveDate;
use kept_domain::calendar::show;
use kept_domain::ids::BusinessId;
use kept_domain::late_charge::{Preset, all};

/// What is changed.
#[derive(Clone, Debug)]
pub enum Asked<'a> {
    /// Claim by this preset; nothing for not at all.
    Claim(Option<&'a Preset>),
    /// A reference rate that the preset's file does not have: the day, and hundredths of a per cent a year.
    Rate(&'a Preset, NaiveDate, i64),
}

/// Why a rate was not taken: in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub String);

/// Changes the policy, with a trace.
///
/// # Errors
/// What is wrong with the rate, or the store's.
pub async fn update_late_charge_policy(
    app: &App,
    business: &BusinessId,
    asked: &Asked<'_>,
    actor: &Actor,
) -> Result<(), Failure<Refusal>> {
    let no = |words| Err(Failure::Refused(Refusal(words)));
    let tx = app.db.begin().await?;
    let before = late_charge::policy(&tx, business).await?;
    let mut policy = before.clone();
    let detail = match asked {
        Asked::Claim(None) => {
            policy.preset.clear();
            "Late charges are not claimed any more".to_owned()
        }
        Asked::Claim(Some(preset)) => {
            policy.preset.clone_from(&preset.code);
            format!("Late charges are claimed by {} ({})", preset.name, preset.source)
        }
        Asked::Rate(preset, on, rate_bp) => {
            let known = policy.named(all(), &preset.code).unwrap_or_else(|| (*preset).clone());
            if let Some(rate) = known.rates.get(on) {
                return no(format!("The rate of {} is known: {}.{:02} %", show(*on), rate / 100, rate % 100));
            }
            if let Err(error) = known.clone().add_rate(*on, *rate_bp) {
                return no(error.0);
            }
            policy.rates.entry(preset.code.clone()).or_default().insert(*on, *rate_bp);
            let rate = format!("{}.{:02} %", rate_bp / 100, rate_bp % 100);
            format!("Added the reference rate of {}: {rate}, for {}", show(*on), preset.name)
        }
    };
    if policy == before {
        return Ok(());
    }
    late_charge::save_policy(&tx, business, &policy).await?;
    let happened = Happened { debtor: None, kind: "late_charge_policy_changed", subject: business.as_str(), detail };
    record(app, &tx, business, actor, happened).await?;
    tx.commit().await?;
    Ok(())
}
