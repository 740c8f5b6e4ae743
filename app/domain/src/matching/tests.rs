use super::*;
use crate::statement::Direction;
use proptest::prelude::*;

fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

fn day(text: &str) -> NaiveDate {
    crate::calendar::parse_iso(text).unwrap()
}

fn customer(id: &str, number: &str, name: &str) -> Customer {
    Customer { id: id.into(), number: number.into(), name: name.into() }
}

fn invoice(id: &str, debtor: &str, number: &str, left_minor: i64) -> OpenInvoice {
    OpenInvoice { id: id.into(), debtor: debtor.into(), number: number.into(), currency: gbp(), left_minor }
}

/// Ada owes 400 and 200, Bea 300 twice and 50 in euros, Cleo (there are two) 120 each, Dora pays instalments of 25.
fn books() -> Books {
    let euro = OpenInvoice { currency: Currency::parse("EUR").unwrap(), ..invoice("i5", "bea", "EUR-50505", 5_000) };
    Books::new(
        vec![
            customer("ada", "CUST-1001", "Ada Müller GmbH"),
            customer("bea", "CUST-1002", "Bea Stone"),
            customer("cleo1", "CUST-1003", "Cleo Ltd"),
            customer("cleo2", "CUST-1004", "Cleo Limited"),
            customer("dora", "7", "Dora Dean"),
            customer("eve", "CUST-1006", "Eve Paid"),
        ],
        vec![
            invoice("i1", "ada", "2026-0001", 40_000),
            invoice("i2", "ada", "2026-0002", 20_000),
            invoice("i3", "bea", "2026-0003", 30_000),
            invoice("i4", "bea", "2026-0004", 30_000),
            euro,
            invoice("i6", "cleo1", "2026-0006", 12_000),
            invoice("i7", "cleo2", "2026-0007", 12_000),
            invoice("i8", "dora", "42", 10_000),
        ],
        vec![NextInstalment { debtor: "dora".into(), currency: gbp(), left_minor: 2_500 }],
    )
}

fn line(payer: &str, amount_minor: i64, words: &str) -> Line {
    Line {
        account: "GB33BUKB20201555555555".into(),
        bank_reference: String::new(),
        booked_on: day("2026-11-20"),
        direction: Direction::Arrived,
        amount_minor,
        currency: gbp(),
        payer: payer.into(),
        payer_account: String::new(),
        reference: String::new(),
        words: words.into(),
    }
}

fn one(books: &Books, line: &Line) -> Verdict {
    books.judge(std::slice::from_ref(line)).remove(0)
}

/// `booked ada [i1]`, `suggested ada: other_payer`, `unmatched nobody`.
fn told(verdict: &Verdict) -> String {
    let code = |r: &Reason| serde_json::to_value(r).unwrap().as_str().unwrap().to_owned();
    match verdict {
        Verdict::Booked(c) => {
            let invoices: Vec<&str> = c.invoices.iter().map(InvoiceId::as_str).collect();
            format!("booked {} [{}]", c.debtor, invoices.join(" "))
        }
        Verdict::Suggested(all) => {
            let all: Vec<String> = all
                .iter()
                .map(|c| {
                    let doubts: Vec<String> = c.reasons.iter().filter(|r| r.is_doubt()).map(code).collect();
                    format!("{}: {}", c.debtor, doubts.join(" "))
                })
                .collect();
            format!("suggested {}", all.join(", "))
        }
        Verdict::Unmatched(reason) => format!("unmatched {}", code(reason)),
    }
}

