//! Businesses and people who owe them something, for stories that begin after the import.

use crate::{Kept, Visitor};
use std::fmt::Write as _;

/// Everybody's answer to the identity question.
pub const POSTCODE: &str = "LS1 4AB";

/// Days from today as an ISO date, in UTC, which the tests' businesses count in.
pub fn day(from_today: i64) -> String {
    (chrono::Utc::now().date_naive() + chrono::Duration::days(from_today)).format("%Y-%m-%d").to_string()
}

/// Ten o'clock (UTC) of the next day on which reminders are sent, as `KEPT_NOW` takes it.
pub fn working_hour() -> String {
    working_hour_in(1)
}

/// The same, of the first such day that is at least so many days away.
pub fn working_hour_in(days: u64) -> String {
    use chrono::Datelike as _;
    use kept_domain::holidays::{self, Region};
    // The debtors of these stories are at home in Britain, or nobody knows where.
    let closed = |on| holidays::all().is_holiday(&Region::parse("GB").unwrap(), on);
    let mut on = chrono::Utc::now().date_naive() + chrono::Days::new(days);
    while on.weekday().num_days_from_monday() > 4 || closed(on) {
        on = on + chrono::Days::new(1);
    }
    format!("{on}T10:00:00Z")
}

/// A small file for a command or an upload; answers its path.
pub fn file(kept: &Kept, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = kept.data().join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

/// Gives a business (the only one where `business` is empty) so many debtors, `{tag}-1` and on, each of whom owes two
/// overdue invoices, `{reference}-a` of 400.00 and `{reference}-b` of 200.00. Answers each one's link, in order.
pub fn owe(kept: &Kept, business: &str, tag: &str, debtors: usize) -> Vec<String> {
    let mut people = String::from("reference,name,email,postcode\n");
    let mut bills = String::from("number,debtor,issued,due,amount\n");
    for n in 1..=debtors {
        writeln!(people, "{tag}-{n},Person {tag}-{n},{tag}-{n}@example.com,{POSTCODE}").unwrap();
        for (bill, amount) in [("a", "400.00"), ("b", "200.00")] {
            writeln!(bills, "{tag}-{n}-{bill},{tag}-{n},{},{},{amount}", day(-70), day(-40)).unwrap();
        }
    }
    let (people, bills) = (file(kept, "people.csv", people), file(kept, "bills.csv", bills));
    let which: &[&str] = if business.is_empty() { &[] } else { &["--business", business] };
    kept.run_ok(&[&["import", "debtors", people.as_str()], which].concat());
    kept.run_ok(
        &[&["import", "invoices", bills.as_str(), "--currency", "GBP", "--date-format", "ymd"], which].concat(),
    );
    let links = kept.run_json(&[&["links"], which].concat());
    let path_of = |n: usize| {
        let all = links.as_array().unwrap();
        let row = all.iter().find(|row| row["debtor"] == format!("{tag}-{n}")).unwrap();
        let url = row["url"].as_str().unwrap();
        format!("/l/{}", url.rsplit('/').next().unwrap())
    };
    (1..=debtors).map(path_of).collect()
}

/// What stands between two texts on a page.
#[track_caller]
pub fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let from = page.find(before).unwrap_or_else(|| panic!("no {before:?} in\n{page}")) + before.len();
    page[from..].split(after).next().unwrap()
}

/// What a debtor types to pay everything in four months from tomorrow on.
pub fn plan() -> Vec<(&'static str, String)> {
    let typed = [("currency", "GBP"), ("by", "count"), ("count", "4"), ("frequency", "monthly")];
    let mut typed: Vec<(&str, String)> = typed.map(|(name, text)| (name, text.to_owned())).to_vec();
    typed.push(("first_on", day(1)));
    typed
}

/// Pairs as a form wants them.
pub fn pairs<'a>(typed: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    typed.iter().map(|(name, text)| (*name, text.as_str())).collect()
}

impl Visitor {
    /// Answers the identity question of a link.
    pub async fn open(&self, link: &str) {
        self.post_form(link, &[("answer", POSTCODE)]).await.leads_to("/account");
    }

    /// Types a proposal and reads its check page; answers what confirming sends.
    pub async fn check(&self, form: &str, typed: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
        let next = self.post_form(form, &pairs(typed)).await.expect(303).find_location().unwrap();
        let page = self.get(&next).await.expect(200);
        let shown = between(&page.body, "name=\"shown\" value=\"", "\"").to_owned();
        [typed, &[("shown", shown)]].concat()
    }
}

/// A form with a file, as a browser sends it.
pub fn with_file(texts: &[(&'static str, &str)], name: &str, content: &[u8]) -> reqwest::multipart::Form {
    let part = reqwest::multipart::Part::bytes(content.to_vec()).file_name(name.to_owned());
    texts
        .iter()
        .fold(reqwest::multipart::Form::new(), |form, (n, text)| form.text(*n, (*text).to_owned()))
        .part("file", part)
}

/// The beginning of a PDF, which is all that tells its type.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
