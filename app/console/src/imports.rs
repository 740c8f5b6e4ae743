//! Imports: choose a file, and what was imported before.

use crate::frame::{Shell, problems};
use crate::parts::choices;
use kept_api::console::ImportsView;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::{Choices, FileField};
use leptos::prelude::*;

/// The page of imports.
pub fn imports_page(v: ImportsView) -> impl IntoView {
    let form = v.form.clone();
    let kinds = choices(&form, "kind", true, &[("debtors", "Customers"), ("invoices", "Invoices")]);
    let kind_wrong = form.mistake("kind").map(str::to_owned);
    let file_wrong = form.mistake("file").map(str::to_owned);
    let rows: Vec<_> = v
        .rows
        .iter()
        .cloned()
        .map(|row| {
            let file = if row.open {
                let href = format!("/console/imports/{}", row.id);
                view! { <a href=href>{row.file}</a> }.into_any()
            } else {
                row.file.into_any()
            };
            view! {
                <tr>
                    <th scope="row">{file}</th>
                    <td data-label="What">{row.kind}</td>
                    <td data-label="When">{row.at}</td>
                    <td data-label="State">{row.state}</td>
                </tr>
            }
        })
        .collect();
    let earlier = (!rows.is_empty()).then(|| {
        view! {
            <section aria-labelledby="earlier">
                <h2 id="earlier">"Earlier imports"</h2>
                <table class="rows">
                    <thead><tr>
                        <th scope="col">"File"</th><th scope="col">"What"</th><th scope="col">"When"</th><th scope="col">"State"</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </section>
        }
    });
    view! {
        <Shell frame=v.frame.clone() here="/console/imports">
            <ErrorSummary problems=problems(&form)/>
            <h1>"Imports"</h1>
            <p>"Save your customers and their invoices as CSV or as a spreadsheet (XLSX), from your bookkeeping. Customers come first.
            Or choose e-invoices, as many as you like: they say who the customer is."</p>
            <p>"Nothing changes before you have seen what would happen. Importing the same file twice changes nothing."</p>
            <p><a href="/console/statements">"Bank statements: see and book what arrived"</a></p>
            <form class="card" method="post" action="/console/imports" enctype="multipart/form-data" novalidate>
                <Choices name="kind" legend="What is in the file" choices=kinds problem=kind_wrong/>
                <FileField name="file" label="The file" many=true
                    hint="CSV or XLSX with a row of headings, or e-invoices as XML (UBL, CII, Peppol BIS); together at most 20 MB"
                    accept=".csv,.txt,.tsv,.xlsx,.xml,text/csv,text/plain,text/xml,application/xml" problem=file_wrong/>
                <button class="button">"Look at the file"</button>
            </form>
            {earlier}
        </Shell>
    }
}
