//! Bank statements: choose a file, see what it brought, decide on what is not beyond doubt, take a booking back.

use crate::frame::{Shell, problems};
use crate::parts::pages;
use kept_api::statements::{CandidateRow, LineRow, StatementRow, StatementView, StatementsView};
use kept_ui::amount::Amount;
use kept_ui::date::Day;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::FileField;
use kept_ui::notice::{Notice, Tag, Tone};
use kept_ui::page::Back;
use leptos::prelude::*;

/// The section that the pages belong to.
const HERE: &str = "/console/imports";

/// The page of statements.
pub fn statements_page(v: StatementsView) -> impl IntoView {
    let form = v.form.clone();
    let wrong = form.mistake("file").map(str::to_owned);
    let none_waits = v.lines.is_empty();
    let lines: Vec<_> = v.lines.into_iter().map(line).collect();
    let more = v.more.then(|| view! { <p>"More follow when these are decided."</p> });
    let waiting = (!none_waits).then(|| {
        view! {
            <section aria-labelledby="waiting">
                <h2 id="waiting">"Whose payment is it?"</h2>
                {lines}
                {more}
            </section>
        }
    });
    let rows: Vec<_> = v.rows.into_iter().map(statement_row).collect();
    let earlier = (!rows.is_empty()).then(|| {
        view! {
            <section aria-labelledby="earlier">
                <h2 id="earlier">"Earlier statements"</h2>
                <table class="rows">
                    <thead><tr>
                        <th scope="col">"File"</th><th scope="col">"Format"</th><th scope="col">"Until"</th>
                        <th scope="col" class="num">"Booked"</th><th scope="col" class="num">"To decide"</th><th scope="col">"When"</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </section>
        }
    });
    view! {
        <Shell frame=v.frame here=HERE>
            <Back href="/console/imports" words="Imports"/>
            <ErrorSummary problems=problems(&form)/>
            <h1>"Bank statements"</h1>
            <p>"Payments that are beyond doubt are booked at once: by payment reference, or where invoice number, amount and payer
            agree. The rest waits for you. Of a table (CSV, XLSX) you see first how its columns are read. The same file twice changes
            nothing."</p>
            <form class="card" method="post" action="/console/statements" enctype="multipart/form-data" novalidate>
                <FileField name="file" label="The statement" hint="camt.053, MT940, OFX, CSV or XLSX, at most 20 MB"
                    accept=".xml,.camt,.053,.sta,.mt940,.940,.txt,.ofx,.qfx,.csv,.xlsx,text/xml,application/xml,text/csv,text/plain" problem=wrong/>
                <button class="button">"Take the statement"</button>
            </form>
            {waiting}
            {earlier}
        </Shell>
    }
}

fn statement_row(row: StatementRow) -> impl IntoView {
    let href = format!("/console/statements/{}", row.id);
    view! {
        <tr>
            <th scope="row"><a href=href>{row.file}</a></th>
            <td data-label="Format">{row.format}</td>
            <td data-label="Until">{row.until.map(|on| view! { <Day on/> })}</td>
            <td data-label="Booked" class="num">{row.booked}</td>
            <td data-label="To decide" class="num">{row.open}</td>
            <td data-label="When">{row.at}</td>
        </tr>
    }
}

/// The page of one statement.
pub fn statement_page(v: StatementView) -> impl IntoView {
    let form = v.form.clone();
    let path = format!("/console/statements/{}", v.row.id);
    let lines: Vec<_> = v.lines.into_iter().map(line).collect();
    let until = v.row.until.map(|on| view! { <p>"Payments are known until the end of "<Day on/>"."</p> });
    let refused = form.mistake("line").map(|words| {
        view! { <Notice tone=Tone::Wait heading=words.to_owned()>""</Notice> }
    });
    view! {
        <Shell frame=v.frame here=HERE>
            <Back href="/console/statements" words="Bank statements"/>
            {refused}
            <h1>"Bank statement"</h1>
            <p>"File: "{v.row.file}", "{v.row.format}". Imported by "{v.actor}", "{v.row.at}"."</p>
            {until}
            <dl class="facts">
                <div><dt>"Booked"</dt><dd>{v.row.booked}</dd></div>
                <div><dt>"To decide"</dt><dd>{v.row.open}</dd></div>
                <div><dt>"Known already"</dt><dd>{v.unchanged}</dd></div>
                <div><dt>"Not from customers"</dt><dd>{v.ignored}</dd></div>
            </dl>
            <section aria-labelledby="lines">
                <h2 id="lines">"What it brought"</h2>
                {lines}
            </section>
            {pages(&path, &[], v.page, v.more)}
        </Shell>
    }
}

