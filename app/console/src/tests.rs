//! Every page, rendered from a view as the server would make it.

use chrono::NaiveDate;
use kept_api::calls::*;
use kept_api::console::*;
use kept_api::rehearsal::*;
use kept_api::reminders::{PresetRow, Preview, RemindersView};
use kept_domain::calendar::{Ageing, parse_iso};
use kept_domain::commitment::{Kind, State};
use kept_domain::contact::Channel;
use kept_domain::dispute;
use kept_domain::money::{Currency, Money};
use kept_domain::terms::Policy;
use leptos::prelude::*;

const HOSTILE: &str = "<script>alert(1)</script> & \"Söhne\"";

fn day(text: &str) -> NaiveDate {
    parse_iso(text).unwrap()
}

fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

fn pounds(minor: i64) -> Money {
    Money::new(minor, gbp())
}

fn frame() -> Frame {
    Frame {
        business: "Jessop Stationers".into(),
        user: "Ada Lovelace".into(),
        waiting: 3,
        owner: true,
        ..Frame::default()
    }
}

fn html<V: IntoView + 'static>(name: &str, page: impl FnOnce() -> V) -> String {
    let owner = Owner::new();
    let html = owner.with(|| page().into_view().to_html());
    check(name, &html);
    if let Ok(dir) = std::env::var("KEPT_PAGES") {
        std::fs::write(format!("{dir}/{name}.html"), &html).unwrap();
    }
    html
}

/// What holds for every page: one heading, unique ids, labels for every control, nothing that the policy refuses, and
/// hostile text escaped.
fn check(name: &str, html: &str) {
    assert_eq!(html.matches("<h1>").count(), 1, "{name}: one h1");
    assert!(!html.contains("<script>alert"), "{name}: text is escaped");
    assert!(!html.contains(" style=\"") && !html.contains(" onclick="), "{name}: no inline style or handler");
    let attribute = |tag: &str, name: &str| -> Option<String> {
        let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(tag[at..].split('"').next()?.to_owned())
    };
    let tags: Vec<&str> = html.split('<').filter_map(|t| t.split('>').next()).collect();
    let mut ids: Vec<String> = tags.iter().filter_map(|t| attribute(t, "id")).collect();
    let many = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), many, "{name}: ids are unique");
    for tag in &tags {
        let kind = attribute(tag, "type");
        let control =
            ["input ", "select ", "textarea "].iter().any(|t| tag.starts_with(t)) && kind.as_deref() != Some("hidden");
        if control {
            let id = attribute(tag, "id").unwrap_or_else(|| panic!("{name}: a control without id: {tag}"));
            assert!(html.contains(&format!("for=\"{id}\"")), "{name}: no label for {id}");
        }
        if tag.starts_with("form ") {
            let method = attribute(tag, "method").unwrap_or_default();
            assert!(method == "post" || (method == "get" && tag.contains("role=\"search\"")), "{name}: {tag}");
        }
        for reference in ["aria-labelledby", "aria-describedby"] {
            for id in attribute(tag, reference).iter().flat_map(|ids| ids.split(' ')) {
                assert!(ids.iter().any(|i| i == id), "{name}: {reference} names {id}, which is not there");
            }
        }
        if let Some(id) = attribute(tag, "href").and_then(|h| h.strip_prefix('#').map(str::to_owned)) {
            assert!(ids.contains(&id), "{name}: a link to #{id}, which is not there");
        }
    }
}

fn commitment_row(kind: Kind, state: State) -> CommitmentRow {
    CommitmentRow {
        id: "c1".into(),
        debtor: "d1".into(),
        who: HOSTILE.into(),
        kind,
        state,
        total: pounds(60_000),
        paid: pounds(10_000),
        next: Some((day("2026-12-01"), pounds(10_000))),
        proposed_at: "20 November 2026, 14:05".into(),
        answer_by: (state == State::Proposed).then(|| day("2026-11-27")),
    }
}

fn dispute_row(kind: dispute::Kind, state: dispute::State) -> DisputeRow {
    DisputeRow {
        id: "t1".into(),
        debtor: "d1".into(),
        who: HOSTILE.into(),
        kind,
        state,
        reason: (kind == dispute::Kind::Dispute).then_some(dispute::Reason::Quality),
        amount: pounds(12_050),
        raised_at: "10 November 2026, 09:12".into(),
        answer_by: day("2026-11-20"),
        late: state == dispute::State::Open,
    }
}

fn events() -> Vec<TimelineRow> {
    vec![
        TimelineRow {
            at: "20 November 2026, 14:05".into(),
            who: "Ada Lovelace".into(),
            what: "Accepted the instalments".into(),
            address: "203.0.113.7".into(),
        },
        TimelineRow {
            at: "19 November 2026, 08:00".into(),
            who: "Customer".into(),
            what: HOSTILE.into(),
            address: String::new(),
        },
    ]
}

