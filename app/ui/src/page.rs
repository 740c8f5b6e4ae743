//! The frame of every page: a way past the header, the name at the top, the page itself, what stands at its foot.

use leptos::prelude::*;

/// The frame. The document around it (doctype, head, scripts) is the server's.
#[component]
pub fn Page(
    /// The name at the top: the business's trading name, or Kept's own.
    #[prop(into)]
    brand: String,
    /// Where the name leads; nowhere where it is empty.
    #[prop(optional)]
    home: &'static str,
    /// What stands beside the name: links, or the button that signs out.
    #[prop(optional)]
    nav: Option<AnyView>,
    /// What stands at the foot.
    #[prop(optional)]
    foot: Option<AnyView>,
    /// The page uses the whole width of a large screen.
    #[prop(optional)]
    wide: bool,
    /// The page.
    children: Children,
) -> impl IntoView {
    let name = if home.is_empty() {
        view! { <span class="brand">{brand}</span> }.into_any()
    } else {
        view! { <a class="brand" href=home>{brand}</a> }.into_any()
    };
    view! {
        <a class="skip" href="#main">"Skip to the page"</a>
        <header class="top" class:wide=wide>{name}{nav}</header>
        <main id="main" class:wide=wide>{children()}</main>
        {foot.map(|foot| view! { <footer class="foot" class:wide=wide>{foot}</footer> })}
    }
}

/// The link back to where one came from, above a page's heading.
#[component]
pub fn Back(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// What it says.
    #[prop(into)]
    words: String,
) -> impl IntoView {
    view! { <a class="back" href=href>{words}</a> }
}
