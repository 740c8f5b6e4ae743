//! `kept late-charges`: what the law would add to invoices that are late, worked out and not booked. Claiming is for a person,
//! who has seen it worked out.

use super::{Failure, Shell};
use crate::acts::claim_late_charge::last_whole_day;
use crate::acts::work_out_late_charges::{self, Worked};
use crate::store::{debtor, late_charge as store};
use chrono::NaiveDate;
use kept_domain::calendar::{parse_iso, show};
use kept_domain::late_charge::{self, parse_per_cent};
use kept_domain::money::Money;
use serde_json::{Value, json};

/// Debtors that are read together.
const PAGE: u32 = 500;

#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    /// The law, uk-1998 or eu-2011-7 [default: that of the settings]
    #[arg(long, value_name = "CODE")]
    preset: Option<String>,
    /// Until the end of this day [default: yesterday, the last whole day]
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// Only this customer, by their number
    #[arg(long, value_name = "NUMBER")]
    debtor: Option<String>,
    /// A reference rate that the preset does not have yet: 2025-12-31=4.00
    #[arg(long = "rate", value_name = "DATE=PER CENT", value_parser = rate)]
    rates: Vec<(NaiveDate, i64)>,
}

fn rate(text: &str) -> Result<(NaiveDate, i64), String> {
    let (on, rate) = text.split_once('=').ok_or("write the day and the rate: 2025-12-31=4.00")?;
    let on = parse_iso(on.trim()).ok_or_else(|| format!("{on} is no day such as 2025-12-31"))?;
    Ok((on, parse_per_cent(rate).map_err(|error| error.0)?))
}

pub(super) async fn run(shell: &Shell, asked: &Asked) -> Result<(), Failure> {
    let codes: Vec<&str> = late_charge::all().iter().map(|p| p.code.as_str()).collect();
    let codes = codes.join(", ");
    let wrong = |words: String| Failure::at("--preset", words);
    if let Some(code) = asked.preset.as_deref().filter(|code| late_charge::all().iter().all(|p| p.code != **code)) {
        return Err(wrong(format!("there is none called {code}: {codes}")));
    }
    let app = shell.open().await?;
    let home = shell.get_business(&app).await?;
    let policy = store::policy(&app.db, &home.id).await?;
    let code = asked.preset.as_ref().unwrap_or(&policy.preset);
    let off = || wrong(format!("the settings name no law: {codes}"));
    let mut preset = policy.named(late_charge::all(), code).ok_or_else(off)?;
    for (on, rate_bp) in &asked.rates {
        preset.add_rate(*on, *rate_bp).map_err(|error| Failure::at("--rate", error.0))?;
    }
    let as_of = asked.as_of.unwrap_or_else(|| last_whole_day(app.clock.today(&home.zone)));
    let mut debtors = Vec::new();
    match &asked.debtor {
        Some(reference) => {
            let found = debtor::find_by_reference(&app.db, &home.id, reference).await?;
            debtors.push(found.ok_or_else(|| Failure::at("--debtor", format!("there is none called {reference}")))?);
        }
        None => loop {
            let after = debtors.last().map(|d: &debtor::Debtor| d.reference.clone()).unwrap_or_default();
            let page = debtor::list_owing(&app.db, &home.id, &after, "", PAGE).await?;
            if page.is_empty() {
                break;
            }
            debtors.extend(page);
        },
    }
    let mut told = Vec::new();
    let mut lines = vec![format!("{}, until the end of {}. Nothing is booked.", preset.name, show(as_of))];
    for d in &debtors {
        let worked = work_out_late_charges::of_debtor(&app.db, &home, d, &preset, as_of).await?;
        if worked.is_empty() {
            continue;
        }
        lines.push(format!("{} ({})", d.name, d.reference));
        lines.extend(worked.iter().map(words));
        told.push(json!({
            "debtor": d.reference, "name": d.name, "invoices": worked.iter().map(as_json).collect::<Vec<_>>(),
        }));
    }
    app.db.close().await;
    if shell.json {
        return shell.say_json(&json!({
            "preset": preset.code, "source": preset.source, "url": preset.url, "as_of": as_of, "debtors": told,
        }));
    }
    shell.say(&lines.join("\n"))
}

fn as_json(w: &Worked) -> Value {
    let mut one = json!({
        "number": w.number, "due_on": w.due_on, "currency": w.currency.code(), "amount_minor": w.amount_minor,
    });
    match &w.result {
        Ok(charge) => {
            one["interest_minor"] = charge.interest_minor.into();
            one["fixed_minor"] = charge.fixed_minor.into();
            one["days"] = json!(charge.lines);
        }
        Err(refusal) => one["refused"] = refusal.words().into(),
    }
    one
}

fn words(w: &Worked) -> String {
    let money = |minor| Money::new(minor, w.currency).show();
    let charge = match &w.result {
        Ok(charge) => charge,
        Err(refusal) => return format!("  {}: {}", w.number, refusal.words()),
    };
    let mut lines = vec![format!(
        "  {}, due {}: interest {}, fixed sum {}",
        w.number,
        show(w.due_on),
        money(charge.interest_minor),
        money(charge.fixed_minor)
    )];
    for l in &charge.lines {
        let days = format!("    {} to {}, {} days", show(l.from_on), show(l.until_on), l.days);
        lines.push(match l.rate_bp {
            0 => format!("{days}: nothing is added on these days"),
            rate => format!("{days} at {}.{:02} % a year on {}", rate / 100, rate % 100, money(l.left_minor)),
        });
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_day_and_per_cent() {
        assert_eq!(rate("2025-12-31=4.00"), Ok((parse_iso("2025-12-31").unwrap(), 400)));
        for wrong in ["", "2025-12-31", "2025-12-32=4", "2025-12-31=4,5", "2025-12-31=", "2025-12-31=4.001", "x=1"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }
}
