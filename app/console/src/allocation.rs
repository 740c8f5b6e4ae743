//! One payment: which invoices it pays, and moving a part of it.

use crate::frame::{Shell, problems};
use crate::parts::{Select, field};
use kept_api::allocation::{AllocationView, PlaceRow};
use kept_ui::amount::Amount;
use kept_ui::date::Day;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of one payment.
pub fn allocation_page(v: AllocationView) -> impl IntoView {
    let base = format!("/console/debtors/{}", v.debtor);
    let parts: Vec<_> = v
        .parts
        .iter()
        .map(|p| view! { <div><dt>{p.name.clone()}</dt><dd><Amount money=p.amount/></dd></div> })
        .collect();
    let moves: Vec<_> = v
        .moves
        .iter()
        .cloned()
        .map(|(on, words)| view! { <li><p>{words}</p><p class="hint"><Day on/></p></li> })
        .collect();
    let moves = (!moves.is_empty()).then(|| {
        view! {
            <section aria-labelledby="moves"><h2 id="moves">"What was moved"</h2><ol class="timeline">{moves}</ol></section>
        }
    });
    view! {
        <Shell frame=v.frame.clone() here="/console/debtors">
            <Back href=base.clone() words=v.name.clone()/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>{v.what.clone()}</h1>
            <p><Amount money=v.amount/>", "<Day on=v.on/></p>
            <section class="card" aria-labelledby="parts">
                <h2 id="parts">"What it pays"</h2>
                <dl class="known">{parts}</dl>
            </section>
            {move_form(&v, &base).map(IntoAny::into_any)}
            {moves}
            {undo_form(&v, &base).map(IntoAny::into_any)}
        </Shell>
    }
}

fn move_form(v: &AllocationView, base: &str) -> Option<impl IntoView + use<>> {
    let form = &v.form;
    let option = |p: &PlaceRow, more: &str| (p.id.clone(), format!("{}, {}{more}", p.name, p.amount.show()));
    let from: Vec<_> = v.parts.iter().map(|p| option(p, " of it")).collect();
    let mut to: Vec<_> = v.open.iter().map(|p| option(p, " left")).collect();
    to.push((String::new(), "Their account, for later".to_owned()));
    let only_account = v.open.is_empty() && v.parts.iter().all(|p| p.id.is_empty());
    let wrong = |name| form.mistake(name).map(str::to_owned);
    let (from_wrong, to_wrong) = (wrong("from"), wrong("to"));
    let (from_chosen, to_chosen) = (form.value("from").to_owned(), form.value("to").to_owned());
    let to_chosen =
        if form.values.is_empty() { to.first().map_or(String::new(), |(id, _)| id.clone()) } else { to_chosen };
    let action = format!("{base}/payments/{}", v.payment);
    (!from.is_empty() && !only_account).then(|| {
        view! {
            <section aria-labelledby="move">
                <h2 id="move">"Move a part of it"</h2>
                <form class="card" method="post" action=action novalidate>
                    <Select name="from" label="From" options=from chosen=from_chosen problem=from_wrong/>
                    <Select name="to" label="To" options=to chosen=to_chosen problem=to_wrong/>
                    {field(form, "amount", "Amount", "Leave it empty for as much as fits", Input::Amount)}
                    <input type="hidden" name="once" value=v.once.clone()/>
                    <button class="button">"Move it"</button>
                </form>
                <p class="hint">"Nothing is erased: the move is written down, and they see it on their receipt."</p>
            </section>
        }
    })
}

fn undo_form(v: &AllocationView, base: &str) -> Option<impl IntoView + use<>> {
    let form = &v.form;
    let action = format!("{base}/payments/{}/undo", v.payment);
    (v.may_undo && !v.parts.is_empty()).then(|| {
        view! {
            <section aria-labelledby="undo">
                <h2 id="undo">"It was no payment"</h2>
                <form class="card" method="post" action=action novalidate>
                    {field(form, "why", "Why", "Such as: recorded for the wrong customer", Input::Text)}
                    <button class="button quiet">"Take it out of the books"</button>
                </form>
                <p class="hint">"What it paid is owed again. Nothing is erased: both stay in the account’s history."</p>
            </section>
        }
    })
}
