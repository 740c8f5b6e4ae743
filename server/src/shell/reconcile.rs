//! `kept reconcile`: the card payments in the books against the gateway.

use super::{Failure, Shell};
use crate::acts::Actor;
use crate::acts::reconcile::{self, Report, Span, Unmade};
use crate::app::App;
use crate::store::business::Business;
use crate::store::debtor;
use chrono::NaiveDate;
use kept_domain::calendar::show;
use kept_domain::reconciliation::Discrepancy;
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(super) struct Asked {
    /// The first day to compare [default: six days before the last, and four months for disputes]
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// The last day to compare [default: today]
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
}

pub(super) async fn run(shell: &Shell, asked: &Asked) -> Result<(), Failure> {
    let app = shell.open().await?;
    let home = shell.get_business(&app).await?;
    let until_on = asked.to.unwrap_or_else(|| app.clock.today(&home.zone));
    let span = match asked.from {
        Some(from_on) => Span { from_on, until_on, disputes_from_on: from_on },
        None => Span::usual(until_on),
    };
    let made = reconcile::on_demand(&app, &home, &span, &Actor::local("shell")).await;
    let report = match made {
        Ok(report) => report,
        Err(error) => {
            app.db.close().await;
            let place = if matches!(error, Unmade::Backwards) { "--from" } else { "reconcile" };
            return Err(Failure::at(place, error));
        }
    };
    let mut settled = Vec::new();
    for d in &report.settled {
        settled.push(told(&app, &home, d).await?);
    }
    let mut open = Vec::new();
    for o in &report.open {
        let mut one = told(&app, &home, &o.facts).await?;
        one["found_at"] = crate::clock::show(o.found_at_ms, &home.zone).into();
        open.push(one);
    }
    app.db.close().await;
    if shell.json {
        let r = &report.run;
        shell.say_json(&json!({
            "from": r.from_on, "to": r.until_on, "payments": r.payments, "refunds": r.refunds, "disputes": r.disputes,
            "others": r.others, "settled": settled, "open": open,
        }))?;
    } else {
        shell.say(&words(&report, &settled, &open))?;
    }
    match open.len() {
        0 => Ok(()),
        1 => Err(Failure::at("reconcile", "1 discrepancy remains")),
        n => Err(Failure::at("reconcile", format!("{n} discrepancies remain"))),
    }
}

async fn told(app: &App, home: &Business, d: &Discrepancy) -> Result<Value, Failure> {
    let whose = match &d.debtor {
        Some(id) => debtor::find(&app.db, &home.id, id).await?.map(|found| found.reference),
        None => None,
    };
    Ok(json!({
        "kind": d.kind(), "id": d.id, "payment": d.payment, "attempt": d.attempt, "debtor": whose, "here": d.here,
        "there": d.there, "words": d.words(), "advice": d.advice(),
    }))
}

fn words(report: &Report, settled: &[Value], open: &[Value]) -> String {
    let r = &report.run;
    let mut lines = vec![format!(
        "{} to {}: {} payments, {} refunds and {} disputes compared with the gateway",
        show(r.from_on),
        show(r.until_on),
        r.payments,
        r.refunds,
        r.disputes
    )];
    if r.others > 0 {
        lines.push(format!("{} other payments in the gateway's account were not made by Kept.", r.others));
    }
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let head = |one: &Value| match one["debtor"].as_str() {
        Some(debtor) => format!("{} ({debtor})", text(one, "id")),
        None => text(one, "id"),
    };
    lines.extend(settled.iter().map(|one| format!("settled: {}: {} It is now.", head(one), text(one, "words"))));
    lines.extend(open.iter().map(|one| format!("open: {}: {} {}", head(one), text(one, "words"), text(one, "advice"))));
    if settled.is_empty() && open.is_empty() {
        lines.push("Everything agrees.".to_owned());
    }
    lines.join("\n")
}
