//! "Money paid ahead": what is kept for the next invoice, and asking for it back.

use crate::frame::{BackToAccount, Frame};
use kept_api::money_back::{AheadLine, PortalMoneyBack};
use kept_domain::calendar::show;
use kept_ui::field::Hidden;
use kept_ui::notice::{Notice, Tone};
use leptos::prelude::*;

/// The page at `/account/money-back`.
#[component]
pub fn MoneyBackPage(
    /// What it shows.
    page: PortalMoneyBack,
) -> impl IntoView {
    let PortalMoneyBack { business, lines, to_card } = page;
    let name = business.name.clone();
    let none = lines.is_empty();
    let lines: Vec<_> = lines.into_iter().map(|line| part(line, to_card, &name)).collect();
    let way = to_card.then(|| {
        view! { <Notice tone=Tone::Good heading="It is on its way"><p>"The money goes back to the card that you paid with. Banks take up to ten days to show it."</p></Notice> }
    });
    view! {
        <Frame business>
            <BackToAccount/>
            <h1>"Money paid ahead"</h1>
            {way}
            {none.then(|| view! { <p>"Nothing is kept for you at the moment."</p> })}
            {lines}
        </Frame>
    }
}

fn part(line: AheadLine, to_card: bool, name: &str) -> AnyView {
    let amount = line.amount.show();
    let rest = match line.asked {
        Some((money, on)) => {
            let words = format!("You asked for {} back on {}. {name} sends it to your bank account.", money.show(), show(on));
            view! { <p>{words}</p> }.into_any()
        }
        None if to_card => ().into_any(),
        None => view! {
            <p>"It goes towards your next invoice by itself. If you would rather have it back, ask for it. What you paid by card goes back to the card."</p>
            <form method="post" action="/account/money-back">
                <Hidden name="currency" value=line.amount.currency.code()/>
                <button class="button">{format!("Ask for {amount} back")}</button>
            </form>
        }
        .into_any(),
    };
    view! { <section class="card"><p class="left">{amount}</p><p>"is kept for you."</p>{rest}</section> }.into_any()
}
