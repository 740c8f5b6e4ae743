//! "I'll pay on…": how much, and which day.

use crate::frame::{BackToAccount, Frame};
use kept_api::portal::{Business, Offer, PromiseForm};
use kept_domain::calendar::{iso, plus_days, show};
use kept_domain::money::Money;
use kept_ui::amount::sign;
use kept_ui::error_summary::{ErrorSummary, Problems};
use kept_ui::field::{Choice, Choices, Field, Hidden, Input};
use leptos::prelude::*;

/// The page at `/account/promise`.
#[component]
pub fn PromisePage(
    /// What can be promised.
    offer: Offer,
    /// What was typed.
    form: PromiseForm,
    /// What is wrong with it.
    problems: Problems,
) -> impl IntoView {
    let Offer { business, currency, balance_minor, terms, today, replaces } = offer;
    let all = ["All of it, ", &Money::new(balance_minor, currency).show()].concat();
    let how_much = vec![
        Choice::new("all", all, form.how_much == "all"),
        Choice::new("part", "A part of it", form.how_much == "part"),
    ];
    let hint = format!(
        "We can agree any day up to {} right away. A later day can be sent to be decided",
        show(plus_days(today, terms.latest_promise_days))
    );
    let replaced =
        replaces.then(|| view! { <p>"It takes the place of what we agreed before, once you agree to it."</p> });
    let summary = problems.clone();
    view! {
        <Frame business>
            <BackToAccount/>
            <ErrorSummary problems=summary/>
            <h1>"I’ll pay on…"</h1>
            <p>"Pick a day that is safe for you. We send no reminders before it, and you see the exact words before you agree."</p>
            {replaced}
            <form method="post" action="/account/promise" novalidate>
                <Hidden name="currency" value=currency.code()/>
                <div class="split-by">
                    <Choices name="how_much" legend="How much will you pay?" choices=how_much problem=problems.of("how_much")/>
                    <div class="by-count"><Field name="amount" label="How much" input=Input::Amount prefix=sign(currency) value=form.amount problem=problems.of("amount")/></div>
                </div>
                <Field name="by_on" label="On which day?" hint=hint input=Input::Date min=iso(today) value=form.by_on problem=problems.of("by_on")/>
                <button class="button">"Continue"</button>
            </form>
        </Frame>
    }
}

/// The page for a day that is later than can be agreed right away.
#[component]
pub fn LatePage(
    /// The business.
    business: Business,
    /// The last day that can be agreed right away, as people read it.
    latest: String,
    /// The page that checks that day.
    take_latest: String,
    /// The page that checks the day that was asked for, to be sent to the business.
    send_mine: String,
    /// Where the form is, with what was typed.
    change: String,
) -> impl IntoView {
    let words = format!(
        "We can agree any day up to {latest} right away. A later day can be sent for {} to decide. No reminders are sent while you wait.",
        business.name
    );
    view! {
        <Frame business>
            <kept_ui::page::Back href=change words="Change the day"/>
            <h1>"That day is later than we can agree right away"</h1>
            <p>{words}</p>
            <div class="buttons">
                <a class="button" href=take_latest>{format!("Choose {latest}")}</a>
                <a class="button quiet" href=send_mine>"Send mine to be decided"</a>
            </div>
        </Frame>
    }
}
