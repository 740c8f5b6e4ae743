//! Where card payments in the books and at the gateway do not agree: what it means, and what to do.

use crate::frame::{Shell, problems};
use kept_api::console::Form;
use kept_api::reconciliation::{DiscrepancyRow, ReconciliationView, RunRow};
use kept_ui::date::Day;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::notice::{Notice, Tag, Tone};
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of comparisons.
pub fn reconciliation_page(v: ReconciliationView) -> impl IntoView {
    let form = v.form.clone();
    let waiting = if v.open.is_empty() {
        view! { <p>"Nothing waits for you."</p> }.into_any()
    } else {
        v.open.into_iter().map(|row| open(&form, row).into_any()).collect_view().into_any()
    };
    let ended: Vec<_> = v.ended.into_iter().map(ended_row).collect();
    let ended = (!ended.is_empty()).then(|| {
        view! {
            <section aria-labelledby="ended">
                <h2 id="ended">"Put right"</h2>
                <table class="rows">
                    <thead><tr><th scope="col">"What"</th><th scope="col">"Customer"</th><th scope="col">"Found"</th><th scope="col">"Ended"</th></tr></thead>
                    <tbody>{ended}</tbody>
                </table>
            </section>
        }
    });
    let runs: Vec<_> = v.runs.into_iter().map(run_row).collect();
    let runs = if runs.is_empty() {
        view! { <p>"Nothing has been compared yet."</p> }.into_any()
    } else {
        view! {
            <table class="rows">
                <thead><tr><th scope="col">"When"</th><th scope="col">"From"</th><th scope="col">"To"</th><th scope="col">"Result"</th></tr></thead>
                <tbody>{runs}</tbody>
            </table>
        }
        .into_any()
    };
    let without = (!v.by_card).then(|| {
        view! { <Notice heading="Nobody can pay by card here">"Without a card gateway there is nothing to compare."</Notice> }
    });
    view! {
        <Shell frame=v.frame here="/console/policy">
            <Back href="/console/policy" words="Settings"/>
            <ErrorSummary problems=problems(&form)/>
            <h1>"Card payments compared"</h1>
            <p>"Every day the payments, refunds and chargebacks in your books are compared with what the gateway says. What the
            gateway simply knew earlier is booked by itself. The rest is listed here."</p>
            {without}
            <section aria-labelledby="open">
                <h2 id="open">"To look into"</h2>
                {waiting}
            </section>
            {ended}
            <section aria-labelledby="runs">
                <h2 id="runs">"Latest comparisons"</h2>
                {runs}
            </section>
        </Shell>
    }
}

fn whose(whose: Option<(String, String)>) -> AnyView {
    match whose {
        Some((id, name)) => view! { <a href=format!("/console/debtors/{id}")>{name}</a> }.into_any(),
        None => view! { "Not known" }.into_any(),
    }
}

fn open(form: &Form, row: DiscrepancyRow) -> impl IntoView + use<> {
    let (id, field) = (format!("discrepancy-{}", row.id), format!("note-{}", row.id));
    let heading = id.clone();
    let action = format!("/console/reconciliation/{}", row.id);
    let other = (!row.payment.is_empty()).then(|| {
        view! { <div><dt>"Payment"</dt><dd><code>{row.payment.clone()}</code></dd></div> }
    });
    let mine = form.value("id") == row.id;
    let (wrong_id, typed) =
        (format!("{field}-problem"), if mine { form.value("note").to_owned() } else { String::new() });
    let wrong = form.mistake("note").filter(|_| mine).map(str::to_owned);
    let described = wrong.is_some().then(|| wrong_id.clone());
    let wrong = wrong.map(|words| view! { <p class="error" id=wrong_id><span class="sr">"Error: "</span>{words}</p> });
    // The summary at the top leads to the field of the form that was sent.
    let field = if mine { "note".to_owned() } else { field };
    view! {
        <article class="card" aria-labelledby=id>
            <h3 id=heading>{row.words}</h3>
            <p>{row.advice}</p>
            <dl class="facts">
                <div><dt>"Customer"</dt><dd>{whose(row.whose)}</dd></div>
                <div><dt>"At the gateway"</dt><dd><code>{row.gateway_id.clone()}</code></dd></div>
                {other}
                <div><dt>"Found"</dt><dd>{row.found_at}</dd></div>
            </dl>
            <form method="post" action=action class="field" novalidate>
                <label for=field.clone()>"What you did about it"<span class="sr">": "{row.gateway_id.clone()}</span></label>
                {wrong}
                <input id=field name="note" type="text" autocomplete="off" value=typed aria-describedby=described/>
                <button class="button quiet">"It is dealt with"<span class="sr">": "{row.gateway_id}</span></button>
            </form>
        </article>
    }
}

fn ended_row(row: DiscrepancyRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{row.words}</th>
            <td data-label="Customer">{whose(row.whose)}</td>
            <td data-label="Found">{row.found_at}</td>
            <td data-label="Ended">{row.ended}</td>
        </tr>
    }
}

fn run_row(row: RunRow) -> impl IntoView {
    let tag = row.failed.then(|| view! { " "<Tag tone=Tone::Wait words="tried again"/> });
    view! {
        <tr>
            <th scope="row">{row.at}</th>
            <td data-label="From"><Day on=row.from_on/></td>
            <td data-label="To"><Day on=row.until_on/></td>
            <td data-label="Result">{row.words}{tag}</td>
        </tr>
    }
}
