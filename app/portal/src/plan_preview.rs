//! The island that lays out a plan as it is typed, with the same function by which the server decides.
//!
//! A slow phone pays for every kilobyte of it: one reactive part, no erased types, dates as text.
#![allow(missing_docs, reason = "the island macro makes an item without one")]

use crate::frame::Payments;
use kept_api::portal::PlanForm;
use kept_domain::calendar::{parse_iso, show};
use kept_domain::money::{Currency, Money};
use kept_domain::plan::{Instalment, Limit, Schedule, Verdict, judge};
use kept_domain::terms::Terms;
use leptos::prelude::*;

/// A limit that a plan does not meet, in words.
pub fn limit_words(limit: &Limit, currency: Currency) -> String {
    let money = |minor: i64| Money::new(minor, currency).show();
    match limit {
        Limit::MinInstalment(minor) => ["Each payment is at least ", &money(*minor)].concat(),
        Limit::MinFirst(minor) => ["The first payment is at least ", &money(*minor)].concat(),
        Limit::LastBy(on) => ["The last payment is due by ", &show(*on)].concat(),
        Limit::FirstBy(on) => ["The first payment is due by ", &show(*on)].concat(),
        Limit::Frequencies(offered) => {
            let names: Vec<&str> = offered.iter().map(|f| f.words()).collect();
            ["Payments are due ", &names.join(" or ")].concat()
        }
    }
}

/// "6 payments, the last by 4 May 2027".
pub fn schedule_words(schedule: &Schedule) -> String {
    let last = schedule.last_on().map(show).unwrap_or_default();
    match schedule.instalments.len() {
        1 => ["One payment, by ", &last].concat(),
        count => [&count.to_string(), " payments, the last by ", &last].concat(),
    }
}

/// What stands in the form, and what is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The form's texts.
    pub form: PlanForm,
    /// The island is awake: what is shown follows what is typed.
    pub awake: bool,
}

/// What stands beside the form: an example until the browser is awake, then what is being typed.
#[island]
pub fn PlanPreview(
    /// The currency.
    currency: Currency,
    /// What the plan covers, in minor units.
    balance_minor: i64,
    /// What is agreed right away.
    terms: Terms,
    /// The business's date, in ISO.
    today: String,
    /// What stands in the form.
    form: PlanForm,
) -> impl IntoView {
    let typed = RwSignal::new(Typed { form, awake: false });
    #[cfg(feature = "hydrate")]
    crate::browser::follow_form("plan", typed);
    let content = move || {
        let shown = typed.with(|t| shown(t, balance_minor, currency, &terms, &today));
        let lines: Vec<_> = shown.lines.into_iter().map(|line| view! { <li>{line}</li> }).collect();
        let (no_words, no_lines, none) = (shown.words.is_empty(), lines.is_empty(), shown.instalments.is_empty());
        view! {
            <h2>{shown.heading}</h2>
            <div role="status">
                <span class=shown.tone hidden=shown.tag.is_empty()>{shown.tag}</span>
                <p hidden=no_words>{shown.words}</p>
                <ul hidden=no_lines>{lines}</ul>
            </div>
            <h3 hidden=shown.below.is_empty()>{shown.below}</h3>
            <div hidden=none><Payments instalments=shown.instalments currency/></div>
        }
    };
    view! { <section class="card preview" id="preview">{content}</section> }
}

/// What is shown of a plan; empty parts take no room.
#[derive(Default)]
struct Shown {
    heading: &'static str,
    tone: &'static str,
    tag: &'static str,
    words: String,
    lines: Vec<String>,
    below: &'static str,
    instalments: Vec<Instalment>,
}

fn shown(typed: &Typed, balance_minor: i64, currency: Currency, terms: &Terms, today: &str) -> Shown {
    let heading = if typed.awake { "Your payments" } else { "For example" };
    let plain = Shown { heading, ..Shown::default() };
    let (Some(today), Ok(proposal)) = (parse_iso(today), typed.form.read(balance_minor, currency)) else {
        return Shown { words: "Fill in the form to see every payment.".to_owned(), ..plain };
    };
    match judge(&proposal, terms, today).map(|verdict| verdict.in_steps(currency.step_minor())) {
        Err(error) => Shown { words: [error.words(), "."].concat(), ..plain },
        Ok(Verdict::Accepted(schedule)) => Shown {
            tone: "tag good",
            tag: "We can agree this right away",
            words: schedule_words(&schedule),
            instalments: schedule.instalments,
            ..plain
        },
        Ok(Verdict::Outside { wanted, limits, nearest }) => Shown {
            tone: "tag wait",
            tag: "This needs to be decided",
            words: schedule_words(&wanted),
            lines: limits.iter().map(|limit| limit_words(limit, currency)).collect(),
            below: "The nearest that fits",
            instalments: nearest.1.instalments,
            ..plain
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(by: &str, amount: &str) -> Typed {
        let form = PlanForm {
            by: by.to_owned(),
            amount: amount.to_owned(),
            frequency: "monthly".to_owned(),
            first_on: "2026-12-01".to_owned(),
            ..PlanForm::default()
        };
        Typed { form, awake: true }
    }

    #[test]
    fn what_is_typed_is_laid_out_and_judged() {
        let gbp = Currency::parse("GBP").unwrap();
        let show = |t: &Typed| shown(t, 10_000, gbp, &Terms::courteous(100), "2026-11-21");
        let inside = show(&typed("amount", "25"));
        assert_eq!((inside.instalments.len(), inside.tag), (4, "We can agree this right away"));
        assert_eq!(inside.words, "4 payments, the last by 1 March 2027");
        let outside = show(&typed("amount", "5"));
        assert_eq!(outside.lines, ["Each payment is at least £10.00", "The last payment is due by 23 May 2027"]);
        assert_eq!(outside.below, "The nearest that fits");
        assert!(show(&typed("amount", "")).instalments.is_empty());
        let (kwd, form) = (Currency::parse("KWD").unwrap(), typed("amount", "33.334"));
        let planned = shown(&form, 100_000, kwd, &Terms::courteous(1_000), "2026-11-21").instalments;
        assert_eq!(planned.iter().map(|i| i.amount_minor).collect::<Vec<_>>(), [33_330, 33_330, 33_340]);
    }
}
