//! Today: what waits for a person, and how things stand.

use crate::frame::Shell;
use crate::news::News;
use crate::stuck::again;
use kept_api::console::{Figures, TodayView};
use kept_domain::calendar::{Ageing, show};
use kept_domain::money::Money;
use kept_ui::amount::Amount;
use kept_ui::date::Day;
use kept_ui::notice::{Notice, Tag, Tone};
use leptos::prelude::*;

/// The page of what waits for a person, oldest deadline first.
pub fn today_page(v: TodayView) -> impl IntoView {
    let tasks: Vec<_> = v
        .tasks
        .into_iter()
        .map(|task| {
            let late = task.late.then(|| view! { " "<Tag tone=Tone::Wait words="late"/> });
            let send =
                task.again.map(|action| again(action, format!("{} to {}", task.kind.words(), task.who), "today"));
            view! {
                <tr>
                    <th scope="row"><a href=task.href>{task.kind.words()}</a></th>
                    <td data-label="Who">{task.who}</td>
                    <td data-label="About">{task.detail}{send}</td>
                    <td data-label="By"><Day on=task.due_on/>{late}</td>
                </tr>
            }
        })
        .collect();
    let waiting = if tasks.is_empty() {
        view! { <p>"Nothing waits for you."</p> }.into_any()
    } else {
        view! {
            <table class="rows">
                <thead><tr>
                    <th scope="col">"What"</th><th scope="col">"Who"</th><th scope="col">"About"</th><th scope="col">"By"</th>
                </tr></thead>
                <tbody>{tasks}</tbody>
            </table>
        }
        .into_any()
    };
    let today = show(v.today);
    let figures: Vec<_> = v.figures.into_iter().map(|f| currency_figures(f, &today).into_any()).collect();
    let empty = v.empty.then(|| {
        view! {
            <Notice heading="Start with your unpaid invoices">
                <p>"Import your customers and their invoices from two files. Then check your "<a href="/console/policy">"settings"</a>
                ": what your customers may agree to without asking you."</p>
                <p><a href="/console/imports">"Import files"</a></p>
            </Notice>
        }
    });
    let rate = match (v.kept, v.ended) {
        (_, 0) => "No agreement has ended yet.".to_owned(),
        (kept, ended) => format!("{kept} of {ended} agreements that ended were kept ({} %).", kept * 100 / ended),
    };
    view! {
        <Shell frame=v.frame here="/console">
            <h1>"Today"</h1>
            <News after=v.last_event/>
            {empty}
            <section aria-labelledby="waiting">
                <h2 id="waiting">"Waiting for you"</h2>
                {waiting}
            </section>
            {figures}
            <section aria-labelledby="kept">
                <h2 id="kept">"Agreements kept"</h2>
                <p>{rate}</p>
            </section>
        </Shell>
    }
}

fn currency_figures(f: Figures, today: &str) -> impl IntoView + use<> {
    let currency = f.currency;
    let money = move |minor| Money::new(minor, currency);
    let rows: Vec<_> = f
        .ageing
        .iter()
        .enumerate()
        .map(|(n, (age, minor))| {
            let (words, minor, key) = (late_words(*age), *minor, format!("key age-{n}"));
            view! {
                <tr>
                    <th scope="row"><span class=key aria-hidden="true"></span>{words}</th>
                    <td class="num"><Amount money=money(minor)/></td>
                    <td class="num">{share(minor, f.owed_minor)}" %"</td>
                </tr>
            }
        })
        .collect();
    let id = format!("owed-{}", currency.code());
    let heading = id.clone();
    view! {
        <section aria-labelledby=id>
            <h2 id=heading>"Owed to you, in "{currency.code().to_owned()}</h2>
            <dl class="figures">
                <div><dt>"Owed in all"</dt><dd><Amount money=money(f.owed_minor)/></dd></div>
                <div><dt>"Overdue"</dt><dd><Amount money=money(f.overdue_minor())/></dd></div>
                <div><dt>"Promised for the next 7 days"</dt><dd><Amount money=money(f.promised_minor)/></dd></div>
            </dl>
            {bar(&f)}
            <table class="ageing">
                <caption>{format!("By age, as of {today}")}</caption>
                <thead><tr><th scope="col">"Past the due date"</th><th scope="col" class="num">"Amount"</th><th scope="col" class="num">"Share"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
}

fn late_words(age: Ageing) -> String {
    let mut words = age.words().to_owned();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// Whole per cent of a sum; 0 where there is no sum.
fn share(minor: i64, sum: i64) -> i64 {
    if sum <= 0 { 0 } else { (minor.max(0) * 200 / sum + 1) / 2 }
}

/// The table below it says the same in figures, so that the bar is only for the eye.
fn bar(f: &Figures) -> Option<impl IntoView + use<>> {
    let sum: i64 = f.ageing.iter().map(|(_, minor)| (*minor).max(0)).sum();
    (sum > 0).then(|| {
        // In thousandths of the width; the last part ends where the bar does.
        let at = |minor: i64| i64::try_from(i128::from(minor) * 1000 / i128::from(sum)).unwrap_or(0);
        let mut before = 0;
        let parts: Vec<_> = f
            .ageing
            .iter()
            .enumerate()
            .map(|(n, (_, minor))| {
                let from = at(before);
                before += (*minor).max(0);
                let width = at(before) - from;
                view! { <rect class=format!("age-{n}") x=from y="0" width=width height="24"/> }
            })
            .collect();
        view! {
            <svg class="bar" viewBox="0 0 1000 24" preserveAspectRatio="none" aria-hidden="true" focusable="false">{parts}</svg>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_and_never_divide_by_nothing() {
        assert_eq!([share(1, 3), share(2, 3), share(5, 0), share(-5, 10)], [33, 67, 0, 0]);
    }
}
