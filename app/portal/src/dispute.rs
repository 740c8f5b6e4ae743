//! "Something's not right", and the page on which every dispute, claim and hardship can be followed.

use crate::account::kind_words;
use crate::advice::Advice;
use crate::frame::{BackToAccount, Frame, Until};
use kept_api::portal::{Dispute, DisputeForm, InvoiceLine, Open};
use kept_domain::calendar::show;
use kept_domain::dispute::{Kind, Reason, State};
use kept_domain::money::{Currency, Money};
use kept_ui::amount::{Amount, sign};
use kept_ui::error_summary::{ErrorSummary, Problems};
use kept_ui::field::{Choice, Choices, Field, FileField, Hidden, Input, Words};
use kept_ui::notice::{Notice, Tag, Tone};
use leptos::prelude::*;

/// What a browser offers to choose a file from; the server looks at the content.
pub const FILES: &str = "application/pdf,image/png,image/jpeg,image/webp,image/heic,.heic,image/gif";

/// The question how much it is about, with the invoices to choose from and the amount.
#[component]
pub fn ScopeFields(
    /// The invoices.
    invoices: Vec<InvoiceLine>,
    /// Their currency.
    currency: Currency,
    /// What was typed.
    form: DisputeForm,
    /// What is wrong with it.
    problems: Problems,
) -> impl IntoView {
    let amount = |i: &InvoiceLine| Money::new(i.left_minor - i.disputed_minor, currency).show();
    if let [only] = invoices.as_slice() {
        let words = format!("All of invoice {}, {}", only.number, amount(only));
        let scopes = vec![
            Choice::new("everything", words, form.scope != "amount"),
            Choice::new("amount", "A part of it", form.scope == "amount"),
        ];
        return view! {
            <div class="split-by">
                <Choices name="scope" legend="How much is it about?" choices=scopes problem=problems.of("scope")/>
                <div class="by-count"><Field name="amount" label="How much" input=Input::Amount prefix=sign(currency) value=form.amount problem=problems.of("amount")/></div>
            </div>
        }
        .into_any();
    }
    let scopes = vec![
        Choice::new("everything", "Everything", form.scope == "everything"),
        Choice::new("invoices", "Some invoices", form.scope == "invoices"),
        Choice::new("amount", "An amount", form.scope == "amount"),
    ];
    let list: Vec<Choice> = invoices
        .iter()
        .map(|i| {
            let choice =
                Choice::new(&i.id, format!("Invoice {}, {}", i.number, amount(i)), form.invoices.contains(&i.id));
            choice.hint(if i.description.is_empty() {
                format!("Of {}", show(i.issued_on))
            } else {
                i.description.clone()
            })
        })
        .collect();
    view! {
        <div class="scope">
            <Choices name="scope" legend="What is it about?" choices=scopes problem=problems.of("scope")/>
            <div class="of-invoices"><Choices name="invoices" legend="Which invoices?" choices=list many=true problem=problems.of("invoices")/></div>
            <div class="of-amount"><Field name="amount" label="How much is it about" input=Input::Amount prefix=sign(currency) value=form.amount problem=problems.of("amount")/></div>
        </div>
    }
    .into_any()
}

/// The page for somebody who has nothing open to tell about.
#[component]
pub fn NothingOpenPage(
    /// The business.
    business: kept_api::portal::Business,
) -> impl IntoView {
    let words = format!(
        "You have told {} about everything that is open, or it is paid. If something else is not right, please write or call:",
        business.name
    );
    let contact = business.clone();
    view! {
        <Frame business>
            <BackToAccount/>
            <h1>"There is nothing open to tell us about"</h1>
            <p>{words}</p>
            <crate::frame::Contact business=contact/>
        </Frame>
    }
}

/// The page at `/account/dispute`.
#[component]
pub fn DisputePage(
    /// What it can be about.
    open: Open,
    /// What was typed.
    form: DisputeForm,
    /// What is wrong with it.
    problems: Problems,
) -> impl IntoView {
    let Open { business, currency, invoices, .. } = open;
    let reasons: Vec<Choice> =
        Reason::ALL.into_iter().map(|r| Choice::new(r.code(), r.words(), r.code() == form.reason)).collect();
    let words = form.words.clone();
    let again = (!problems.is_empty())
        .then(|| view! { <p class="soft small">"If you had chosen a file, please choose it again."</p> });
    let intro = format!(
        "Tell {} what is wrong. What it is about is on hold from the moment you send this: no reminders and nothing to pay on it until you have an answer.",
        business.name
    );
    let summary = problems.clone();
    view! {
        <Frame business>
            <BackToAccount/>
            <ErrorSummary problems=summary/>
            <h1>"Something’s not right"</h1>
            <p>{intro}</p>
            <form method="post" action="/account/dispute" enctype="multipart/form-data" novalidate>
                <Hidden name="currency" value=currency.code()/>
                <Choices name="reason" legend="What is wrong?" choices=reasons problem=problems.of("reason")/>
                <ScopeFields invoices currency form problems=problems.clone()/>
                <Words name="words" label="In your own words" hint="A sentence or two is enough" value=words problem=problems.of("words")/>
                <FileField name="file" label="A file or photo that shows it" hint="Only if you have one. PDF or picture, up to 10 MB" accept=FILES problem=problems.of("file")/>
                {again}
                <button class="button">"Send this"</button>
            </form>
        </Frame>
    }
}