#[test]
fn only_what_is_beyond_doubt_is_booked() {
    let books = books();
    let reference = |id: &str| PaymentReference::of(&id.into()).grouped();
    let (ada, bea, eve) = (reference("ada"), reference("bea"), reference("eve"));
    let table: Vec<(&str, i64, String, &str)> = vec![
        // By reference, whatever the amount is and whoever pays it.
        ("Somebody", 12_345, ada.clone(), "booked ada []"),
        ("Bea Stone", 100, format!("{ada} 2026-0002"), "booked ada [i2]"),
        ("", 99_999_999, ada.to_lowercase(), "booked ada []"),
        ("", 100, eve, "booked eve []"),
        ("", 100, format!("{ada} {bea}"), "suggested ada: several_customers, bea: several_customers"),
        ("", 100, format!("{ada} 2026-0003"), "suggested ada: several_customers, bea: several_customers"),
        // By the number of an invoice.
        ("Somebody", 40_000, "Invoice 2026-0001".into(), "booked ada [i1]"),
        ("", 60_000, "2026-0001 and 2026-0002".into(), "booked ada [i1 i2]"),
        ("", 39_999, "2026-0001".into(), "suggested ada: amount_differs"),
        ("", 60_001, "2026-0001".into(), "suggested ada: more_than_owed"),
        ("Ada Mueller", 5_000, "part of 2026-0002".into(), "booked ada [i2]"),
        ("Ada Mueller", 60_001, "2026-0001".into(), "suggested ada: more_than_owed"),
        ("Bea Stone", 40_000, "2026-0001".into(), "suggested ada: other_payer"),
        ("", 70_000, "2026-0001, 2026-0003".into(), "suggested ada: several_customers, bea: several_customers"),
        // By the customer's number.
        ("", 60_000, "CUST-1001".into(), "booked ada [i1 i2]"),
        ("", 1_000, "CUST-1001".into(), "suggested ada: amount_differs"),
        ("ADA MUELLER", 1_000, "CUST-1001".into(), "booked ada []"),
        // By the payer and the amount.
        ("Müller, Ada", 20_000, String::new(), "booked ada [i2]"),
        ("Müller, Ada", 60_000, "thank you".into(), "booked ada [i1 i2]"),
        ("Müller, Ada", 20_001, String::new(), "suggested ada: amount_differs"),
        ("Bea Stone", 30_000, String::new(), "suggested bea: several_invoices"),
        ("Bea Stone", 30_000, "2026-0004".into(), "booked bea [i4]"),
        ("Cleo", 12_000, String::new(), "suggested cleo1: several_customers, cleo2: several_customers"),
        ("Cleo", 12_000, "2026-0007".into(), "booked cleo2 [i7]"),
        ("Dora Dean", 2_500, "instalment 3".into(), "booked dora []"),
        ("Dora Dean", 10_000, "invoice 42".into(), "booked dora [i8]"),
        ("", 10_000, "invoice 42".into(), "suggested dora: amount_only"),
        ("Eve Paid", 100, String::new(), "suggested eve: amount_differs"),
        // By the amount alone nothing is booked.
        ("Somebody", 40_000, String::new(), "suggested ada: amount_only"),
        ("Somebody", 12_000, String::new(), "suggested cleo1: amount_only, cleo2: amount_only"),
        ("Somebody", 77, "hello".into(), "unmatched nobody"),
    ];
    for (payer, amount, words, expected) in table {
        assert_eq!(told(&one(&books, &line(payer, amount, &words))), expected, "{payer}, {amount}, {words}");
    }
}

#[test]
fn currencies_never_meet() {
    let books = books();
    let in_euro = |line: Line| Line { currency: Currency::parse("EUR").unwrap(), ..line };
    let told_of = |line: Line| told(&one(&books, &in_euro(line)));
    assert_eq!(told_of(line("Ada Müller", 40_000, "2026-0001")), "suggested ada: other_currency");
    let reference = PaymentReference::of(&"ada".into()).grouped();
    assert_eq!(told_of(line("", 40_000, &reference)), "suggested ada: other_currency");
    assert_eq!(told_of(line("Bea Stone", 5_000, "EUR-50505")), "booked bea [i5]");
    assert_eq!(told_of(line("Bea Stone", 5_000, "2026-0003")), "suggested bea: other_currency");
}

