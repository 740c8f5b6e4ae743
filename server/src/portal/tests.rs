//! Pages in states that are hard to reach through HTTP, rendered from made-up views.

use kept_api::portal::{Account, AgreementLine, Attempt, Business, Gate, InvoiceLine, Pay, PayForm, Purse, Question};
use kept_domain::calendar::parse_iso;
use kept_domain::commitment::{Kind, State};
use kept_domain::money::{Currency, Money};
use kept_domain::payment::AttemptState;
use kept_portal::account::AccountPage;
use kept_portal::gate::GatePage;
use kept_portal::payment::{AttemptPage, PaymentPage, looks_again};
use kept_ui::error_summary::Problems;
use leptos::prelude::*;

fn html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    Owner::new().with(|| view().into_view().to_html())
}

fn business() -> Business {
    Business { name: "Jessop Stationers".into(), email: "accounts@jessop.example".into(), ..Business::default() }
}

fn purse(code: &str, left_minor: i64, disputed_minor: i64) -> Purse {
    let day = |text| parse_iso(text).unwrap();
    let invoice = InvoiceLine {
        id: "i".into(),
        number: format!("{code}-1"),
        description: String::new(),
        issued_on: day("2026-08-01"),
        due_on: day("2026-09-01"),
        late_days: 81,
        amount_minor: left_minor + disputed_minor,
        late_minor: 0,
        paid_minor: 0,
        disputed_minor,
        left_minor: left_minor + disputed_minor,
    };
    Purse {
        currency: Currency::parse(code).unwrap(),
        invoices: vec![invoice],
        left_minor,
        disputed_minor,
        on_account_minor: 0,
        running: None,
        waiting: None,
        kept: None,
        takes_offers: false,
    }
}

fn account(purses: Vec<Purse>, cards: bool) -> String {
    let account = Account {
        business: business(),
        payer: "<i>Ana</i>".into(),
        today: parse_iso("2026-11-21").unwrap(),
        purses,
        disputes: vec![],
        payments: vec![],
        earlier: vec![],
        paused_until: None,
        cards,
    };
    html(|| view! { <AccountPage account/> })
}

#[test]
fn disputing_is_as_easy_as_paying() {
    let page = account(vec![purse("GBP", 5_000, 0)], true);
    for path in ["payment", "plan", "promise", "dispute", "already-paid", "hardship"] {
        assert!(page.contains(&format!("<li><a href=\"/account/{path}\">")), "{path}: {page}");
    }
    assert!(page.contains("&lt;i>Ana") || page.contains("&lt;i&gt;Ana"), "a name is text: {page}");
    assert!(page.contains("Was due by 1 September 2026, 81 days ago"));
}

#[test]
fn without_a_gateway_nobody_is_offered_to_pay_by_card() {
    let page = account(vec![purse("GBP", 5_000, 0)], false);
    assert!(!page.contains("Pay by card") && page.contains("accounts@jessop.example"), "{page}");
    assert!(page.contains("How to pay by bank transfer"), "{page}");
}

#[test]
fn currencies_stand_side_by_side_and_are_never_summed() {
    let page = account(vec![purse("EUR", 1_000, 0), purse("GBP", 2_000, 0)], true);
    for words in ["€10.00", "£20.00", "/account/plan?currency=EUR", "/account/plan?currency=GBP"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("30.00"));
}

#[test]
fn nothing_is_asked_for_where_nothing_is_owed() {
    let paid = account(vec![], true);
    assert!(paid.contains("There is nothing left to pay") && !paid.contains("/account/payment"), "{paid}");
    let disputed = account(vec![purse("GBP", 0, 2_000)], true);
    assert!(disputed.contains("There is nothing to pay while") && !disputed.contains("/account/payment"), "{disputed}");
}

#[test]
fn an_offer_waits_for_an_answer() {
    let waiting = AgreementLine {
        id: "c1".into(),
        kind: Kind::Plan,
        state: State::Countered,
        total_minor: 5_000,
        paid_minor: 0,
        next: None,
        answer_by_on: parse_iso("2026-11-28"),
    };
    let page = account(vec![Purse { waiting: Some(waiting), ..purse("GBP", 5_000, 0) }], true);
    assert!(page.contains("makes you an offer") && page.contains("by 28 November 2026"), "{page}");
}

#[test]
fn the_gate_says_nothing_but_the_business() {
    let gate = |question, tries_left| {
        let business = "<Jessop>".to_owned();
        html(|| view! { <GatePage gate=Gate { business, action: "/l/x".into(), question, tries_left, empty: false }/> })
    };
    let asked = gate(Question::Postcode, None);
    assert!(asked.contains("&lt;Jessop") && !asked.contains("There is a problem"), "{asked}");
    for word in ["debt", "owe", "pay ", "invoice"] {
        assert!(!asked.to_lowercase().contains(word), "{word}: {asked}");
    }
    assert!(gate(Question::InvoiceNumber, Some(1)).contains("You can try one more time"));
    let unsent = gate(Question::Code { sent: false }, None);
    assert!(unsent.contains("value=\"code\"") && !unsent.contains("name=\"answer\""), "a look sends nothing: {unsent}");
}

#[test]
fn a_payment_page_tells_the_truth() {
    for (state, words, again) in [
        (AttemptState::Created, "Please do not pay it again", true),
        (AttemptState::Confirming, "Please do not pay it again", true),
        (AttemptState::Open, "has not been paid yet", false),
        (AttemptState::Succeeded, "has arrived", false),
        (AttemptState::Failed, "No money has moved", false),
        (AttemptState::Abandoned, "was not taken", false),
    ] {
        let attempt = Attempt {
            business: business(),
            id: "a".into(),
            state,
            amount: Money::new(5_000, Currency::parse("GBP").unwrap()),
            decline: "",
            url: None,
            receipt: None,
            left: None,
        };
        let page = html(|| view! { <AttemptPage attempt/> });
        assert!(page.contains(words), "{state:?}: {page}");
        assert_eq!(looks_again(state), again, "{state:?}");
        assert_eq!(page.contains("Try again"), matches!(state, AttemptState::Failed | AttemptState::Abandoned));
    }
}

#[test]
fn a_mistake_is_summed_up_and_stands_beside_its_field() {
    let pay = Pay {
        business: business(),
        currency: Currency::parse("GBP").unwrap(),
        balance_minor: 5_000,
        min_part_minor: 500,
        instalment: None,
        settles: false,
        confirming: None,
        cards: true,
        consent: None,
        transfer: None,
    };
    let form = PayForm { what: "part".into(), amount: "\"><script>".into(), ..PayForm::default() };
    let problems = Problems::one("amount", "Enter £5.00 or more");
    let page = html(|| view! { <PaymentPage pay form problems/> });
    for part in [
        "There is a problem",
        "href=\"#amount\"",
        "id=\"amount-error\"",
        "aria-describedby=\"amount-error\"",
        "aria-invalid=\"true\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("<script"), "{page}");
}
