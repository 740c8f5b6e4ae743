//! One call: what to say first, what not to say to anybody else, where things stand, and how it went.

use crate::calls::number;
use crate::frame::{Shell, problems};
use crate::parts::{Select, commitments_table, contacts_table, disputes_table, field, words};
use kept_api::calls::{CallTime, CallView, Said};
use kept_domain::calendar::show;
use kept_domain::call::Outcome;
use kept_ui::amount::{Amount, sign};
use kept_ui::date::Day;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::{Field, Input};
use kept_ui::notice::{Notice, Tone};
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of one call.
pub fn call_page(v: CallView) -> impl IntoView {
    let debtor = format!("/console/debtors/{}", v.row.debtor);
    let waits = v.recorded.is_none() && !v.closed;
    let state = match (&v.recorded, &v.row.time) {
        (Some(recorded), _) => recorded_notice(&v, recorded).into_any(),
        (None, CallTime::Not { why, from }) => barred_notice(v.closed, why, from.as_deref()).into_any(),
        (None, CallTime::Now { .. }) => ().into_any(),
    };
    let to_say = v.row.phone.clone().filter(|_| waits).map(|phone| {
        view! {
            {whom(&v, &phone).into_any()}
            {first_words(&v).into_any()}
            {script(&v).into_any()}
        }
    });
    let outcome = v.recorded.is_none().then(|| outcomes(&v).into_any());
    view! {
        <Shell frame=v.frame.clone() here="/console/calls">
            <Back href="/console/calls" words="All calls"/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>"Call "{v.row.who.clone()}</h1>
            {state}
            {to_say}
            {outcome}
            {standing(&v, &debtor).into_any()}
        </Shell>
    }
}

fn recorded_notice(v: &CallView, recorded: &str) -> impl IntoView + use<> {
    let said = (!v.said.is_empty()).then(|| view! { <blockquote class="exact">{v.said.clone()}</blockquote> });
    let recorded = recorded.to_owned();
    view! {
        <Notice tone=Tone::Good heading="This call is recorded">
            <p>{recorded}"."</p>
            {said}
            <p><a href="/console/calls">"Go to the other calls"</a></p>
        </Notice>
    }
}

fn barred_notice(closed: bool, why: &str, from: Option<&str>) -> impl IntoView + use<> {
    let heading = if closed { "This call is no longer needed" } else { "Do not call now" };
    let why = why.to_owned();
    let from = from.map(|from| format!(" It may be made from {from} on, their time."));
    view! {
        <Notice tone=Tone::Wait heading=heading>
            <p>{why}"."{from}</p>
        </Notice>
    }
}

fn whom(v: &CallView, phone: &str) -> impl IntoView + use<> {
    let until = match &v.row.time {
        CallTime::Now { until } => until.clone(),
        CallTime::Not { .. } => None,
    };
    let until = until.map(|until| view! { " They may be called until "<strong>{until}</strong>"." });
    view! {
        <section class="card" aria-label="Number">
            <p class="number">{number(phone).into_any()}</p>
            <p>"Where they are it is "<strong>{v.row.local_time.clone()}</strong>"."{until}</p>
        </section>
    }
}

fn first_words(v: &CallView) -> impl IntoView + use<> {
    let who = v.row.who.clone();
    let identity = v.identity.clone();
    let check = if identity.answer.is_empty() {
        view! { <p>"Then make sure that it is really them: nothing to ask about is on file."</p> }.into_any()
    } else {
        view! {
            <p>"Then make sure that it is really them:"</p>
            <blockquote class="say">{identity.ask}</blockquote>
            <p>"On file: "<strong>{identity.answer}</strong>". Do not read it out. Where the answer is another one, say that you will write instead, and end the call."</p>
        }
        .into_any()
    };
    view! {
        <div class="columns">
            <section class="card" aria-labelledby="first">
                <h2 id="first">"First: is it them?"</h2>
                <p>"Whoever answers, say only this:"</p>
                <blockquote class="say">{v.greeting.clone()}</blockquote>
                {check}
            </section>
            <section class="card" aria-labelledby="others">
                <h2 id="others">"If somebody else answers, or a machine"</h2>
                <blockquote class="say">{v.to_others.clone()}</blockquote>
                <p>"Do not say to anybody but "{who}":"</p>
                <ul>
                    <li>"that it is about money, an invoice or an account"</li>
                    <li>"how much, since when, or what for"</li>
                    <li>"that it is urgent, or that they did not call back"</li>
                    <li>"what they agreed to, or whether they pay"</li>
                </ul>
            </section>
        </div>
    }
}

fn script(v: &CallView) -> impl IntoView + use<> {
    let parts: Vec<_> = v
        .script
        .iter()
        .map(|part| match part {
            Said::Words(words) => view! { <p>{words.clone()}</p> }.into_any(),
            Said::List(lines) => {
                let lines: Vec<_> = lines.iter().map(|line| view! { <li>{line.clone()}</li> }).collect();
                view! { <ul>{lines}</ul> }.into_any()
            }
        })
        .collect();
    let language = v.language.clone();
    (!parts.is_empty()).then(|| {
        view! {
            <section class="card" aria-labelledby="say">
                <h2 id="say">"What to say, and what to ask"</h2>
                <div class="script" lang=language>{parts}</div>
            </section>
        }
    })
}

/// The outcomes that one press records.
const PRESSED: [(Outcome, &str); 4] = [
    (Outcome::Spoke, "We spoke"),
    (Outcome::NoAnswer, "No answer"),
    (Outcome::Voicemail, "Left a message"),
    (Outcome::WrongNumber, "Wrong number"),
];

