//! `kept doctor`: checks the configuration and every invariant.

use super::{Failure, Shell};
use crate::acts::outlook::Rules;
use crate::app::App;
use crate::store::business::Business;
use crate::store::{Error, business, contact, contact_policy, invariant};

/// Debtors whose contacts are read together.
const DEBTORS_AT_ONCE: u32 = 500;

/// What was looked at and what was found.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Findings {
    /// How many invariants were checked.
    pub(crate) checked: usize,
    /// What is wrong, one sentence each.
    pub(crate) problems: Vec<String>,
    /// What works but should not stay so in earnest, one sentence each.
    pub(crate) advice: Vec<String>,
}

pub(super) async fn run(shell: &Shell) -> Result<(), Failure> {
    let app = shell.open().await?;
    let found = examine(&app).await?;
    app.db.close().await;
    if shell.json {
        shell.say_json(&found)?;
    } else {
        for line in &found.problems {
            shell.say(&format!("problem: {line}"))?;
        }
        for line in &found.advice {
            shell.say(&format!("advice: {line}"))?;
        }
    }
    match found.problems.len() {
        0 if shell.json => Ok(()),
        0 => shell.say(&format!("{} invariants hold; the configuration can be used", found.checked)),
        n => Err(Failure::at("doctor", format!("{n} problems"))),
    }
}

/// Looks at everything.
pub(crate) async fn examine(app: &App) -> Result<Findings, Error> {
    let mut problems: Vec<String> = invariant::check(&app.db)
        .await?
        .into_iter()
        .map(|b| format!("not true: {}: {} of business {}", b.rule, b.subject, b.business))
        .collect();
    let mut advice = Vec::new();
    let url = app.public_url();
    let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"].iter().any(|l| url.starts_with(l));
    if url.starts_with("http://") && !local {
        problems.push(format!("public_url: {url} is not https: links and cookies would travel in the clear"));
    }
    if app.config.stripe.secret_key.is_none() {
        advice.push("stripe: no secret_key, so nobody can pay by card".to_owned());
    }
    if app.config.mail.smtp_url.is_none() {
        advice.push("mail: no smtp_url, so mail is written into a folder and reaches nobody".to_owned());
    }
    let businesses = business::list(&app.db).await?;
    for b in &businesses {
        problems.extend(overspent(app, b).await?);
        if let Err(error) = b.policy.check() {
            problems.push(format!("the terms of business {}: {}", b.id, error.words()));
        }
        if b.zone.parse::<chrono_tz::Tz>().is_err() {
            problems.push(format!("the time zone of business {}: {} is unknown", b.id, b.zone));
        }
        if let Err(error) = app.config.costs.prices(b.currency) {
            problems.push(error.to_string());
        }
        if b.name.is_empty() {
            advice.push(format!("business {} has no name yet: open the console to give it one", b.id));
        }
    }
    // The budget is the one that is no statement.
    Ok(Findings { checked: invariant::count() + 1, problems, advice })
}

/// Reminders that left although the budget of their debtor was spent, by the policy that has been in force since.
async fn overspent(app: &App, home: &Business) -> Result<Vec<String>, Error> {
    let rules = Rules::of(app, &app.db, home).await?;
    let since_ms = contact_policy::changed_at_ms(&app.db, &home.id).await?;
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = contact::list_made(&app.db, &home.id, &after, DEBTORS_AT_ONCE).await?;
        let Some((last, _)) = page.last() else { return Ok(found) };
        after = last.to_string();
        for (_, contacts) in &page {
            let over = rules.overspent(contacts, since_ms);
            found.extend(
                over.map(|id| format!("not true: the contact budget is never exceeded: {id} of business {}", home.id)),
            );
        }
    }
}
