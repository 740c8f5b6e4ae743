//! A bank statement that is a table, looked at before it is imported: what its columns mean, and what would happen.

use super::Visitor;
use crate::acts::import_statement::{self, Options, Report, ReportLine};
use crate::acts::imported::{self, ImportError};
use crate::door::see_other;
use crate::statement::Asked;
use axum::response::Response;
use kept_api::console::ImportReport;
use kept_domain::calendar::{parse_iso, show};
use kept_domain::money::{Currency, Money};

/// Payments that are shown as they would be read.
const SHOWN: usize = 3;

/// How the file is to be read, by the options of the page.
pub(super) fn asked(options: &imported::Options) -> Asked {
    Asked {
        map: options.map.clone(),
        encoding: options.encoding.clone(),
        sheet: options.sheet.clone(),
        order: options.order,
        currency: options.currency,
    }
}

/// Imports the file, or (in a dry run) only says what would happen.
pub(super) async fn run(visitor: &Visitor, bytes: &[u8], options: imported::Options) -> Result<Report, ImportError> {
    let (asked, dry_run) = (asked(&options), options.dry_run);
    let options = Options { file_name: options.file_name, asked, dry_run };
    let (app, business) = (&visitor.app, &visitor.business.id);
    import_statement::plan_and_apply(app, business, bytes.to_vec(), options, &visitor.actor).await
}

/// Where its import leads.
pub(super) fn done(report: &Report) -> Response {
    match &report.statement {
        Some(id) => see_other(&format!("/console/statements/{id}?done=statement")),
        None => see_other("/console/statements?done=statement_known"),
    }
}

/// A column, for people.
pub(super) fn label(field: &str) -> &'static str {
    match field {
        "booked" => "Day of the booking",
        "amount" => "Amount, with its sign",
        "credit" => "Amount paid in, where it has its own column",
        "direction" => "In or out",
        "currency" => "Currency",
        "payer" => "Payer",
        "payer_account" => "Account of the payer",
        "account" => "Your account",
        "reference" => "Payment reference",
        "bank_reference" => "The bank's own reference",
        _ => "What was written",
    }
}

/// What a dry run found, in sentences.
pub(super) fn words(r: &Report) -> ImportReport {
    let payments = |n: u32| if n == 1 { "1 payment".to_owned() } else { format!("{n} payments") };
    let mut lines = Vec::new();
    for (n, what) in [
        (r.booked, "beyond doubt: booked at once"),
        (r.suggested, "for you to decide, with suggestions"),
        (r.unmatched, "of nobody that was found: for you to decide"),
        (r.unchanged, "known already: left as they are"),
        (r.ignored, "not from customers, such as what you paid yourself: left out"),
    ] {
        if n > 0 {
            lines.push(format!("{} {what}.", payments(n)));
        }
    }
    if lines.is_empty() {
        lines.push("There is no payment in the file.".to_owned());
    }
    if let Some(on) = r.until_on.as_deref().and_then(parse_iso) {
        lines.push(format!("Payments are then known until the end of {}.", show(on)));
    }
    lines.extend(r.lines.iter().take(SHOWN).filter_map(line));
    if r.lines.len() > SHOWN {
        lines.push("And so on. Are day, amount and payer right?".to_owned());
    }
    ImportReport { lines, ..ImportReport::default() }
}

fn line(l: &ReportLine) -> Option<String> {
    let amount = Money::new(l.amount_minor, Currency::parse(&l.currency)?).show();
    let payer = if l.payer.is_empty() { "somebody" } else { &l.payer };
    let said =
        if l.words.is_empty() { String::new() } else { format!(": “{}”", kept_domain::table::shown(&l.words)) };
    Some(format!("{}, {amount} from {payer}{said}.", show(parse_iso(&l.booked_on)?)))
}
