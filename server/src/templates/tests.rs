use super::*;
use crate::store::template::Version;
use kept_domain::calendar::parse_iso;
use kept_domain::contact::Channel;
use kept_domain::money::Currency;
use kept_domain::sms;
use kept_domain::template::{Group, KINDS, PREVIEW_CHARS, SMS_LINK_CHARS, SMS_SEPTETS, check, telling};
use kept_domain::tone;
use texts::Text;

const URL: &str = "https://pay.example.com/l/TOKEN";

fn day(text: &str) -> NaiveDate {
    parse_iso(text).unwrap()
}

fn pounds(minor: i64) -> Money {
    Money::new(minor, Currency::parse("GBP").unwrap())
}

fn sides(name: &str) -> Sides {
    Sides {
        business: "Jessop Stationers".into(),
        phone: "01632 960001".into(),
        address: "170 High Street\nLeeds".into(),
        name: name.into(),
        url: Some(URL.into()),
        url_until: day("2026-12-31"),
    }
}

fn values() -> Values {
    Values {
        business: "Jessop Stationers".into(),
        phone: "01632 960001".into(),
        address: "170 High Street\nLeeds".into(),
        name: "Ann".into(),
        items: vec![Item { number: "A-17".into(), due_on: day("2026-10-01"), left: pounds(123_450) }],
        totals: vec![pounds(123_450)],
        ahead: vec![pounds(100)],
        some_disputed: true,
        by_card: true,
        link: Some(URL.into()),
        link_until: Some(day("2026-12-31")),
        pay_on: Some(day("2026-11-03")),
    }
}

fn matters() -> Vec<Matter> {
    let item = Item { number: "A-17".into(), due_on: day("2026-10-01"), left: pounds(5_039) };
    let agreed = Item { number: String::new(), ..item.clone() };
    let mut matters = vec![
        Matter::Reminder {
            code: "considerate".into(),
            items: vec![item.clone()],
            totals: vec![pounds(5_039)],
            ahead: vec![],
            some_disputed: false,
            by_card: true,
        },
        Matter::Reminder {
            code: "considerate".into(),
            items: vec![item],
            totals: vec![pounds(5_039)],
            ahead: vec![pounds(100)],
            some_disputed: true,
            by_card: false,
        },
        Matter::Agreement {
            code: "instalment_missed".into(),
            pay_on: agreed.due_on,
            items: vec![agreed],
            by_card: true,
        },
        Matter::Receipt {
            amount: pounds(5_000),
            paid_on: day("2026-10-02"),
            reference: "r1".into(),
            left: vec![pounds(39)],
        },
        Matter::Receipt { amount: pounds(5_000), paid_on: day("2026-10-02"), reference: "r1".into(), left: vec![] },
        Matter::DisputeAnswered { answer: "We ask the driver.".into() },
        Matter::Agreed { words: "Ann will pay £50.39 by 1 May 2027.".into() },
        Matter::Proposed { words: "Ann will pay later.".into(), answer_by_on: Some(day("2026-11-01")) },
        Matter::Proposed { words: "Ann will pay later.".into(), answer_by_on: None },
        Matter::Declined { reason: "It is too late for us.".into() },
        Matter::Countered {
            words: "Ann will pay £10.00 by 1 May 2027.".into(),
            reason: "A bit sooner.".into(),
            answer_by_on: Some(day("2026-11-01")),
        },
        Matter::CardSoon { amount: pounds(5_000), card: "4242".into(), charge_on: day("2026-11-03") },
        Matter::CardDeclined { amount: pounds(5_000), card: "4242".into(), again_on: Some(day("2026-11-06")) },
        Matter::CardDeclined { amount: pounds(5_000), card: String::new(), again_on: None },
        Matter::CardConfirm { amount: pounds(5_000), card: "4242".into() },
        Matter::FreshLink,
        Matter::OneTimeCode { code: "042917".into(), minutes: 15 },
    ];
    for kind in Kind::ALL {
        matters.push(Matter::DisputeReceived { kind, answer_by_on: day("2026-11-01") });
        for state in [State::Upheld, State::Partly, State::Rejected, State::Closed] {
            let answer = "We looked.".to_owned();
            matters.push(Matter::DisputeResolved { kind, state, credited: Some(pounds(100)), answer });
        }
    }
    matters
}

