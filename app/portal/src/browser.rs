//! What runs only in the browser: reading the plan's form as it is typed, and sending it without leaving the page.

use crate::plan_preview::Typed;
use gloo_net::http::Request;
use kept_api::portal::{PlanAnswer, PlanForm};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{FormData, HtmlFormElement};

/// Prepares islands to be brought to life; the page calls it first.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}

/// Keeps `typed` what stands in the form with this id, and sends the form by fetch: a good answer leads on. With
/// mistakes, and where that fails for whatever reason, the browser sends the form as if there were no script.
pub fn follow_form(id: &'static str, typed: RwSignal<Typed>) {
    let reread = move || {
        if let Some(form) = find_form(id) {
            typed.set(Typed { form: read(&form), awake: true });
        }
    };
    // What a browser put back after a reload counts, too.
    Effect::new(move |_| reread());
    window_event_listener(ev::input, move |_| reread());
    window_event_listener(ev::submit, move |event| {
        let Some(form) = find_form(id) else { return };
        if event.target().as_ref() != Some(form.as_ref()) {
            return;
        }
        event.prevent_default();
        leptos::task::spawn_local(async move {
            match ask(&form.action(), &read(&form)).await {
                Some(PlanAnswer::Next(url)) => window().location().assign(&url).unwrap_or_default(),
                // The server's page names every mistake, in its title, its summary and beside each field.
                Some(PlanAnswer::Mistakes(_)) | None => form.submit().unwrap_or_default(),
            }
        });
    });
}

fn find_form(id: &str) -> Option<HtmlFormElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

async fn ask(url: &str, form: &PlanForm) -> Option<PlanAnswer> {
    let request = Request::post(url).header("accept", "application/json").json(form).ok()?;
    request.send().await.ok()?.json().await.ok()
}

fn read(form: &HtmlFormElement) -> PlanForm {
    let data = FormData::new_with_form(form).ok();
    let text = |name: &str| data.as_ref().and_then(|d| d.get(name).as_string()).unwrap_or_default();
    PlanForm {
        currency: text("currency"),
        by: text("by"),
        amount: text("amount"),
        count: text("count"),
        frequency: text("frequency"),
        first_on: text("first_on"),
        upfront: text("upfront"),
        weekdays: text("weekdays"),
        decide: String::new(),
    }
}
