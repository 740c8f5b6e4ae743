//! The account: what is left to pay, what one can do about it, and how everything stands.

use crate::frame::{AgreementWords, Contact, Frame, Invoice, Until};
use kept_api::portal::{Account, AgreementLine, DisputeLine, Earlier, EarlierLine, KeptCard, PaymentLine, Purse};
use kept_domain::calendar::show;
use kept_domain::commitment::{Kind, State};
use kept_domain::dispute;
use kept_domain::money::{Currency, Money};
use kept_ui::amount::Amount;
use kept_ui::notice::{Notice, Tag, Tone};
use leptos::prelude::*;

/// The page at `/account`.
#[component]
pub fn AccountPage(
    /// Everything it shows.
    account: Account,
) -> impl IntoView {
    let Account { business, payer, today, purses, disputes, payments, earlier, paused_until, cards } = account;
    let owed = purses.iter().any(|p| p.left_minor > 0 || p.disputed_minor > 0);
    let several = purses.len() > 1;
    let confirming = payments.iter().find(|p| p.confirming).map(confirming_notice);
    let waiting: Vec<_> = purses
        .iter()
        .filter_map(|p| p.waiting.as_ref().map(|w| waiting_notice(w, p.currency, &business.name)))
        .collect();
    let paused = paused_until.map(|on| {
        view! { <p class="soft">"Reminders are paused until "<Until on/>"."</p> }
    });
    let contact = business.clone();
    let name = business.name.clone();
    let mut top: Vec<AnyView> = Vec::new();
    let mut acts: Vec<AnyView> = Vec::new();
    let mut rest: Vec<AnyView> = Vec::new();
    if purses.is_empty() {
        top.push(nothing_owed(&name));
    }
    for purse in purses {
        top.push(balance(&purse, several, &name));
        if let Some(line) = &purse.running {
            top.push(running(line, purse.currency, cards));
        }
        if let Some(card) = purse.kept.clone() {
            top.push(view! { <section class="card"><h2>"Your card"</h2>{kept_card(card)}</section> }.into_any());
        }
        acts.push(choices(&purse, several, cards, &name));
        rest.push(invoices(purse, several));
    }
    if !disputes.is_empty() {
        rest.push(open_disputes(disputes, &name));
    }
    if !payments.is_empty() {
        rest.push(payment_list(payments));
    }
    if !earlier.is_empty() {
        rest.push(earlier_list(earlier));
    }
    rest.push(view! { <p><a href="/account/statement">"Statement of all invoices and payments"</a></p> }.into_any());
    let bank = (owed && !cards).then(|| {
        view! {
            <p><a href="/account/payment">"How to pay by bank transfer"</a></p>
            <p class="soft small">{format!("Cards cannot be used here at the moment. If you have a question, ask {name}:")}</p>
            <Contact business=contact/>
        }
    });
    view! {
        <Frame business wide=true>
            <h1>"Your account"</h1>
            <p class="soft">{payer}" · as of "{show(today)}</p>
            <div class="account">
                <div class="account-top">{confirming}{waiting}{top}{paused}</div>
                <div class="account-acts">{acts}{bank}</div>
                <div class="account-rest">{rest}</div>
            </div>
        </Frame>
    }
}

fn nothing_owed(business: &str) -> AnyView {
    let words = format!("There is nothing left to pay to {business}. Thank you.");
    view! { <section class="card"><h2>"All paid"</h2><p class="lead">{words}</p></section> }.into_any()
}

