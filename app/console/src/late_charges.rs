//! Late charges of one customer: what the law adds, what is claimed, and what is given up.

use crate::frame::{Shell, problems};
use crate::parts::{Select, field, words};
use kept_api::late_charges::{BookedCharge, LateChargesView, LateRow};
use kept_domain::calendar::show;
use kept_domain::money::Money;
use kept_ui::amount::Amount;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::late_charge::{HOW, WorkedOut};
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of late charges.
pub fn late_charges_page(v: LateChargesView) -> impl IntoView {
    let base = format!("/console/debtors/{}", v.debtor);
    let action = format!("{base}/late-charges");
    let intro = match &v.law {
        Some(law) => {
            let source = law.source.clone();
            let url = law.url.clone();
            view! {
                <p>"What the law adds to invoices between companies that are paid late. Nothing is added until you claim it, and your customer then sees every day of it: "<a href=url rel="noreferrer">{source}</a>"."</p>
            }
            .into_any()
        }
        None => view! {
            <p>"Late charges are off. What was claimed before stands until you give it up. "<a href="/console/policy/late-charges">"Settings of late charges"</a></p>
        }
        .into_any(),
    };
    let obstacle = v.obstacle.clone().map(|words| view! { <p>{words}"."</p> });
    let none = (v.rows.is_empty() && v.law.is_some() && v.obstacle.is_none())
        .then(|| view! { <p>"No invoice of theirs is late."</p> });
    let how = (!v.rows.is_empty()).then(|| view! { <p class="soft small">{HOW}</p> });
    let waive = waive_form(&v, &action);
    let owner = v.frame.owner;
    let rows: Vec<_> = v.rows.into_iter().map(|row| invoice(row, &action, owner)).collect();
    view! {
        <Shell frame=v.frame.clone() here="/console/debtors">
            <Back href=base words=v.name.clone()/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>"Late charges"</h1>
            {intro}
            {obstacle}
            {none}
            {rows}
            {how}
            {waive}
        </Shell>
    }
}

fn invoice(row: LateRow, action: &str, owner: bool) -> AnyView {
    let currency = row.amount.currency;
    let heading = format!("Invoice {}", row.number);
    let about = format!("{}, due by {}", row.amount.show(), show(row.due_on));
    let worked = row.worked.map_or_else(
        |refusal| (!refusal.is_empty()).then(|| view! { <p>{refusal}</p> }).into_any(),
        |charge| {
            let sum = Money::new(charge.minor(), currency);
            view! {
                <details>
                    <summary>{format!("The law adds {} until yesterday: day by day", sum.show())}</summary>
                    <WorkedOut charge currency/>
                </details>
            }
            .into_any()
        },
    );
    let claim = match row.claim {
        Err(words) if words.is_empty() => ().into_any(),
        Err(words) => view! { <p class="soft small">{words}"."</p> }.into_any(),
        Ok(_) if !owner => ().into_any(),
        Ok(amount) => view! {
            <form method="post" action=action.to_owned()>
                <input type="hidden" name="invoice" value=row.id.clone()/>
                <input type="hidden" name="seen" value=amount.minor.to_string()/>
                <button class="button">{format!("Claim {}", amount.show())}<span class="sr">" on invoice "{row.number.clone()}</span></button>
            </form>
        }
        .into_any(),
    };
    let booked = row.booked.map(booked);
    view! {
        <section class="card">
            <h2>{heading}</h2>
            <p class="soft small">{about}</p>
            {worked}
            {claim}
            {booked}
        </section>
    }
    .into_any()
}

fn booked(c: BookedCharge) -> AnyView {
    let currency = c.stands.currency;
    let claimed = Money::new(c.worked.minor(), currency);
    let waived: Vec<_> = c
        .waived
        .into_iter()
        .map(|w| {
            let (words, amount) =
                (format!("Given up on {}: {}", show(w.on), w.reason), Money::new(-w.amount.minor, currency));
            view! { <li class="sum"><span>{words}</span><Amount money=amount/></li> }
        })
        .collect();
    let until = format!("Claimed, for the time until {}", show(c.until_on));
    view! {
        <ul class="sums">
            <li class="sum"><span>{until}</span><Amount money=claimed/></li>
            {waived}
            <li class="sum"><b>"What stands of it"</b><strong><Amount money=c.stands/></strong></li>
        </ul>
    }
    .into_any()
}

/// Giving up all or a part of what stands on one invoice.
fn waive_form(v: &LateChargesView, action: &str) -> Option<AnyView> {
    let open = |row: &LateRow| {
        let open = row.open?;
        Some((row.id.clone(), format!("Invoice {}, {}", row.number, open.show())))
    };
    let options: Vec<_> = v.rows.iter().filter_map(open).collect();
    if options.is_empty() || !v.frame.owner {
        return None;
    }
    let (chosen, problem) = (v.form.value("invoice").to_owned(), v.form.mistake("invoice").map(str::to_owned));
    let once = v.once.clone();
    let form = view! {
        <section aria-labelledby="waive">
            <h2 id="waive">"Give a charge up"</h2>
            <form class="card" method="post" action=format!("{action}/waive") novalidate>
                <Select name="invoice" label="Which" options chosen problem/>
                {field(&v.form, "waived", "Amount", "Leave it empty for all of it", Input::Amount)}
                {words(&v.form, "why", "Why", "They read it")}
                <input type="hidden" name="once" value=once/>
                <button class="button">"Give it up"</button>
            </form>
        </section>
    };
    Some(form.into_any())
}
