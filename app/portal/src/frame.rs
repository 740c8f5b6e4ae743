//! What all pages of an account share: the frame, the business's contact, an agreement's words, a list of payments.

use chrono::NaiveDate;
use kept_api::portal::{Business, InvoiceLine};
use kept_domain::calendar::show;
use kept_domain::money::{Currency, Money};
use kept_domain::plan::Instalment;
use kept_ui::amount::Amount;
use kept_ui::date::Day;
use kept_ui::page::Page;
use leptos::prelude::*;

/// A page of somebody who has answered the identity question.
#[component]
pub fn Frame(
    /// The business.
    business: Business,
    /// The page uses the whole width of a large screen.
    #[prop(optional)]
    wide: bool,
    /// The page.
    children: Children,
) -> impl IntoView {
    let nav = view! {
        <nav class="buttons" aria-label="Account">
            <a href="/account">"Account"</a>
            <a href="/account/contacts">"Messages"</a>
            <form method="post" action="/account/leave"><button class="plain">"Sign out"</button></form>
        </nav>
    };
    let brand = business.name.clone();
    let foot = view! {
        <h2>{format!("Talk to {}", business.name)}</h2>
        <Contact business/>
    };
    view! { <Page brand home="/account" nav=nav.into_any() foot=foot.into_any() wide>{children()}</Page> }
}

/// How to reach the business: whatever it has told.
#[component]
pub fn Contact(
    /// The business.
    business: Business,
) -> impl IntoView {
    let Business { email, phone, address, .. } = business;
    let given = |text: String| (!text.is_empty()).then_some(text);
    view! {
        <p class="message">
            {given(email).map(|email| view! { <a href=format!("mailto:{email}")>{email.clone()}</a>"\n" })}
            {given(phone).map(|phone| view! { <a href=telephone(&phone)>{phone.clone()}</a>"\n" })}
            {address}
        </p>
    }
}

fn telephone(phone: &str) -> String {
    let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    format!("tel:{digits}")
}

/// The exact words of an agreement, one sentence a line; lines that begin with a dash are a list.
#[component]
pub fn AgreementWords(
    /// The words.
    words: String,
) -> impl IntoView {
    let mut blocks: Vec<AnyView> = Vec::new();
    let mut items: Vec<AnyView> = Vec::new();
    for line in words.lines() {
        if let Some(item) = line.strip_prefix("- ") {
            items.push(view! { <li>{item.to_owned()}</li> }.into_any());
            continue;
        }
        if !items.is_empty() {
            blocks.push(view! { <ul>{std::mem::take(&mut items)}</ul> }.into_any());
        }
        blocks.push(view! { <p>{line.to_owned()}</p> }.into_any());
    }
    if !items.is_empty() {
        blocks.push(view! { <ul>{items}</ul> }.into_any());
    }
    blocks
}

/// Payments with their dates, as a table.
#[component]
pub fn Payments(
    /// The payments.
    instalments: Vec<Instalment>,
    /// Their currency.
    currency: Currency,
) -> impl IntoView {
    let rows: Vec<_> = (1u32..)
        .zip(instalments)
        .map(|(n, one)| {
            view! {
                <tr>
                    <td>{n}</td>
                    <td>{show(one.due_on)}</td>
                    <td class="num">{Money::new(one.amount_minor, currency).show()}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <table>
            <thead><tr><th scope="col">"No."</th><th scope="col">"Due by"</th><th scope="col" class="num">"Amount"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// An invoice with everything that has happened to it.
#[component]
pub fn Invoice(
    /// The invoice.
    line: InvoiceLine,
    /// Its currency.
    currency: Currency,
) -> impl IntoView {
    let money = move |minor| Money::new(minor, currency);
    let fact = move |words: &'static str, minor: i64| {
        (minor != 0).then(|| view! { <div><dt>{words}</dt><dd><Amount money=money(minor)/></dd></div> })
    };
    let about =
        if line.description.is_empty() { None } else { Some(view! { <p class="soft small">{line.description}</p> }) };
    let late = (line.late_minor != 0).then(|| {
        view! { <p class="small"><a href="/account/late-charges">"How the late charge was worked out"</a></p> }
    });
    view! {
        <article class="invoice">
            <div class="row"><h3>{format!("Invoice {}", line.number)}</h3><strong><Amount money=money(line.left_minor)/></strong></div>
            {about}
            <p class="soft small">{due_words(line.due_on, line.late_days)}</p>
            <dl class="facts">
                {(line.amount_minor != line.left_minor).then(|| fact("Invoice amount", line.amount_minor))}
                {fact("Late charge", line.late_minor)}
                {fact("Paid or taken off", line.paid_minor)}
                {fact("On hold while we look into it", line.disputed_minor)}
            </dl>
            {late}
        </article>
    }
}

/// When an invoice is or was due, in words.
pub fn due_words(due_on: NaiveDate, late_days: i64) -> String {
    match late_days {
        i64::MIN..=-1 => format!("Due by {}", show(due_on)),
        0 => format!("Due today, {}", show(due_on)),
        1 => format!("Was due by {}, one day ago", show(due_on)),
        days => format!("Was due by {}, {days} days ago", show(due_on)),
    }
}

/// A back link to the account.
#[component]
pub fn BackToAccount() -> impl IntoView {
    view! { <kept_ui::page::Back href="/account" words="Back to your account"/> }
}

/// "on 3 July 2027" for a page's text.
#[component]
pub fn Until(
    /// The day.
    on: NaiveDate,
) -> impl IntoView {
    view! { <strong><Day on/></strong> }
}