/// Every message by e-mail about something that happened, in every language.
fn letters(name: &str) -> Vec<(Language, Matter, Written)> {
    let all = Language::ALL.into_iter().flat_map(|language| matters().into_iter().map(move |m| (language, m)));
    all.map(|(language, matter)| {
        let written = write(&Texts::default(), language, &sides(name), &matter);
        (language, matter, written)
    })
    .collect()
}

/// What shows beside the subject before a message is opened.
fn preview(written: &Written) -> String {
    written.text().chars().take(PREVIEW_CHARS).collect()
}

#[test]
fn every_template_as_delivered_is_courteous_whole_and_tells_nobody() {
    let mut wrong = Vec::new();
    for kind in &KINDS {
        for channel in Channel::ALL {
            for language in Language::ALL {
                let what = format!("{} {} {}", kind.code, channel.code(), language.code());
                let text = texts::delivered(kind.code, channel, language);
                assert_eq!(text.is_some(), kind.channels.contains(&channel), "{what}");
                let Some(Text { subject, body }) = text else { continue };
                for finding in tone::lint(language, channel, &subject, &body) {
                    wrong.push(format!("{what}: {} [{}]", finding.sentence(), finding.words));
                }
                for fault in check(kind, channel, language, &subject, &body) {
                    wrong.push(format!("{what}: {} in line {}", fault.say, fault.line));
                }
                assert_eq!(subject.is_empty(), !channel.has_subject(), "{what}");
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_reminder_reads_well_when_it_is_filled() {
    let own = Texts::default();
    let steps = KINDS.iter().filter(|k| k.group == Group::Reminder || k.variables.contains(&"pay_on"));
    for kind in steps {
        for channel in kind.channels.iter().copied() {
            for language in Language::ALL {
                let what = format!("{} {} {}", kind.code, channel.code(), language.code());
                let written = reminder(&own, kind.code, channel, language, &values());
                let text = written.text();
                assert!(!text.contains('{') && !text.contains('}'), "{what}: {text}");
                assert_eq!(tone::lint(language, channel, &written.subject, &text), [], "{what}");
                if channel != Channel::Call {
                    assert!(text.contains(URL), "{what}: {text}");
                }
                if channel == Channel::Email {
                    for shown in [&written.subject, &preview(&written)] {
                        assert_eq!(telling(language, shown), None, "{what}: {shown}");
                    }
                }
                if channel == Channel::Sms {
                    let link = "x".repeat(SMS_LINK_CHARS);
                    let values = Values { link: Some(link), business: "Twenty letters long".into(), ..values() };
                    let sms = reminder(&own, kind.code, channel, language, &values).sms();
                    assert!(sms::septets(&sms).is_some_and(|many| many <= SMS_SEPTETS), "{what}: {sms}");
                    assert_eq!(telling(language, &sms), None, "{what}: {sms}");
                } else if channel == Channel::Letter || channel == Channel::Email {
                    let sum = pounds(123_450).show_in(language);
                    assert!(text.contains(&sum), "{what}: {text}");
                    assert!(text.contains("01632 960001") && text.contains("170 High Street"), "{what}: {text}");
                }
            }
        }
    }
}

#[test]
fn nothing_that_shows_before_opening_tells_of_a_debt() {
    for name in ["Ann Archer", ""] {
        for (language, matter, written) in letters(name) {
            let html = written.html();
            let html_shown: String = shown(&html).chars().take(PREVIEW_CHARS).collect();
            for shown in [&written.subject, &preview(&written), &html_shown, &sides(name).business] {
                assert_eq!(telling(language, shown), None, "{shown:?} of {matter:?}");
                assert!(!shown.contains(|c: char| c.is_ascii_digit()), "a number in {shown:?} of {matter:?}");
            }
        }
    }
}

#[test]
fn a_text_message_is_one_part_and_tells_nobody_of_a_debt() {
    let link = "x".repeat(SMS_LINK_CHARS);
    for language in Language::ALL {
        for matter in matters() {
            let sides =
                Sides { business: "Twenty letters long".into(), url: Some(link.clone()), ..sides("Ann Archer") };
            let text = short(&Texts::default(), language, &sides, &matter);
            assert_eq!(telling(language, &text), None, "{text:?} of {matter:?}");
            assert!(sms::segments(&text).segments == 1, "{text:?} of {matter:?}");
            let about_card =
                matches!(matter, Matter::CardSoon { .. } | Matter::CardDeclined { .. } | Matter::CardConfirm { .. });
            let answers = text.contains("answer")
                || text.contains("Antwort")
                || text.contains("réponse")
                || text.contains("respuesta");
            assert!(!(about_card && answers), "{text:?} answers nothing");
            assert_eq!(text.contains(&link), !matches!(matter, Matter::OneTimeCode { .. }), "{text}");
        }
    }
    let soon = Matter::CardSoon { amount: pounds(5_000), card: "4242".into(), charge_on: day("2026-11-03") };
    let text = short(&Texts::default(), Language::English, &sides("Ann"), &soon);
    assert_eq!(
        text,
        format!(
            "Hello from Jessop Stationers. As agreed, GBP 50.00 from your card on 3 November 2026. To change it: {URL}"
        )
    );
}

/// What a mail program shows of HTML: its text, without comments and tags.
fn shown(html: &str) -> String {
    let (_, body) = html.split_once("<body").unwrap();
    let mut body = body.split_once('>').unwrap().1.to_owned();
    while let Some(from) = body.find("<!--") {
        let to = from + body[from..].find("-->").unwrap() + 3;
        body.replace_range(from..to, "");
    }
    let text: String = body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
    let text = text.replace("&#39;", "'").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_mail_fetches_nothing_and_is_laid_out() {
    for (_, _, written) in letters("Ann") {
        let html = written.html();
        assert!(html.starts_with("<!doctype html>") && html.contains("max-width:600px"), "{html}");
        let links = html.matches("http").count();
        let ours = html.matches(&format!("href=\"{URL}\"")).count();
        // Two namespaces that are names and no addresses.
        assert_eq!(links - html.matches("xmlns").count(), ours, "{html}");
        for fetched in ["<img", "src=", "@import", "<link", "url("] {
            assert!(!html.contains(fetched), "{fetched} in {html}");
        }
    }
}

/// Without what others wrote, which is theirs to answer for.
fn own_words(written: &Written) -> String {
    let own: Vec<Block> =
        written.blocks.iter().filter(|b| !matches!(b, Block::Quote(_) | Block::Code(_))).cloned().collect();
    Written { blocks: own, ..written.clone() }.text()
}

#[test]
fn every_message_is_courteous_and_says_how_to_answer() {
    for (language, matter, written) in letters("Ann") {
        let text = own_words(&written);
        assert_eq!(tone::lint(language, Channel::Email, &written.subject, &text), [], "{matter:?}\n{text}");
        assert!(text.contains("01632 960001"), "{matter:?}\n{text}");
        assert!(!written.subject.is_empty() && !text.contains("{{"), "{matter:?}\n{text}");
        assert_eq!(text.contains(URL), !matches!(matter, Matter::OneTimeCode { .. }), "{matter:?}\n{text}");
    }
}

#[test]
fn each_language_has_every_phrase() {
    let names = |language| {
        let lines = texts::phrases(language).lines();
        lines.map(|line| line.split_once(" = ").unwrap().0).collect::<Vec<_>>()
    };
    for language in Language::ALL {
        assert_eq!(names(language), names(Language::English), "{language:?}");
        for matter in matters() {
            assert!(!texts::phrase(language, label(matter.code())).is_empty(), "{matter:?}");
        }
    }
}

#[test]
fn a_reminder_asks_first_and_offers_every_way() {
    let [matter, second, ..] = &matters()[..] else { panic!() };
    let text = write(&Texts::default(), Language::English, &sides("Ann"), matter).text();
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words:?} is missing:\n{text}"));
    assert!(place("If something was not right") < place("still open"));
    assert!(place("Invoice A-17, due on 1 October 2026: £50.39 left to pay") < place("pay by card"));
    for way in ["pay a bit at a time", "choose a day", "that you have paid", "cannot pay right now", "write back"] {
        place(way);
    }
    place(URL);
    assert!(!text.contains("paid ahead") && !text.contains("left out"), "{text}");
    let text = write(&Texts::default(), Language::English, &sides(""), second).text();
    for words in
        ["Hello. This", "We took off the £1.00 that you paid ahead.", "We left out what", "see how things stand"]
    {
        assert!(text.contains(words), "{words:?} is missing:\n{text}");
    }
    let german = write(&Texts::default(), Language::of("de-AT"), &sides("Ann"), matter).text();
    assert!(german.contains("- Rechnung A-17, fällig am 1. Oktober 2026: noch 50,39\u{a0}£"), "{german}");
}

#[test]
fn a_business_may_have_words_of_its_own() {
    let version = |code: &str, body: &str| Version {
        code: code.into(),
        channel: Channel::Email,
        language: Language::English,
        version: 2,
        subject: "Hi from {{ business }}".into(),
        body: body.into(),
        actor: "user:u".into(),
        created_at_ms: 0,
    };
    let texts = Texts(vec![version("nudge", "Dear {{ name }},\n\n{{ invoices }}\n\n{{ link }}"), version("firm", "")]);
    let say = |code, channel, language| reminder(&texts, code, channel, language, &values());
    let own = say("nudge", Channel::Email, Language::English);
    assert_eq!(own.subject, "Hi from Jessop Stationers");
    assert!(own.text().starts_with("Dear Ann,\n\n- Invoice A-17"), "{}", own.text());
    assert!(say("nudge", Channel::Email, Language::German).text().starts_with("Guten Tag Ann."));
    assert!(say("firm", Channel::Email, Language::English).text().starts_with("Hello Ann."), "as delivered again");
    // What has no words in a channel is said with those of the considerate reminder or call.
    assert!(say("courtesy", Channel::Call, Language::English).text().contains("If somebody else picks up"));
    assert!(say("of somebody's own", Channel::Email, Language::English).text().contains("First, is all well?"));
}

#[test]
fn hostile_words_stay_words() {
    let hostile = "<script>alert('x')</script>\"&\u{0}\u{202e}<img src=x>";
    let sides = Sides { business: hostile.into(), address: hostile.into(), ..sides(hostile) };
    let mut matters = matters();
    matters.push(Matter::Declined { reason: hostile.into() });
    let item = Item { number: hostile.into(), due_on: day("2026-10-01"), left: pounds(1) };
    matters.push(Matter::Reminder {
        code: "considerate".into(),
        items: vec![item],
        totals: vec![],
        ahead: vec![],
        some_disputed: false,
        by_card: true,
    });
    for matter in matters {
        let written = write(&Texts::default(), Language::English, &sides, &matter);
        let html = written.html();
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("alert('"), "{html}");
        for text in [html, written.text()] {
            assert!(!text.contains(['\u{0}', '\u{202e}']), "{text:?}");
        }
    }
}

#[test]
fn text_and_html_say_the_same() {
    for (_, _, written) in letters("Ann") {
        let mail = written.html();
        for block in &written.blocks {
            let words = match block {
                Block::Words(words) | Block::Quote(words) => words.lines().map(str::to_owned).collect(),
                Block::List(lines) => lines.clone(),
                Block::Link { label, url } => vec![label.clone(), url.clone()],
                Block::Code(code) => vec![code.clone()],
            };
            for line in words {
                assert!(mail.contains(&html::escaped(&line)), "{line:?} is missing in {mail}");
            }
        }
    }
}
