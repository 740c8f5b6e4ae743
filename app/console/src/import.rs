//! One file to import: what its columns mean, what would happen, and the import itself.

use crate::frame::{Shell, problems};
use crate::parts::{Select, field};
use kept_api::console::{ImportReport, ImportView};
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::notice::{Notice, Tone};
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of one file.
pub fn import_page(v: ImportView) -> impl IntoView {
    let form = v.form.clone();
    let action = format!("/console/imports/{}", v.id);
    let heads: Vec<_> = v.columns.iter().map(|c| view! { <th scope="col">{c.clone()}</th> }).collect();
    let sample: Vec<_> = v
        .sample
        .iter()
        .map(|row| {
            let cells: Vec<_> = row.iter().map(|cell| view! { <td>{cell.clone()}</td> }).collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    let mapping: Vec<_> = v.mapping.iter().map(|m| mapping_row(m, &v.columns, form.mistake("mapping"))).collect();
    let options = v.invoices.then(|| {
        let formats = [
            ("", "Find out from the file"),
            ("dmy", "Day first: 31/12/2026"),
            ("mdy", "Month first: 12/31/2026"),
            ("ymd", "Year first: 2026-12-31"),
        ];
        let formats = formats.map(|(code, words)| (code.to_owned(), words.to_owned())).to_vec();
        view! {
            <Select name="date_format" label="How dates are written" options=formats chosen=form.value("date_format").to_owned()
                problem=form.mistake("date_format").map(str::to_owned)/>
            {field(&form, "currency", "Currency", "For rows that name none: three letters, such as GBP", Input::Short)}
            {field(&form, "as_of", "As of", "What the file says was settled by this day counts as paid", Input::Date)}
        }
    });
    let report = v.report.clone().map(|r| report(r).into_any());
    let run = (!v.imported && v.report.as_ref().is_some_and(|r| r.problems.is_empty())).then(|| {
        view! { <button class="button" name="act" value="run">"Import this file"</button> }
    });
    let part = (!v.imported && v.report.as_ref().is_some_and(|r| !r.problems.is_empty())).then(|| {
        view! { <button class="button quiet" name="act" value="run_part">"Import the rows without problems"</button> }
    });
    let body = if v.imported {
        view! { <Notice tone=Tone::Good heading="This file has been imported"><p><a href="/console/debtors">"See your debtors"</a></p></Notice> {report} }.into_any()
    } else {
        view! {
            <form method="post" action=action novalidate>
                <section class="card" aria-labelledby="mapping">
                    <h2 id="mapping">"What the columns mean"</h2>
                    <p>"This was guessed from the headings. Correct it where it is wrong."</p>
                    <div class="pairs">{mapping}</div>
                    {options}
                    <button class="button quiet" name="act" value="check">"Check again"</button>
                </section>
                {report}
                <div class="buttons">{run}{part}</div>
            </form>
        }
        .into_any()
    };
    view! {
        <Shell frame=v.frame.clone() here="/console/imports">
            <Back href="/console/imports" words="Imports"/>
            <ErrorSummary problems=problems(&form)/>
            <h1>{if v.invoices { "Import invoices" } else { "Import customers" }}</h1>
            <p>"File: "{v.file.clone()}</p>
            {body}
            <section aria-labelledby="sample">
                <h2 id="sample">"The first rows of the file"</h2>
                <div class="scroll" role="group" tabindex="0" aria-label="The first rows, to be scrolled sideways">
                    <table><thead><tr>{heads}</tr></thead><tbody>{sample}</tbody></table>
                </div>
            </section>
        </Shell>
    }
}

fn mapping_row(m: &kept_api::console::MappingRow, columns: &[String], problem: Option<&str>) -> impl IntoView + use<> {
    let name = format!("map_{}", m.field);
    let wrong = m.required && m.column.is_empty() && problem.is_some();
    let options: Vec<_> = std::iter::once((String::new(), "Not in this file".to_owned()))
        .chain(columns.iter().map(|c| (c.clone(), c.clone())))
        .map(|(value, label)| {
            let selected = value == m.column;
            view! { <option value=value selected=selected>{label}</option> }
        })
        .collect();
    let label = m.label.clone();
    let needed = m.required.then_some(" (needed)");
    view! {
        <div class="field" class:wrong=wrong>
            <label for=name.clone()>{label}{needed}</label>
            <select id=name.clone() name=name>{options}</select>
        </div>
    }
}

fn report(r: ImportReport) -> impl IntoView {
    let lines: Vec<_> = r.lines.into_iter().map(|line| view! { <li>{line}</li> }).collect();
    let many = r.problems.len() + r.problems_left_out;
    let rows: Vec<_> = r
        .problems
        .into_iter()
        .map(|(row, column, reason)| {
            let row = if row == 0 { "the file".to_owned() } else { row.to_string() };
            view! { <tr><th scope="row">{row}</th><td>{column}</td><td>{reason}</td></tr> }
        })
        .collect();
    let more = (r.problems_left_out > 0).then(|| view! { <p>"And "{r.problems_left_out}" more."</p> });
    let problems = (many > 0).then(|| {
        view! {
            <Notice tone=Tone::Wait heading=if many == 1 { "1 problem".to_owned() } else { format!("{many} problems") }>
                <table>
                    <thead><tr><th scope="col">"Row"</th><th scope="col">"Column"</th><th scope="col">"What is wrong"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
                {more}
            </Notice>
        }
    });
    view! {
        <section aria-labelledby="report">
            <h2 id="report">"What would happen"</h2>
            <ul>{lines}</ul>
            {problems}
        </section>
    }
}