fn outcomes(v: &CallView) -> impl IntoView + use<> {
    let action = format!("/console/calls/{}", v.row.id);
    let form = &v.form;
    let buttons: Vec<_> = PRESSED
        .into_iter()
        .map(|(outcome, label)| {
            view! { <button class="button quiet" name="outcome" value=outcome.code()>{label}</button> }
        })
        .collect();
    let promise = (!v.currencies.is_empty()).then(|| promise(v, &action).into_any());
    let made = v.closed || matches!(v.row.time, CallTime::Not { .. });
    let inside = view! {
        <div class="columns">
            <section class="card" aria-labelledby="went">
                <h2 id="went">"How did it go?"</h2>
                <form method="post" action=action.clone() novalidate>
                    {words(form, "said", "What was said", "You can leave it empty. They may ask to see what is written here")}
                    <div class="buttons">{buttons}</div>
                </form>
            </section>
            {promise}
        </div>
    };
    if made {
        let open = !form.values.is_empty();
        view! { <details open=open><summary>"You have called already? Record it"</summary>{inside}</details> }
            .into_any()
    } else {
        inside.into_any()
    }
}

fn promise(v: &CallView, action: &str) -> impl IntoView + use<> {
    let form = &v.form;
    let one = v.currencies.first().copied();
    let several = v.currencies.len() > 1;
    let currency = if several {
        let options = v.currencies.iter().map(|c| (c.code().to_owned(), c.code().to_owned())).collect();
        view! { <Select name="currency" label="Currency" options chosen=form.value("currency").to_owned()/> }.into_any()
    } else {
        let code = one.map(|c| c.code().to_owned()).unwrap_or_default();
        view! { <input type="hidden" name="currency" value=code/> }.into_any()
    };
    let prefix = if several { String::new() } else { one.map(sign).unwrap_or_default() };
    let (amount, wrong) = (form.value("amount").to_owned(), form.mistake("amount").map(str::to_owned));
    let latest =
        v.latest_on.map(|on| format!("Until {} it is agreed at once. Later is sent to you to decide", show(on)));
    let replaces = v.replaces.then(|| view! { <p>"It takes the place of the agreement that is running."</p> });
    view! {
        <section class="card" aria-labelledby="promised">
            <h2 id="promised">"They promised a date"</h2>
            <form method="post" action=action.to_owned() novalidate>
                <Field name="amount" label="Amount" input=Input::Amount prefix value=amount problem=wrong/>
                {currency}
                {field(form, "by_on", "By when", &latest.unwrap_or_default(), Input::Date)}
                {field(form, "promise_said", "What else was said", "You can leave it empty", Input::Text)}
                {replaces}
                <p class="hint">"They get the usual confirmation with the exact words."</p>
                <button class="button" name="outcome" value="promised">"Record the promise"</button>
            </form>
        </section>
    }
}

fn standing(v: &CallView, debtor: &str) -> impl IntoView + use<> {
    let balances: Vec<_> = v
        .balances
        .iter()
        .map(|b| {
            view! {
                <dl class="figures">
                    <div><dt>"Left in all"</dt><dd><Amount money=b.left/></dd></div>
                    <div><dt>"Asked for, without what is in dispute"</dt><dd><Amount money=b.asked/></dd></div>
                    <div><dt>"Of that, overdue"</dt><dd><Amount money=b.overdue/></dd></div>
                </dl>
            }
        })
        .collect();
    let balances =
        if balances.is_empty() { view! { <p>"Nothing is owed."</p> }.into_any() } else { balances.into_any() };
    let invoices = (!v.invoices.is_empty()).then(|| invoices(v).into_any());
    let commitments = (!v.commitments.is_empty()).then(|| {
        view! { <section aria-labelledby="commitments"><h2 id="commitments">"Agreements"</h2>{commitments_table(v.commitments.clone(), false).into_any()}</section> }
    });
    let disputes = (!v.disputes.is_empty()).then(|| {
        view! { <section aria-labelledby="disputes"><h2 id="disputes">"Disputes"</h2>{disputes_table(v.disputes.clone(), false).into_any()}</section> }
    });
    let contacts = (!v.contacts.is_empty()).then(|| {
        view! { <section aria-labelledby="contacts"><h2 id="contacts">"Last contacts"</h2>{contacts_table(v.contacts.clone()).into_any()}</section> }
    });
    let today = v.today;
    let debtor = debtor.to_owned();
    view! {
        <section aria-labelledby="standing">
            <h2 id="standing">"Where things stand"</h2>
            <p>"As of "<Day on=today/>". "<a href=debtor>"Everything about them"</a></p>
            {balances}
            {invoices}
        </section>
        {commitments}
        {disputes}
        {contacts}
    }
}

fn invoices(v: &CallView) -> impl IntoView + use<> {
    let rows: Vec<_> = v
        .invoices
        .iter()
        .cloned()
        .map(|i| {
            let what = (!i.description.is_empty()).then(|| view! { <br/><span class="hint">{i.description}</span> });
            let disputed = (i.disputed.minor > 0).then(|| view! { <Amount money=i.disputed/> });
            view! {
                <tr>
                    <th scope="row">{i.number}{what}</th>
                    <td data-label="Due"><Day on=i.due_on/></td>
                    <td data-label="Left" class="num"><Amount money=i.left/></td>
                    <td data-label="In dispute" class="num">{disputed}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <table class="rows">
            <caption>"Open invoices"</caption>
            <thead><tr>
                <th scope="col">"Number"</th><th scope="col">"Due"</th><th scope="col" class="num">"Left"</th><th scope="col" class="num">"In dispute"</th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