fn state_words(kind: Kind, state: State, business: &str) -> (String, Tone) {
    match (kind, state) {
        (Kind::Claim, State::Open) => (format!("{business} is looking for your payment"), Tone::Wait),
        (_, State::Open) => (format!("{business} has this and will answer"), Tone::Wait),
        (_, State::Answered) => (format!("{business} has written back"), Tone::Wait),
        (_, State::Upheld) => ("You were right. It has been put right".to_owned(), Tone::Good),
        (_, State::Partly) => ("A part of it has been put right".to_owned(), Tone::Good),
        (_, State::Rejected) => (format!("{business} does not agree"), Tone::Info),
        (_, State::Withdrawn) => ("You took this back".to_owned(), Tone::Info),
        (_, State::Closed) => (format!("{business} has answered you"), Tone::Info),
    }
}

/// The page at `/account/disputes/{id}`.
#[component]
pub fn DisputeStatePage(
    /// All that was said.
    dispute: Dispute,
    /// The debtor's country, for free advice.
    country: String,
) -> impl IntoView {
    let Dispute { business, line, reason, items, words, paid_on, paid_by, files, answer, credited, paused_until } =
        dispute;
    let (state, tone) = state_words(line.kind, line.state, &business.name);
    let open = line.state.is_open();
    let what_now = match (open, line.kind) {
        (false, _) => None,
        (true, Kind::Hardship) => Some(format!(
            "{} answers by {}. You do not have to do anything else.",
            business.name,
            show(line.answer_by_on)
        )),
        (true, _) => Some(format!(
            "{} answers by {}. Until then this part is on hold: no reminders, and nothing to pay on it.",
            business.name,
            show(line.answer_by_on)
        )),
    };
    let paused = (open && line.kind == Kind::Hardship).then_some(paused_until).flatten().map(|on| {
        view! { <p>"Reminders are paused until "<Until on/>"."</p> }
    });
    let items: Vec<_> = items
        .into_iter()
        .map(|(number, money)| view! { <div><dt>{format!("Invoice {number}")}</dt><dd><Amount money/></dd></div> })
        .collect();
    let why = match line.kind {
        Kind::Dispute => Some(("What is wrong", reason.words().to_owned())),
        Kind::Claim => {
            let on = paid_on.map(|on| format!("On {}", show(on))).unwrap_or_default();
            Some(("How you paid", if paid_by.is_empty() { on } else { format!("{on}, {paid_by}") }))
        }
        Kind::Hardship => None,
    };
    let why = why.map(|(what, text)| view! { <h3>{what}</h3><p>{text}</p> });
    let said = (!words.is_empty()).then(|| view! { <h3>"What you wrote"</h3><p class="message">{words}</p> });
    let files: Vec<_> = files.into_iter().map(|name| view! { <li>{name}</li> }).collect();
    let files = (!files.is_empty()).then(|| view! { <h3>"What you sent along"</h3><ul>{files}</ul> });
    let answer = (!answer.is_empty()).then(|| {
        view! { <section class="card"><h2>{format!("{} writes", business.name)}</h2><p class="message">{answer}</p></section> }
    });
    let credited =
        credited.map(|money| view! { <p>"Taken off what is left to pay: "<strong><Amount money/></strong></p> });
    let advice = (line.kind == Kind::Hardship).then(|| view! { <Advice country/> });
    let withdraw = open.then(|| {
        view! {
            <details>
                <summary>"Take this back"</summary>
                <div>
                    <p>"If it has been sorted out, you can take it back. Then the hold ends."</p>
                    <form method="post" action=format!("/account/disputes/{}", line.id)><button class="button quiet" name="act" value="withdraw">"Take this back"</button></form>
                </div>
            </details>
        }
    });
    view! {
        <Frame business>
            <BackToAccount/>
            <h1>{kind_words(line.kind)}</h1>
            <Notice tone heading=state>{what_now.map(|words| view! { <p>{words}</p> })}{paused}{credited}</Notice>
            {answer}
            <section class="card">
                <div class="row"><h2>"What you told us"</h2><Tag words=format!("Sent on {}", show(line.raised_on))/></div>
                {why}{said}{files}
                {(!items.is_empty()).then(|| view! { <h3>"What it is about"</h3><dl class="facts lined">{items}</dl> })}
            </section>
            {advice}
            {withdraw}
        </Frame>
    }
}
