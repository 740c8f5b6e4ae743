//! Parts that several pages share: one-line fields from a form, the state of a commitment, a timeline, page numbers.

use kept_api::console::{CommitmentRow, ContactRow, DisputeRow, Form, TimelineRow};
use kept_domain::commitment::{Kind, State};
use kept_domain::dispute;
use kept_ui::amount::Amount;
use kept_ui::date::Day;
use kept_ui::field::{Choice, Field, Input, Words};
use kept_ui::notice::{Tag, Tone};
use leptos::prelude::*;

/// A field of one line with what the form says of it.
pub fn field(form: &Form, name: &'static str, label: &str, hint: &str, input: Input) -> AnyView {
    let (label, hint) = (label.to_owned(), hint.to_owned());
    let (value, problem) = (form.value(name).to_owned(), form.mistake(name).map(str::to_owned));
    view! { <Field name label hint input value problem/> }.into_any()
}

/// A field of several lines with what the form says of it.
pub fn words(form: &Form, name: &'static str, label: &str, hint: &str) -> AnyView {
    let (label, hint) = (label.to_owned(), hint.to_owned());
    let (value, problem) = (form.value(name).to_owned(), form.mistake(name).map(str::to_owned));
    view! { <Words name label hint value problem/> }.into_any()
}

/// Answers to choose from; those that the form names are chosen, or else the first where `first` says so.
pub fn choices(form: &Form, name: &'static str, first: bool, options: &[(&str, &str)]) -> Vec<Choice> {
    let chosen: Vec<&str> = form.all(name).collect();
    options
        .iter()
        .enumerate()
        .map(|(n, (value, label))| {
            Choice::new(*value, *label, chosen.contains(value) || (first && chosen.is_empty() && n == 0))
        })
        .collect()
}

/// A list to choose one from.
#[component]
pub fn Select(
    /// Its name and id.
    name: &'static str,
    /// Its label.
    #[prop(into)]
    label: String,
    /// Values and what is read.
    options: Vec<(String, String)>,
    /// The value that is chosen.
    #[prop(into)]
    chosen: String,
    /// What is wrong with it.
    #[prop(optional_no_strip)]
    problem: Option<String>,
) -> impl IntoView {
    let wrong = problem.is_some();
    let described = wrong.then(|| format!("{name}-error"));
    let options: Vec<_> = options
        .into_iter()
        .map(|(value, label)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect();
    view! {
        <div class="field" class:wrong=wrong>
            <label for=name>{label}</label>
            <kept_ui::error_summary::FieldError name problem/>
            <select id=name name=name aria-describedby=described aria-invalid=wrong.then_some("true")>{options}</select>
        </div>
    }
}

/// What a kind of commitment is called.
pub fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Promise => "Promise",
        Kind::Plan => "Instalments",
        Kind::Settlement => "Settlement",
    }
}

/// What a state is called.
pub fn state_words(state: State) -> &'static str {
    match state {
        State::Proposed => "Waits for you",
        State::Countered => "Waits for them",
        State::Active => "Running",
        State::Missed => "Payment missed",
        State::Kept => "Kept",
        State::Broken => "Broken",
        State::Declined => "Declined",
        State::Withdrawn => "Withdrawn",
        State::Expired => "Expired",
        State::Cancelled => "Cancelled",
    }
}

/// A commitment's state as a tag.
pub fn state_tag(state: State) -> impl IntoView {
    let tone = match state {
        State::Active | State::Kept => Tone::Good,
        State::Proposed | State::Missed | State::Broken => Tone::Wait,
        _ => Tone::Info,
    };
    view! { <Tag tone words=state_words(state)/> }
}

/// What a kind of dispute is called.
pub fn dispute_words(kind: dispute::Kind) -> &'static str {
    match kind {
        dispute::Kind::Dispute => "Dispute",
        dispute::Kind::Claim => "Says it is paid",
        dispute::Kind::Hardship => "Cannot afford it",
    }
}

/// A dispute's state as a tag.
pub fn dispute_tag(state: dispute::State) -> impl IntoView {
    use dispute::State as S;
    let (tone, words) = match state {
        S::Open => (Tone::Wait, "Waits for you"),
        S::Answered => (Tone::Info, "Answered"),
        S::Upheld => (Tone::Good, "Agreed"),
        S::Partly => (Tone::Good, "Agreed in part"),
        S::Rejected => (Tone::Info, "Not agreed"),
        S::Withdrawn => (Tone::Info, "Withdrawn"),
        S::Closed => (Tone::Info, "Settled"),
    };
    view! { <Tag tone words=words/> }
}

