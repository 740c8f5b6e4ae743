//! "Agree a lower amount": what somebody can pay, and by when. The page says nothing of what would be accepted.

use crate::frame::{BackToAccount, Contact, Frame};
use kept_api::portal::{Business, Offer, SettlementForm};
use kept_domain::calendar::iso;
use kept_domain::money::Money;
use kept_domain::settlement::{OFFERS_DAYS, OFFERS_MAX};
use kept_ui::amount::sign;
use kept_ui::error_summary::{ErrorSummary, Problems};
use kept_ui::field::{Field, Hidden, Input};
use leptos::prelude::*;

/// The page at `/account/settlement`.
#[component]
pub fn SettlementPage(
    /// What is owed.
    offer: Offer,
    /// What was typed.
    form: SettlementForm,
    /// What is wrong with it.
    problems: Problems,
) -> impl IntoView {
    let Offer { business, currency, balance_minor, today, replaces, .. } = offer;
    let left = Money::new(balance_minor, currency).show();
    let name = business.name.clone();
    let words = format!(
        "{left} is left to pay. Offer what you can pay, and by when. If {name} accepts it and it arrives by that day, you do not have to pay the rest."
    );
    let replaced = replaces
        .then(|| view! { <p>"It takes the place of what we agreed before, once it is accepted. Until then that goes on."</p> });
    let limit = format!("You can make {OFFERS_MAX} offers in {OFFERS_DAYS} days.");
    let summary = problems.clone();
    view! {
        <Frame business>
            <BackToAccount/>
            <ErrorSummary problems=summary/>
            <h1>"Agree a lower amount"</h1>
            <p>{words}</p>
            {replaced}
            <form method="post" action="/account/settlement" novalidate>
                <Hidden name="currency" value=currency.code()/>
                <Field name="amount" label="How much can you pay?" input=Input::Amount prefix=sign(currency) value=form.amount problem=problems.of("amount")/>
                <Field name="by_on" label="By which day?" hint="Pick a day that is safe for you" input=Input::Date min=iso(today) value=form.by_on problem=problems.of("by_on")/>
                <button class="button">"Continue"</button>
            </form>
            <p class="soft small">{limit}</p>
        </Frame>
    }
}

/// The page for somebody who has made as many offers as can be made.
#[component]
pub fn TooOftenPage(
    /// The business.
    business: Business,
) -> impl IntoView {
    let contact = business.clone();
    let words = format!(
        "You can make {OFFERS_MAX} offers in {OFFERS_DAYS} days. You can still choose a day or instalments, or ask {}:",
        business.name
    );
    view! {
        <Frame business>
            <BackToAccount/>
            <h1>"You have made several offers"</h1>
            <p>{words}</p>
            <Contact business=contact/>
        </Frame>
    }
}
