//! Messages that did not go, or may not have: a person decides whether they are sent again.

use kept_api::console::StuckRow;
use leptos::prelude::*;

/// Those of one customer; nothing where there are none.
pub fn stuck_messages(rows: Vec<StuckRow>) -> Option<impl IntoView> {
    let many = rows.len();
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let state = if row.may_have_arrived {
                "It may have arrived. Sent again, it may arrive twice"
            } else {
                "It was not sent"
            };
            let reason = (!row.reason.is_empty()).then(|| view! { <br/><span class="soft">{row.reason}</span> });
            view! {
                <li>
                    <div class="inline">
                        <span><strong>{row.what.clone()}</strong>", "{row.at}". "{state}"."{reason}</span>
                        {again(row.action, row.what, "")}
                    </div>
                </li>
            }
        })
        .collect();
    (many > 0).then(|| {
        view! {
            <section aria-labelledby="stuck">
                <h2 id="stuck">"Messages that need your decision"</h2>
                <ul class="plain-list">{rows}</ul>
            </section>
        }
    })
}

/// The button; `from` is the page to come back to, where it is not the customer's.
pub fn again(action: String, what: String, from: &'static str) -> impl IntoView {
    let from = (!from.is_empty()).then(|| view! { <input type="hidden" name="from" value=from/> });
    view! {
        <form method="post" action=action class="inline again">
            {from}
            <button class="button quiet">"Send again"<span class="sr">": "{what}</span></button>
        </form>
    }
}