/// A line with what became of it, and the forms that decide.
fn line(l: LineRow) -> impl IntoView {
    let id = format!("line-{}", l.id);
    let action = format!("/console/statements/lines/{}", l.id);
    let payer = if l.payer.is_empty() { "Somebody".to_owned() } else { l.payer.clone() };
    let tone = if l.open {
        Tone::Wait
    } else if l.booked.is_some() {
        Tone::Good
    } else {
        Tone::Info
    };
    let what = if l.taken_back { " taken back by your bank" } else { "" };
    let words = (!l.words.is_empty()).then(|| view! { <p class="soft">{l.words.clone()}</p> });
    let reasons = reasons(&l.reasons);
    let label = format!("{} from {payer}", l.amount.show());
    let booked = l.booked.clone().map(|(debtor, who)| {
        let href = format!("/console/debtors/{debtor}");
        let undo = (!l.taken_back).then(|| {
            view! {
                <form method="post" action=action.clone() class="inline">
                    <button class="button quiet" name="act" value="undo">"Take the booking back"<span class="sr">": "{label.clone()}</span></button>
                </form>
            }
        });
        view! { <p>"Booked for "<a href=href>{who}</a>". "<span class="hint">{l.decided_by.clone()}</span></p>{undo} }
    });
    let dismissed = (!l.open && l.booked.is_none()).then(|| {
        let reason = (!l.reason.is_empty()).then(|| format!(": {}", l.reason));
        view! { <p>"Not a customer's payment"{reason}". "<span class="hint">{l.decided_by.clone()}</span></p> }
    });
    let candidates: Vec<_> =
        l.candidates.into_iter().filter(|_| l.open).map(|c| candidate(c, &action, &label)).collect();
    let field = format!("number-{}", l.id);
    let why = format!("reason-{}", l.id);
    let decide = l.open.then(|| {
        view! {
            <details>
                <summary>"Another customer, or none"<span class="sr">": "{label.clone()}</span></summary>
                <form method="post" action=action.clone() class="field">
                    <label for=field.clone()>"Their customer number"</label>
                    <input id=field name="number" type="text" class="short" autocomplete="off"/>
                    <button class="button quiet" name="act" value="assign">"Book it for them"<span class="sr">": "{label.clone()}</span></button>
                </form>
                <form method="post" action=action.clone() class="field">
                    <label for=why.clone()>"What it is instead (may stay empty)"</label>
                    <input id=why name="reason" type="text" autocomplete="off"/>
                    <button class="button quiet" name="act" value="dismiss">"Not a customer's payment"<span class="sr">": "{label.clone()}</span></button>
                </form>
            </details>
        }
    });
    let labelled = id.clone();
    view! {
        <article class="card" aria-labelledby=labelled>
            <h3 id=id><Amount money=l.amount/>" from "{payer}{what}</h3>
            <p><Day on=l.on/>" "<Tag tone words=l.state/></p>
            {words}
            {reasons}
            {booked}
            {dismissed}
            {candidates}
            {decide}
        </article>
    }
}

fn reasons(all: &[String]) -> Option<impl IntoView + use<>> {
    let items: Vec<_> = all.iter().map(|r| view! { <li>{r.clone()}</li> }).collect();
    (!items.is_empty()).then(|| view! { <ul>{items}</ul> })
}

fn candidate(c: CandidateRow, action: &str, label: &str) -> impl IntoView + use<> {
    let href = format!("/console/debtors/{}", c.debtor);
    let (action, label) = (action.to_owned(), label.to_owned());
    view! {
        <form method="post" action=action class="suggestion">
            <p><a href=href>{c.who.clone()}</a></p>
            {reasons(&c.reasons)}
            <input type="hidden" name="debtor" value=c.debtor/>
            <button class="button" name="act" value="confirm">"Book it for "{c.who}<span class="sr">": "{label}</span></button>
        </form>
    }
}
