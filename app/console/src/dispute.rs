//! One dispute, claim or hardship: what was said, the proof, and the answer.

use crate::frame::{Shell, problems};
use crate::parts::{choices, dispute_tag, dispute_words, timeline, words};
use kept_api::console::DisputeView;
use kept_domain::dispute::Kind;
use kept_ui::amount::{Amount, sign};
use kept_ui::date::Day;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::{Choices, Field, Input};
use kept_ui::notice::{Notice, Tag, Tone};
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of one dispute.
pub fn dispute_page(v: DisputeView) -> impl IntoView {
    let row = v.row.clone();
    let title = format!("{}: {}", dispute_words(row.kind), row.who);
    let debtor = format!("/console/debtors/{}", row.debtor);
    let items: Vec<_> = v
        .items
        .iter()
        .map(|(number, held)| {
            let (number, held) = (number.clone(), *held);
            view! { <tr><th scope="row">"Invoice "{number}</th><td class="num"><Amount money=held/></td></tr> }
        })
        .collect();
    let items = (!items.is_empty()).then(|| {
        view! {
            <table>
                <thead><tr><th scope="col">"About"</th><th scope="col" class="num">"Not chased meanwhile"</th></tr></thead>
                <tbody>{items}</tbody>
            </table>
        }
    });
    let files: Vec<_> = v
        .files
        .iter()
        .map(|file| {
            let href = format!("/console/disputes/{}/files/{}", row.id, file.id);
            view! { <li><a href=href download>{file.name.clone()}</a>" "<span class="hint">{file.what.clone()}</span></li> }
        })
        .collect();
    let files = (!files.is_empty()).then(|| view! { <h3>"Proof"</h3><ul>{files}</ul> });
    let said = if v.words.is_empty() { "They wrote nothing.".to_owned() } else { v.words.clone() };
    let late = row.late.then(|| view! { " "<Tag tone=Tone::Wait words="late"/> });
    let deadline = row.state.is_open().then(|| view! { <p>"Answer by "<Day on=row.answer_by/>{late}</p> });
    let answer = (!v.answer.is_empty()).then(|| {
        view! { <section aria-labelledby="answered"><h2 id="answered">"Your answer"</h2><blockquote class="exact">{v.answer.clone()}</blockquote></section> }
    });
    let outcome = v.resolved.clone().map(|who| {
        let credited = v.credited;
        let what = if v.as_payment { " is booked as paid." } else { " was credited." };
        let credited = (credited.minor > 0).then(|| view! { <p><Amount money=credited/>{what}</p> });
        view! { <Notice heading="Resolved"><p>{who}</p>{credited}</Notice> }
    });
    let forms = row.state.is_open().then(|| forms(&v).into_any());
    view! {
        <Shell frame=v.frame.clone() here="/console/disputes">
            <Back href="/console/disputes" words="All disputes"/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>{title}</h1>
            <p>{dispute_tag(row.state)}" raised "{row.raised_at.clone()}" by "<a href=debtor>{row.who.clone()}</a></p>
            {deadline}
            {outcome}
            <section aria-labelledby="said">
                <h2 id="said">"What they said"</h2>
                {row.reason.map(|r| view! { <p>{r.words()}</p> })}
                {v.paid.clone().map(|paid| view! { <p>{paid}</p> })}
                <blockquote class="exact">{said}</blockquote>
                {files}
                {items}
            </section>
            {answer}
            {forms}
            <section aria-labelledby="timeline">
                <h2 id="timeline">"What happened"</h2>
                {timeline(v.timeline).into_any()}
            </section>
        </Shell>
    }
}

fn forms(v: &DisputeView) -> impl IntoView + use<> {
    let base = format!("/console/disputes/{}", v.row.id);
    let form = &v.form;
    let resolve = if v.row.kind == Kind::Hardship {
        view! {
            <form method="post" action=format!("{base}/resolve") novalidate>
                <input type="hidden" name="outcome" value="close"/>
                {words(form, "reason", "What was agreed, or why it ends", "They see this")}
                <button class="button">"Settle this"</button>
            </form>
        }
        .into_any()
    } else {
        let options = match v.row.kind {
            Kind::Claim => [
                ("uphold", "They have paid it: take it off what they owe"),
                ("partly", "Part of it was paid: take this part off"),
                ("reject", "We cannot find the payment"),
            ],
            _ => [
                ("uphold", "They are right: take all of it off what they owe"),
                ("partly", "They are right in part: take this part off"),
                ("reject", "We do not agree: it is owed"),
            ],
        };
        let prefix = sign(v.row.amount.currency);
        let (amount, wrong) = (form.value("credited").to_owned(), form.mistake("credited").map(str::to_owned));
        let outcome_wrong = form.mistake("outcome").map(str::to_owned);
        view! {
            <form method="post" action=format!("{base}/resolve") novalidate>
                <Choices name="outcome" legend="Your decision" choices=choices(form, "outcome", false, &options) problem=outcome_wrong/>
                <Field name="credited" label="Amount to take off" hint="Only for a decision in part" input=Input::Amount prefix
                    value=amount problem=wrong/>
                {words(form, "reason", "Reason", "They see this")}
                <button class="button">"Decide"</button>
            </form>
        }
        .into_any()
    };
    view! {
        <div class="columns">
            <section class="card" aria-labelledby="decide">
                <h2 id="decide">{if v.row.kind == Kind::Hardship { "Settle it" } else { "Decide" }}</h2>
                {resolve}
            </section>
            <section class="card" aria-labelledby="write">
                <h2 id="write">"Write back without deciding"</h2>
                <form method="post" action=format!("{base}/answer") novalidate>
                    {words(form, "answer", "Your answer", "Ask for what you need to know. They see this")}
                    <button class="button quiet">"Send the answer"</button>
                </form>
            </section>
        </div>
    }
}
