//! The statement of one customer's account, as of any day.

use crate::frame::{Shell, problems};
use crate::parts::field;
use kept_api::account_statement::ConsoleStatement;
use kept_api::console::Form;
use kept_domain::account_statement::{Account, Line};
use kept_domain::money::Money;
use kept_ui::amount::Amount;
use kept_ui::date::Day;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of a statement.
pub fn account_statement_page(v: ConsoleStatement) -> impl IntoView {
    let base = format!("/console/debtors/{}", v.debtor);
    let several = v.accounts.len() > 1;
    let none = v.accounts.is_empty();
    let tables: Vec<AnyView> = v.accounts.into_iter().map(|account| table(account, several)).collect();
    let tables = match (none, v.form.mistakes.is_empty()) {
        (_, false) => ().into_any(),
        (true, true) => view! { <p>"Nothing was invoiced or paid until that day."</p> }.into_any(),
        (false, true) => {
            let file = |end: &str| format!("{base}/statement.{end}?{}", v.query);
            view! {
                {tables}
                <p class="buttons">
                    <a class="button quiet" href=file("pdf")>"Save as PDF"</a>
                    <a class="button quiet" href=file("csv")>"Save as CSV"</a>
                </p>
            }
            .into_any()
        }
    };
    view! {
        <Shell frame=v.frame.clone() here="/console/debtors">
            <Back href=base.clone() words=v.name.clone()/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>"Statement of account"</h1>
            <p>{format!("{}, as of ", v.name)}<Day on=v.as_of/>"."</p>
            {days(&v.form, &base).into_any()}
            {tables}
            <p class="hint">"Each line stands on the day of the movement: the invoice’s date, the day the money arrived. Where it was written down later, it says so."</p>
        </Shell>
    }
}

fn days(form: &Form, base: &str) -> impl IntoView + use<> {
    view! {
        <form class="filter short" method="get" action=format!("{base}/statement") novalidate>
            {field(form, "from", "First day", "", Input::Date)}
            {field(form, "as_of", "As of", "", Input::Date)}
            <button class="button quiet">"Show"</button>
        </form>
    }
}

fn table(account: Account, several: bool) -> AnyView {
    let currency = account.currency;
    let money = move |minor| Money::new(minor, currency);
    let Account { opening_minor, earlier, lines, closing_minor, .. } = account;
    let caption = if several { format!("In {currency}") } else { "Oldest first".to_owned() };
    let opening = (earlier > 0).then(|| {
        let many = if earlier == 1 { "1 movement before".to_owned() } else { format!("{earlier} movements before") };
        view! {
            <tr>
                <th scope="row">"Brought forward"<br/><span class="hint">{many}</span></th>
                <td data-label="On"></td>
                <td data-label="Amount" class="num"></td>
                <td data-label="Balance" class="num"><Amount money=money(opening_minor)/></td>
            </tr>
        }
    });
    let rows: Vec<_> = lines
        .into_iter()
        .map(|line| {
            let Line { on, recorded_on, what, note, amount_minor, balance_minor, .. } = line;
            let recorded = recorded_on.map(|on| view! { <br/><span class="hint">"written down on "<Day on/></span> });
            let note = (!note.is_empty()).then(|| view! { <br/><span class="hint">{note}</span> });
            view! {
                <tr>
                    <th scope="row">{what}{note}</th>
                    <td data-label="On"><Day on/>{recorded}</td>
                    <td data-label="Amount" class="num"><Amount money=money(amount_minor)/></td>
                    <td data-label="Balance" class="num"><Amount money=money(balance_minor)/></td>
                </tr>
            }
        })
        .collect();
    let words = if closing_minor < 0 { "On account" } else { "Left to pay" };
    view! {
        <table class="rows">
            <caption>{caption}</caption>
            <thead><tr>
                <th scope="col">"What"</th><th scope="col">"On"</th>
                <th scope="col" class="num">"Amount"</th><th scope="col" class="num">"Balance"</th>
            </tr></thead>
            <tbody>{opening}{rows}</tbody>
        </table>
        <dl class="figures"><div><dt>{words}</dt><dd><Amount money=money(closing_minor.saturating_abs())/></dd></div></dl>
    }
    .into_any()
}
