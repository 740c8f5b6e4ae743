//! `kept rehearse`: what the policy would send, to whom and when, on today's data, without sending anything.

use super::{Failure, Shell};
use crate::acts::outlook::Rules;
use crate::acts::rehearse::{Day, Sums, Whom, cost, rehearse};
use crate::clock::day_start_ms;
use chrono::NaiveDate;
use clap::Args;
use kept_domain::calendar::{iso, parse_iso, plus_days, show};
use kept_domain::contact::Channel;
use kept_domain::money::Currency;
use std::collections::BTreeMap;

/// The longest time that is rehearsed.
const DAYS_MAX: u32 = 1_100;

/// What `kept rehearse` can be asked.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// How many days are rehearsed
    #[arg(long, value_name = "N", default_value_t = 90)]
    days: u32,
    /// The first day, as 2026-11-30 [default: today]
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
}

pub(super) async fn run(shell: &Shell, asked: &Asked) -> Result<(), Failure> {
    if !(1..=DAYS_MAX).contains(&asked.days) {
        return Err(Failure::at("--days", format!("between 1 and {DAYS_MAX}")));
    }
    let app = shell.open().await?;
    let home = shell.get_business(&app).await?;
    let prices = app.config.costs.prices(home.currency)?;
    let today = app.clock.today(&home.zone);
    let first_on = match &asked.from {
        None => today,
        Some(text) => parse_iso(text).ok_or_else(|| Failure::at("--from", "a date is written as 2026-11-30"))?,
    };
    // What is left of today, or a whole day.
    let from_ms = if first_on == today { app.clock.now_ms() } else { day_start_ms(first_on, &home.zone) };
    let span = from_ms..day_start_ms(plus_days(first_on, asked.days), &home.zone);
    let rules = Rules::of(&app, &app.db, &home).await?;
    let mut sums = Sums::default();
    let told = rehearse(&app.db, &rules, Whom::Everybody, span, |decided| {
        sums.count(&decided);
        let lines = if shell.json { decided.lines() } else { Vec::new() };
        lines.iter().try_for_each(|line| shell.say_json(line))
    });
    told.await?;
    app.db.close().await;
    if shell.json { Ok(()) } else { shell.say(&for_people(&sums, first_on, asked.days, &prices, home.currency)) }
}

fn for_people(
    sums: &Sums,
    first_on: NaiveDate,
    days: u32,
    prices: &BTreeMap<Channel, i64>,
    currency: Currency,
) -> String {
    let mut text = format!(
        "{days} days from {}, on today's data, if nobody paid and nobody answered. Nothing was sent.\n",
        show(first_on)
    );
    for (on, day) in sums.days.iter().filter(|(_, day)| !day.sent.is_empty()) {
        text += &format!("{}  {}\n", iso(*on), channels(day));
    }
    let total = sums.total();
    match total.sent.values().sum::<u32>() {
        0 => text += "Nothing would be sent.\n",
        _ => text += &format!("In all: {}; people: {}\n", channels(&total), sums.people),
    }
    if let Some(cost) = cost(&total.sent, prices, currency) {
        text += &format!("Cost: {}\n", cost.show());
    }
    let (budget, other): (Vec<_>, Vec<_>) = total.withheld.iter().partition(|(reason, _)| reason.is_of_budget());
    for (heading, withheld) in [("Withheld by the budget", budget), ("Not sent", other)] {
        for (reason, count) in withheld {
            text += &format!("{heading}: {count} ({}: {})\n", reason.code(), reason.words());
        }
    }
    text + &format!("Two messages wanted for one person on one day: {}\n", total.collisions)
}

/// `2 e-mail, 1 letter`.
fn channels(day: &Day) -> String {
    let counts = day.sent.iter().map(|(channel, count)| format!("{count} {}", channel.words()));
    counts.collect::<Vec<_>>().join(", ")
}
