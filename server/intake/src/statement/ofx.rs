//! OFX: version 1, which is SGML that closes no leaves, and version 2, which is XML. Both are walked as the same sequence
//! of elements.

use super::{amount, xml};
use chrono::NaiveDate;
use kept_domain::money::Currency;
use kept_domain::statement::{Direction, Line, Statement};
use kept_domain::table::{Refusal, shown};

/// Elements that hold others; every other element of version 1 is a leaf.
const HOLDERS: [&str; 15] = [
    "OFX",
    "SIGNONMSGSRSV1",
    "SONRS",
    "BANKMSGSRSV1",
    "STMTTRNRS",
    "STMTRS",
    "BANKACCTFROM",
    "BANKTRANLIST",
    "STMTTRN",
    "PAYEE",
    "BANKACCTTO",
    "LEDGERBAL",
    "CREDITCARDMSGSRSV1",
    "CCSTMTTRNRS",
    "CCSTMTRS",
];

/// What stands one after another in a file.
enum Step<'a> {
    Open(&'a str),
    Leaf(&'a str, String),
    Close(&'a str),
}

/// A step and the line of the file on which it stands.
type Placed<'a> = (u32, Step<'a>);

/// What version 1 says of its encoding in the lines before its elements.
pub(super) fn encoding(head: &str) -> Option<String> {
    let value = |name: &str| {
        let rest = head.split("<OFX").next()?.split(name).nth(1)?.strip_prefix(':')?;
        rest.split(|c: char| c.is_whitespace()).next().map(str::to_ascii_uppercase)
    };
    match (value("\nENCODING").or_else(|| value("ENCODING"))?.as_str(), value("CHARSET").as_deref()) {
        ("UTF-8" | "UNICODE", _) => Some("utf-8".to_owned()),
        (_, Some("ISO-8859-1" | "8859-1")) => Some("iso-8859-1".to_owned()),
        (_, Some(page)) if page.bytes().all(|b| b.is_ascii_digit()) => Some(format!("windows-{page}")),
        _ => None,
    }
}

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Statement, Refusal> {
    let start = text.to_ascii_uppercase().find("<OFX>");
    let start = start.ok_or_else(|| Refusal::new("the file says that it is OFX and has no OFX element"))?;
    if text.get(..start).unwrap_or_default().contains("<?xml") {
        let document = xml(text)?;
        let mut steps = Vec::new();
        flatten(document.root_element(), &mut steps);
        return walk(&steps);
    }
    let lines_before = text.get(..start).unwrap_or_default().matches('\n').count();
    walk(&sgml(text.get(start..).unwrap_or_default(), u32::try_from(lines_before + 1).unwrap_or(u32::MAX))?)
}

/// The elements of version 2 in their order, without recursion: depth is the file's choice.
fn flatten<'a>(root: roxmltree::Node<'a, '_>, steps: &mut Vec<Placed<'a>>) {
    let mut open: Vec<roxmltree::Node<'a, '_>> = Vec::new();
    let document = root.document();
    for node in root.descendants().filter(roxmltree::Node::is_element) {
        while let Some(last) = open.last().filter(|last| node.parent().as_ref() != Some(*last)) {
            steps.push((0, Step::Close(last.tag_name().name())));
            open.pop();
        }
        let name = node.tag_name().name();
        // Finding the line is work: it is only done where somebody may be told.
        let line = if matches!(name, "STMTTRN" | "CURDEF") { document.text_pos_at(node.range().start).row } else { 0 };
        if node.children().any(|c| c.is_element()) {
            steps.push((line, Step::Open(name)));
            open.push(node);
        } else {
            steps.push((line, Step::Leaf(name, node.text().unwrap_or_default().trim().to_owned())));
        }
    }
    while let Some(last) = open.pop() {
        steps.push((0, Step::Close(last.tag_name().name())));
    }
}

fn sgml(text: &str, first_line: u32) -> Result<Vec<Placed<'_>>, Refusal> {
    let mut steps = Vec::new();
    let mut line = first_line;
    let mut parts = text.split('<');
    // What stands before the first element is nothing.
    parts.next();
    for part in parts {
        let Some((tag, value)) = part.split_once('>') else {
            return Err(Refusal::new(format!("line {line}: an element is opened with “<” and has no “>”")));
        };
        if tag.starts_with('!') {
            return Err(Refusal::new(format!(
                "line {line}: the file declares a document type (DTD) or entities, which is not taken"
            )));
        }
        let tag = tag.trim();
        match tag.strip_prefix('/') {
            Some(name) if HOLDERS.contains(&name) => steps.push((line, Step::Close(name))),
            Some(_) => {}
            None if value.trim().is_empty() => steps.push((line, Step::Open(tag))),
            None => steps.push((line, Step::Leaf(tag, unescaped(value.trim())))),
        }
        line = line.saturating_add(u32::try_from(part.matches('\n').count()).unwrap_or(u32::MAX));
    }
    Ok(steps)
}

