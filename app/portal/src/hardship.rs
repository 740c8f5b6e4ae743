//! "I can't afford this right now": a pause that is told plainly, smaller payments, free help. It never dead-ends.

use crate::advice::Advice;
use crate::frame::{BackToAccount, Frame};
use kept_api::portal::Open;
use kept_domain::calendar::{plus_days, show};
use kept_domain::dispute::HARDSHIP_HOLD_DAYS;
use kept_domain::money::Money;
use kept_ui::error_summary::{ErrorSummary, Problems};
use kept_ui::field::{Hidden, Words};
use leptos::prelude::*;

/// The page at `/account/hardship`.
#[component]
pub fn HardshipPage(
    /// What is open.
    open: Open,
    /// What was typed.
    words: String,
    /// What is wrong with it.
    problems: Problems,
) -> impl IntoView {
    let Open { business, currency, today, country, balance_minor, min_instalment_minor, .. } = open;
    let until = show(plus_days(today, HARDSHIP_HOLD_DAYS));
    let pause = format!(
        "When you send this, reminders stop until {until}. {} reads what you write and answers you. What is left to pay stays as it is.",
        business.name
    );
    let small = Money::new(min_instalment_minor.min(balance_minor), currency);
    let small = (balance_minor > 0).then(|| {
        let href = format!("/account/plan?currency={currency}&by=amount&amount={}&frequency=monthly", small.decimal());
        view! {
            <section class="card">
                <h2>"Would a little at a time help?"</h2>
                <p>"Payments can start from "<strong class="nowrap">{small.show()}</strong>" each. You can ask for less. Then a person decides."</p>
                <p><a class="button quiet" href=href>"See small payments"</a></p>
            </section>
        }
    });
    let summary = problems.clone();
    view! {
        <Frame business>
            <BackToAccount/>
            <ErrorSummary problems=summary/>
            <h1>"I can’t afford this right now"</h1>
            <p class="lead">"Thank you for telling us. It happens to many people, and it can be sorted out."</p>
            <p>{pause}</p>
            <form method="post" action="/account/hardship" novalidate>
                <Hidden name="currency" value=currency.code()/>
                <Words name="words" label="Is there anything you would like us to know?" hint="You can leave this empty. You do not have to say why" value=words problem=problems.of("words")/>
                <button class="button">"Pause reminders"</button>
            </form>
            {small}
            <Advice country/>
        </Frame>
    }
}
