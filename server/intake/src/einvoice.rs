//! Reading an e-invoice (UBL 2.1, UN/CEFACT CII, Peppol BIS Billing 3.0) into the rows of an import. The rules are those of
//! EN 16931-1 as CEN/TC 434 publishes them for machines, and of the specification that the invoice names (BT-24), by the
//! crate `en16931`; whatever breaks one is said with the rule's own name and words.

mod missing;

use chrono::NaiveDate;
use en16931::invoice::{self as model, DocumentKind};
use en16931::{Date, Finding, InvoiceAmount, Severity};
use en16931_formats::report::Entry;
use en16931_formats::{Policy, Received, receive};
use kept_domain::calendar::{self, plus_days};
use kept_domain::credit_note::CreditNoteRow;
use kept_domain::debtor::{NAME_CHARS_MAX, REFERENCE_CHARS_MAX, is_country};
use kept_domain::invoice::{InvoiceRow, More};
use kept_domain::money::{AMOUNT_MAX_MINOR, Currency};
use kept_domain::party::{Identifier, IdentifierKind, Party, other_seller};
use kept_domain::table::{Problem, read_email, read_text, shown};

/// Bytes that an e-invoice may have, attachments included.
pub const FILE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// Tags that it may have: a tree of them takes a hundred times the room of the text.
const TAGS_MAX: usize = 500_000;
/// Neither a due date nor terms of payment: the business has usual ones.
const DUE_RULE: &str = "BR-CO-25";
/// Pro forma invoices and copies for bookkeeping (UNTDID 1001): nobody owes them.
const NO_DEBT: [&str; 2] = ["325", "751"];

/// What of a business decides how an e-invoice is read.
#[derive(Clone, Debug)]
pub struct Own {
    /// Its name and numbers.
    pub party: Party,
    /// Days from an invoice to the day it is due, where the invoice names none.
    pub due_days: u32,
}

/// What an e-invoice asks for or credits. The debtor's reference is found later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bill {
    /// A debt.
    Invoice(InvoiceRow),
    /// A credit note, or an invoice of less than nothing.
    CreditNote(CreditNoteRow),
}

/// An e-invoice, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What it says; `None` where anything is wrong with it, and then all of that is in `problems`.
    pub bill: Option<Bill>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// What somebody should look at, although it is taken.
    pub warnings: Vec<Problem>,
}

/// Whether a file is XML by its first character.
pub fn is_xml(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let utf16 = [&b"\xff\xfe<\0"[..], b"\xfe\xff\0<"].iter().any(|start| bytes.starts_with(start));
    utf16 || text.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
}

/// Reads the `row`th of several files.
pub fn read(row: u32, bytes: &[u8], own: &Own) -> Reading {
    let refused = |reason: String| Reading { problems: vec![Problem::new(row, "", reason)], ..Reading::default() };
    if bytes.len() > FILE_BYTES_MAX {
        return refused(format!("the file is larger than {} MiB", FILE_BYTES_MAX / (1024 * 1024)));
    }
    if bytes.iter().filter(|b| **b == b'<').count() > TAGS_MAX {
        return refused(format!("the file has more than {TAGS_MAX} tags"));
    }
    // Where it says nothing of when it is due, the business's usual terms do: that is worth a look and no refusal.
    let policy = Policy { relevel: vec![(DUE_RULE.to_owned(), Severity::Warning)], ..Policy::default() };
    let received = receive(bytes, &policy);
    let mut reader = Reader { row, problems: Vec::new(), warnings: Vec::new() };
    reader.judge(&received);
    if received.invoice.is_some() {
        // What is missing counts as nought in the sums: the rule that asks for it says more than a sum that is wrong.
        reader.problems.splice(0..0, missing::find(row, bytes));
    }
    let Some(invoice) = received.invoice.as_ref().filter(|_| reader.problems.is_empty()) else {
        return Reading { bill: None, problems: reader.problems, warnings: reader.warnings };
    };
    let bill = reader.bill(invoice, own);
    let bill = bill.filter(|_| reader.problems.is_empty());
    Reading { bill, problems: reader.problems, warnings: reader.warnings }
}