fn balance(purse: &Purse, several: bool, business: &str) -> AnyView {
    let money = |minor| Money::new(minor, purse.currency);
    let heading = if several { format!("Left to pay in {}", purse.currency) } else { "Left to pay".to_owned() };
    let words = if purse.left_minor > 0 {
        None
    } else if purse.disputed_minor > 0 {
        Some(format!("There is nothing to pay while {business} looks into what you told us."))
    } else {
        Some(format!("There is nothing left to pay to {business}. Thank you."))
    };
    let on_hold = (purse.disputed_minor > 0).then(|| {
        view! { <div><dt>"On hold while we look into it"</dt><dd><Amount money=money(purse.disputed_minor)/></dd></div> }
    });
    let ahead = (purse.on_account_minor > 0).then(|| {
        view! { <div><dt>"Paid ahead, kept for you"</dt><dd><Amount money=money(purse.on_account_minor)/></dd></div> }
    });
    let back =
        ahead.is_some().then(|| view! { <p><a href="/account/money-back">"Use it later, or ask for it back"</a></p> });
    view! {
        <section class="card">
            <h2>{heading}</h2>
            <p class="left"><Amount money=money(purse.left_minor.max(0))/></p>
            {words.map(|words| view! { <p>{words}</p> })}
            {(on_hold.is_some() || ahead.is_some()).then(|| view! { <dl class="facts">{on_hold}{ahead}</dl> })}
            {back}
        </section>
    }
    .into_any()
}

/// The day of a settlement has passed and its money is not known of.
pub const LESS_IS_OVER: &str = "The day has passed, and the lower amount has not reached us. If it arrived by that day, it counts as soon as we see it. What you pay now counts towards what is left.";

fn running(line: &AgreementLine, currency: Currency, cards: bool) -> AnyView {
    let money = |minor| Money::new(minor, currency);
    let heading = match line.kind {
        Kind::Plan => "Your instalments",
        Kind::Promise => "Your agreed date",
        Kind::Settlement => "Your lower amount",
    };
    let settles = line.kind == Kind::Settlement;
    let missed = line.state == State::Missed;
    let next = line.next.map(|(on, left)| {
        let words = if missed { "Was due by" } else { "Next payment, by" };
        view! { <div><dt>{words}" "<time>{show(on)}</time></dt><dd><Amount money=money(left)/></dd></div> }
    });
    let help = missed.then(|| {
        let words = if settles { LESS_IS_OVER } else { "A payment has not reached us yet. You can pay it now, or change what we agreed. If you have paid it, give it three days to arrive." };
        view! { <p>{words}</p> }
    });
    let pay = (cards && line.next.is_some() && !(settles && missed)).then(|| {
        let words = if line.kind == Kind::Plan { "Pay this instalment" } else { "Pay this amount" };
        view! { <a class="button" href=with_currency("/account/payment?what=instalment", currency)>{words}</a> }
    });
    view! {
        <section class="card">
            <div class="row"><h2>{heading}</h2><Tag words=state_words(line.state) tone=if missed { Tone::Wait } else { Tone::Good }/></div>
            {help}
            <progress max=line.total_minor.to_string() value=line.paid_minor.to_string() aria-label="Paid so far">""</progress>
            <dl class="facts">
                <div><dt>"Paid so far"</dt><dd><Amount money=money(line.paid_minor)/>" of "<Amount money=money(line.total_minor)/></dd></div>
                {next}
            </dl>
            <div class="buttons">{pay}<a href=format!("/account/agreements/{}", line.id)>"See or change it"</a></div>
        </section>
    }
    .into_any()
}

/// A kept card: what it is for, and the button that takes it back.
pub fn kept_card(card: KeptCard) -> AnyView {
    let KeptCard { id, name, agreed_on, words } = card;
    view! {
        <p>{format!("The card {name} is charged for each instalment on its date. We write to you before each one.")}</p>
        <details>
            <summary>"What you agreed to on "{show(agreed_on)}</summary>
            <div><AgreementWords words/></div>
        </details>
        <form method="post" action=format!("/account/cards/{id}")><button class="button quiet">"Stop using this card"</button></form>
    }
    .into_any()
}

fn with_currency(path: &str, currency: Currency) -> String {
    let mark = if path.contains('?') { '&' } else { '?' };
    format!("{path}{mark}currency={currency}")
}

/// Where an agreement stands, in a word or two.
pub fn state_words(state: State) -> &'static str {
    match state {
        State::Proposed => "Waiting for an answer",
        State::Countered => "An offer for you",
        State::Active => "Agreed",
        State::Missed => "A payment is late",
        State::Kept => "All paid",
        State::Broken => "Ended, not paid as agreed",
        State::Declined => "Not accepted",
        State::Withdrawn => "Taken back",
        State::Expired => "Not answered in time",
        State::Cancelled => "Ended",
    }
}

