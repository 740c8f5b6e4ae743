//! Offers of less than is owed: who answers them, and what is accepted without asking. Only an owner sees this page.

use crate::frame::{Shell, problems};
use crate::parts::{choices, field};
use kept_api::console::{Form, Mistake};
use kept_api::statements::SettlementPolicyView;
use kept_domain::money::{Currency, Money, parse_amount};
use kept_domain::settlement::{Below, Offers, Policy, PolicyError, RULES_MAX, Rule, WITHIN_DAYS_MAX};
use kept_ui::amount::sign;
use kept_ui::error_summary::ErrorSummary;
use kept_ui::field::{Choices, Field, Input};
use kept_ui::page::Back;
use leptos::prelude::*;

/// The names of one rule's fields.
struct Names {
    floor: &'static str,
    counter: &'static str,
    within: &'static str,
    min_age: &'static str,
    from: &'static str,
    up_to: &'static str,
}

macro_rules! names {
    ($($n:literal),*) => {[$(Names {
        floor: concat!("floor_", $n),
        counter: concat!("counter_", $n),
        within: concat!("within_", $n),
        min_age: concat!("min_age_", $n),
        from: concat!("from_", $n),
        up_to: concat!("up_to_", $n),
    }),*]};
}

const NAMES: [Names; RULES_MAX] = names!("1", "2", "3");

/// Writes a policy into the fields that nothing has been typed into.
pub fn fill(form: &mut Form, policy: &Policy, currency: Currency) {
    form.preset("offers", policy.offers.code());
    form.preset("below", policy.below.code());
    let amount = |minor| Money::new(minor, currency).decimal();
    for (names, rule) in NAMES.iter().zip(&policy.rules) {
        form.preset(names.floor, rule.floor_percent.to_string());
        form.preset(names.counter, rule.counter_percent.to_string());
        form.preset(names.within, rule.within_days.to_string());
        form.preset(names.min_age, rule.min_age_days.to_string());
        form.preset(names.from, if rule.from_minor > 0 { amount(rule.from_minor) } else { String::new() });
        form.preset(names.up_to, rule.up_to_minor.map(amount).unwrap_or_default());
    }
}

/// Reads a policy back; a rule whose fields are all empty is none.
///
/// # Errors
/// What cannot be taken as typed, in the order of the fields.
pub fn parse(form: &Form, currency: Currency) -> Result<Policy, Vec<Mistake>> {
    let mut wrong = Vec::new();
    let mut policy = Policy::default();
    match Offers::parse(form.value("offers")) {
        Some(offers) => policy.offers = offers,
        None => wrong.push(Mistake { field: "offers", words: "Choose who answers offers".to_owned() }),
    }
    match Below::parse(form.value("below")) {
        Some(below) => policy.below = below,
        None => wrong.push(Mistake { field: "below", words: "Choose what offers below that get".to_owned() }),
    }
    let mut written = Vec::new();
    for names in &NAMES {
        let all = [names.floor, names.counter, names.within, names.min_age, names.from, names.up_to];
        if all.iter().all(|name| form.value(name).trim().is_empty()) {
            continue;
        }
        let percent = |name, error: PolicyError, wrong: &mut Vec<Mistake>| {
            number(form, name, 255, error.words(), wrong).try_into().unwrap_or(0u8)
        };
        let floor_percent = percent(names.floor, PolicyError::Floor(0), &mut wrong);
        let counter_percent = percent(names.counter, PolicyError::Counter(0), &mut wrong);
        let within_days = number(form, names.within, WITHIN_DAYS_MAX, PolicyError::Within(0).words(), &mut wrong);
        let min_age_days = match form.value(names.min_age).trim() {
            "" => 0,
            _ => number(form, names.min_age, 36_500, "Enter a whole number of days", &mut wrong),
        };
        let from_minor = amount(form, names.from, currency, &mut wrong).unwrap_or(0);
        let up_to_minor = amount(form, names.up_to, currency, &mut wrong);
        policy.rules.push(Rule { min_age_days, from_minor, up_to_minor, within_days, floor_percent, counter_percent });
        written.push(names);
    }
    if wrong.is_empty()
        && let Err(error) = policy.check()
    {
        let of = |n: usize, field: fn(&Names) -> &'static str| written.get(n).map_or("offers", |names| field(names));
        let field = match error {
            PolicyError::NoRule => NAMES[0].floor,
            PolicyError::Floor(n) => of(n, |names| names.floor),
            PolicyError::Counter(n) => of(n, |names| names.counter),
            PolicyError::Band(n) => of(n, |names| names.up_to),
            PolicyError::Within(n) => of(n, |names| names.within),
        };
        wrong.push(Mistake { field, words: error.words().to_owned() });
    }
    if wrong.is_empty() { Ok(policy) } else { Err(wrong) }
}

fn number(form: &Form, name: &'static str, max: u32, words: &str, wrong: &mut Vec<Mistake>) -> u32 {
    match form.value(name).trim().parse() {
        Ok(n) if n <= max => n,
        _ => {
            wrong.push(Mistake { field: name, words: words.to_owned() });
            0
        }
    }
}