fn task(kind: TaskKind, detail: &str, due: &str, late: bool) -> Task {
    Task {
        kind,
        who: HOSTILE.into(),
        detail: detail.into(),
        href: "/console/commitments/c1".into(),
        due_on: day(due),
        late,
        again: (kind == TaskKind::MailFailed).then(|| "/console/debtors/d1/messages/m1/again".into()),
    }
}

#[test]
fn today_shows_what_waits_and_how_things_stand() {
    let figures = Figures {
        currency: gbp(),
        owed_minor: 1_234_550,
        ageing: Ageing::ALL.into_iter().zip([500_000, 300_000, 234_550, 150_000, 50_000]).collect(),
        promised_minor: 45_000,
    };
    let v = TodayView {
        frame: frame(),
        today: day("2026-11-21"),
        tasks: vec![
            task(TaskKind::Dispute, "£120.50, goods or work", "2026-11-20", true),
            task(TaskKind::Proposal, "Instalments of £600.00", "2026-11-27", false),
            task(TaskKind::PaymentUncertain, "£50.00 by card", "2026-11-28", false),
            task(TaskKind::MailFailed, "mailbox full", "2026-11-28", false),
        ],
        figures: vec![figures],
        kept: 12,
        ended: 15,
        empty: false,
        last_event: "e1".into(),
    };
    let page = html("today", || crate::today::today_page(v.clone()));
    assert!(page.contains("Dispute to answer") && page.contains("late") && page.contains("£12,345.50"), "{page}");
    assert_eq!(page.matches("Send again").count(), 1);
    assert!(page.contains("action=\"/console/debtors/d1/messages/m1/again\"") && page.contains("value=\"today\""));
    assert!(page.contains("12 of 15 agreements that ended were kept (80 %)"));
    assert!(page.contains("as of 21 November 2026") && page.contains("<svg"));
    let empty = TodayView { tasks: vec![], figures: vec![], ended: 0, kept: 0, empty: true, ..v };
    let page = html("today-empty", || crate::today::today_page(empty));
    assert!(page.contains("Nothing waits for you") && page.contains("/console/imports"));
}

#[test]
fn commitments_are_listed_and_filtered() {
    let v = CommitmentsView {
        frame: frame(),
        today: day("2026-11-21"),
        filter: CommitmentFilter { kind: "plan".into(), state: "due".into(), search: "Sö&h".into() },
        rows: State::ALL
            .into_iter()
            .map(|s| CommitmentRow { id: s.code().into(), ..commitment_row(Kind::Plan, s) })
            .collect(),
        counts: vec![(State::Proposed, 3), (State::Active, 7)],
        page: 2,
        more: true,
        last_event: "e1".into(),
    };
    let page = html("commitments", || crate::commitments::commitments_page(v));
    assert!(page.contains("Running (7)") && page.contains("aria-current=\"true\">Due within 7 days"), "{page}");
    assert!(page.contains("/console/commitments.csv?kind=plan&amp;state=due&amp;search=S%C3%B6%26h"), "{page}");
    assert!(page.contains("page=3") && page.contains("page=1"));
}

fn commitment_view(kind: Kind, state: State) -> CommitmentView {
    CommitmentView {
        frame: frame(),
        today: day("2026-11-21"),
        row: commitment_row(kind, state),
        schedule: ["2026-11-01", "2026-12-01", "2027-01-01"]
            .iter()
            .zip([10_000, 0, 0])
            .map(|(on, paid)| InstalmentRow {
                due_on: day(on),
                amount: pounds(10_000),
                paid: pounds(paid),
                missed: false,
            })
            .collect(),
        words: format!("{HOSTILE} proposes the following.\n- £100.00 by 1 November 2026"),
        words_version: "2026-11".into(),
        words_language: "en".into(),
        words_sha256: "ab".repeat(32),
        button: "Send this to be decided".into(),
        identity: "postcode".into(),
        address: "203.0.113.7".into(),
        proposed_by: "Customer".into(),
        decided_by: None,
        decided_at: None,
        reason: String::new(),
        related: vec![("The agreement that it replaces".into(), "/console/commitments/c0".into())],
        can_decide: state == State::Proposed,
        can_reopen: state == State::Broken,
        limits: vec!["Instalments are smaller than £10.00".into()],
        form: Form::default(),
        timeline: events(),
    }
}

