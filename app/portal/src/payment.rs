//! Paying by card: how much, and afterwards the truth about it.

use crate::frame::{AgreementWords, BackToAccount, Contact, Frame};
use crate::transfer::TransferDetails;
use kept_api::portal::{Attempt, Pay, PayForm};
use kept_domain::calendar::show;
use kept_domain::mandate;
use kept_domain::money::Money;
use kept_domain::payment::AttemptState;
use kept_ui::amount::sign;
use kept_ui::error_summary::{ErrorSummary, Problems};
use kept_ui::field::{Choice, Choices, Field, Hidden, Input};
use kept_ui::notice::{Notice, Tone};
use leptos::prelude::*;

/// The page at `/account/payment`.
#[component]
pub fn PaymentPage(
    /// What can be paid.
    pay: Pay,
    /// What was typed.
    form: PayForm,
    /// What is wrong with it.
    problems: Problems,
) -> impl IntoView {
    let Pay {
        business,
        currency,
        balance_minor,
        min_part_minor,
        instalment,
        settles,
        confirming,
        cards,
        consent,
        transfer,
    } = pay;
    let money = |minor| Money::new(minor, currency).show();
    let name = business.name.clone();
    if !cards {
        let contact = business.clone();
        let how = match transfer {
            Some(transfer) => view! { <TransferDetails transfer/> }.into_any(),
            None => view! {
                <p>{format!("Cards cannot be used here at the moment. {name} tells you how to pay by bank transfer:")}</p>
                <Contact business=contact/>
            }
            .into_any(),
        };
        return view! {
            <Frame business>
                <BackToAccount/>
                <h1>"Pay by bank transfer"</h1>
                {how}
            </Frame>
        }
        .into_any();
    }
    let transfer = transfer.map(|transfer| {
        view! {
            <section aria-labelledby="transfer">
                <h2 id="transfer">"Or pay by bank transfer"</h2>
                <TransferDetails transfer/>
            </section>
        }
    });
    let mut what = Vec::new();
    let next = if settles { "The lower amount that was agreed" } else { "The next payment that we agreed" };
    if let Some((_, on, left)) = instalment {
        what.push(
            Choice::new("instalment", format!("{next}, {}", money(left)), form.what == "instalment")
                .hint(format!("Due by {}", show(on))),
        );
    }
    what.push(Choice::new("everything", format!("Everything, {}", money(balance_minor)), form.what == "everything"));
    let part = min_part_minor < balance_minor;
    if part {
        what.push(
            Choice::new("part", "A part of it", form.what == "part").hint(format!("{} or more", money(min_part_minor))),
        );
    }
    let part = part.then(|| {
        view! {
            <div class="by-last"><Field name="amount" label="How much" input=Input::Amount prefix=sign(currency) value=form.amount problem=problems.of("amount")/></div>
        }
    });
    let consent = consent.map(|(words, sha256)| {
        let choices = vec![Choice::new("yes", mandate::LABEL, form.keep == "yes")];
        view! {
            <div>
                <Choices name="keep" legend="Later payments" hint="Only if you pay the next agreed payment now. You can take it back at any time." choices many=true problem=problems.of("keep")/>
                <details>
                    <summary>"What you agree to with it"</summary>
                    <div><AgreementWords words/></div>
                </details>
                <Hidden name="consent" value=sha256/>
            </div>
        }
    });
    let waiting = confirming.map(|href| {
        view! {
            <Notice tone=Tone::Wait heading="A payment is still being confirmed">
                <p>"Please look at how it stands before you pay again. "<a href=href>"See how it stands"</a></p>
            </Notice>
        }
    });
    let summary = problems.clone();
    view! {
        <Frame business>
            <BackToAccount/>
            <ErrorSummary problems=summary/>
            <h1>"Pay by card"</h1>
            {waiting}
            <p>"Next you go to a secure page for cards. We never see your card number. Afterwards your receipt is in your account."</p>
            <form method="post" action="/account/payment" novalidate>
                <Hidden name="currency" value=currency.code()/>
                <div class="split-by">
                    <Choices name="what" legend="How much would you like to pay?" choices=what problem=problems.of("what")/>
                    {part}
                </div>
                {consent}
                <button class="button">"Go to the card page"</button>
            </form>
            {transfer}
        </Frame>
    }
    .into_any()
}

/// Whether the page looks again by itself: only while the truth is not known.
pub fn looks_again(state: AttemptState) -> bool {
    matches!(state, AttemptState::Created | AttemptState::Confirming)
}

/// The title and heading of a payment's page.
pub fn heading(state: AttemptState) -> &'static str {
    match state {
        AttemptState::Succeeded => "We have received your payment",
        AttemptState::Created | AttemptState::Confirming => "Your payment is being confirmed",
        AttemptState::Open => "This payment is not finished",
        AttemptState::Failed => "The payment did not go through",
        AttemptState::Abandoned => "The payment was not made",
    }
}

/// The page at `/account/payment/{attempt}`.
#[component]
pub fn AttemptPage(
    /// How it stands.
    attempt: Attempt,
) -> impl IntoView {
    let Attempt { business, state, amount, decline, url, receipt, left, .. } = attempt;
    let amount = amount.show();
    let again = || {
        view! {
            <div class="buttons"><a class="button" href="/account/payment">"Try again"</a><a href="/account">"See other ways"</a></div>
        }
    };
    let (tone, body) = match state {
        AttemptState::Succeeded => {
            let left = left.map(|left| {
                let words = if left.minor > 0 { format!("{} is left to pay.", left.show()) } else { "Nothing is left to pay.".to_owned() };
                view! { <p>{words}</p> }
            });
            let receipt = receipt.map(|id| view! { <p><a class="button quiet" href=format!("/receipt/{id}")>"See your receipt"</a></p> });
            (Tone::Good, view! { <p>{format!("{amount} has arrived. Thank you. Your receipt is in your account.")}</p>{left}{receipt} }.into_any())
        }
        AttemptState::Created | AttemptState::Confirming => (
            Tone::Wait,
            view! {
                <p>{format!("We are waiting for the bank to confirm {amount}. Please do not pay it again.")}</p>
                <p>"This page looks again by itself every few seconds. You can also close it. Nothing is lost, and your account shows how it ended."</p>
                <p><a href="">"Look again now"</a></p>
            }
            .into_any(),
        ),
        AttemptState::Open => (
            Tone::Wait,
            view! {
                <p>{format!("{amount} has not been paid yet. You can carry on where you left off.")}</p>
                {url.map(|url| view! { <p><a class="button" href=url>"Go on to the card page"</a></p> })}
            }
            .into_any(),
        ),
        AttemptState::Failed => (
            Tone::Wait,
            view! {
                <p>{format!("The bank said no, so {amount} was not taken. No money has moved.")}</p>
                {(!decline.is_empty()).then_some(view! { <p>{decline}</p> })}
                {again()}
            }
            .into_any(),
        ),
        AttemptState::Abandoned => {
            (Tone::Info, view! { <p>{format!("{amount} was not taken. No money has moved.")}</p>{again()} }.into_any())
        }
    };
    view! {
        <Frame business>
            <BackToAccount/>
            <h1>{heading(state)}</h1>
            <Notice tone heading=amount_heading(state)>{body}</Notice>
        </Frame>
    }
}

fn amount_heading(state: AttemptState) -> &'static str {
    match state {
        AttemptState::Succeeded => "Received",
        AttemptState::Created | AttemptState::Confirming => "Still confirming",
        AttemptState::Open => "Not finished",
        AttemptState::Failed => "Not taken",
        AttemptState::Abandoned => "Not made",
    }
}
