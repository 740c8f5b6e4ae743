//! The statement of account as a file: CSV for a spreadsheet, an accessible PDF for a person. Screens show the same lines.

use crate::csv_out::{self, Cell};
use crate::door::No;
use crate::letter as paper;
use crate::store::business::Business;
use crate::store::debtor::Debtor;
use crate::store::{Error, Query, account_statement as store};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use chrono::NaiveDate;
use kept_domain::account_statement::{self as rules, Account, Asked};
use kept_domain::calendar::{iso, parse_typed, show};
use kept_domain::money::Money;
use kept_letter::{Language, LetterError, Paper, Recipient, Rendered, Sender, Statement};

/// Lines of a currency that a page shows at most; those before are brought forward.
pub const PAGE_LINES_MAX: usize = 300;
/// Lines of a currency that a PDF holds at most.
pub const PDF_LINES_MAX: usize = 1_000;

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// The business, which sees its own mistakes and remarks.
    Business,
    /// The debtor.
    Debtor,
}

/// Reads it from the ledger.
///
/// # Errors
/// The store's.
pub async fn load(
    q: &impl Query,
    home: &Business,
    debtor: &Debtor,
    asked: Asked,
    reader: Reader,
) -> Result<Vec<Account>, Error> {
    let movements = store::movements(q, &home.id, &debtor.id, asked.as_of, &home.zone).await?;
    let movements = if reader == Reader::Debtor { rules::for_debtor(movements) } else { movements };
    Ok(rules::accounts(movements, asked))
}

/// Reads the two days that were typed; an empty one is left open, and an open end is today.
///
/// # Errors
/// The field that is wrong (`from` or `as_of`), and what to do about it.
pub fn asked(from: &str, as_of: &str, today: NaiveDate) -> Result<Asked, (&'static str, &'static str)> {
    let day = |text: &str| match text.trim() {
        "" => Ok(None),
        text => parse_typed(text).map(Some).ok_or("Enter a date, like 30 6 2026, or leave it empty"),
    };
    let from_on = day(from).map_err(|words| ("from", words))?;
    let as_of = day(as_of).map_err(|words| ("as_of", words))?.unwrap_or(today);
    if as_of > today {
        return Err(("as_of", "Enter a day that is today or earlier"));
    }
    if from_on.is_some_and(|from_on| from_on > as_of) {
        return Err(("from", "Enter a day that is not after the last one"));
    }
    Ok(Asked { from_on, as_of, as_recorded: false })
}

/// The two days as they stand in the query of an address.
pub fn query(asked: &Asked) -> String {
    format!("from={}&as_of={}", asked.from_on.map(iso).unwrap_or_default(), iso(asked.as_of))
}

/// All of it as CSV, amounts as people write them and a row for the balance before and after the lines of each currency.
///
/// # Errors
/// What the writer refuses.
pub fn csv(accounts: &[Account], asked: &Asked) -> Result<String, csv::Error> {
    let header = ["currency", "on", "recorded_on", "kind", "what", "note", "amount", "balance"];
    let figure = Cell::Figure;
    let mut rows = Vec::new();
    for a in accounts {
        let decimal = |minor| figure(Money::new(minor, a.currency).decimal());
        let code = || figure(a.currency.code().to_owned());
        let none = || figure(String::new());
        let balance = |on: String, kind: &str, what: &str, minor| {
            vec![
                code(),
                figure(on),
                none(),
                figure(kind.to_owned()),
                figure(what.to_owned()),
                none(),
                none(),
                decimal(minor),
            ]
        };
        let from = asked.from_on.map(iso).unwrap_or_default();
        rows.push(balance(from, "opening", "Brought forward", a.opening_minor));
        rows.extend(a.lines.iter().map(|l| {
            vec![
                code(),
                figure(iso(l.on)),
                figure(l.recorded_on.map(iso).unwrap_or_default()),
                figure(l.kind.code().to_owned()),
                Cell::Text(l.what.clone()),
                Cell::Text(l.note.clone()),
                decimal(l.amount_minor),
                decimal(l.balance_minor),
            ]
        }));
        rows.push(balance(iso(asked.as_of), "closing", "Balance", a.closing_minor));
    }
    csv_out::write(&header, &rows)
}