fn waiting_notice(line: &AgreementLine, currency: Currency, business: &str) -> AnyView {
    let href = format!("/account/agreements/{}", line.id);
    let total = Money::new(line.total_minor, currency).show();
    let by = line.answer_by_on.map(|on| format!(" by {}", show(on))).unwrap_or_default();
    let (heading, words, link) = if line.state == State::Countered {
        (format!("{business} makes you an offer"), format!("It covers {total}. Please answer{by}."), "See the offer")
    } else {
        let words = format!("It covers {total}. {business} answers{by}. No reminders are sent while you wait.");
        ("Your proposal is waiting for an answer".to_owned(), words, "See or take it back")
    };
    view! { <Notice tone=Tone::Wait heading><p>{words}</p><p><a href=href>{link}</a></p></Notice> }.into_any()
}

fn confirming_notice(line: &PaymentLine) -> AnyView {
    let href = line.href.clone();
    let words = format!("Your payment of {} is still being confirmed. Please do not pay it again.", line.amount.show());
    view! {
        <Notice heading="A payment is on its way"><p>{words}</p><p><a href=href>"See how it stands"</a></p></Notice>
    }
    .into_any()
}

/// One thing that can be done: where it is, its name, what it means.
type Act = (&'static str, &'static str, &'static str);

const PAY: Act =
    ("/account/payment", "Pay by card", "Everything, or a part of it. You pay on a secure page for cards.");
const PLAN: Act = (
    "/account/plan",
    "Pay in instalments",
    "Smaller payments over time. You see every date and amount before you agree.",
);
const CHANGE_PLAN: Act =
    ("/account/plan", "Change to other instalments", "They take the place of what we agreed, once you agree to them.");
const PROMISE: Act = ("/account/promise", "I’ll pay on…", "Pick a day. We send no reminders before it.");
const SETTLEMENT: Act = (
    "/account/settlement",
    "Agree a lower amount",
    "Offer what you can pay, and by when. If it is accepted and paid, the rest is taken off.",
);
const DISPUTE: Act = (
    "/account/dispute",
    "Something’s not right",
    "A wrong amount, not yours, never arrived. What you tell us about is on hold until you have an answer.",
);
const CLAIM: Act =
    ("/account/already-paid", "I’ve already paid", "Tell us when and how. We look for it and answer you.");
const HARDSHIP: Act = (
    "/account/hardship",
    "I can’t afford this right now",
    "We pause reminders for 30 days. You do not have to say why.",
);

fn choices(purse: &Purse, several: bool, cards: bool, business: &str) -> AnyView {
    let left = purse.left_minor > 0;
    let open = purse.invoices.iter().any(|i| i.left_minor > i.disputed_minor);
    let mut acts = Vec::new();
    if left && cards {
        acts.push(PAY);
    }
    if left {
        acts.push(if purse.running.is_some() { CHANGE_PLAN } else { PLAN });
        acts.push(PROMISE);
    }
    if left && purse.takes_offers {
        acts.push(SETTLEMENT);
    }
    if open {
        acts.extend([DISPUTE, CLAIM]);
    }
    if left {
        acts.push(HARDSHIP);
    }
    if acts.is_empty() {
        return ().into_any();
    }
    let heading = if several {
        format!("What you can do in {}", purse.currency)
    } else {
        "What would you like to do?".to_owned()
    };
    let items: Vec<_> = acts
        .into_iter()
        .map(|(path, name, means)| {
            let href = if several { with_currency(path, purse.currency) } else { path.to_owned() };
            view! { <li><a href=href><b>{name}</b>" "{means}</a></li> }
        })
        .collect();
    let note = format!(
        "Each of these takes a minute, and nothing here costs extra. {business} gets what you send, and can see that you opened this page."
    );
    view! { <section><h2>{heading}</h2><ul class="acts">{items}</ul><p class="soft small after">{note}</p></section> }
        .into_any()
}

fn invoices(purse: Purse, several: bool) -> AnyView {
    if purse.invoices.is_empty() {
        return ().into_any();
    }
    let heading = if several { format!("Invoices in {}", purse.currency) } else { "Your invoices".to_owned() };
    let currency = purse.currency;
    let lines: Vec<_> = purse.invoices.into_iter().map(|line| view! { <Invoice line currency/> }).collect();
    view! { <section><h2>{heading}</h2><div class="card">{lines}</div></section> }.into_any()
}

/// What a dispute, claim or hardship is called on the pages.
pub fn kind_words(kind: dispute::Kind) -> &'static str {
    match kind {
        dispute::Kind::Dispute => "Something’s not right",
        dispute::Kind::Claim => "I’ve already paid",
        dispute::Kind::Hardship => "I can’t afford this right now",
    }
}

