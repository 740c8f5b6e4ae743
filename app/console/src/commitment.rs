//! One commitment: the words as they were shown, how it stands, and the decision where one is due.

use crate::frame::{Shell, problems};
use crate::parts::{choices, kind_words, state_tag, timeline, words};
use kept_api::console::CommitmentView;
use kept_domain::calendar::Frequency;
use kept_domain::commitment::Kind;
use kept_ui::amount::{Amount, sign};
use kept_ui::date::Day;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::{Choices, Field, Input};
use kept_ui::notice::{Notice, Tag, Tone};
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of one commitment.
pub fn commitment_page(v: CommitmentView) -> impl IntoView {
    let row = v.row.clone();
    let debtor = format!("/console/debtors/{}", row.debtor);
    let schedule: Vec<_> = v
        .schedule
        .iter()
        .map(|i| {
            let state = if i.paid.minor >= i.amount.minor {
                view! { <Tag tone=Tone::Good words="paid"/> }.into_any()
            } else if i.missed {
                view! { <Tag tone=Tone::Wait words="missed"/> }.into_any()
            } else {
                ().into_any()
            };
            let (on, amount, paid) = (i.due_on, i.amount, i.paid);
            view! {
                <tr>
                    <th scope="row"><Day on/></th>
                    <td class="num"><Amount money=amount/></td>
                    <td class="num"><Amount money=paid/></td>
                    <td>{state}</td>
                </tr>
            }
        })
        .collect();
    let related: Vec<_> =
        v.related.iter().map(|(words, href)| view! { <li><a href=href.clone()>{words.clone()}</a></li> }).collect();
    let related = (!related.is_empty()).then(|| view! { <ul>{related}</ul> });
    let decided = v.decided_by.clone().map(|by| {
        let at = v.decided_at.clone().unwrap_or_default();
        view! { <div><dt>"Decided by"</dt><dd>{by}", "{at}</dd></div> }
    });
    let reason = (!v.reason.is_empty()).then(|| view! { <div><dt>"Reason"</dt><dd>{v.reason.clone()}</dd></div> });
    let facts = [
        ("Proposed by", format!("{}, {}", v.proposed_by, row.proposed_at)),
        ("Identity was checked by", v.identity.clone()),
        ("Button that was pressed", v.button.clone()),
        ("Network address", v.address.clone()),
        ("Version of the words", format!("{}, language {}", v.words_version, v.words_language)),
        ("SHA-256 of the words", v.words_sha256.clone()),
    ];
    let facts: Vec<_> = facts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| view! { <div><dt>{name}</dt><dd>{text}</dd></div> })
        .collect();
    let title = format!("{} by {}", kind_words(row.kind), row.who);
    let decision = v.can_decide.then(|| decision(&v).into_any());
    let reopening = v.can_reopen.then(|| reopening(&v).into_any());
    view! {
        <Shell frame=v.frame.clone() here="/console/commitments">
            <Back href="/console/commitments" words="All commitments"/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>{title}</h1>
            <p>{state_tag(row.state)}" "<Amount money=row.total/>" in all, "<Amount money=row.paid/>" paid. "
                <a href=debtor>{row.who.clone()}</a></p>
            {decision}
            {reopening}
            <section aria-labelledby="payments">
                <h2 id="payments">"Payments"</h2>
                <table class="schedule">
                    <thead><tr>
                        <th scope="col">"By"</th><th scope="col" class="num">"Amount"</th>
                        <th scope="col" class="num">"Paid"</th><th scope="col">"State"</th>
                    </tr></thead>
                    <tbody>{schedule}</tbody>
                </table>
            </section>
            <section aria-labelledby="words">
                <h2 id="words">"The words as they were shown"</h2>
                <blockquote class="exact">{v.words.clone()}</blockquote>
                <dl class="facts lined long">{decided}{reason}{facts}</dl>
                {related}
            </section>
            <section aria-labelledby="timeline">
                <h2 id="timeline">"What happened"</h2>
                {timeline(v.timeline).into_any()}
            </section>
        </Shell>
    }
}

