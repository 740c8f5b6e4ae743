//! A day on a page.

use chrono::NaiveDate;
use kept_domain::calendar;
use leptos::prelude::*;

/// A day, as [`calendar::show`] writes it; it does not break across lines.
#[component]
pub fn Day(
    /// What is shown.
    on: NaiveDate,
) -> impl IntoView {
    view! { <time datetime=calendar::iso(on)>{calendar::show(on)}</time> }
}
