//! An amount of money on a page.

use kept_domain::money::{Currency, Money};
use leptos::prelude::*;

/// An amount, as [`Money::show`] writes it, in figures of equal width.
#[component]
pub fn Amount(
    /// What is shown.
    money: Money,
) -> impl IntoView {
    view! { <span class="amount">{money.show()}</span> }
}

/// The sign that stands before an amount in a form field: `£`, or `CHF` where there is none.
pub fn sign(currency: Currency) -> String {
    Money::new(0, currency)
        .show()
        .trim_end_matches(|c: char| !c.is_alphabetic() && c.is_ascii() && c != '$')
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_is_what_stands_before_the_figures() {
        for (code, expected) in
            [("GBP", "£"), ("USD", "$"), ("AUD", "A$"), ("JPY", "¥"), ("CHF", "CHF"), ("KWD", "KWD")]
        {
            assert_eq!(sign(Currency::parse(code).unwrap()), expected);
        }
    }
}
