//! "Late charges": what was added to invoices between companies, day by day.

use crate::frame::{BackToAccount, Frame};
use kept_api::late_charges::{BookedCharge, PortalLateCharges};
use kept_domain::calendar::show;
use kept_domain::money::Money;
use kept_ui::amount::Amount;
use kept_ui::late_charge::{HOW, WorkedOut};
use leptos::prelude::*;

/// The page at `/account/late-charges`.
#[component]
pub fn LateChargesPage(
    /// What it shows.
    view: PortalLateCharges,
) -> impl IntoView {
    let PortalLateCharges { business, charges } = view;
    let name = business.name.clone();
    let intro = if charges.is_empty() {
        format!("{name} has added nothing to your invoices.")
    } else {
        format!(
            "When one company pays another late, the law lets a charge be added. {name} has asked for it on what is below. This is how it was worked out, day by day."
        )
    };
    let ask = format!("If you think that this is not right, or hard on you, tell {name} before you pay it.");
    let how = (!charges.is_empty()).then(|| view! { <p class="soft small">{HOW}</p> });
    let parts: Vec<_> = charges.into_iter().map(part).collect();
    view! {
        <Frame business>
            <BackToAccount/>
            <h1>"Late charges"</h1>
            <p>{intro}</p>
            {parts}
            {how}
            <p>{ask}" "<a href="/account/dispute">"Something’s not right"</a></p>
        </Frame>
    }
}

fn part(c: BookedCharge) -> AnyView {
    let currency = c.stands.currency;
    let worked = Money::new(c.worked.minor(), currency);
    let waived: Vec<_> = c
        .waived
        .into_iter()
        .map(|w| {
            let amount = Money::new(-w.amount.minor, currency);
            view! {
                <li>
                    <div class="sum"><span>"Given up on "{show(w.on)}</span><Amount money=amount/></div>
                    <p class="soft small">{w.reason}</p>
                </li>
            }
        })
        .collect();
    let sums = (!waived.is_empty()).then(|| {
        view! { <ul class="sums"><li><div class="sum"><span>"Worked out"</span><Amount money=worked/></div></li>{waived}</ul> }
    });
    let heading = format!("Invoice {}", c.number);
    let until = format!("Was due by {}. Worked out until {}.", show(c.due_on), show(c.until_on));
    view! {
        <section class="card">
            <h2>{heading}</h2>
            <p class="soft small">{until}</p>
            <WorkedOut charge=c.worked currency/>
            {sums}
            <p class="sum"><b>"Late charge on this invoice"</b><strong><Amount money=c.stands/></strong></p>
            <p class="soft small"><a href=c.law.url rel="noreferrer">{c.law.source}</a></p>
        </section>
    }
    .into_any()
}