fn decision(v: &CommitmentView) -> impl IntoView + use<> {
    let base = format!("/console/commitments/{}", v.row.id);
    let form = v.form.clone();
    let answer_by = v.row.answer_by.map(|on| view! { <p>"Answer by "<Day on/>". Until then no reminders go out."</p> });
    let limits: Vec<_> = v.limits.iter().map(|line| view! { <li>{line.clone()}</li> }).collect();
    let limits = (!limits.is_empty()).then(|| {
        view! { <p>"It is outside the terms that you accept without being asked:"</p><ul>{limits}</ul> }
    });
    let counter = offer_fields(v);
    let countering = form.value("act") == "counter";
    let declining = form.value("act") == "decline";
    view! {
        <Notice tone=Tone::Wait heading="This waits for your decision">
            {answer_by}
            {limits}
            <form method="post" action=format!("{base}/accept")>
                <button class="button">"Accept this proposal"</button>
            </form>
            <details open=countering>
                <summary>"Offer something else"</summary>
                <form method="post" action=format!("{base}/counter") novalidate>
                    {counter}
                    {words(&form, "counter_note", "A few words to go with it", "They see this. It can stay empty")}
                    <button class="button quiet">"Send this offer"</button>
                </form>
            </details>
            <details open=declining>
                <summary>"Decline"</summary>
                <form method="post" action=format!("{base}/decline") novalidate>
                    {words(&form, "reason", "Reason", "They see this. Say what would be possible")}
                    <button class="button quiet">"Decline with this reason"</button>
                </form>
            </details>
        </Notice>
    }
}

/// A broken agreement that is offered again, on other days.
fn reopening(v: &CommitmentView) -> impl IntoView + use<> {
    let base = format!("/console/commitments/{}", v.row.id);
    let form = v.form.clone();
    let counter = offer_fields(v);
    view! {
        <Notice tone=Tone::Info heading="It ended unpaid, and you may open it again">
            <p>"They get your offer and say yes or no on their page."</p>
            <details open=form.value("act") == "counter">
                <summary>"Offer to open it again"</summary>
                <form method="post" action=format!("{base}/counter") novalidate>
                    {counter}
                    {words(&form, "counter_note", "A few words to go with it", "They see this. It can stay empty")}
                    <button class="button quiet">"Send this offer"</button>
                </form>
            </details>
        </Notice>
    }
}

/// The fields of an offer.
fn offer_fields(v: &CommitmentView) -> AnyView {
    let form = v.form.clone();
    let prefix = sign(v.row.total.currency);
    let text = |name: &str| (form.value(name).to_owned(), form.mistake(name).map(str::to_owned));
    let (first_on, first_wrong) = text("first_on");
    let (amount, amount_wrong) = text("amount");
    let today = kept_domain::calendar::iso(v.today);
    match v.row.kind {
        Kind::Promise | Kind::Settlement => view! {
            <Field name="amount" label="Amount" input=Input::Amount prefix value=amount problem=amount_wrong/>
            <Field name="first_on" label="To be paid by" input=Input::Date min=today value=first_on problem=first_wrong/>
        }
        .into_any(),
        Kind::Plan => {
            let (upfront, upfront_wrong) = text("upfront");
            let steps: Vec<_> = Frequency::ALL.iter().map(|f| (f.code(), f.words())).collect();
            view! {
                <Field name="amount" label="Each payment" hint="The last one is what is left" input=Input::Amount
                    prefix=prefix.clone() value=amount problem=amount_wrong/>
                <Choices name="frequency" legend="How often" choices=choices(&form, "frequency", false, &steps)
                    problem=form.mistake("frequency").map(str::to_owned)/>
                <Field name="first_on" label="First payment on" input=Input::Date min=today value=first_on problem=first_wrong/>
                <Field name="upfront" label="A different first payment" hint="Leave empty for none" input=Input::Amount
                    prefix value=upfront problem=upfront_wrong/>
            }
            .into_any()
        }
    }
}