#[test]
fn a_proposal_can_be_accepted_declined_and_countered() {
    for kind in [Kind::Plan, Kind::Promise, Kind::Settlement] {
        let page = html(&format!("proposal-{}", kind.code()), || {
            crate::commitment::commitment_page(commitment_view(kind, State::Proposed))
        });
        for act in ["accept", "decline", "counter"] {
            assert!(page.contains(&format!("/console/commitments/c1/{act}")), "{act}");
        }
        assert!(page.contains(&"ab".repeat(32)) && page.contains("203.0.113.7"));
    }
    let decided = CommitmentView {
        decided_by: Some("Ada Lovelace".into()),
        decided_at: Some("20 November 2026, 14:05".into()),
        reason: "Too long".into(),
        ..commitment_view(Kind::Plan, State::Declined)
    };
    let page = html("commitment-declined", || crate::commitment::commitment_page(decided));
    assert!(!page.contains("/accept") && page.contains("Too long"));
    let mut wrong = commitment_view(Kind::Plan, State::Proposed);
    wrong.form.values.push(("act".into(), "decline".into()));
    wrong.form.wrong("reason", "Write a reason");
    let page = html("proposal-wrong", || crate::commitment::commitment_page(wrong));
    assert!(page.contains("There is a problem") && page.contains("<details open"), "{page}");
}

#[test]
fn disputes_are_listed_and_answered() {
    let rows = vec![
        dispute_row(dispute::Kind::Dispute, dispute::State::Open),
        dispute_row(dispute::Kind::Claim, dispute::State::Answered),
        dispute_row(dispute::Kind::Hardship, dispute::State::Open),
    ];
    let v = DisputesView { frame: frame(), resolved: false, rows, page: 1, more: false };
    let page = html("disputes", || crate::disputes::disputes_page(v.clone()));
    assert!(page.contains("Says it is paid") && !page.contains("Next page"));
    let page =
        html("disputes-none", || crate::disputes::disputes_page(DisputesView { rows: vec![], resolved: true, ..v }));
    assert!(page.contains("Nothing has been resolved yet"));
    for kind in dispute::Kind::ALL {
        let v = DisputeView {
            frame: frame(),
            row: dispute_row(kind, dispute::State::Open),
            words: format!("It came broken.\n{HOSTILE}"),
            paid: (kind == dispute::Kind::Claim)
                .then(|| "Says that it was paid on 1 November 2026 by bank transfer.".into()),
            items: vec![("INV-7".into(), pounds(12_050))],
            files: vec![FileRow { id: "f1".into(), name: HOSTILE.into(), what: "PDF, 120 KB".into() }],
            answer: "Which part?".into(),
            credited: pounds(0),
            as_payment: false,
            resolved: None,
            form: Form::default(),
            timeline: events(),
        };
        let page = html(&format!("dispute-{}", kind.code()), || crate::dispute::dispute_page(v.clone()));
        assert!(page.contains("/console/disputes/t1/resolve") && page.contains("/console/disputes/t1/files/f1"));
        assert_eq!(page.contains("value=\"reject\""), kind != dispute::Kind::Hardship);
        let done = DisputeView {
            row: dispute_row(kind, dispute::State::Partly),
            credited: pounds(500),
            as_payment: true,
            resolved: Some("Ada Lovelace, 20 November 2026".into()),
            ..v
        };
        let page = html(&format!("dispute-{}-done", kind.code()), || crate::dispute::dispute_page(done));
        assert!(!page.contains("/resolve") && page.contains("£5.00"));
    }
}

fn debtor_row() -> DebtorRow {
    DebtorRow {
        id: "d1".into(),
        reference: "K-1001".into(),
        name: HOSTILE.into(),
        email: "accounts@example.com".into(),
        balances: vec![pounds(72_050), Money::new(5_000, Currency::parse("EUR").unwrap())],
    }
}

#[test]
fn debtors_are_found() {
    let v = DebtorsView { frame: frame(), search: HOSTILE.into(), rows: vec![debtor_row()], page: 1, more: true };
    let page = html("debtors", || crate::debtors::debtors_page(v.clone()));
    assert!(page.contains("£720.50") && page.contains("€50.00") && page.contains("Next page"));
    let page = html("debtors-none", || crate::debtors::debtors_page(DebtorsView { rows: vec![], ..v }));
    assert!(page.contains("Nobody was found"));
}

