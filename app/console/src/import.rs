//! One file to import: what its columns mean, what would happen, and the import itself.

use crate::frame::{Shell, problems};
use crate::parts::{Select, field};
use kept_api::console::{ImportProblem, ImportReport, ImportView};
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
    let options = ((v.invoices && !v.documents) || v.statement).then(|| {
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
        }
    });
    let sheets: Vec<(String, String)> = v.sheets.iter().map(|s| (s.clone(), s.clone())).collect();
    let sheet = (sheets.len() > 1).then(|| {
        view! {
            <Select name="sheet" label="Sheet" options=sheets chosen=v.sheet.clone()/>
            <input type="hidden" name="sheet_shown" value=v.sheet.clone()/>
        }
    });
    let as_of = v.invoices.then(|| {
        let hint = match v.documents {
            true => "What was issued after this day is left out",
            false => "What the file says was settled by this day counts as paid",
        };
        field(&form, "as_of", "As of", hint, Input::Date)
    });
    let report = v.report.clone().map(|r| report(r).into_any());
    let run = (!v.imported && v.report.as_ref().is_some_and(|r| r.problems.is_empty())).then(|| {
        let words = if v.documents { "Import these e-invoices" } else { "Import this file" };
        view! { <button class="button" name="act" value="run">{words}</button> }
    });
    let part = (!v.imported && !v.statement && v.report.as_ref().is_some_and(|r| !r.problems.is_empty())).then(|| {
        let words = if v.documents { "Import those without problems" } else { "Import the rows without problems" };
        view! { <button class="button quiet" name="act" value="run_part">{words}</button> }
    });
    let about = if v.documents {
        view! {
            <h2 id="mapping">"E-invoices"</h2>
            <p>"Each is checked by the rules of the European standard EN 16931 and of the specification that it names.
            Whoever is billed becomes a new customer where there is none of that number."</p>
        }
        .into_any()
    } else {
        view! {
            <h2 id="mapping">"What the columns mean"</h2>
            <p>"This was guessed from the headings. Correct it where it is wrong."</p>
            <div class="pairs">{mapping}</div>
        }
        .into_any()
    };
    let rows = (!v.documents).then(|| {
        view! {
            <section aria-labelledby="sample">
                <h2 id="sample">"The first rows of the file"</h2>
                <div class="scroll" role="group" tabindex="0" aria-label="The first rows, to be scrolled sideways">
                    <table><thead><tr>{heads}</tr></thead><tbody>{sample}</tbody></table>
                </div>
            </section>
        }
    });
    let body = if v.imported {
        view! { <Notice tone=Tone::Good heading="This file has been imported"><p><a href="/console/debtors">"See your customers"</a></p></Notice> {report} }.into_any()
    } else {
        view! {
            <form method="post" action=action novalidate>
                <section class="card" aria-labelledby="mapping">
                    {sheet}
                    {about}
                    {options}
                    {as_of}
                    <button class="button quiet" name="act" value="check">"Check again"</button>
                </section>
                {report}
                <div class="buttons">{run}{part}</div>
            </form>
        }
        .into_any()
    };
    let (heading, back) = match (v.statement, v.invoices) {
        (true, _) => ("Import a bank statement", view! { <Back href="/console/statements" words="Bank statements"/> }),
        (false, true) => ("Import invoices", view! { <Back href="/console/imports" words="Imports"/> }),
        (false, false) => ("Import customers", view! { <Back href="/console/imports" words="Imports"/> }),
    };
    view! {
        <Shell frame=v.frame.clone() here="/console/imports">
            {back}
            <ErrorSummary problems=problems(&form)/>
            <h1>{heading}</h1>
            <p>"File: "{v.file.clone()}</p>
            {body}
            {rows}
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
    let more = (r.problems_left_out > 0).then(|| view! { <p>"And "{r.problems_left_out}" more."</p> });
    let heading = if many == 1 { "1 problem".to_owned() } else { format!("{many} problems") };
    let problems = (many > 0).then(|| {
        view! { <Notice tone=Tone::Wait heading>{table(r.problems, "What is wrong")}{more}</Notice> }
    });
    let looks = r.warnings.len();
    let heading = if looks == 1 { "1 thing to look at".to_owned() } else { format!("{looks} things to look at") };
    let warnings = (looks > 0).then(|| {
        view! { <Notice tone=Tone::Info heading>{table(r.warnings, "What is unusual")}</Notice> }
    });
    view! {
        <section aria-labelledby="report">
            <h2 id="report">"What would happen"</h2>
            <ul>{lines}</ul>
            {problems}
            {warnings}
        </section>
    }
}

/// Problems as rows that become cards where the page is narrow.
fn table(problems: Vec<ImportProblem>, what: &'static str) -> impl IntoView {
    let ruled = problems.iter().any(|p| !p.rule.is_empty());
    let rows: Vec<_> = problems
        .into_iter()
        .map(|p| {
            let place = if p.place.is_empty() { "The file".to_owned() } else { p.place };
            let rule = ruled.then(|| view! { <td data-label="Rule">{p.rule}</td> });
            view! {
                <tr><th scope="row">{place}</th><td data-label="Where">{p.column}</td>{rule}<td data-label=what>{p.reason}</td></tr>
            }
        })
        .collect();
    let rule = ruled.then(|| view! { <th scope="col">"Rule"</th> });
    view! {
        <table class="rows">
            <thead><tr><th scope="col">"Row or file"</th><th scope="col">"Where"</th>{rule}<th scope="col">{what}</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
