//! Paying in instalments: the form with its published limits, the comparison when it is outside them, the check page.

use crate::frame::{AgreementWords, BackToAccount, Frame, Payments};
use crate::plan_preview::{PlanPreview, limit_words, schedule_words};
use kept_api::portal::{Check, Offer, Outside, PlanForm};
use kept_domain::calendar::{Frequency, iso, plus_days, show};
use kept_domain::commitment;
use kept_domain::money::{Currency, Money};
use kept_domain::plan::{Proposal, Size, Verdict, judge, min_first_minor};
use kept_domain::terms::Terms;
use kept_ui::amount::sign;
use kept_ui::error_summary::{ErrorSummary, Problems};
use kept_ui::field::{Choice, Choices, Field, Hidden, Input};
use kept_ui::notice::Notice;
use leptos::prelude::*;

/// What stands in the form before anything is typed: six payments, or the nearest to it that can be agreed at once.
pub fn suggestion(offer: &Offer) -> PlanForm {
    let proposal = Proposal {
        total_minor: offer.balance_minor,
        upfront_minor: 0,
        size: Size::Count(6),
        frequency: Frequency::Monthly,
        first_on: plus_days(offer.today, offer.terms.latest_first_days.min(14)),
        skip_weekends: false,
    };
    match judge(&proposal, &offer.terms, offer.today) {
        Ok(Verdict::Outside { nearest, .. }) => PlanForm::of(&nearest.0, offer.currency),
        _ => PlanForm::of(&proposal, offer.currency),
    }
}

