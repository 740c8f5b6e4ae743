//! Writing off what will not be asked for any more, and taking that back.

use crate::frame::{Shell, problems};
use crate::parts::{Select, field, words};
use kept_api::write_offs::{WriteOffRow, WriteOffsView};
use kept_ui::amount::Amount;
use kept_ui::date::Day;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::notice::{Tag, Tone};
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of write-offs.
pub fn write_offs_page(v: WriteOffsView) -> impl IntoView {
    let base = format!("/console/debtors/{}", v.debtor);
    let action = format!("{base}/write-offs");
    let form = write_off_form(&v, &action).into_any();
    let list = list(v.rows, &action).map(IntoAny::into_any);
    view! {
        <Shell frame=v.frame.clone() here="/console/debtors">
            <Back href=base words=v.name.clone()/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>"Write off"</h1>
            <p>"What is written off is not asked for any more: reminders about it end, and they see on their account that it was written off. You can take it back."</p>
            {form}
            {list}
        </Shell>
    }
}

fn write_off_form(v: &WriteOffsView, action: &str) -> AnyView {
    if v.left.is_empty() {
        return view! { <p>"Nothing is left to write off."</p> }.into_any();
    }
    let all = v.totals.iter().map(|m| (format!("all:{}", m.currency), format!("Everything, {}", m.show())));
    let one = v.left.iter().map(|i| (i.id.clone(), format!("Invoice {}, {} left", i.number, i.left.show())));
    let options = all.chain(one).collect();
    let (chosen, problem) = (v.form.value("invoice").to_owned(), v.form.mistake("invoice").map(str::to_owned));
    view! {
        <form class="card" method="post" action=action.to_owned() novalidate>
            <Select name="invoice" label="What to write off" options chosen problem/>
            {field(&v.form, "off_amount", "Amount", "Leave it empty for all that is left there", Input::Amount)}
            {words(&v.form, "why", "Why", "For your books. They do not see it")}
            <input type="hidden" name="once" value=v.once.clone()/>
            <button class="button">"Write it off"</button>
        </form>
    }
    .into_any()
}

fn list(rows: Vec<WriteOffRow>, action: &str) -> Option<impl IntoView + use<>> {
    let none = rows.is_empty();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let back = if row.taken_back {
                view! { <Tag tone=Tone::Info words="taken back"/> }.into_any()
            } else {
                let action = format!("{action}/{}", row.id);
                view! {
                    <form method="post" action=action><button class="plain">"Take it back"<span class="sr">": "{row.amount.show()}</span></button></form>
                }
                .into_any()
            };
            view! {
                <tr>
                    <th scope="row"><Day on=row.on/></th>
                    <td data-label="Amount" class="num"><Amount money=row.amount/></td>
                    <td data-label="Why">{row.reason}</td>
                    <td data-label="By">{row.actor}</td>
                    <td data-label="State">{back}</td>
                </tr>
            }
        })
        .collect();
    (!none).then(|| {
        view! {
            <section aria-labelledby="before">
                <h2 id="before">"Written off before"</h2>
                <table class="rows">
                    <thead><tr>
                        <th scope="col">"On"</th><th scope="col" class="num">"Amount"</th><th scope="col">"Why"</th>
                        <th scope="col">"By"</th><th scope="col">"State"</th>
                    </tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </section>
        }
    })
}