/// The five entities that SGML and XML share.
fn unescaped(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    text.replace("&nbsp;", " ").replace("&amp;", "&")
}

/// One movement on its way in.
#[derive(Default)]
struct Movement {
    line: u32,
    posted: String,
    amount: String,
    id: String,
    name: String,
    memo: String,
    number: String,
    from: String,
    currency: String,
}

fn walk(steps: &[Placed<'_>]) -> Result<Statement, Refusal> {
    let mut read = Statement { format: "OFX", until_on: None, lines: Vec::new(), ignored: 0 };
    let (mut account, mut bank, mut currency): (String, String, Option<Currency>) =
        (String::new(), String::new(), None);
    let mut movement: Option<Movement> = None;
    let mut in_account = false;
    let mut any = false;
    for (line, step) in steps {
        match step {
            Step::Open("STMTRS" | "CCSTMTRS") => {
                (account, bank, currency, any) = (String::new(), String::new(), None, true);
            }
            Step::Open("BANKACCTFROM" | "CCACCTFROM") if movement.is_none() => in_account = true,
            Step::Close("BANKACCTFROM" | "CCACCTFROM") => in_account = false,
            Step::Open("STMTTRN") => {
                in_account = false;
                // Version 1 may leave out the end of the one before.
                if let Some(done) = movement.take() {
                    finish(done, &account, currency, &mut read)?;
                }
                movement = Some(Movement { line: *line, ..Movement::default() });
            }
            Step::Close("STMTTRN" | "BANKTRANLIST") => {
                if let Some(done) = movement.take() {
                    finish(done, &account, currency, &mut read)?;
                }
            }
            Step::Leaf(name, value) => match (*name, &mut movement) {
                ("DTPOSTED", Some(m)) => m.posted.clone_from(value),
                ("TRNAMT", Some(m)) => m.amount.clone_from(value),
                ("FITID", Some(m)) => m.id.clone_from(value),
                ("NAME", Some(m)) => m.name.clone_from(value),
                ("MEMO", Some(m)) => m.memo.clone_from(value),
                ("REFNUM" | "CHECKNUM", Some(m)) if m.number.is_empty() => m.number.clone_from(value),
                ("ACCTID", Some(m)) => m.from.clone_from(value),
                ("CURSYM", Some(m)) => m.currency.clone_from(value),
                ("CURDEF", None) => {
                    let found = Currency::parse(value);
                    let why = || Refusal::new(format!("line {line}, CURDEF: “{}” is not a currency", shown(value)));
                    currency = Some(found.ok_or_else(why)?);
                }
                ("BANKID", None) if in_account => bank.clone_from(value),
                ("ACCTID", None) if in_account => {
                    account = if bank.is_empty() { value.clone() } else { format!("{bank} {value}") };
                }
                ("DTEND" | "DTASOF", None) => read.until_on = read.until_on.max(day(value)),
                _ => {}
            },
            Step::Open(_) | Step::Close(_) => {}
        }
    }
    if let Some(done) = movement {
        finish(done, &account, currency, &mut read)?;
    }
    if any { Ok(read) } else { Err(Refusal::new("the file has no statement of an account (STMTRS)")) }
}

fn finish(m: Movement, account: &str, currency: Option<Currency>, read: &mut Statement) -> Result<(), Refusal> {
    let wrong = |element: &str, why: &str| Refusal::new(format!("line {}, STMTTRN/{element}: {why}", m.line));
    let stated = Currency::parse(&m.currency).or(currency);
    let currency = stated.ok_or_else(|| wrong("TRNAMT", "the statement names no currency (CURDEF)"))?;
    let text = m.amount.trim();
    let (negative, figure) = match text.strip_prefix('-') {
        Some(figure) => (true, figure),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    // The standard allows either mark, and no groups.
    let mark = if figure.contains(',') { ',' } else { '.' };
    let amount_minor = amount::minor(figure, mark, currency).map_err(|why| wrong("TRNAMT", &why))?;
    if negative || amount_minor == 0 {
        read.ignored += 1;
        return Ok(());
    }
    let why = || wrong("DTPOSTED", &format!("“{}” is not a date", shown(&m.posted)));
    let booked_on = day(&m.posted).ok_or_else(why)?;
    read.lines.push(Line {
        account: account.to_owned(),
        bank_reference: m.id,
        booked_on,
        direction: Direction::Arrived,
        amount_minor,
        currency,
        payer: m.name,
        payer_account: m.from,
        reference: m.number,
        words: m.memo,
    });
    Ok(())
}

/// `20261120120000.000[-5:EST]`: its day.
fn day(text: &str) -> Option<NaiveDate> {
    let digits = text.get(..8).filter(|eight| eight.bytes().all(|b| b.is_ascii_digit()))?;
    NaiveDate::parse_from_str(digits, "%Y%m%d").ok()
}
