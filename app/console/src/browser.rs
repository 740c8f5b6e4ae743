//! What runs only in the browser: asking for news, the clipboard, the form of terms.

use crate::terms_form;
use chrono::NaiveDate;
use gloo_net::http::Request;
use kept_api::console::{Form, News, NewsItem};
use kept_domain::money::Currency;
use leptos::prelude::*;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;

/// Prepares islands to be brought to life; the page calls it first.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}

/// Time between two questions.
const POLL: Duration = Duration::from_secs(4);
/// News that are shown at most; older ones are on the page after a reload.
const SHOWN_MAX: usize = 20;

/// Asks every few seconds what happened after an event. A hidden page does not ask; a session that ended stops it.
pub fn poll_news(after: String, items: RwSignal<Vec<NewsItem>>) {
    let after = StoredValue::new(after);
    let asking = StoredValue::new(false);
    let over = StoredValue::new(false);
    set_interval(
        move || {
            let hidden = document().hidden();
            if hidden || asking.get_value() || over.get_value() {
                return;
            }
            asking.set_value(true);
            leptos::task::spawn_local(async move {
                let url = format!("/console/news?after={}", after.get_value());
                if let Ok(answer) = Request::get(&url).header("accept", "application/json").send().await {
                    if matches!(answer.status(), 401 | 403) {
                        over.set_value(true);
                    } else if let Ok(news) = answer.json::<News>().await {
                        after.set_value(news.last_event);
                        if !news.commitments.is_empty() {
                            items.update(|shown| {
                                for item in news.commitments {
                                    shown.retain(|old| old.href != item.href);
                                    shown.push(item);
                                }
                                let surplus = shown.len().saturating_sub(SHOWN_MAX);
                                shown.drain(..surplus);
                            });
                        }
                    }
                }
                asking.set_value(false);
            });
        },
        POLL,
    );
}

/// Copies a text and says so.
pub fn copy(text: String, copied: RwSignal<bool>) {
    leptos::task::spawn_local(async move {
        let clipboard = window().navigator().clipboard();
        let written = wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&text)).await;
        copied.set(written.is_ok());
    });
}

/// Works the offer out again whenever something is typed.
pub fn watch_terms(currency: &str, today: NaiveDate, lines: RwSignal<Vec<String>>) {
    let Some(currency) = Currency::parse(currency) else { return };
    window_event_listener_untyped("input", move |_| {
        if let Some(form) = typed("settings") {
            lines.set(terms_form::preview(&form, currency, today));
        }
    });
}

/// Looks at a message's words again whenever something is typed.
pub fn watch_template(looked: RwSignal<crate::template_check::Looked>) {
    window_event_listener_untyped("input", move |_| {
        let text = |id: &str| -> Option<String> {
            let element = document().get_element_by_id(id)?;
            match element.dyn_into::<web_sys::HtmlTextAreaElement>() {
                Ok(area) => Some(area.value()),
                Err(other) => Some(other.dyn_into::<web_sys::HtmlInputElement>().ok()?.value()),
            }
        };
        looked.update(|looked| {
            looked.subject = text("subject").unwrap_or_default();
            looked.body = text("body").unwrap_or_default();
        });
    });
}

/// What stands in a form of the page.
fn typed(id: &str) -> Option<Form> {
    let form: web_sys::HtmlFormElement = document().get_element_by_id(id)?.dyn_into().ok()?;
    let data = web_sys::FormData::new_with_form(&form).ok()?;
    let mut values = Vec::new();
    let mut names = vec!["bands", "balance", "good", "good_record"];
    for band in &terms_form::NAMES {
        names.extend([band.up_to, band.min_instalment, band.min_first, band.longest, band.latest_first]);
        names.extend([band.frequencies, band.min_part, band.latest_promise]);
    }
    for name in names {
        for text in data.get_all(name).iter().filter_map(|value| value.as_string()) {
            values.push((name.to_owned(), text));
        }
    }
    Some(Form { values, ..Form::default() })
}
