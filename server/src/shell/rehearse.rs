//! `kept rehearse`: what the policy would send, to whom and when, on today's data, without sending anything.

use super::{Failure, Shell};
use crate::acts::outlook::Rules;
use crate::acts::rehearse::{Line, Span, rehearse};
use crate::clock::day_start_ms;
use crate::store::debtor;
use chrono::NaiveDate;
use clap::Args;
use kept_domain::calendar::{parse_iso, plus_days, show};
use std::collections::BTreeMap;

/// Debtors that are rehearsed together.
const PAGE: u32 = 200;
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
    let today = app.clock.today(&home.zone);
    let first_on = match &asked.from {
        None => today,
        Some(text) => parse_iso(text).ok_or_else(|| Failure::at("--from", "a date is written as 2026-11-30"))?,
    };
    let span = Span {
        // What is left of today, or a whole day.
        from_ms: if first_on == today { app.clock.now_ms() } else { day_start_ms(first_on, &home.zone) },
        to_ms: day_start_ms(plus_days(first_on, asked.days), &home.zone),
    };
    let rules = Rules::of(&app, &app.db, &home).await?;
    let (mut sums, mut after) = (Sums::default(), String::new());
    loop {
        let debtors = debtor::list(&app.db, &home.id, &after, PAGE).await?;
        let Some(last) = debtors.last() else { break };
        after = last.reference.clone();
        for line in rehearse(&app.db, &rules, debtors, span).await? {
            if shell.json {
                shell.say_json(&line)?;
            }
            sums.count(&line);
        }
    }
    app.db.close().await;
    if shell.json { Ok(()) } else { shell.say(&sums.for_people(first_on, asked.days)) }
}

/// What a rehearsal comes to.
#[derive(Default)]
struct Sums {
    /// Messages and calls of each day, by channel.
    days: BTreeMap<String, BTreeMap<&'static str, u32>>,
    /// How often something was held back, by reason.
    withheld: BTreeMap<&'static str, u32>,
}

impl Sums {
    fn count(&mut self, line: &Line) {
        match (line.channel, line.reason) {
            (Some(channel), _) => {
                let day: String = line.at.chars().take(10).collect();
                *self.days.entry(day).or_default().entry(channel).or_default() += 1;
            }
            (None, Some(reason)) => *self.withheld.entry(reason).or_default() += 1,
            (None, None) => {}
        }
    }

    fn for_people(&self, first_on: NaiveDate, days: u32) -> String {
        let mut text = format!("{days} days from {}, if nobody paid or answered; nothing was sent\n", show(first_on));
        for (day, channels) in &self.days {
            let counts: Vec<String> = channels.iter().map(|(channel, count)| format!("{count} {channel}")).collect();
            text += &format!("{day}  {}\n", counts.join(", "));
        }
        let total: u32 = self.days.values().flat_map(BTreeMap::values).sum();
        text += &format!("messages and calls: {total}\n");
        for (reason, count) in &self.withheld {
            text += &format!("not sent, {reason}: {count}\n");
        }
        text
    }
}
