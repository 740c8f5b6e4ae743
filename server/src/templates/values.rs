//! What stands for the variables of a message, written as its language writes it.

use super::texts::phrase;
use super::{Item, Language};
use chrono::NaiveDate;
use kept_domain::calendar::show_in;
use kept_domain::contact::Channel;
use kept_domain::money::Money;
use kept_domain::template::{self, Value, fill_words};

/// What a reminder says, as plain data.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// The business's trading name; may be empty.
    pub business: String,
    /// Its telephone number; empty where there is none.
    pub phone: String,
    /// Its postal address; empty where there is none.
    pub address: String,
    /// The name of the person or company that the message is for; may be empty.
    pub name: String,
    /// What is asked for, each with what is left: invoices, or payments that were agreed, which have no number.
    pub items: Vec<Item>,
    /// The sums of it, one a currency.
    pub totals: Vec<Money>,
    /// What was paid ahead and taken off the sums, one a currency.
    pub ahead: Vec<Money>,
    /// Parts are left out because they are in dispute.
    pub some_disputed: bool,
    /// A card can be used.
    pub by_card: bool,
    /// The address of their page; `None` in a call.
    pub link: Option<String>,
    /// The last day on which the link works.
    pub link_until: Option<NaiveDate>,
    /// The day that was promised, or the day of the instalment.
    pub pay_on: Option<NaiveDate>,
}

/// A phrase with its variables filled; empty where one of them says nothing.
pub(super) fn said(language: Language, name: &str, pairs: &[(&str, &str)]) -> String {
    let mut values = template::Values::default();
    for (name, text) in pairs {
        values.text(name, *text);
    }
    fill_words(phrase(language, name), &values).unwrap_or_default()
}

/// Amounts in a row.
pub(super) fn sums(language: Language, amounts: &[Money]) -> String {
    amounts.iter().map(|m| m.show_in(language)).collect::<Vec<_>>().join(&format!(" {} ", language.and()))
}

/// One line for an item.
fn line(language: Language, item: &Item) -> String {
    let (left, due_on) = (item.left.show_in(language), show_in(item.due_on, language));
    let name = if item.number.is_empty() { "payment" } else { "invoice" };
    said(language, name, &[("number", &item.number), ("left", &left), ("due_on", &due_on)])
}

impl Values {
    /// What stands for each variable; `label` names the phrase on the button.
    pub fn fill(&self, channel: Channel, language: Language, label: &str) -> template::Values {
        let mut out = template::Values::default();
        let business = if self.business.is_empty() { phrase(language, "supplier") } else { &self.business };
        out.text("business", business);
        out.text("phone", &*self.phone);
        out.text("address", &*self.address);
        out.text("name", &*self.name);
        let greeting = if self.name.is_empty() { "greeting_nobody" } else { "greeting" };
        out.text("greeting", said(language, greeting, &[("name", &self.name)]));
        let letter = channel == Channel::Letter;
        out.text("private", phrase(language, if letter { "private_letter" } else { "private" }));
        out.text("closing", self.closing(letter, language, business));
        let lines: Vec<String> = self.items.iter().map(|item| line(language, item)).collect();
        out.set("invoices", Value::Lines(lines.clone()));
        out.set("payments", Value::Lines(lines));
        out.text("total", sums(language, &self.totals));
        out.text("ahead", said(language, "ahead", &[("ahead", &sums(language, &self.ahead))]));
        out.text("disputed", if self.some_disputed { phrase(language, "disputed") } else { "" });
        let pay = if self.by_card { "way_card" } else { "way_see" };
        let ways = ["way_wrong", pay, "way_bits", "way_day", "way_paid", "way_help"];
        out.set("ways", Value::Lines(ways.map(|name| phrase(language, name).to_owned()).to_vec()));
        out.text("pay_on", self.pay_on.map_or(String::new(), |on| show_in(on, language)));
        if let Some(url) = &self.link {
            let until = self.link_until.map_or(String::new(), |on| show_in(on, language));
            // A letter says that beside its QR code.
            let note = if letter { String::new() } else { said(language, "link_note", &[("until", &until)]) };
            out.set("link", Value::Link { label: phrase(language, label).to_owned(), url: url.clone(), note });
        }
        out
    }

    /// How to answer, and who writes.
    fn closing(&self, letter: bool, language: Language, business: &str) -> String {
        let name = match (letter, self.phone.is_empty()) {
            (false, false) => "closing",
            (false, true) => "closing_no_phone",
            (true, false) => "closing_letter",
            (true, true) => "closing_letter_no_phone",
        };
        let mut text = said(language, name, &[("phone", &self.phone)]);
        text += &format!("\n\n{business}");
        if !self.address.is_empty() {
            text += &format!("\n{}", self.address);
        }
        text
    }
}