#[test]
fn what_may_be_in_the_books_already_is_not_booked_again() {
    let on = day("2026-11-17");
    let recorded = Recorded { debtor: "ada".into(), currency: gbp(), amount_minor: 40_000, on };
    let paid = line("", 40_000, "2026-0001");
    let with = books().with_recorded([recorded.clone()]);
    assert_eq!(told(&one(&with, &paid)), "suggested ada: recorded_already");
    let long_ago = books().with_recorded([Recorded { on: day("2026-11-14"), ..recorded.clone() }]);
    assert_eq!(told(&one(&long_ago, &paid)), "booked ada [i1]");
    let earlier = |account: &str| {
        let account = account.to_owned();
        let debtor = None;
        books().with_earlier([Earlier { account, on: paid.booked_on, currency: gbp(), amount_minor: 40_000, debtor }])
    };
    assert_eq!(told(&one(&earlier("20-20-15 / 55555555"), &paid)), "suggested ada: imported_already");
    assert_eq!(told(&one(&earlier("DE89370400440532013000"), &paid)), "booked ada [i1]");
    // On another day it is the same only where it was theirs: many pay the same amount in one week.
    let some_days_before = |debtor: Option<&str>| {
        let debtor = debtor.map(Into::into);
        let (account, on) = ("20-20-15 / 55555555".to_owned(), paid.booked_on - chrono::Days::new(3));
        books().with_earlier([Earlier { account, on, currency: gbp(), amount_minor: 40_000, debtor }])
    };
    assert_eq!(told(&one(&some_days_before(Some("ada")), &paid)), "suggested ada: imported_already");
    assert_eq!(told(&one(&some_days_before(Some("bea")), &paid)), "booked ada [i1]");
    assert_eq!(told(&one(&some_days_before(None), &paid)), "booked ada [i1]");
    // Whoever decides on a suggestion is told as well.
    let maybe = line("A. M.", 40_000, "");
    let plain = told(&one(&books(), &maybe));
    assert!(plain.starts_with("suggested"), "{plain}");
    let warned = one(&books().with_recorded([recorded]), &maybe);
    assert!(told(&warned).contains("recorded_already"), "{}", told(&warned));
}

#[test]
fn an_account_that_paid_before_speaks_for_its_owner() {
    let books = books().with_accounts([("GB29 NWBK 6016 1331 9268 19".to_owned(), "ada".into())]);
    let from = |line: Line| Line { payer_account: "GB29NWBK60161331926819".into(), ..line };
    assert_eq!(told(&one(&books, &from(line("A. M.", 20_000, "")))), "booked ada [i2]");
    assert_eq!(told(&one(&books, &from(line("A. M.", 1, "")))), "suggested ada: amount_differs");
    // The account says one thing and the name another.
    let verdict = one(&books, &from(line("Bea Stone", 20_000, "")));
    assert_eq!(told(&verdict), "suggested ada: several_customers, bea: several_customers");
}

#[test]
fn lines_of_one_file_do_not_pay_the_same_twice() {
    let books = books();
    let judged = |lines: &[Line]| books.judge(lines).iter().map(told).collect::<Vec<_>>();
    let twice = line("", 40_000, "2026-0001");
    assert_eq!(judged(&[twice.clone(), twice.clone()]), ["suggested ada: paid_twice"; 2]);
    // One by reference is theirs; then the other is more than they owe.
    let all = line("Müller, Ada", 60_000, "");
    let by_reference = line("", 1, PaymentReference::of(&"ada".into()).as_str());
    assert_eq!(judged(&[all, by_reference.clone()]), ["suggested ada: more_than_owed", "booked ada []"]);
    assert_eq!(judged(&[by_reference.clone(), by_reference]), ["booked ada []"; 2]);
    let parts = [line("Ada Müller", 10_000, "2026-0001"), line("Ada Müller", 30_000, "2026-0001")];
    assert_eq!(judged(&parts), ["booked ada [i1]"; 2]);
    let instalment = line("Dora Dean", 2_500, "");
    assert_eq!(judged(&[instalment.clone(), instalment]), ["booked dora []"; 2]);
}