/// The page at `/account/plan`.
#[component]
pub fn PlanPage(
    /// What can be planned.
    offer: Offer,
    /// What was typed, or [`suggestion`].
    form: PlanForm,
    /// What is wrong with it.
    problems: Problems,
) -> impl IntoView {
    let Offer { business, currency, balance_minor, terms, today, replaces } = offer;
    let balance = Money::new(balance_minor, currency).show();
    let frequencies = if terms.frequencies.is_empty() { Frequency::ALL.to_vec() } else { terms.frequencies.clone() };
    let chosen = form.frequency.clone();
    let mut options: Vec<Choice> =
        frequencies.iter().map(|f| Choice::new(f.code(), sentence(f.words()), f.code() == chosen)).collect();
    options.extend(
        Frequency::ALL
            .into_iter()
            .filter(|f| !frequencies.contains(f))
            .map(|f| Choice::new(f.code(), sentence(f.words()), f.code() == chosen).hint("Needs to be decided")),
    );
    let by = vec![
        Choice::new("amount", "The same amount each time", form.by == "amount"),
        Choice::new("count", "A number of payments", form.by == "count"),
    ];
    let replaced = replaces.then(|| {
        view! {
            <Notice heading="You have an agreement already">
                <p>"It stays as it is unless you agree to a new one. Then the new one takes its place."</p>
            </Notice>
        }
    });
    let limits = limits(&terms, balance_minor, currency, today);
    let prefix = sign(currency);
    let weekdays =
        vec![Choice::new("yes", "Move payments that fall on a weekend to Monday", !form.weekdays.is_empty())];
    let summary = problems.clone();
    let preview = view! { <PlanPreview currency balance_minor terms today=iso(today) form=form.clone()/> }.into_any();
    view! {
        <Frame business wide=true>
            <BackToAccount/>
            <ErrorSummary problems=summary/>
            <h1>"Pay in instalments"</h1>
            <p class="lead">"For the "<strong class="nowrap">{balance}</strong>" that is left to pay. You see the exact words before you agree to anything."</p>
            {replaced}
            <form method="post" action="/account/plan" id="plan" class="two" novalidate>
                <Hidden name="currency" value=currency.code()/>
                <div class="two-fields">
                    <div class="split-by">
                        <Choices name="by" legend="How would you like to split it?" choices=by problem=problems.of("by")/>
                        <div class="by-amount"><Field name="amount" label="Amount each time" input=Input::Amount prefix=prefix.clone() value=form.amount.clone() problem=problems.of("amount")/></div>
                        <div class="by-count"><Field name="count" label="Number of payments" input=Input::Number value=form.count.clone() problem=problems.of("count")/></div>
                    </div>
                    <Choices name="frequency" legend="How often?" choices=options problem=problems.of("frequency")/>
                    <Field name="first_on" label="Date of the first payment" input=Input::Date value=form.first_on.clone() min=iso(today) problem=problems.of("first_on")/>
                    <details open=!form.upfront.is_empty() || !form.weekdays.is_empty() || problems.of("upfront").is_some()>
                        <summary>"More choices"</summary>
                        <div>
                            <Field name="upfront" label="A different first payment" hint="Leave it empty if all payments are the same" input=Input::Amount prefix=prefix value=form.upfront.clone() problem=problems.of("upfront")/>
                            <Choices name="weekdays" legend="Weekends" choices=weekdays many=true/>
                        </div>
                    </details>
                </div>
                <div class="two-side">
                    {preview}
                    <section class="card">
                        <h2>"What we can agree right away"</h2>
                        <ul>{limits}</ul>
                        <p class="soft small">"Anything else can be sent for a person to decide."</p>
                    </section>
                </div>
                <p class="two-go"><button class="button">"Continue"</button></p>
            </form>
        </Frame>
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn limits(terms: &Terms, balance_minor: i64, currency: Currency, today: chrono::NaiveDate) -> Vec<AnyView> {
    let money = |minor: i64| Money::new(minor, currency).show();
    let mut lines = vec![format!("At least {} each time", money(terms.min_instalment_minor.min(balance_minor.max(0))))];
    if terms.min_first_percent > 0 {
        lines.push(format!("A first payment of at least {}", money(min_first_minor(balance_minor, terms))));
    }
    lines.push(format!("The first payment by {}", show(plus_days(today, terms.latest_first_days))));
    lines.push(format!("All of it paid by {}", show(plus_days(today, terms.longest_days))));
    lines.into_iter().map(|line| view! { <li>{line}</li> }.into_any()).collect()
}

/// More payments than this are told in a sentence first.
const SHOWN_MAX: usize = 12;

/// The page that compares what was asked for with what can be agreed right away.
#[component]
pub fn OutsidePage(
    /// Both.
    outside: Outside,
) -> impl IntoView {
    let Outside { business, currency, wanted, limits, nearest, take_nearest, send_mine, change } = outside;
    let name = business.name.clone();
    let reasons: Vec<_> = limits.iter().map(|limit| view! { <li>{limit_words(limit, currency)}</li> }).collect();
    let long = wanted.instalments.len() > SHOWN_MAX;
    let summary = schedule_words(&wanted);
    let payments = view! { <Payments instalments=wanted.instalments currency/> };
    let asked = if long {
        view! { <p>{summary}</p><details><summary>"See every payment"</summary><div>{payments}</div></details> }
            .into_any()
    } else {
        payments.into_any()
    };
    view! {
        <Frame business wide=true>
            <kept_ui::page::Back href=change words="Change what you asked for"/>
            <h1>"This is outside what we can agree right away"</h1>
            <p>"Here is why:"</p>
            <ul>{reasons}</ul>
            <p>{format!("You can take the nearest payments that fit, or send yours for {name} to decide. No reminders are sent while you wait.")}</p>
            <div class="pair">
                <section class="card">
                    <h2>"The nearest that fits"</h2>
                    <Payments instalments=nearest.instalments currency/>
                    <p><a class="button" href=take_nearest>"Look at this one"</a></p>
                </section>
                <section class="card">
                    <h2>"What you asked for"</h2>
                    {asked}
                    <p><a class="button quiet" href=send_mine>"Send mine to be decided"</a></p>
                </section>
            </div>
        </Frame>
    }
}

/// The check page of a plan or a promise: the exact words and one button that names the act.
#[component]
pub fn CheckPage(
    /// What would be confirmed.
    check: Check,
    /// Where the confirmation goes.
    action: &'static str,
    /// What is wrong.
    problems: Problems,
) -> impl IntoView {
    let Check { business, words, button, for_decision, changed_too_often, hidden, change } = check;
    let heading = if for_decision { "Check before you send" } else { "Check before you agree" };
    let hidden: Vec<_> = hidden.into_iter().map(|(name, value)| view! { <Hidden name value/> }).collect();
    let after = if for_decision {
        format!(
            "{} answers within {} days. You can take it back at any time before that.",
            business.name,
            commitment::ANSWER_DAYS
        )
    } else {
        "You find these words in your account at any time. We also send them to you, if we have an address for you."
            .to_owned()
    };
    let changed = changed_too_often.then(|| {
        let words =
            format!("Agreements have changed a few times lately, so {} looks at this one first.", business.name);
        view! { <p>{words}</p> }
    });
    view! {
        <Frame business>
            <kept_ui::page::Back href=change words="Change something"/>
            <ErrorSummary problems/>
            <h1>{heading}</h1>
            {changed}
            <section class="card agreement" id="words" aria-label="The exact words"><AgreementWords words/></section>
            <p>{after}</p>
            <form method="post" action=action>{hidden}<button class="button">{button}</button></form>
        </Frame>
    }
}
