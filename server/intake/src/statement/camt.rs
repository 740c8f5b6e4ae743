//! camt.053: the ISO 20022 bank-to-customer statement, versions 2 to 13. Names of elements decide; what a version adds
//! around them does not matter.

use super::{amount, xml};
use kept_domain::calendar::parse_iso;
use kept_domain::money::Currency;
use kept_domain::statement::{Direction, Line, Statement};
use kept_domain::table::{Refusal, shown};
use roxmltree::Node;

/// What end-to-end references are where nobody gave one.
const NO_REFERENCE: [&str; 4] = ["NOTPROVIDED", "NOT PROVIDED", "NONREF", "NONE"];

/// Reads a file.
pub(super) fn read(text: &str) -> Result<Statement, Refusal> {
    let document = xml(text)?;
    let root = document.root_element();
    let message = root.children().find(Node::is_element).unwrap_or(root);
    match message.tag_name().name() {
        "BkToCstmrStmt" => {}
        "BkToCstmrAcctRpt" => {
            return Err(Refusal::new(
                "the file is a report within the day (camt.052); import the statement of the day (camt.053), so that nothing \
                 counts twice",
            ));
        }
        "BkToCstmrDbtCdtNtfctn" => {
            return Err(Refusal::new(
                "the file is a notification (camt.054); import the statement of the day (camt.053), so that nothing counts \
                 twice",
            ));
        }
        other => {
            let name = shown(if other.is_empty() { root.tag_name().name() } else { other });
            return Err(Refusal::new(format!("the file is XML and no bank statement: it begins with {name}")));
        }
    }
    let mut read = Statement { format: "camt.053", until_on: None, lines: Vec::new(), ignored: 0 };
    let statements: Vec<Node<'_, '_>> = children(message, "Stmt").collect();
    if statements.is_empty() {
        return Err(Refusal::new("the file has no Stmt: it is no statement of an account"));
    }
    for statement in statements {
        of_statement(statement, &mut read)?;
    }
    Ok(read)
}

fn of_statement(statement: Node<'_, '_>, read: &mut Statement) -> Result<(), Refusal> {
    let account = text_at(statement, &["Acct", "Id", "IBAN"])
        .or_else(|| text_at(statement, &["Acct", "Id", "Othr", "Id"]))
        .unwrap_or_default();
    let closing = children(statement, "Bal").filter(|balance| {
        text_at(*balance, &["Tp", "CdOrPrtry", "Cd"]).is_some_and(|code| code == "CLBD" || code == "ITBD")
    });
    let days = closing.filter_map(|balance| day(balance, "Dt").transpose());
    for on in days {
        let on = on?;
        read.until_on = read.until_on.max(Some(on));
    }
    for entry in children(statement, "Ntry") {
        of_entry(entry, account, read)?;
    }
    Ok(())
}

fn of_entry(entry: Node<'_, '_>, account: &str, read: &mut Statement) -> Result<(), Refusal> {
    let status = text_at(entry, &["Sts", "Cd"]).or_else(|| text_at(entry, &["Sts"])).unwrap_or("BOOK");
    if status != "BOOK" {
        read.ignored += 1;
        return Ok(());
    }
    let (amount_minor, currency) = amount_of(entry)?.ok_or_else(|| wrong(entry, "Ntry/Amt", "is missing"))?;
    let reversal = matches!(text_at(entry, &["RvslInd"]), Some("true" | "1"));
    let details: Vec<Node<'_, '_>> =
        children(entry, "NtryDtls").flat_map(|all| children(all, "TxDtls").collect::<Vec<_>>()).collect();
    let returned = details.iter().any(|d| child(*d, "RtrInf").is_some());
    let direction = match text_at(entry, &["CdtDbtInd"]) {
        Some("CRDT") if !reversal => Direction::Arrived,
        Some("DBIT") if reversal || returned => Direction::TakenBack,
        Some("CRDT" | "DBIT") => {
            read.ignored += 1;
            return Ok(());
        }
        _ => return Err(wrong(entry, "Ntry/CdtDbtInd", "says neither CRDT nor DBIT")),
    };
    let booked_on = match day(entry, "BookgDt")? {
        Some(on) => on,
        None => day(entry, "ValDt")?.ok_or_else(|| wrong(entry, "Ntry/BookgDt", "is missing"))?,
    };
    if amount_minor == 0 {
        read.ignored += 1;
        return Ok(());
    }
    let own = text_at(entry, &["AcctSvcrRef"]).unwrap_or_default();
    let line = |d: Option<Node<'_, '_>>, bank_reference: String, amount_minor: i64| {
        let mut line = Line {
            account: account.to_owned(),
            bank_reference,
            booked_on,
            direction,
            amount_minor,
            currency,
            payer: String::new(),
            payer_account: String::new(),
            reference: String::new(),
            words: text_at(entry, &["AddtlNtryInf"]).unwrap_or_default().to_owned(),
        };
        if let Some(d) = d {
            of_details(d, &mut line);
        }
        line
    };
    match details.as_slice() {
        [] => read.lines.push(line(None, own.to_owned(), amount_minor)),
        [one] => {
            let reference = text_at(*one, &["Refs", "AcctSvcrRef"]).filter(|r| !r.is_empty()).unwrap_or(own);
            read.lines.push(line(Some(*one), reference.to_owned(), amount_minor));
        }
        many => {
            let mut parts = Vec::with_capacity(many.len());
            for d in many {
                // A part that goes the other way, such as a fee, makes it something that is not to be taken apart.
                let same = text_at(*d, &["CdtDbtInd"]).is_none_or(|way| text_at(entry, &["CdtDbtInd"]) == Some(way));
                parts.push(amount_of(*d)?.filter(|(minor, c)| same && *c == currency && *minor > 0).map(|(m, _)| m));
            }
            let sum: Option<i64> = parts.iter().copied().sum();
            if sum == Some(amount_minor) {
                for (at, (d, part)) in many.iter().zip(&parts).enumerate() {
                    // The part's own reference, or its place in the collective booking.
                    let reference = match text_at(*d, &["Refs", "AcctSvcrRef"]).filter(|r| !r.is_empty()) {
                        Some(reference) => reference.to_owned(),
                        None if own.is_empty() => String::new(),
                        None => format!("{own}/{}", at + 1),
                    };
                    read.lines.push(line(Some(*d), reference, part.unwrap_or_default()));
                }
            } else {
                read.lines.push(line(many.first().copied(), own.to_owned(), amount_minor));
            }
        }
    }
    Ok(())
}

