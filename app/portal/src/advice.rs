//! Free, independent help with debts, by country.

use leptos::prelude::*;

/// One place that helps for free.
pub struct Place {
    /// Its name.
    pub name: &'static str,
    /// Its page.
    pub url: &'static str,
    /// Its number; may be empty.
    pub phone: &'static str,
}

const fn place(name: &'static str, url: &'static str, phone: &'static str) -> Place {
    Place { name, url, phone }
}

const BY_COUNTRY: &[(&str, &[Place])] = &[
    ("AT", &[place("Schuldenberatung", "https://www.schuldenberatung.at", "")]),
    ("AU", &[place("National Debt Helpline", "https://ndh.org.au", "1800 007 007")]),
    ("CA", &[place("Credit Counselling Canada", "https://creditcounsellingcanada.ca", "")]),
    ("CH", &[place("Schuldenberatung Schweiz", "https://www.schulden.ch", "0800 708 708")]),
    ("DE", &[place("Meine Schulden", "https://www.meine-schulden.de", "")]),
    ("FR", &[place("Mes questions d’argent", "https://www.mesquestionsdargent.fr", "3414")]),
    (
        "GB",
        &[
            place("MoneyHelper", "https://www.moneyhelper.org.uk/en/money-troubles/dealing-with-debt", "0800 138 7777"),
            place("StepChange", "https://www.stepchange.org", "0800 138 1111"),
            place("Business Debtline", "https://www.businessdebtline.org", "0800 197 6026"),
        ],
    ),
    ("IE", &[place("MABS", "https://mabs.ie", "0818 07 2000")]),
    ("NL", &[place("Geldfit", "https://geldfit.nl", "0800 8115")]),
    ("NZ", &[place("MoneyTalks", "https://www.moneytalks.co.nz", "0800 345 123")]),
    ("US", &[place("National Foundation for Credit Counseling", "https://www.nfcc.org", "800-388-2227")]),
];

/// The places of a country (ISO 3166, any case); none where we know of none.
pub fn places(country: &str) -> &'static [Place] {
    let upper = country.trim().to_ascii_uppercase();
    BY_COUNTRY.iter().find(|(code, _)| *code == upper).map_or(&[], |(_, places)| places)
}

/// Where free help is.
#[component]
pub fn Advice(
    /// The debtor's country.
    country: String,
) -> impl IntoView {
    let known = places(&country);
    let items: Vec<_> = known
        .iter()
        .map(|p| {
            let phone = (!p.phone.is_empty()).then(|| {
                let href = format!("tel:{}", p.phone.replace([' ', '-'], ""));
                view! { ", "<a href=href>{p.phone}</a> }
            });
            view! { <li><a href=p.url rel="noreferrer">{p.name}</a>{phone}</li> }
        })
        .collect();
    let list = if items.is_empty() {
        view! { <p>"Many towns and charities have debt advisers who help for free. Your town hall or a library can name one."</p> }.into_any()
    } else {
        view! { <ul>{items}</ul> }.into_any()
    };
    view! {
        <section class="card">
            <h2>"Free help with money worries"</h2>
            <p>"They are independent, they cost nothing, and they do not tell us that you asked."</p>
            {list}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_found_in_any_case_and_each_page_is_safe() {
        assert_eq!(places(" gb ").len(), 3);
        assert!(places("").is_empty() && places("XX").is_empty());
        assert!(BY_COUNTRY.iter().flat_map(|(_, places)| *places).all(|p| p.url.starts_with("https://")));
    }
}
