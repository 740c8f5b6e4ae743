//! Letters: what waits to be printed, and the batches that a print house takes.

use crate::frame::Shell;
use crate::parts::pages;
use kept_api::letters::{BatchRow, LettersView, Standing, WaitingRow};
use kept_ui::notice::{Notice, Tag, Tone};
use leptos::prelude::*;

/// The page of letters that wait, and of batches.
pub fn letters_page(v: LettersView) -> impl IntoView {
    let waiting = v.waiting;
    let rows: Vec<_> = v.rows.into_iter().map(|row| waiting_row(row).into_any()).collect();
    let list = if rows.is_empty() {
        view! { <p>"No letter waits."</p> }.into_any()
    } else {
        let many = if waiting == 1 { "1 letter waits.".to_owned() } else { format!("{waiting} letters wait.") };
        view! {
            <p>{many}" Each is looked at once more when the batch is closed: who has paid or told you that something is wrong gets none."</p>
            <table class="rows">
                <thead><tr>
                    <th scope="col">"To"</th><th scope="col">"Message"</th><th scope="col">"Since"</th>
                    <th scope="col">"If closed now"</th><th scope="col">"Do"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {pages("/console/letters", &[], v.page, v.more)}
            <form method="post" action="/console/letters"><button class="button">"Close the batch"</button></form>
        }
        .into_any()
    };
    let problem = v.problem.map(|words| {
        view! { <div role="alert"><Notice tone=Tone::Wait heading=words>""</Notice></div> }
    });
    view! {
        <Shell frame=v.frame here="/console/letters">
            <h1>"Letters"</h1>
            {problem}
            <p>"Letters are steps of your reminders for those whom no e-mail reaches, or where paper says it better. Close the batch and hand its file to whoever prints, or print one letter by itself."</p>
            <section aria-labelledby="waiting">
                <h2 id="waiting">"Waiting to be printed"</h2>
                {list}
            </section>
            {batches(v.batches).into_any()}
        </Shell>
    }
}

fn waiting_row(row: WaitingRow) -> impl IntoView {
    let debtor = format!("/console/debtors/{}", row.debtor);
    let print = format!("{debtor}/letters/{}.pdf", row.id);
    let take_out = format!("/console/letters/waiting/{}", row.id);
    let (leaves, standing) = match row.standing {
        Standing::Leaves => (true, view! { <Tag tone=Tone::Good words="leaves"/> }.into_any()),
        Standing::Stays { why, from } => {
            let from = from.map(|from| view! { <br/>"from "{from} });
            (false, view! { <Tag tone=Tone::Wait words="stays"/>" "{why}{from} }.into_any())
        }
        Standing::LeftOut { why } => (false, view! { <Tag tone=Tone::Info words="left out"/>" "{why} }.into_any()),
    };
    let print = leaves.then(|| {
        view! { <form method="post" action=print><button class="plain">"Print alone"<span class="sr">": the letter to "{row.who.clone()}</span></button></form> }
    });
    view! {
        <tr>
            <th scope="row"><a href=debtor>{row.who.clone()}</a></th>
            <td data-label="Message">{row.what}</td>
            <td data-label="Since">{row.since}</td>
            <td data-label="If closed now">{standing}</td>
            <td data-label="Do">
                {print}
                <form method="post" action=take_out><button class="plain">"Take out"<span class="sr">": the letter to "{row.who}</span></button></form>
            </td>
        </tr>
    }
}

fn batches(rows: Vec<BatchRow>) -> impl IntoView {
    let none = rows.is_empty();
    let rows: Vec<_> = rows.into_iter().map(|row| batch_row(row).into_any()).collect();
    let list = if none {
        view! { <p>"No batch has been closed yet."</p> }.into_any()
    } else {
        view! {
            <p>"A file holds a PDF for each letter and a list of them. The letters carry personal links: give the file to nobody but whoever prints."</p>
            <table class="rows">
                <thead><tr>
                    <th scope="col">"Batch"</th><th scope="col">"Closed"</th><th scope="col">"By"</th>
                    <th scope="col" class="num">"Letters"</th><th scope="col" class="num">"Sheets"</th><th scope="col">"File"</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="batches">
            <h2 id="batches">"Batches"</h2>
            {list}
        </section>
    }
}

fn batch_row(row: BatchRow) -> impl IntoView {
    let file = if row.here {
        let action = format!("/console/letters/batches/{}", row.id);
        view! { <form method="post" action=action><button class="plain">"Download"<span class="sr">" "{row.name.clone()}</span></button></form> }
            .into_any()
    } else {
        view! { "not on this machine" }.into_any()
    };
    view! {
        <tr>
            <th scope="row">{row.name}</th>
            <td data-label="Closed">{row.at}</td>
            <td data-label="By">{row.by}</td>
            <td data-label="Letters" class="num">{row.letters}</td>
            <td data-label="Sheets" class="num">{row.sheets}</td>
            <td data-label="File">{file}</td>
        </tr>
    }
}