fn debtor_view() -> DebtorView {
    DebtorView {
        frame: frame(),
        today: day("2026-11-21"),
        currency: gbp(),
        row: debtor_row(),
        phone: "+44 20 7946 0000".into(),
        address: vec!["1 High Street".into(), "London".into(), "N1 1AA".into()],
        zone: "Europe/London".into(),
        invoices: vec![
            InvoiceRow {
                number: "INV-7".into(),
                issued_on: day("2026-08-01"),
                due_on: day("2026-08-31"),
                amount: pounds(60_000),
                late: pounds(0),
                left: pounds(60_000),
                disputed: pounds(12_050),
                age: Ageing::Days61To90,
                description: HOSTILE.into(),
            },
            InvoiceRow {
                number: "INV-9".into(),
                issued_on: day("2026-11-10"),
                due_on: day("2026-12-10"),
                amount: pounds(12_050),
                late: pounds(0),
                left: pounds(12_050),
                disputed: pounds(0),
                age: Ageing::Current,
                description: String::new(),
            },
        ],
        commitments: vec![commitment_row(Kind::Plan, State::Active)],
        disputes: vec![dispute_row(dispute::Kind::Dispute, dispute::State::Open)],
        payments: vec![PaymentRow {
            href: String::new(),
            on: day("2026-10-01"),
            what: "Payment, by bank".into(),
            amount: pounds(10_000),
            note: HOSTILE.into(),
            actor: "Ada Lovelace".into(),
        }],
        contacts: vec![ContactRow {
            at: "1 October 2026, 09:00".into(),
            what: "E-mail to them".into(),
            state: "sent".into(),
            rule: "Step nudge".into(),
            subject: "Your account".into(),
            body: HOSTILE.into(),
            actor: "Kept".into(),
            letter: Some("/console/debtors/d1/letters/c1.pdf".into()),
        }],
        addresses: vec![],
        cards: vec![CardRow {
            id: "m1".into(),
            name: "visa ending 4242".into(),
            agreed_at: "1 October 2026, 09:00".into(),
            words: HOSTILE.into(),
            state: "may be charged".into(),
            works: true,
        }],
        holds: vec![HoldRow {
            id: "h1".into(),
            reason: "By hand".into(),
            note: HOSTILE.into(),
            from_on: day("2026-11-20"),
            until_on: None,
            actor: "Ada Lovelace".into(),
            running: true,
        }],
        links: vec![LinkRow {
            id: "l1".into(),
            origin: "a reminder".into(),
            created_at: "1 October 2026, 09:00".into(),
            expires_at: "30 November 2026, 09:00".into(),
            state: "works, opened".into(),
            works: true,
        }],
        timeline: events(),
        stuck: vec![StuckRow {
            action: "/console/debtors/d1/messages/m1/again".into(),
            what: "E-mail (reminder)".into(),
            at: "1 October 2026, 09:00".into(),
            may_have_arrived: true,
            reason: HOSTILE.into(),
        }],
        next:
            "Next: considerate reminder by e-mail, not before 3 December 2026, 09:00. The next reminder is not due yet"
                .into(),
        record: "Usual: nothing is known yet of how they pay".into(),
        new_link: None,
        form: Form::default(),
        once: "once".into(),
    }
}

#[test]
fn a_debtor_has_everything_on_one_page() {
    let page = html("debtor", || crate::debtor::debtor_page(debtor_view()));
    for path in ["payments", "contacts", "holds", "holds/h1/end", "links", "links/l1/revoke", "messages/m1/again"] {
        assert!(page.contains(&format!("action=\"/console/debtors/d1/{path}\"")), "{path}");
    }
    assert!(page.contains("Reminders are paused") && page.contains("£120.50"));
    let linked = DebtorView { new_link: Some("http://127.0.0.1:7300/l/secret".into()), ..debtor_view() };
    assert!(
        html("debtor-link", || crate::debtor::debtor_page(linked)).contains("value=\"http://127.0.0.1:7300/l/secret\"")
    );
    let mut wrong = debtor_view();
    wrong.form.values.extend([("act".into(), "payment".into()), ("amount".into(), HOSTILE.into())]);
    wrong.form.wrong("amount", "Enter an amount in figures, like 25 or 25.50");
    let page = html("debtor-wrong", || crate::debtor::debtor_page(wrong));
    assert!(page.contains("href=\"#amount\"") && page.contains("aria-invalid=\"true\""), "{page}");
    let bare = DebtorView {
        row: DebtorRow { balances: vec![], ..debtor_row() },
        invoices: vec![],
        commitments: vec![],
        disputes: vec![],
        payments: vec![],
        contacts: vec![],
        next: String::new(),
        addresses: vec![],
        holds: vec![],
        links: vec![],
        timeline: vec![],
        stuck: vec![],
        ..debtor_view()
    };
    let page = html("debtor-bare", || crate::debtor::debtor_page(bare));
    assert!(page.contains("No invoice is open") && !page.contains("Send again"));
}

fn call_row(time: CallTime) -> CallRow {
    let may = matches!(time, CallTime::Now { .. });
    CallRow {
        id: "call1".into(),
        debtor: "d1".into(),
        who: HOSTILE.into(),
        phone: may.then(|| "+44 (20) 7946-0000".into()),
        local_time: "Tuesday 24 November, 14:05".into(),
        time,
        invoices: 2,
        owed: vec![pounds(60_000), Money::new(5_000, Currency::parse("EUR").unwrap())],
        since: "23 November 2026, 09:00".into(),
    }
}

fn call_now() -> CallTime {
    CallTime::Now { until: Some("18:00".into()) }
}

