//! A receipt, on screen and on paper.

use crate::account::method_words;
use crate::frame::{BackToAccount, Frame};
use kept_api::portal::Receipt;
use kept_domain::calendar::show;
use kept_ui::amount::Amount;
use leptos::prelude::*;

/// The page at `/receipt/{id}`.
#[component]
pub fn ReceiptPage(
    /// What it shows.
    receipt: Receipt,
) -> impl IntoView {
    let Receipt { business, payer, id, on, amount, method, parts, moves, left } = receipt;
    let parts: Vec<_> = parts
        .into_iter()
        .map(|(number, money)| {
            let what = number.map_or("Kept for you on your account".to_owned(), |number| format!("Invoice {number}"));
            view! { <div><dt>{what}</dt><dd><Amount money/></dd></div> }
        })
        .collect();
    let name = business.name.clone();
    let moves: Vec<_> = moves
        .into_iter()
        .map(|(on, words)| view! { <p class="soft small">{format!("{name} moved {words} on {}.", show(on))}</p> })
        .collect();
    view! {
        <Frame business>
            <BackToAccount/>
            <h1>"Receipt"</h1>
            <section class="card">
                <p class="left"><Amount money=amount/></p>
                <p class="soft">{method_words(&method)}", received on "{show(on)}</p>
                <dl class="facts lined">
                    <div><dt>"From"</dt><dd>{payer}</dd></div>
                    <div><dt>"To"</dt><dd>{name}</dd></div>
                    {parts}
                    <div><dt>"Left to pay now"</dt><dd><Amount money=left/></dd></div>
                    <div><dt>"Receipt number"</dt><dd>{id}</dd></div>
                </dl>
                {moves}
            </section>
            <p class="no-print soft small">"To keep it, print this page or save it as a PDF."</p>
        </Frame>
    }
}