#[test]
fn what_the_bank_took_back_is_never_booked() {
    let back = Line { direction: Direction::TakenBack, ..line("Ada Müller", 40_000, "2026-0001") };
    assert_eq!(told(&one(&books(), &back)), "unmatched taken_back");
}

/// Lines put together from what the little town above has: names, numbers, references, amounts.
fn some_line() -> impl Strategy<Value = Line> {
    let payers = prop::sample::select(vec!["", "Ada Müller", "Bea Stone", "Cleo", "Dora Dean", "Eve Paid", "Fay"]);
    let amounts = prop::sample::select(vec![40_000, 20_000, 60_000, 30_000, 5_000, 12_000, 10_000, 2_500, 1, 999]);
    let words: Vec<String> =
        ["2026-0001", "2026-0002", "2026-0003", "2026-0006", "42", "CUST-1001", "CUST-1004", "hello"]
            .into_iter()
            .map(str::to_owned)
            .chain(["ada", "bea", "dora"].map(|id| PaymentReference::of(&id.into()).grouped()))
            .collect();
    let words = prop::collection::vec(prop::sample::select(words), 0..3);
    (payers, amounts, words, any::<bool>()).prop_map(|(payer, amount, words, euro)| {
        let line = line(payer, amount, &words.join(" / "));
        let currency = if euro { Currency::parse("EUR").unwrap() } else { line.currency };
        Line { currency, ..line }
    })
}

proptest! {
    #[test]
    fn the_order_of_lines_does_not_matter_and_neither_does_asking_twice(
        lines in prop::collection::vec(some_line(), 0..12),
        seed in any::<prop::sample::Index>(),
    ) {
        let books = books();
        let verdicts = books.judge(&lines);
        prop_assert_eq!(&books.judge(&lines), &verdicts);
        if !lines.is_empty() {
            let turn = seed.index(lines.len());
            let mut other: Vec<Line> = lines.iter().rev().cloned().collect();
            other.rotate_left(turn);
            let mut expected: Vec<Verdict> = verdicts.iter().rev().cloned().collect();
            expected.rotate_left(turn);
            prop_assert_eq!(books.judge(&other), expected);
        }
    }

    #[test]
    fn nothing_ambiguous_is_booked_and_nothing_beyond_what_is_owed_without_a_reference(
        lines in prop::collection::vec(some_line(), 0..12),
    ) {
        let books = books();
        let mut sums: HashMap<(DebtorId, Currency), i64> = HashMap::new();
        for (line, verdict) in lines.iter().zip(books.judge(&lines)) {
            let Verdict::Booked(c) = verdict else { continue };
            prop_assert!(!c.reasons.is_empty() && c.reasons.iter().all(|r| !r.is_doubt()), "{:?}", c.reasons);
            for other in ["ada", "bea", "dora"].map(DebtorId::from) {
                let named = line.words.contains(&PaymentReference::of(&other).grouped());
                prop_assert!(!named || c.debtor == other, "{} names {other}", line.words);
            }
            for (number, owner) in [("2026-0001", "ada"), ("2026-0003", "bea"), ("2026-0006", "cleo1")] {
                prop_assert!(!line.words.contains(number) || c.debtor.as_str() == owner);
            }
            for invoice in &c.invoices {
                prop_assert!(books.left_minor(&c.debtor, line.currency, invoice) > 0, "another's invoice");
            }
            if !c.reasons.contains(&Reason::PaymentReference) {
                *sums.entry((c.debtor, line.currency)).or_default() += line.amount_minor;
            }
        }
        for ((debtor, currency), sum) in sums {
            prop_assert!(sum <= books.owed_minor(&debtor, currency), "{sum} of {debtor}");
        }
    }

    #[test]
    fn no_line_makes_it_panic(payer in "\\PC{0,40}", reference in "\\PC{0,80}", words in "\\PC{0,120}", amount in 1i64..i64::MAX) {
        let line = Line { payer_account: payer.clone(), reference, ..line(&payer, amount, &words) };
        let _ = books().judge(&[line.clone(), line]);
    }
}