fn amount(form: &Form, name: &'static str, currency: Currency, wrong: &mut Vec<Mistake>) -> Option<i64> {
    match form.value(name).trim() {
        "" => None,
        typed => match parse_amount(typed, currency) {
            Ok(minor) => Some(minor),
            Err(error) => {
                wrong.push(Mistake { field: name, words: error.to_string() });
                None
            }
        },
    }
}

/// The page of what is done with offers of less than is owed.
pub fn settlements_page(v: SettlementPolicyView) -> impl IntoView {
    let form = v.form.clone();
    let offers = [
        ("off", "Nobody can offer less"),
        ("person", "We decide on each offer ourselves"),
        ("rules", "The rules below, and we decide on what they do not speak of"),
    ];
    let below = [
        ("person", "We look at them ourselves"),
        ("counter", "Another offer, the same for all of them"),
        ("decline", "A friendly no"),
    ];
    let wrong = |name: &str| form.mistake(name).map(str::to_owned);
    let (offers_wrong, below_wrong) = (wrong("offers"), wrong("below"));
    let offers = choices(&form, "offers", false, &offers);
    let below = choices(&form, "below", false, &below);
    let rules: Vec<_> = (0..RULES_MAX).map(|n| rule(&form, n, v.currency)).collect();
    view! {
        <Shell frame=v.frame here="/console/policy">
            <Back href="/console/policy" words="Settings"/>
            <ErrorSummary problems=problems(&v.form)/>
            <h1>"Lower amounts"</h1>
            <p>"A customer can offer to pay less than they owe by a day, in full and final settlement. The rest is taken off only
            once it was paid by that day. If it was not, all that is left is due again."</p>
            <p>"What you accept is your secret: no customer’s page tells it. Somebody can make three offers in 30 days."</p>
            <form method="post" action="/console/policy/settlements" novalidate>
                <section class="card">
                    <Choices name="offers" legend="Who answers an offer?" choices=offers problem=offers_wrong/>
                </section>
                <section class="card" aria-labelledby="rules">
                    <h2 id="rules">"Rules"</h2>
                    <p>"An offer that fits any of them is agreed at once. Leave a rule empty where you need fewer."</p>
                    {rules}
                    <Choices name="below" legend="What do offers below that get?" choices=below problem=below_wrong/>
                </section>
                <button class="button">"Save"</button>
            </form>
        </Shell>
    }
}

fn rule(form: &Form, n: usize, currency: Currency) -> impl IntoView + use<> {
    let names = &NAMES[n];
    let money = |name: &'static str, label: &str, hint: &str| {
        let (value, problem) = (form.value(name).to_owned(), form.mistake(name).map(str::to_owned));
        let (label, hint, prefix) = (label.to_owned(), hint.to_owned(), sign(currency));
        view! { <Field name label hint input=Input::Amount prefix value problem/> }
    };
    view! {
        <fieldset class="band">
            <legend><h3>{format!("Rule {}", n + 1)}</h3></legend>
            <div class="pairs">
                {field(form, names.floor, "The least you accept, in per cent", "Of all that is left to pay", Input::Number)}
                {field(form, names.counter, "What you offer in answer, in per cent", "Not less than the least you accept", Input::Number)}
                {field(form, names.within, "Days within which it is paid, at most", "", Input::Number)}
                {field(form, names.min_age, "Days past due, at least", "Of the oldest invoice. Empty for any", Input::Number)}
                {money(names.from, "For balances from", "Empty for any")}
                {money(names.up_to, "For balances up to", "Empty for any")}
            </div>
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbp() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn policy() -> Policy {
        let rule = Rule {
            min_age_days: 30,
            from_minor: 10_000,
            up_to_minor: Some(100_000),
            within_days: 14,
            floor_percent: 60,
            counter_percent: 80,
        };
        let old = Rule { min_age_days: 180, from_minor: 0, up_to_minor: None, floor_percent: 40, ..rule };
        Policy { offers: Offers::Rules, below: Below::Counter, rules: vec![rule, old] }
    }

    #[test]
    fn a_policy_survives_its_form() {
        let mut form = Form::default();
        fill(&mut form, &policy(), gbp());
        assert_eq!(parse(&form, gbp()), Ok(policy()));
    }

    #[test]
    fn every_mistake_names_its_field() {
        for (field, typed) in [
            ("offers", "maybe"),
            ("below", ""),
            ("floor_1", "0"),
            ("floor_2", "x"),
            ("counter_1", "59"),
            ("counter_2", "100"),
            ("within_1", ""),
            ("min_age_2", "-1"),
            ("from_1", "lots"),
            ("up_to_1", "99"),
        ] {
            let mut form = Form { values: vec![(field.to_owned(), typed.to_owned())], ..Form::default() };
            fill(&mut form, &policy(), gbp());
            let mistakes = parse(&form, gbp()).unwrap_err();
            assert_eq!(mistakes[0].field, field, "{typed}");
        }
    }
}