fn call_later() -> CallTime {
    let why = "It is outside the permitted hours where they are".into();
    CallTime::Not { why, from: Some("Wednesday 25 November, 09:00".into()) }
}

fn call_view(time: CallTime) -> CallView {
    let d = debtor_view();
    CallView {
        frame: frame(),
        today: day("2026-11-24"),
        row: call_row(time),
        recorded: None,
        closed: false,
        said: String::new(),
        greeting: format!("“Hello, this is Ada of Jessop. May I speak with {HOSTILE}?”"),
        identity: Identity { ask: "“Could you tell me your postcode?”".into(), answer: "N1 1AA".into() },
        to_others: "“It is a private matter.”".into(),
        script: vec![Said::Words("Is all well?".into()), Said::List(vec![HOSTILE.into(), "or a part".into()])],
        language: "en".into(),
        balances: vec![CallBalance { left: pounds(72_050), asked: pounds(60_000), overdue: pounds(47_950) }],
        invoices: d.invoices,
        commitments: d.commitments,
        disputes: d.disputes,
        contacts: d.contacts,
        currencies: vec![gbp()],
        latest_on: Some(day("2026-12-25")),
        replaces: true,
        form: Form::default(),
    }
}

#[test]
fn calls_are_listed_with_a_number_only_where_one_may_call_now() {
    let v = CallsView { frame: frame(), rows: vec![call_row(call_now()), call_row(call_later())], page: 1, more: true };
    let page = html("calls", || crate::calls::calls_page(v.clone()));
    assert_eq!(page.matches("href=\"tel:+442079460000\"").count(), 1, "{page}");
    assert!(page.contains("now, until 18:00") && page.contains("Wednesday 25 November, 09:00"), "{page}");
    let page = html("calls-none", || crate::calls::calls_page(CallsView { rows: vec![], more: false, ..v }));
    assert!(page.contains("Nobody waits for a call"));
}

#[test]
fn a_call_says_what_to_say_only_while_it_may_be_made() {
    let page = html("call", || crate::call::call_page(call_view(call_now())));
    assert!(page.contains("tel:+442079460000") && page.contains("N1 1AA") && page.contains("Is all well?"), "{page}");
    for outcome in kept_domain::call::Outcome::ALL {
        assert!(page.contains(&format!("value=\"{}\"", outcome.code())), "{outcome:?}");
    }
    let page = html("call-not-now", || crate::call::call_page(call_view(call_later())));
    assert!(!page.contains("tel:") && !page.contains("Is all well?"), "{page}");
    assert!(page.contains("outside the permitted hours") && page.contains("You have called already"), "{page}");
    let why = CallTime::Not { why: "Nothing is owed that could be asked for".into(), from: None };
    let closed = CallView { closed: true, currencies: vec![], balances: vec![], ..call_view(why) };
    let page = html("call-closed", || crate::call::call_page(closed));
    assert!(page.contains("no longer needed") && !page.contains("value=\"promised\""), "{page}");
    let recorded = CallView {
        recorded: Some("We spoke. Recorded by Ada, 24 November 2026, 14:09".into()),
        said: HOSTILE.into(),
        ..call_view(call_now())
    };
    let page = html("call-recorded", || crate::call::call_page(recorded));
    assert!(page.contains("This call is recorded") && !page.contains("name=\"outcome\""), "{page}");
    let mut wrong = call_view(call_now());
    wrong.form.wrong("amount", "Enter an amount in figures, like 25 or 25.50");
    assert!(html("call-wrong", || crate::call::call_page(wrong)).contains("href=\"#amount\""));
}

fn reminders_view() -> RemindersView {
    let policy = kept_domain::reminder::Policy::courteous(100);
    let mut form = Form::default();
    crate::reminder_form::fill(&mut form, &policy, gbp());
    form.preset("balance", "240.00");
    form.preset("since_on", "2026-11-03");
    let preset = |code: &str, url: &str| PresetRow {
        code: code.into(),
        name: "Courteous".into(),
        source: HOSTILE.into(),
        url: url.into(),
        since: "1 January 2026".into(),
        lines: vec!["At most 5 contacts in any 30 days".into()],
    };
    RemindersView {
        frame: frame(),
        currency: gbp(),
        presets: vec![preset("courteous", ""), preset("uk", "https://example.org/")],
        templates: vec![("nudge".into(), "Nudge".into()), ("considerate".into(), "Considerate".into())],
        in_force: vec!["At most 5 contacts in any 30 days".into()],
        preview: Preview { who: "Ann would get:".into(), steps: vec!["a nudge".into()] },
        change: None,
        form,
    }
}