/// One e-invoice on its way in.
struct Reader {
    row: u32,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl Reader {
    fn wrong(&mut self, term: &str, reason: impl Into<String>) {
        self.problems.push(Problem::new(self.row, term, reason));
    }

    fn warn(&mut self, term: &str, reason: impl Into<String>) {
        self.warnings.push(Problem::new(self.row, term, reason));
    }

    /// Takes over what breaks a rule, and what only deserves a look.
    fn judge(&mut self, received: &Received) {
        let report = &received.report_declared;
        let layers = [&report.container, &report.syntax, &report.schema];
        for entry in layers.into_iter().flat_map(|layer| &layer.entries) {
            let problem = self.of_entry(entry);
            match entry.level() {
                Severity::Fatal => self.problems.push(problem),
                Severity::Warning => self.warnings.push(problem),
                Severity::Info => {}
            }
        }
        for finding in report.semantic.report.iter().flat_map(|r| r.findings()) {
            let problem = self.of_finding(finding);
            match finding.severity {
                Severity::Fatal => self.problems.push(problem),
                Severity::Warning => self.warnings.push(problem),
                Severity::Info => {}
            }
        }
        let profile = received.declared.as_ref().and_then(|d| d.profile());
        if let Some(profile) = profile.filter(|p| self.problems.is_empty() && !p.is_en16931_invoice()) {
            let reason = format!("is of the profile {}, which leaves out what an invoice must have", profile.id);
            self.wrong("BT-24", reason);
        }
    }

    fn of_entry(&self, entry: &Entry) -> Problem {
        let term = entry.term.clone().unwrap_or_default();
        let rule = entry.rule.clone().or_else(|| decimals_rule(entry)).unwrap_or_default();
        let value = entry.value.as_deref().map(|v| format!("“{}”: ", shown(v))).unwrap_or_default();
        let place =
            if term.is_empty() && entry.path != "XML" { format!("{}: ", shown(&entry.path)) } else { String::new() };
        let reason = format!("{place}{value}{}", entry.message);
        Problem { rule, ..Problem::new(self.row, term, reason) }
    }

    fn of_finding(&self, finding: &Finding) -> Problem {
        let detail = finding.detail.as_ref();
        let detail = detail.map(|d| format!(" Expected {}, found {}.", shown(&d.expected), shown(&d.actual)));
        let reason = format!("{}{}", finding.message, detail.unwrap_or_default());
        Problem { rule: finding.rule.clone(), ..Problem::new(self.row, finding.path.to_string(), reason) }
    }

    fn bill(&mut self, i: &model::Invoice, own: &Own) -> Option<Bill> {
        let type_code = i.type_code.as_ref().map_or("", |c| c.as_str());
        if NO_DEBT.contains(&type_code) {
            self.wrong("BT-3", format!("{type_code} is a pro forma invoice or a copy, which asks for no money"));
        }
        if let Some(reason) = other_seller(&own.party, &party(&i.seller)) {
            self.warn("BT-27", reason);
        }
        let number = self.required("BT-1", i.number.as_deref(), REFERENCE_CHARS_MAX);
        let issued_on = self.date("BT-2", i.issue_date);
        let due_on = self.date("BT-9", i.due_date);
        let buyer = self.buyer(&i.buyer);
        let currency = i.currency.as_ref().and_then(|c| Currency::parse(c.as_str()));
        let Some(currency) = currency else {
            let code = i.currency.as_ref().map_or("", |c| c.as_str());
            self.wrong("BT-5", format!("“{}” is not an ISO 4217 currency", shown(code)));
            return None;
        };
        let t = &i.totals;
        let gross = self.minor("BT-112", t.gross_total, currency)?;
        let rounding = self.minor("BT-114", t.rounding.unwrap_or_default(), currency)?;
        let prepaid_minor = self.minor("BT-113", t.paid.unwrap_or_default(), currency)?;
        let total = gross + rounding;
        let credits = i.kind == DocumentKind::CreditNote || total < 0;
        let amount_minor = if i.kind == DocumentKind::CreditNote { total } else { total.abs() };
        if !(1..=AMOUNT_MAX_MINOR).contains(&amount_minor) {
            let what = if amount_minor > AMOUNT_MAX_MINOR { "too large" } else { "not more than zero" };
            self.wrong("BT-112", format!("“{}” is {what}", t.gross_total));
        }
        let preceding: Vec<String> =
            i.preceding_invoices.iter().map(|p| p.reference.as_str().trim().to_owned()).collect();
        let description = description(&i.lines);
        if credits {
            if prepaid_minor != 0 {
                self.wrong("BT-113", "says that a part of the credit was paid back already; record that by hand");
            }
            return Some(Bill::CreditNote(CreditNoteRow {
                row: self.row,
                number: number?,
                debtor: String::new(),
                issued_on: issued_on??,
                amount_minor,
                currency,
                description,
                invoices: preceding,
                buyer,
            }));
        }
        if prepaid_minor < 0 {
            self.wrong("BT-113", format!("“{}” is less than zero", t.paid.unwrap_or_default()));
        }
        let (number, issued_on, stated) = (number?, issued_on??, due_on?);
        if stated.is_some_and(|on| on < issued_on) {
            self.wrong("BT-9", "is before the invoice was issued");
        }
        let usual = plus_days(issued_on, own.due_days);
        if stated.is_none() {
            let terms = i.payment_terms.as_deref().map(str::trim).filter(|t| !t.is_empty());
            let terms = terms.map_or_else(String::new, |t| format!("; its terms are “{}”", shown(&one_line(t))));
            self.warn("BT-9", format!("has no due date{terms}: due on {} by your usual terms", calendar::show(usual)));
        }
        let corrects = if type_code == "384" { preceding } else { Vec::new() };
        Some(Bill::Invoice(InvoiceRow {
            row: self.row,
            number,
            debtor: String::new(),
            issued_on,
            due_on: stated.unwrap_or(usual),
            amount_minor,
            currency,
            description,
            disputed: false,
            settled_on: None,
            name: buyer.name.clone(),
            email: buyer.email.clone(),
            more: Some(More { buyer, prepaid_minor, due_is_usual: stated.is_none(), corrects }),
        }))
    }

    fn buyer(&mut self, of: &model::Party) -> Party {
        let mut buyer = party(of);
        if let Some(reason) = read_text(&buyer.name, NAME_CHARS_MAX).err() {
            self.wrong("BT-44", reason);
        }
        let texts = [("BT-46", &buyer.references.join(" "), 1_000), ("BT-57", &buyer.phone, 50)];
        let places = [("BT-50", &buyer.address.replace('\n', " "), 500), ("BT-53", &buyer.postcode, 20)];
        for (term, text, chars_max) in texts.into_iter().chain(places) {
            if let Some(reason) = read_text(text, chars_max).err() {
                self.wrong(term, reason);
            }
        }
        if let Err(reason) = read_email(&buyer.email) {
            self.warn("BT-58", format!("{reason}; it is left out"));
            buyer.email.clear();
        }
        buyer
    }

    fn required(&mut self, term: &str, text: Option<&str>, chars_max: usize) -> Option<String> {
        match text.map(str::trim).filter(|t| !t.is_empty()) {
            None => {
                self.wrong(term, "is missing");
                None
            }
            Some(text) => read_text(text, chars_max).map_err(|reason| self.wrong(term, reason)).ok(),
        }
    }

    /// A date where there is one; `None` where it is no day of ours.
    fn date(&mut self, term: &str, date: Option<Date>) -> Option<Option<NaiveDate>> {
        let Some(date) = date else { return Some(None) };
        let day = NaiveDate::from_ymd_opt(date.year(), u32::from(date.month()), u32::from(date.day()));
        let day = day.filter(|d| (1900..=2200).contains(&chrono::Datelike::year(d)));
        if day.is_none() {
            self.wrong(term, format!("{date} is out of reach"));
        }
        day.map(Some)
    }

    /// An amount of two decimals in the minor units of its currency.
    fn minor(&mut self, term: &str, amount: InvoiceAmount, currency: Currency) -> Option<i64> {
        let (hundredths, exponent) = (amount.to_minor_units(), currency.exponent());
        let minor = match exponent {
            0 | 1 => {
                let unit = 10i64.pow(2 - exponent);
                (hundredths % unit == 0).then_some(hundredths / unit)
            }
            _ => hundredths.checked_mul(10i64.pow(exponent.min(6) - 2)),
        };
        // Sums of a few of these must fit.
        let minor = minor.filter(|m| m.unsigned_abs() < u64::MAX / 16);
        if minor.is_none() {
            self.wrong(
                term,
                format!("“{amount}” has more than the {exponent} decimals of {currency}, or is too large"),
            );
        }
        minor
    }
}

/// An amount with more than two decimals cannot be read at all; this names the rule that it breaks all the same.
fn decimals_rule(entry: &Entry) -> Option<String> {
    let decimals = entry.value.as_deref()?.trim().rsplit_once('.')?.1;
    if decimals.len() <= 2 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (group, element) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
    let total = || missing::term_of_total(element).filter(|_| group.ends_with("HeaderMonetarySummation"));
    let term = entry.term.as_deref().and_then(|t| t.rsplit('/').next()).or_else(total)?;
    RULES_OF_DECIMALS.iter().find(|(of, _)| *of == term).map(|(_, rule)| (*rule).to_owned())
}

/// Amounts, and the rules by which they have two decimals at most.
const RULES_OF_DECIMALS: [(&str, &str); 21] = [
    ("BT-92", "BR-DEC-01"),
    ("BT-93", "BR-DEC-02"),
    ("BT-99", "BR-DEC-05"),
    ("BT-100", "BR-DEC-06"),
    ("BT-106", "BR-DEC-09"),
    ("BT-107", "BR-DEC-10"),
    ("BT-108", "BR-DEC-11"),
    ("BT-109", "BR-DEC-12"),
    ("BT-110", "BR-DEC-13"),
    ("BT-112", "BR-DEC-14"),
    ("BT-111", "BR-DEC-15"),
    ("BT-113", "BR-DEC-16"),
    ("BT-114", "BR-DEC-17"),
    ("BT-115", "BR-DEC-18"),
    ("BT-116", "BR-DEC-19"),
    ("BT-117", "BR-DEC-20"),
    ("BT-131", "BR-DEC-23"),
    ("BT-136", "BR-DEC-24"),
    ("BT-137", "BR-DEC-25"),
    ("BT-141", "BR-DEC-27"),
    ("BT-142", "BR-DEC-28"),
];

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn party(of: &model::Party) -> Party {
    let line = |text: &Option<String>| text.as_deref().map(one_line).unwrap_or_default();
    let of_kind = |kind, id: &en16931::Identifier| Identifier::new(kind, id.scheme(), id.content());
    let endpoint = of.electronic_address.as_ref();
    // An electronic address of the scheme EM is an e-mail address (CEF's list of electronic address schemes).
    let mail = endpoint.filter(|e| e.scheme() == Some("EM")).map(|e| e.content().trim().to_owned());
    let email = line(&of.contact.email);
    let country = of.address.country.as_ref().map(|c| c.as_str().to_owned()).filter(|c| is_country(c));
    let a = &of.address;
    let address = [line(&a.line1), line(&a.line2), line(&a.line3), line(&a.city), line(&a.subdivision)];
    Party {
        name: line(&of.name),
        trading_name: line(&of.trading_name),
        // With a scheme it is somebody else's number for it, without one the other party's own.
        references: of
            .identifiers
            .iter()
            .filter(|i| i.scheme().is_none())
            .map(|i| one_line(i.content()))
            .filter(|r| !r.is_empty())
            .collect(),
        identifiers: [
            of.vat_identifier.as_deref().and_then(|v| Identifier::new(IdentifierKind::Vat, None, v)),
            of.legal_registration.as_ref().and_then(|i| of_kind(IdentifierKind::Registration, i)),
            endpoint.and_then(|i| of_kind(IdentifierKind::Endpoint, i)),
        ]
        .into_iter()
        .chain(of.identifiers.iter().filter(|i| i.scheme().is_some()).map(|i| of_kind(IdentifierKind::Number, i)))
        .flatten()
        .collect(),
        email: if email.is_empty() { mail.unwrap_or_default() } else { email },
        phone: line(&of.contact.phone),
        address: address.into_iter().filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n"),
        postcode: line(&a.post_code),
        country: country.unwrap_or_default(),
    }
}

/// What was sold: the first line's item, and how many more there are.
fn description(lines: &[model::InvoiceLine]) -> String {
    let mut names = lines.iter().filter_map(|l| l.item.name.as_deref()).map(one_line).filter(|n| !n.is_empty());
    let Some(first) = names.next() else { return String::new() };
    let first: String = first.chars().filter(|c| read_text(&c.to_string(), 1).is_ok()).take(400).collect();
    match names.count() {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests;
