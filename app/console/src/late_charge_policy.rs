//! Settings of late charges: whether they are claimed, by which law, and the reference rates that are known.

use crate::frame::{Shell, problems};
use crate::parts::{Select, field};
use kept_api::late_charges::{LateChargePolicyView, PresetRow};
use kept_domain::calendar::show;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::Input;
use kept_ui::late_charge::per_cent;
use kept_ui::page::Back;
use leptos::prelude::*;

/// The page of settings about late charges.
pub fn late_charge_policy_page(v: LateChargePolicyView) -> impl IntoView {
    let off = ("off".to_owned(), "No, nothing is added".to_owned());
    let options: Vec<_> =
        std::iter::once(off).chain(v.presets.iter().map(|p| (p.code.clone(), p.law.name.clone()))).collect();
    let laws: Vec<_> = v.presets.iter().map(|p| (p.code.clone(), p.law.name.clone())).collect();
    let (chosen, problem) = (v.form.value("preset").to_owned(), v.form.mistake("preset").map(str::to_owned));
    let (of, of_problem) = (v.form.value("of").to_owned(), v.form.mistake("of").map(str::to_owned));
    let form = v.form.clone();
    let presets: Vec<_> = v.presets.into_iter().map(preset).collect();
    view! {
        <Shell frame=v.frame here="/console/policy">
            <Back href="/console/policy" words="Settings"/>
            <ErrorSummary problems=problems(&form)/>
            <h1>"Late charges"</h1>
            <p>"When a company pays late, the law lets you add interest and a fixed sum. It is off unless you turn it on, and even then nothing is
            added until somebody claims it on a customer’s page, after seeing it worked out. Never from a consumer, and never for days on which
            something is in dispute, an agreement runs or reminders pause."</p>
            <form class="card" method="post" action="/console/policy/late-charges" novalidate>
                <Select name="preset" label="Do you claim late charges?" options chosen problem/>
                <button class="button" name="act" value="save">"Save"</button>
            </form>
            {presets}
            <section aria-labelledby="rate">
                <h2 id="rate">"A reference rate that is missing here"</h2>
                <form class="card" method="post" action="/console/policy/late-charges" novalidate>
                    <Select name="of" label="Of which law" options=laws chosen=of problem=of_problem/>
                    {field(&form, "rate_on", "The day for which it was published", "A reference day, such as 31 December 2025", Input::Date)}
                    {field(&form, "rate", "The rate, in per cent", "As the central bank published it, such as 4.25. Without the points that the law adds", Input::Number)}
                    <button class="button" name="act" value="rate">"Add the rate"</button>
                </form>
            </section>
        </Shell>
    }
}

fn preset(p: PresetRow) -> AnyView {
    let rates: Vec<_> = p
        .rates
        .into_iter()
        .map(|(on, rate_bp, added)| {
            let whose = if added { ", added by you" } else { "" };
            view! { <li>{format!("{}: {} %{whose}", show(on), per_cent(rate_bp))}</li> }
        })
        .collect();
    let missing = p.missing_on.map(|on| {
        let words = format!(
            "The rate of {} is not known here. Nothing is worked out that needs it until you add it below.",
            show(on)
        );
        view! { <p>{words}</p> }
    });
    let since = format!("For what became due on {} or later.", show(p.effective_on));
    view! {
        <section class="card">
            <h2>{p.law.name}</h2>
            <p>{p.adds}" "{since}</p>
            {missing}
            <details><summary>"Reference rates"</summary><ul>{rates}</ul></details>
            <p class="soft small"><a href=p.law.url rel="noreferrer">{p.law.source}</a></p>
        </section>
    }
    .into_any()
}