#[test]
fn the_reminder_policy_is_a_form_that_works_without_scripts() {
    let page = html("reminders", || crate::reminders::reminders_page(reminders_view()));
    for act in [
        "add_step_1",
        "remove_step_1_1",
        "up_1_2",
        "down_1_1",
        "add_ladder",
        "remove_ladder_3",
        "add_rule",
        "rule_up_2",
    ] {
        assert!(page.contains(&format!("value=\"{act}\"")), "{act}");
    }
    assert!(page.contains("30 days after: Considerate, by e-mail, else text message, else letter"), "{page}");
    assert!(!page.contains("value=\"up_1_1\"") && !page.contains("<details open"), "{page}");
    let mut wrong = reminders_view();
    wrong.form.wrong("l1s3_days", "Enter a whole number of days");
    let page = html("reminders-wrong", || crate::reminders::reminders_page(wrong));
    assert!(page.contains("href=\"#l1s3_days\"") && page.matches("<details open").count() == 1, "{page}");
}

#[test]
fn a_changed_policy_says_what_it_changes() {
    let page = |change| {
        html("reminders-change", || {
            crate::reminders::reminders_page(RemindersView { change: Some(change), ..reminders_view() })
        })
    };
    let change = PolicyChange {
        days: 90,
        looked: 200,
        partly: true,
        more: 1,
        other: 2,
        channels: vec![(Channel::Email, 4, 5), (Channel::Letter, 2, 1)],
        weeks: vec![(day("2026-11-24"), 1, 4), (day("2026-12-01"), 5, 2)],
        people: (3, 3),
        cost: Some((pounds(190), pounds(95))),
        ..PolicyChange::default()
    };
    let shown = page(change.clone());
    for words in
        ["The first 200 of those", "1 customer gets more", "2 customers get as many", "1 fewer", "same", "£0.95"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    // The busiest week fills the width.
    assert!(shown.contains("width=\"100\" height=\"5\" class=\"was\""), "{shown}");
    let same = PolicyChange { more: 0, other: 0, partly: false, ..change };
    assert!(page(same).contains("Nobody gets anything else."));
    assert!(page(PolicyChange::default()).contains("Nobody owes anything"));
}

fn rehearsal_view() -> RehearsalView {
    let sent = |count| RehearsedDay { sent: vec![(Channel::Email, count)], ..RehearsedDay::default() };
    let row = |who: &str, sends| RehearsedRow {
        debtor: "d1".into(),
        who: who.into(),
        at: "Tue 1 Dec 2026, 09:00".into(),
        what: "first nudge by e-mail".into(),
        sends,
        collides: !sends,
        asks: vec![pounds(8_000)],
        invoices: "A-1".into(),
    };
    RehearsalView {
        frame: frame(),
        asked: RehearsalQuery { days: 30, search: HOSTILE.into(), ..RehearsalQuery::default() },
        spans: [90, 60, 30],
        days: (day("2026-11-24"), day("2026-12-24")),
        looked: 200,
        next: Some("a & b".into()),
        people: 3,
        channels: vec![ChannelSum { channel: Channel::Email, count: 5, cost: Some(pounds(10)) }],
        cost: Some(pounds(10)),
        budget: vec![("They were contacted only just now", 1)],
        held: vec![],
        collisions: 1,
        calendar: vec![
            (day("2026-12-01"), sent(1)),
            (day("2026-12-02"), RehearsedDay { budget: 1, collisions: 1, ..sent(4) }),
        ],
        rows: vec![row(HOSTILE, true), row("Bo", false)],
        rows_in_all: 60,
        page: 1,
        more: true,
    }
}

#[test]
fn a_rehearsal_is_a_calendar_and_a_list_of_decisions() {
    let page = html("rehearsal", || crate::rehearsal::rehearsal_page(rehearsal_view()));
    assert!(page.contains("first 200 of those") && page.contains("after=a%20%26%20b"), "{page}");
    // One message is seen, and the busiest day is the deepest.
    assert!(page.contains("class=\"sent-1\"") && page.contains("class=\"sent-4\""), "{page}");
    assert!(page.contains(": 4 sent") && page.contains(", 1 held back by the budget"), "{page}");
    assert_eq!(page.matches("class=\"out\"").count(), 5, "a Monday before and four days after the last: {page}");
    assert!(page.contains("page=2&amp;days=30&amp;search=%3Cscript"), "{page}");
    assert!(page.contains("second on this day") && page.contains("£0.10"), "{page}");
    let unpriced = ChannelSum { channel: Channel::Letter, count: 1, cost: None };
    let nobody = RehearsalView { cost: None, channels: vec![unpriced], next: None, ..rehearsal_view() };
    let page = html("rehearsal-unpriced", || crate::rehearsal::rehearsal_page(nobody));
    assert!(page.contains("[costs]") && !page.contains("<dt>Cost"), "{page}");
    let nobody = RehearsalView { looked: 0, next: None, ..rehearsal_view() };
    let page = html("rehearsal-nobody", || crate::rehearsal::rehearsal_page(nobody));
    assert!(page.contains("Nobody of that name owes anything") && !page.contains("calendar"), "{page}");
}

#[test]
fn a_file_is_looked_at_before_it_is_imported() {
    let row = ImportRow {
        id: "i1".into(),
        at: "1 October 2026, 09:00".into(),
        kind: "Invoices".into(),
        file: HOSTILE.into(),
        state: "looked at".into(),
        open: true,
    };
    let v = ImportsView { frame: frame(), form: Form::default(), rows: vec![row] };
    assert!(html("imports", || crate::imports::imports_page(v)).contains("multipart/form-data"));
    let v = ImportView {
        frame: frame(),
        id: "i1".into(),
        documents: false,
        invoices: true,
        statement: false,
        file: "invoices.csv".into(),
        columns: vec!["Number".into(), HOSTILE.into()],
        sheets: vec!["Open".into(), HOSTILE.into()],
        sheet: HOSTILE.into(),
        sample: vec![vec!["INV-1".into(), HOSTILE.into()]],
        mapping: vec![MappingRow {
            field: "number".into(),
            label: "Invoice number".into(),
            required: true,
            column: "Number".into(),
        }],
        form: Form::default(),
        report: Some(ImportReport {
            lines: vec!["112 invoices would be added".into()],
            problems: vec![ImportProblem {
                place: "7".into(),
                column: "due".into(),
                rule: "BR-CO-15".into(),
                reason: HOSTILE.into(),
            }],
            warnings: vec![ImportProblem { reason: HOSTILE.into(), ..ImportProblem::default() }],
            problems_left_out: 3,
        }),
        imported: false,
    };
    let page = html("import", || crate::import::import_page(v.clone()));
    assert!(
        page.contains("4 problems")
            && page.contains("1 thing to look at")
            && page.contains("BR-CO-15")
            && page.contains("name=\"sheet\"")
            && page.contains("value=\"run_part\"")
            && !page.contains("value=\"run\""),
        "{page}"
    );
    let bank = ImportView { statement: true, invoices: false, ..v.clone() };
    let page = html("import-statement", || crate::import::import_page(bank));
    assert!(page.contains("Import a bank statement") && page.contains("name=\"date_format\""), "{page}");
    assert!(!page.contains("run_part") && !page.contains("name=\"as_of"), "all of it or nothing: {page}");
    let documents = ImportView { documents: true, ..v.clone() };
    let page = html("import-documents", || crate::import::import_page(documents));
    assert!(page.contains("EN 16931") && !page.contains("name=\"map_") && page.contains("name=\"as_of"), "{page}");
    let clean = ImportView {
        report: Some(ImportReport { lines: vec!["113 invoices".into()], ..ImportReport::default() }),
        ..v
    };
    assert!(html("import-clean", || crate::import::import_page(clean.clone())).contains("value=\"run\""));
    let done = ImportView { imported: true, ..clean };
    assert!(!html("import-done", || crate::import::import_page(done)).contains("value=\"run\""));
}

#[test]
fn settings_show_what_would_be_offered() {
    let mut policy = Policy::courteous(100);
    policy.bands.insert(0, kept_domain::terms::Band { up_to_minor: Some(20_000), ..policy.bands[0].clone() });
    let mut form = Form::default();
    crate::terms_form::fill(&mut form, &policy, gbp());
    form.preset("name", HOSTILE);
    form.preset("balance", "600.00");
    let offer = crate::terms_form::preview(&form, gbp(), day("2026-11-21"));
    let v = PolicyView { frame: frame(), today: day("2026-11-21"), currency: gbp(), form, bands: 2, offer };
    let page = html("policy", || crate::policy::policy_page(v.clone()));
    assert!(
        page.contains("Promise to pay £600.00 by 22 December 2026") && page.contains("value=\"preview\""),
        "{page}"
    );
    assert!(page.contains("up_to_1") && !page.contains("up_to_2"));
    let mut wrong = v;
    wrong.form.wrong("min_first_2", "Enter a whole number from 0 to 100");
    assert!(html("policy-wrong", || crate::policy::policy_page(wrong)).contains("href=\"#min_first_2\""));
}

#[test]
fn signing_in_never_shows_the_password_again() {
    let mut form = Form {
        values: vec![("email".into(), HOSTILE.into()), ("next".into(), "/console/debtors".into())],
        ..Form::default()
    };
    form.wrong("email", "The e-mail address or the password is not right");
    let page = html("login", || crate::login::login_page(LoginView { form: form.clone(), done: None, passkeys: true }));
    assert!(page.contains("type=\"password\"") && page.contains("value=\"/console/debtors\""));
    let page = html("setup", || crate::setup::setup_page(SetupView { form, asks_code: true }));
    assert!(page.contains("autocomplete=\"new-password\""));
}

#[test]
fn people_are_listed_invited_and_let_go() {
    use crate::users::users_page;
    use kept_api::people::{InviteRow, UserRow, UsersView};
    use kept_domain::user::Role;
    let row = |id: &str, role, active, has_totp, passkeys| UserRow {
        id: id.into(),
        name: HOSTILE.into(),
        email: "ada@example.com".into(),
        role,
        active,
        has_totp,
        passkeys,
        is_me: id == "u1",
    };
    let invite = InviteRow { id: "i1".into(), email: HOSTILE.into(), role: Role::Viewer, until: "1 December".into() };
    let v = UsersView {
        frame: frame(),
        users: vec![row("u1", Role::Owner, true, true, 2), row("u2", Role::Clerk, false, false, 0)],
        invites: vec![invite],
        made: Some(("https://pay.example.com/console/invite/abc".into(), HOSTILE.into())),
        form: Form::default(),
    };
    let page = html("users", || users_page(v));
    for words in [
        "(you)",
        "a password and a code, or a passkey",
        "Cannot sign in",
        "Give access back",
        "shown only now",
        "https://pay.example.com/console/invite/abc",
        "action=\"/console/users/invites/i1\"",
        "value=\"deactivate\"",
        "value=\"activate\"",
    ] {
        assert!(page.contains(words), "{words} is missing");
    }
    let mut form = Form::default();
    form.wrong("everybody", "There must be an owner");
    let page = html("users-last-owner", || users_page(UsersView { frame: frame(), form, ..UsersView::default() }));
    assert!(page.contains("href=\"#everybody\"") && page.contains("id=\"everybody\""));
    assert!(!page.contains(">Invited<"), "no heading over nothing");
}

#[test]
fn only_an_owner_is_led_to_the_people() {
    let page = |owner| {
        let frame = Frame { owner, note: (!owner).then_some("You can see everything"), ..frame() };
        let v = kept_api::people::OwnAccountView { frame, ..Default::default() };
        html("account-role", || crate::own_account::own_account_page(v))
    };
    assert!(page(true).contains("href=\"/console/users\""));
    let reader = page(false);
    assert!(!reader.contains("href=\"/console/users\"") && reader.contains("You can see everything"));
}

#[test]
fn an_account_is_guarded_step_by_step() {
    use crate::own_account::own_account_page;
    use kept_api::people::{OwnAccountView, PasskeyRow, TotpSecret};
    let key = PasskeyRow { id: "k1".into(), name: HOSTILE.into(), added: "1 May".into(), used: None };
    let plain = || OwnAccountView {
        frame: frame(),
        email: "ada@example.com".into(),
        may: "May do everything",
        passkeys: vec![key.clone()],
        passkeys_usable: true,
        ..OwnAccountView::default()
    };
    let page = html("account", || own_account_page(plain()));
    assert!(page.contains("Set up an app") && page.contains("not used yet"));
    assert!(page.contains("with JavaScript on"), "passkeys say what they need");
    assert!(page.contains("action=\"/console/account/passkeys/k1\""));

    let secret = TotpSecret { text: "ABCD EFGH".into(), path: "M0 0h1v1h-1z".into(), size: 29 };
    let mut form = Form::default();
    form.wrong("code", "Enter the six digits");
    let v = OwnAccountView { pending: Some(secret), form, passkeys_usable: false, ..plain() };
    let page = html("account-app", || own_account_page(v));
    assert!(page.contains("viewBox=\"-4 -4 37 37\"") && page.contains("ABCD EFGH"));
    assert!(page.contains("autocomplete=\"one-time-code\"") && page.contains("aria-invalid=\"true\""));
    assert!(page.contains("begins with https") && !page.contains("What to call it"));

    let v = OwnAccountView { has_totp: true, codes_left: 9, codes: vec!["abcde-fghjk".into()], ..plain() };
    let page = html("account-codes", || own_account_page(v));
    assert!(page.contains("<code>abcde-fghjk</code>") && page.contains("shown only now"));
    assert!(page.contains("Stop asking for a code") && !page.contains("Set up an app"));
}

#[test]
fn a_code_and_an_invitation_are_asked_for_without_the_console_around_them() {
    use kept_api::people::{CodeView, JoinView};
    let mut form = Form { values: vec![("begun".into(), HOSTILE.into())], ..Form::default() };
    form.wrong("code", "This code is not right");
    let page = html("login-code", || crate::login_code::login_code_page(CodeView { form }));
    assert!(page.contains("autocomplete=\"one-time-code\"") && page.contains("name=\"begun\""));
    let v = JoinView {
        business: HOSTILE.into(),
        email: "bo@example.com".into(),
        may: "Sees everything",
        ..Default::default()
    };
    let page = html("join", || crate::join::join_page(v));
    assert!(page.contains("bo@example.com") && page.contains("Sees everything"));
    assert!(page.contains("autocomplete=\"new-password\""));
}