/// Who paid, and what they wrote.
fn of_details(d: Node<'_, '_>, line: &mut Line) {
    let parties = child(d, "RltdPties");
    let name = |party: &str| {
        let party = child(parties?, party)?;
        text_at(party, &["Pty", "Nm"]).or_else(|| text_at(party, &["Nm"])).filter(|n| !n.is_empty())
    };
    line.payer = name("UltmtDbtr").or_else(|| name("Dbtr")).unwrap_or_default().to_owned();
    let from = parties.and_then(|p| child(p, "DbtrAcct"));
    let from = from.and_then(|a| text_at(a, &["Id", "IBAN"]).or_else(|| text_at(a, &["Id", "Othr", "Id"])));
    line.payer_account = from.unwrap_or_default().to_owned();
    let mut references: Vec<&str> = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    for remittance in children(d, "RmtInf") {
        words.extend(children(remittance, "Ustrd").filter_map(|n| n.text()).map(str::trim));
        for structured in children(remittance, "Strd") {
            references.extend(text_at(structured, &["CdtrRefInf", "Ref"]));
            references.extend(children(structured, "RfrdDocInf").filter_map(|doc| text_at(doc, &["Nb"])));
            words.extend(children(structured, "AddtlRmtInf").filter_map(|n| n.text()).map(str::trim));
        }
    }
    let end_to_end = text_at(d, &["Refs", "EndToEndId"]);
    references.extend(end_to_end.filter(|r| !NO_REFERENCE.contains(&r.to_ascii_uppercase().as_str())));
    references.retain(|r| !r.is_empty());
    references.dedup();
    line.reference = references.join(" ");
    words.extend(text_at(d, &["AddtlTxInf"]));
    words.retain(|w| !w.is_empty());
    if !words.is_empty() {
        line.words = words.join(" ");
    }
}

/// The amount of an entry or of a part of it, with its currency.
fn amount_of(of: Node<'_, '_>) -> Result<Option<(i64, Currency)>, Refusal> {
    let inner = || child(of, "AmtDtls").and_then(|d| child(d, "TxAmt")).and_then(|t| child(t, "Amt"));
    let Some(node) = child(of, "Amt").or_else(inner) else { return Ok(None) };
    let path = format!("{}/Amt", of.tag_name().name());
    let code = node.attribute("Ccy").unwrap_or_default();
    let currency = Currency::parse(code)
        .ok_or_else(|| wrong(node, &format!("{path}/@Ccy"), &format!("“{}” is not a currency", shown(code))))?;
    let minor =
        amount::minor(node.text().unwrap_or_default(), '.', currency).map_err(|why| wrong(node, &path, &why))?;
    Ok(Some((minor, currency)))
}

/// The day in `<name><Dt>2026-11-20</Dt></name>`, or in a DtTm of it.
fn day(of: Node<'_, '_>, name: &str) -> Result<Option<chrono::NaiveDate>, Refusal> {
    let Some(node) = child(of, name) else { return Ok(None) };
    let text = text_at(node, &["Dt"]).or_else(|| text_at(node, &["DtTm"])).unwrap_or_default();
    let on = text.get(..10).and_then(parse_iso);
    let path = format!("{}/{name}", of.tag_name().name());
    on.map(Some).ok_or_else(|| wrong(node, &path, &format!("“{}” is not a date", shown(text))))
}

fn wrong(node: Node<'_, '_>, path: &str, why: &str) -> Refusal {
    let line = node.document().text_pos_at(node.range().start).row;
    Refusal::new(format!("line {line}, {path}: {why}"))
}

fn children<'a, 'i>(of: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    of.children().filter(move |n| n.is_element() && n.tag_name().name() == name)
}

fn child<'a, 'i>(of: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    of.children().find(|n| n.is_element() && n.tag_name().name() == name)
}

fn text_at<'a>(of: Node<'a, '_>, path: &[&str]) -> Option<&'a str> {
    let found = path.iter().try_fold(of, |node, name| child(node, name))?;
    found.text().map(str::trim)
}
