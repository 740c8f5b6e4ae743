//! What a customer wants back of what they paid too much.

use crate::frame::{Shell, problems};
use crate::parts::field;
use kept_api::money_back::ConsoleMoneyBack;
use kept_ui::amount::Amount;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of what is wanted back.
pub fn money_back_page(v: ConsoleMoneyBack) -> impl IntoView {
    let base = format!("/console/debtors/{}", v.debtor);
    let action = format!("{base}/money-back");
    let ahead: Vec<_> = v.ahead.iter().map(|m| view! { <dd><Amount money=*m/></dd> }).collect();
    let ahead = (!ahead.is_empty()).then(|| view! { <dl class="figures"><div><dt>"On account"</dt>{ahead}</div></dl> });
    let none = v.wishes.is_empty();
    let wishes: Vec<_> = v
        .wishes
        .iter()
        .cloned()
        .map(|wish| {
            let chosen = v.form.value("wish") == wish.id;
            let form = if chosen { v.form.clone() } else { kept_api::console::Form { values: v.form.values.clone(), mistakes: vec![] } };
            let (action, again) = (action.clone(), action.clone());
            view! {
                <section class="card" aria-label=format!("They want {} back", wish.amount.show())>
                    <h2>{format!("They want {} back", wish.amount.show())}</h2>
                    <p class="hint">{format!("Asked {}", wish.asked_at)}</p>
                    <p>"Send it to their bank account, then write it down here. No more is written down than is still on account."</p>
                    <form method="post" action=action novalidate>
                        <input type="hidden" name="wish" value=wish.id.clone()/>
                        <input type="hidden" name="act" value="sent"/>
                        {field(&form, "sent_on", "Day you sent it", "", Input::Date)}
                        <button class="button">"It was sent"</button>
                    </form>
                    <form method="post" action=again>
                        <input type="hidden" name="wish" value=wish.id/>
                        <input type="hidden" name="act" value="keep"/>
                        <button class="button quiet">"They agreed to leave it on account"</button>
                    </form>
                </section>
            }
        })
        .collect();
    view! {
        <Shell frame=v.frame.clone() here="/console/debtors">
            <Back href=base words=v.name.clone()/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>"Money paid ahead"</h1>
            <p>"What is on account goes towards their next invoice by itself. What they paid by card and want back goes back to the card by itself."</p>
            {ahead}
            {none.then(|| view! { <p>"They have asked for nothing back."</p> })}
            {wishes}
        </Shell>
    }
}