/// A table of commitments; the debtor's name is left out on the debtor's own page.
pub fn commitments_table(rows: Vec<CommitmentRow>, with_names: bool) -> impl IntoView {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let href = format!("/console/commitments/{}", row.id);
            let debtor = format!("/console/debtors/{}", row.debtor);
            let next = row.next.filter(|_| row.state.is_running()).map(|(on, left)| {
                view! { <Amount money=left/>" by "<Day on/> }
            });
            let answer = row.answer_by.map(|on| view! { <br/>"answer by "<Day on/> });
            let who = with_names.then(|| view! { <td data-label="Who"><a href=debtor>{row.who}</a></td> });
            view! {
                <tr>
                    <th scope="row"><a href=href>{kind_words(row.kind)}<span class="sr">" proposed "{row.proposed_at.clone()}</span></a></th>
                    {who}
                    <td data-label="State">{state_tag(row.state)}{answer}</td>
                    <td data-label="In all" class="num"><Amount money=row.total/></td>
                    <td data-label="Paid" class="num"><Amount money=row.paid/></td>
                    <td data-label="Next payment">{next}</td>
                    <td data-label="Proposed">{row.proposed_at}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <table class="rows">
            <thead><tr>
                <th scope="col">"What"</th>
                {with_names.then(|| view! { <th scope="col">"Who"</th> })}
                <th scope="col">"State"</th>
                <th scope="col" class="num">"In all"</th>
                <th scope="col" class="num">"Paid"</th>
                <th scope="col">"Next payment"</th>
                <th scope="col">"Proposed"</th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// A table of disputes, claims and hardships.
pub fn disputes_table(rows: Vec<DisputeRow>, with_names: bool) -> impl IntoView {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let href = format!("/console/disputes/{}", row.id);
            let debtor = format!("/console/debtors/{}", row.debtor);
            let who = with_names.then(|| view! { <td data-label="Who"><a href=debtor>{row.who}</a></td> });
            let amount = (row.amount.minor > 0).then(|| view! { <Amount money=row.amount/> });
            let by = row.state.is_open().then(|| {
                view! { <Day on=row.answer_by/>{row.late.then(|| view! { " "<Tag tone=Tone::Wait words="late"/> })} }
            });
            view! {
                <tr>
                    <th scope="row"><a href=href>{dispute_words(row.kind)}<span class="sr">" of "{row.raised_at.clone()}</span></a></th>
                    {who}
                    <td data-label="State">{dispute_tag(row.state)}</td>
                    <td data-label="Why">{row.reason.map_or("", |r| r.words())}</td>
                    <td data-label="About" class="num">{amount}</td>
                    <td data-label="Raised">{row.raised_at}</td>
                    <td data-label="Answer by">{by}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <table class="rows">
            <thead><tr>
                <th scope="col">"What"</th>
                {with_names.then(|| view! { <th scope="col">"Who"</th> })}
                <th scope="col">"State"</th>
                <th scope="col">"Why"</th>
                <th scope="col" class="num">"About"</th>
                <th scope="col">"Raised"</th>
                <th scope="col">"Answer by"</th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// A table of contacts, in their order.
pub fn contacts_table(rows: Vec<ContactRow>) -> impl IntoView {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|c| {
            let rule = (!c.rule.is_empty()).then(|| view! { <br/><span class="hint">{c.rule.clone()}</span> });
            let body = (!c.body.is_empty()).then(|| view! { <details><summary>"Read it"</summary><blockquote class="exact">{c.body}</blockquote></details> });
            let print = c.letter.map(|action| {
                view! { <form method="post" action=action><button class="plain">"Print"<span class="sr">" the letter of "{c.at.clone()}</span></button></form> }
            });
            view! {
                <tr>
                    <th scope="row">{c.what}</th>
                    <td data-label="When">{c.at}</td>
                    <td data-label="State">{c.state}{rule}</td>
                    <td data-label="By">{c.actor}</td>
                    <td data-label="Words">{c.subject}{body}{print}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <table class="rows">
            <thead><tr>
                <th scope="col">"What"</th><th scope="col">"When"</th><th scope="col">"State"</th><th scope="col">"By"</th><th scope="col">"Words"</th>
            </tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// Who did what and when.
pub fn timeline(rows: Vec<TimelineRow>) -> impl IntoView {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let from = (!row.address.is_empty()).then(|| view! { " from "{row.address} });
            view! { <li><p>{row.what}</p><p class="hint">{row.who}", "{row.at}{from}</p></li> }
        })
        .collect();
    if rows.is_empty() {
        view! { <p>"Nothing has happened yet."</p> }.into_any()
    } else {
        view! { <ol class="timeline">{rows}</ol> }.into_any()
    }
}

/// Links to the pages before and after; `query` is the rest of the address, without `page`.
pub fn pages(path: &str, query: &[(&str, &str)], page: u32, more: bool) -> Option<impl IntoView + use<>> {
    pages_at(path, query, page, more, "")
}

/// The same, of a list that begins at a part of the page.
pub fn pages_at(
    path: &str,
    query: &[(&str, &str)],
    page: u32,
    more: bool,
    part: &str,
) -> Option<impl IntoView + use<>> {
    let href = |page: u32| {
        let mut out = format!("{path}?page={page}");
        for (name, text) in query.iter().filter(|(_, text)| !text.is_empty()) {
            out.push('&');
            out.push_str(name);
            out.push('=');
            out.push_str(&escape_query(text));
        }
        if !part.is_empty() {
            out.push('#');
            out.push_str(part);
        }
        out
    };
    (page > 1 || more).then(|| {
        let before = (page > 1).then(|| view! { <a rel="prev" href=href(page - 1)>"Previous page"</a> });
        let after = more.then(|| view! { <a rel="next" href=href(page + 1)>"Next page"</a> });
        view! { <nav class="pages" aria-label="Pages">{before}<span>"Page "{page}</span>{after}</nav> }
    })
}

/// A text as it stands in the query of an address.
pub fn escape_query(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_what_was_searched_for() {
        assert_eq!(escape_query("Ä & b=1"), "%C3%84%20%26%20b%3D1");
    }
}
