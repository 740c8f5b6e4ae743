//! The island that lays out a plan as it is typed, with the same function by which the server decides.
#![allow(missing_docs, reason = "the island macro makes an item without one")]

use crate::frame::Payments;
use chrono::NaiveDate;
use kept_api::portal::PlanForm;
use kept_domain::calendar::show;
use kept_domain::money::{Currency, Money};
use kept_domain::plan::{Limit, Schedule, Verdict, judge};
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
    let count = schedule.instalments.len();
    let last = schedule.last_on().map(show).unwrap_or_default();
    if count == 1 {
        ["One payment, by ", &last].concat()
    } else {
        [&count.to_string(), " payments, the last by ", &last].concat()
    }
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
    /// The business's date.
    today: NaiveDate,
    /// What stands in the form.
    form: PlanForm,
) -> impl IntoView {
    let typed = RwSignal::new(form);
    let awake = RwSignal::new(false);
    let mistakes = RwSignal::new(Vec::<(String, String)>::new());
    #[cfg(feature = "hydrate")]
    crate::browser::follow_form("plan", typed, awake, mistakes);
    let heading = move || if awake.get() { "Your payments" } else { "For example" };
    let preview = move || layout(&typed.get(), balance_minor, currency, &terms, today);
    let wrong = move || {
        let lines: Vec<_> = mistakes
            .get()
            .into_iter()
            .map(|(field, words)| view! { <li><a href=["#", &field].concat()>{words}</a></li> }.into_any())
            .collect();
        (!lines.is_empty())
            .then(|| view! { <div class="errors" role="alert"><h3>"There is a problem"</h3><ul>{lines}</ul></div> })
    };
    view! {
        <section class="card" id="preview">
            <h2>{heading}</h2>
            {wrong}
            {preview}
        </section>
    }
}

fn layout(form: &PlanForm, balance_minor: i64, currency: Currency, terms: &Terms, today: NaiveDate) -> AnyView {
    let Ok(proposal) = form.read(balance_minor, currency) else {
        return view! { <p role="status">"Fill in the form to see every payment."</p> }.into_any();
    };
    match judge(&proposal, terms, today) {
        Err(error) => view! { <p role="status">{error.words()}"."</p> }.into_any(),
        Ok(Verdict::Accepted(schedule)) => view! {
            <p role="status"><span class="tag good">"We can agree this right away"</span><br/>{schedule_words(&schedule)}</p>
            <Payments instalments=schedule.instalments currency/>
        }
        .into_any(),
        Ok(Verdict::Outside { wanted, limits, nearest }) => {
            let reasons: Vec<_> = limits.iter().map(|l| view! { <li>{limit_words(l, currency)}</li> }.into_any()).collect();
            view! {
                <p role="status"><span class="tag wait">"This needs to be decided"</span><br/>{schedule_words(&wanted)}</p>
                <ul>{reasons}</ul>
                <h3>"The nearest that fits"</h3>
                <Payments instalments=nearest.1.instalments currency/>
            }
            .into_any()
        }
    }
}