fn open_disputes(lines: Vec<DisputeLine>, business: &str) -> AnyView {
    let items: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let amount = line.amount.map(|money| view! { <strong><Amount money/></strong> });
            let words = match line.state {
                dispute::State::Answered => format!("{business} has written back."),
                _ => format!("{business} answers by {}.", show(line.answer_by_on)),
            };
            view! {
                <li>
                    <div class="row"><h3><a href=format!("/account/disputes/{}", line.id)>{kind_words(line.kind)}</a></h3>{amount}</div>
                    <p class="soft small">"Sent on "{show(line.raised_on)}". "{words}</p>
                </li>
            }
        })
        .collect();
    view! { <section><h2>"What you told us"</h2><ul class="list card">{items}</ul></section> }.into_any()
}

fn payment_list(lines: Vec<PaymentLine>) -> AnyView {
    let items: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let (link, what) = if line.confirming {
                ("See how it stands", "Being confirmed")
            } else {
                ("Receipt", method_words(&line.method))
            };
            let on = line.on;
            let link = (!line.href.is_empty()).then(|| {
                view! { " · "<a href=line.href>{link}<span class="sr">" for the payment of "{show(on)}</span></a> }
            });
            view! {
                <li>
                    <div class="row"><h3>{show(on)}</h3><strong><Amount money=line.amount/></strong></div>
                    <p class="soft small">{what}{link}</p>
                </li>
            }
        })
        .collect();
    view! { <section><h2>"Your payments"</h2><ul class="list card">{items}</ul></section> }.into_any()
}

fn earlier_list(lines: Vec<EarlierLine>) -> AnyView {
    let items: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let (what, how) = match line.what {
                Earlier::Agreement(Kind::Plan, state) => ("Instalments", state_words(state)),
                Earlier::Agreement(Kind::Promise, state) => ("An agreed date", state_words(state)),
                Earlier::Agreement(Kind::Settlement, state) => ("A lower amount", state_words(state)),
                Earlier::Dispute(kind, state) => (kind_words(kind), outcome_words(state)),
            };
            view! { <li><a href=line.href>{what}</a><p class="soft small">"Of "{show(line.on)}" · "{how}</p></li> }
        })
        .collect();
    view! { <section><details><summary>"Earlier agreements and answers"</summary><ul class="list">{items}</ul></details></section> }
        .into_any()
}

fn outcome_words(state: dispute::State) -> &'static str {
    match state {
        dispute::State::Open | dispute::State::Answered => "Waiting for an answer",
        dispute::State::Upheld => "Put right",
        dispute::State::Partly => "Partly put right",
        dispute::State::Rejected => "Not agreed",
        dispute::State::Withdrawn => "Taken back",
        dispute::State::Closed => "Answered",
    }
}

/// How money moved, in words.
pub fn method_words(method: &str) -> &'static str {
    match method {
        "card" => "Paid by card",
        "bank" => "Bank transfer",
        "claim" => "Paid, as you told us",
        "cash" => "Cash",
        "cheque" => "Cheque",
        "credit" => "Credited to you",
        "given_back" => "Given back to you",
        "not_given_back" => "A refund that did not reach you: it is paid again",
        "charged_back" => "Taken back by your bank",
        "settlement" => "Taken off, as we agreed",
        "written_off" => "Written off: no longer asked for",
        "late_waived" => "Late charge given up",
        "late_taken_back" => "Late charge taken back: it was not due",
        _ => "Payment",
    }
}
