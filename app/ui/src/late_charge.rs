//! A late charge as it was worked out, day by day.

use crate::amount::Amount;
use chrono::NaiveDate;
use kept_domain::calendar::show;
use kept_domain::late_charge::Charge;
use kept_domain::money::{Currency, Money};
use leptos::prelude::*;

/// The days, what each of them adds, and the fixed sum.
#[component]
pub fn WorkedOut(
    /// What was worked out.
    charge: Charge,
    /// The currency of its amounts.
    currency: Currency,
) -> impl IntoView {
    let money = move |minor| Money::new(minor, currency);
    let rows: Vec<_> = charge
        .lines
        .iter()
        .map(|line| {
            let adds = money(line.thousandths() / 1000);
            let how = match line.rate_bp {
                0 => "Nothing is added on these days".to_owned(),
                rate => format!("{} % a year of {}", per_cent(rate), money(line.left_minor).show()),
            };
            view! {
                <li>
                    <div class="sum"><span>{days(line.from_on, line.until_on, line.days)}</span><Amount money=adds/></div>
                    <p class="soft small">{how}</p>
                </li>
            }
        })
        .collect();
    let interest = charge.lines.len() > 1;
    let interest = interest.then(|| {
        view! { <li><div class="sum"><span>"Interest for all of these days"</span><Amount money=money(charge.interest_minor)/></div></li> }
    });
    let fixed = (charge.fixed_minor > 0).then(|| {
        view! { <li><div class="sum"><span>"Fixed sum, once for this invoice"</span><Amount money=money(charge.fixed_minor)/></div></li> }
    });
    view! { <ul class="sums">{rows}{interest}{fixed}</ul> }
}

fn days(from_on: NaiveDate, until_on: NaiveDate, days: u32) -> String {
    match days {
        1 => format!("{}, one day", show(from_on)),
        _ => format!("{} to {}, {days} days", show(from_on), show(until_on)),
    }
}

/// `13.25`, and `8` where nothing stands after the point.
pub fn per_cent(basis_points: i64) -> String {
    let (whole, part) = (basis_points / 100, basis_points % 100);
    if part == 0 { whole.to_string() } else { format!("{whole}.{part:02}") }
}

/// How the law counts, for whoever pays.
pub const HOW: &str = "Interest is counted by whole days, 365 to the year. Fractions are added up first, and the sum is rounded down \
    once. Nothing is added for days on which something was looked into, an agreement ran or reminders paused. What is paid goes to \
    the invoice first and to its charge last, and nothing is ever added to a charge.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_written_as_people_write_it() {
        assert_eq!([800, 1_325, 805].map(per_cent), ["8", "13.25", "8.05"]);
    }
}
