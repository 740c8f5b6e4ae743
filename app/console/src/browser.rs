//! What the browser calls once the bundle has loaded.

use wasm_bindgen::prelude::wasm_bindgen;

/// Prepares the page; called once, before any island.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