/// All of it as PDF, up to [`PDF_LINES_MAX`] lines of each currency.
///
/// # Errors
/// What the typesetter refuses.
pub async fn pdf(
    home: &Business,
    debtor: Debtor,
    asked: &Asked,
    accounts: Vec<Account>,
) -> Result<Rendered, LetterError> {
    let several = accounts.len() > 1;
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let mut address = lines(&debtor.address);
    if !debtor.address.contains(&debtor.postcode) {
        address.push(debtor.postcode);
    }
    let statement = Statement {
        language: Language::English,
        paper: Paper::of_country(&debtor.country),
        from: Sender {
            name: home.name.clone(),
            address: lines(&home.address),
            phone: home.phone.clone(),
            email: home.email.clone(),
        },
        to: Recipient { name: debtor.name, address, country: debtor.country },
        reference: debtor.reference,
        date: show(asked.as_of),
        period: asked.from_on.map_or(String::new(), |from| format!("{} to {}", show(from), show(asked.as_of))),
        accounts: accounts.into_iter().map(|a| on_paper(a.newest(PDF_LINES_MAX), several)).collect(),
        closing: "If something on this statement is not right, please tell us before you pay it.".to_owned(),
    };
    paper::set_statement(statement).await
}

fn on_paper(a: Account, several: bool) -> kept_letter::Account {
    let money = |minor| Money::new(minor, a.currency).show();
    let opening = (a.earlier > 0).then(|| kept_letter::Entry {
        what: "Brought forward".to_owned(),
        balance: money(a.opening_minor),
        ..kept_letter::Entry::default()
    });
    let lines = a.lines.iter().map(|l| kept_letter::Entry {
        on: show(l.on),
        what: match (l.note.as_str(), l.recorded_on) {
            ("", None) => l.what.clone(),
            ("", Some(on)) => format!("{}, written down on {}", l.what, show(on)),
            (note, None) => format!("{}: {note}", l.what),
            (note, Some(on)) => format!("{}, written down on {}: {note}", l.what, show(on)),
        },
        amount: money(l.amount_minor),
        balance: money(l.balance_minor),
    });
    kept_letter::Account {
        heading: if several { format!("In {}", a.currency) } else { String::new() },
        entries: opening.into_iter().chain(lines).collect(),
        balance: money(a.closing_minor),
    }
}

/// Answers a file that is kept, not shown.
pub fn file(content: impl Into<axum::body::Body>, kind: &'static str, end: &str, asked: &Asked) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"statement-{}.{end}\"", iso(asked.as_of))),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, content.into()).into_response()
}

/// Answers the CSV file.
///
/// # Errors
/// [`No::Failed`] where it cannot be written.
pub fn csv_file(accounts: &[Account], asked: &Asked) -> Result<Response, No> {
    let text = csv(accounts, asked).map_err(|error| No::Failed(error.to_string()))?;
    Ok(file(text, "text/csv; charset=utf-8", "csv", asked))
}

/// Answers the PDF.
///
/// # Errors
/// [`No::Failed`] where it cannot be set.
pub async fn pdf_file(home: &Business, debtor: Debtor, asked: &Asked, accounts: Vec<Account>) -> Result<Response, No> {
    let rendered = pdf(home, debtor, asked, accounts).await.map_err(|error| No::Failed(error.to_string()))?;
    Ok(file(rendered.pdf, "application/pdf", "pdf", asked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kept_domain::calendar::parse_iso;

    #[test]
    fn days_are_read_or_the_wrong_one_is_named() {
        let today = parse_iso("2026-11-25").unwrap();
        let all = asked("", " ", today).unwrap();
        assert_eq!((all.from_on, all.as_of, query(&all).as_str()), (None, today, "from=&as_of=2026-11-25"));
        let some = asked("1 10 2026", "2026-10-31", today).unwrap();
        assert_eq!(query(&some), "from=2026-10-01&as_of=2026-10-31");
        for (from, as_of, wrong) in [
            ("soon", "", "from"),
            ("", "2026-02-30", "as_of"),
            ("", "2026-11-26", "as_of"),
            ("2026-11-02", "2026-11-01", "from"),
        ] {
            assert_eq!(asked(from, as_of, today).unwrap_err().0, wrong, "{from} {as_of}");
        }
    }
}
