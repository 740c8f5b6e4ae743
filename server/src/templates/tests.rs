use super::*;
use kept_domain::calendar::parse_iso;
use kept_domain::money::Currency;

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
        url: Some("https://pay.example.com/l/TOKEN".into()),
        url_until: day("2026-12-31"),
    }
}

fn matters() -> Vec<Matter> {
    let item = Item { number: "A-17".into(), due_on: day("2026-10-01"), left: pounds(5_039) };
    let agreed = Item { number: String::new(), ..item.clone() };
    let mut matters = vec![
        Matter::Reminder {
            items: vec![item.clone()],
            totals: vec![pounds(5_039)],
            ahead: vec![],
            some_disputed: false,
            by_card: true,
        },
        Matter::Reminder {
            items: vec![item],
            totals: vec![pounds(5_039)],
            ahead: vec![pounds(100)],
            some_disputed: true,
            by_card: false,
        },
        Matter::Missed { items: vec![agreed], by_card: true },
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

/// Words (and parts of words) that tell somebody who looks over a shoulder that money is owed.
const TELLING: [&str; 26] = [
    "debt", "owe", "overdue", "due", "late", "invoice", "bill", "pay", "paid", "money", "remind", "collect", "arrears",
    "balance", "amount", "instal", "dispute", "claim", "hardship", "afford", "settle", "receipt", "£", "$", "€",
    "credit",
];

#[test]
fn nothing_that_shows_before_opening_tells_of_a_debt() {
    for matter in matters() {
        let written = write(Language::of("en"), &sides("Ann Archer"), &matter);
        let shown: String = written.text().chars().take(160).collect();
        let html = written.html();
        let (_, body) = html.split_once("<body").unwrap();
        let (_, body) = body.split_once('>').unwrap();
        let tags = body.replace("<p>", "").replace("</p>", "");
        let html_shown: String = tags.trim().chars().take(160).collect();
        for part in [&written.subject, &shown, &html_shown] {
            let part = part.to_lowercase();
            for word in TELLING {
                assert!(!part.contains(word), "{word:?} in {part:?} of {matter:?}");
            }
            assert!(!part.contains(|c: char| c.is_ascii_digit()), "a number in {part:?} of {matter:?}");
        }
    }
}

/// Everything that Kept itself says: not the names, and not the words of others.
fn own_words(written: &Written) -> Vec<String> {
    let last = written.blocks.len() - 1;
    let mut all = Vec::new();
    for (at, block) in written.blocks.iter().enumerate() {
        match block {
            Block::Words(words) if at == last => all.push(words.split("\n\n").next().unwrap().to_owned()),
            Block::Words(words) => all.push(words.clone()),
            Block::List(lines) => all.extend(lines.iter().map(|line| format!("{line}."))),
            Block::Link { label, .. } => all.push(format!("{label}.")),
            Block::Quote(_) | Block::Code(_) => {}
        }
    }
    all
}

fn syllables(word: &str) -> usize {
    let word = word.to_lowercase();
    let vowel = |c: char| "aeiouy".contains(c);
    let letters: Vec<char> = word.chars().filter(|c| c.is_alphabetic()).collect();
    let groups = letters.iter().enumerate().filter(|(i, c)| vowel(**c) && (*i == 0 || !vowel(letters[*i - 1]))).count();
    let silent = word.ends_with('e') && !word.ends_with("le") && groups > 1;
    (groups - usize::from(silent)).max(1)
}

/// Flesch-Kincaid: the school year, of which the reading age is five more.
fn grade(text: &str) -> f64 {
    let sentences = text.split(['.', '?', ':']).filter(|s| !s.trim().is_empty()).count() as f64;
    let words: Vec<&str> = text.split_whitespace().filter(|w| w.chars().any(char::is_alphabetic)).collect();
    let syllables: usize = words.iter().map(|w| syllables(w)).sum();
    let count = words.len() as f64;
    0.39 * count / sentences + 11.8 * syllables as f64 / count - 15.59
}

#[test]
fn every_text_is_courteous_and_easy_to_read() {
    const HARSH: [&str; 18] = [
        "must",
        "immediately",
        "legal",
        "court",
        "bailiff",
        "fail",
        "refus",
        "action",
        "consequence",
        "final",
        "demand",
        "require",
        "last chance",
        "agency",
        "ashamed",
        "penalt",
        "warn",
        "!",
    ];
    for matter in matters() {
        let written = write(Language::English, &sides("Ann"), &matter);
        let own = own_words(&written);
        let text = own.join(" ");
        for word in HARSH {
            assert!(!text.to_lowercase().contains(word), "{word:?} in {text:?}");
        }
        let shouted =
            text.split(|c: char| !c.is_alphabetic()).find(|w| w.len() > 1 && w.chars().all(char::is_uppercase));
        assert_eq!(shouted, None, "{text}");
        assert!(grade(&text) <= 4.0, "reading age {:.1}: {text}", grade(&text) + 5.0);
        let all = written.text();
        assert!(all.contains("You can write back to this message, or call us on 01632 960001"), "{all}");
    }
    assert!(
        grade("Notwithstanding previous correspondence, outstanding liabilities necessitate immediate remittance.")
            > 12.0
    );
}

#[test]
fn a_reminder_asks_first_and_offers_every_way() {
    let [matter, ..] = &matters()[..] else { panic!() };
    let text = write(Language::English, &sides("Ann"), matter).text();
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words:?} is missing:\n{text}"));
    assert!(place("If something was not right") < place("still open"));
    assert!(place("Invoice A-17, due on 1 October 2026: £50.39 left to pay") < place("pay by card"));
    for way in ["pay a bit at a time", "choose a day", "that you have paid", "can not pay right now", "write back"] {
        place(way);
    }
    place("https://pay.example.com/l/TOKEN");
}

#[test]
fn hostile_words_stay_words() {
    let hostile = "<script>alert('x')</script>\"&\u{0}\u{202e}<img src=x>";
    let sides = Sides { business: hostile.into(), address: hostile.into(), ..sides(hostile) };
    let mut matters = matters();
    matters.push(Matter::Declined { reason: hostile.into() });
    let item = Item { number: hostile.into(), due_on: day("2026-10-01"), left: pounds(1) };
    matters.push(Matter::Reminder {
        items: vec![item],
        totals: vec![],
        ahead: vec![],
        some_disputed: false,
        by_card: true,
    });
    for matter in matters {
        let written = write(Language::English, &sides, &matter);
        let html = written.html();
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("alert('"), "{html}");
        for text in [html, written.text()] {
            assert!(!text.contains(['\u{0}', '\u{202e}']), "{text:?}");
        }
    }
}

#[test]
fn text_and_html_say_the_same() {
    for matter in matters() {
        let written = write(Language::English, &sides("Ann"), &matter);
        let html = written.html();
        for block in &written.blocks {
            let words = match block {
                Block::Words(words) | Block::Quote(words) => words.lines().map(str::to_owned).collect(),
                Block::List(lines) => lines.clone(),
                Block::Link { label, url } => vec![label.clone(), url.clone()],
                Block::Code(code) => vec![code.clone()],
            };
            for line in words {
                assert!(html.contains(&escaped(&line)), "{line:?} is missing in {html}");
            }
        }
    }
}
