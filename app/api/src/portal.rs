//! The debtor's pages: what they show (made by the server) and what their forms send. A form's texts are read by the
//! same functions in the browser and on the server.

use chrono::NaiveDate;
use kept_domain::calendar::{self, Frequency};
use kept_domain::commitment::{Kind, State};
use kept_domain::dispute;
use kept_domain::heal::How;
use kept_domain::money::{Currency, Money, parse_amount};
use kept_domain::payment::AttemptState;
use kept_domain::plan::{Limit, Proposal, Schedule, Size};
use kept_domain::terms::Terms;
use serde::{Deserialize, Serialize};

/// A field of a form and what to do about it.
pub type Mistake = (&'static str, String);

/// The business, as its customers may see it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Business {
    /// Its trading name.
    pub name: String,
    /// Where to write to; may be empty.
    pub email: String,
    /// Where to call; may be empty.
    pub phone: String,
    /// Its postal address, a line each; may be empty.
    pub address: String,
}

/// What a link asks before it shows anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The postcode of the address on file.
    Postcode,
    /// The number of an open invoice.
    InvoiceNumber,
    /// The date of birth.
    BirthDate,
    /// A one-time code, sent to the address on file.
    Code {
        /// It has been sent just now.
        sent: bool,
    },
}

/// The page behind a link. It holds nothing personal.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The business's trading name.
    pub business: String,
    /// Where the answer goes: the link's own path.
    pub action: String,
    /// What is asked.
    pub question: Question,
    /// Tries that are left, after a wrong answer.
    pub tries_left: Option<u32>,
    /// Nothing was answered.
    pub empty: bool,
}

/// Everything that somebody owes a business, as of a day.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who is owed.
    pub business: Business,
    /// The name of the person or company that pays.
    pub payer: String,
    /// The day on which all of it is true, in the business's calendar.
    pub today: NaiveDate,
    /// One for each currency, never summed.
    pub purses: Vec<Purse>,
    /// Disputes, claims and hardships that wait for an answer, newest first.
    pub disputes: Vec<DisputeLine>,
    /// Payments that arrived or are on their way, newest first.
    pub payments: Vec<PaymentLine>,
    /// What has ended: agreements, disputes, claims and hardships.
    pub earlier: Vec<EarlierLine>,
    /// Reminders are paused until this day.
    pub paused_until: Option<NaiveDate>,
    /// Cards can be charged.
    pub cards: bool,
}

/// What is owed in one currency. Every amount is in its minor units.
#[derive(Clone, Debug)]
pub struct Purse {
    /// The currency.
    pub currency: Currency,
    /// Invoices with something left on them, oldest first.
    pub invoices: Vec<InvoiceLine>,
    /// Left to pay: without what is disputed, and less what is on account.
    pub left_minor: i64,
    /// In an open dispute.
    pub disputed_minor: i64,
    /// Paid, and not for any invoice.
    pub on_account_minor: i64,
    /// The agreement that is running.
    pub running: Option<AgreementLine>,
    /// A proposal that waits for the business, or an offer that waits for an answer.
    pub waiting: Option<AgreementLine>,
    /// The card that is kept for the payments of the agreement.
    pub kept: Option<KeptCard>,
    /// Less than that can be offered.
    pub takes_offers: bool,
}

/// One invoice. Every amount is in its currency's minor units.
#[derive(Clone, Debug)]
pub struct InvoiceLine {
    /// Its id.
    pub id: String,
    /// The business's number for it.
    pub number: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The day it was issued.
    pub issued_on: NaiveDate,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// Days since then; zero or negative while it is not late.
    pub late_days: i64,
    /// What it asks for.
    pub amount_minor: i64,
    /// What was added because it is late.
    pub late_minor: i64,
    /// What was paid or credited; negative where it went back.
    pub paid_minor: i64,
    /// What is disputed.
    pub disputed_minor: i64,
    /// What is left to pay, the disputed part included.
    pub left_minor: i64,
}

/// An agreement or a proposal in a line or two.
#[derive(Clone, Debug)]
pub struct AgreementLine {
    /// Its id.
    pub id: String,
    /// Promise or plan.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// What it covers, in minor units.
    pub total_minor: i64,
    /// What was paid towards it, in minor units.
    pub paid_minor: i64,
    /// The next payment: its day and what is left of it, in minor units.
    pub next: Option<(NaiveDate, i64)>,
    /// The day by which the other side answers.
    pub answer_by_on: Option<NaiveDate>,
}

/// A dispute, claim or hardship in a line or two.
#[derive(Clone, Debug)]
pub struct DisputeLine {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: dispute::Kind,
    /// Where it stands.
    pub state: dispute::State,
    /// How much it holds; nothing for hardships.
    pub amount: Option<Money>,
    /// The day it was raised.
    pub raised_on: NaiveDate,
    /// The day by which the business answers.
    pub answer_by_on: NaiveDate,
}

/// Something that has ended, in a line.
#[derive(Clone, Debug)]
pub struct EarlierLine {
    /// Its page.
    pub href: String,
    /// When it began.
    pub on: NaiveDate,
    /// What it was.
    pub what: Earlier,
}

/// What has ended, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// A promise or a plan.
    Agreement(Kind, State),
    /// A dispute, a claim or a hardship.
    Dispute(dispute::Kind, dispute::State),
}

/// A payment or a credit in a line.
#[derive(Clone, Debug)]
pub struct PaymentLine {
    /// What leads to its page: `/receipt/{id}` or `/account/payment/{id}`; empty for a credit, which has none.
    pub href: String,
    /// The day it arrived, or was begun.
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// `card`, `bank`, `import`…, or `credit`.
    pub method: String,
    /// It is not certain yet.
    pub confirming: bool,
}

/// What can be planned or promised in one currency.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The business.
    pub business: Business,
    /// The currency.
    pub currency: Currency,
    /// What is left to pay, in minor units.
    pub balance_minor: i64,
    /// What is accepted without asking.
    pub terms: Terms,
    /// The business's date.
    pub today: NaiveDate,
    /// An agreement is running, which a new one takes the place of.
    pub replaces: bool,
}

/// What the plan form sends, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanForm {
    /// The currency's code.
    pub currency: String,
    /// `amount` or `count`.
    pub by: String,
    /// How much each time, where `by` is `amount`.
    pub amount: String,
    /// How many payments, where `by` is `count`.
    pub count: String,
    /// A frequency's code.
    pub frequency: String,
    /// The first day.
    pub first_on: String,
    /// A first payment that differs; may be empty.
    pub upfront: String,
    /// Anything: weekends move to Monday.
    pub weekdays: String,
    /// Anything: sent for the business to decide although it is outside the terms.
    pub decide: String,
}

impl PlanForm {
    /// The form that shows a proposal.
    pub fn of(proposal: &Proposal, currency: Currency) -> Self {
        let decimal = |minor| Money::new(minor, currency).decimal();
        let (by, amount, count) = match proposal.size {
            Size::Amount(each) => ("amount", decimal(each), String::new()),
            Size::Count(count) => ("count", String::new(), count.to_string()),
        };
        Self {
            currency: currency.code().to_owned(),
            by: by.to_owned(),
            amount,
            count,
            frequency: proposal.frequency.code().to_owned(),
            first_on: calendar::iso(proposal.first_on),
            upfront: if proposal.upfront_minor > 0 { decimal(proposal.upfront_minor) } else { String::new() },
            weekdays: if proposal.skip_weekends { "yes".to_owned() } else { String::new() },
            decide: String::new(),
        }
    }

    /// Reads the proposal, for all of `total_minor`.
    ///
    /// # Errors
    /// Every field that cannot be read, and what to do about it.
    pub fn read(&self, total_minor: i64, currency: Currency) -> Result<Proposal, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let size = match self.by.as_str() {
            "amount" => match parse_amount(&self.amount, currency) {
                Ok(each) if each > 0 => Some(Size::Amount(each)),
                Ok(_) => {
                    mistakes.push(("amount", "Enter an amount that is more than zero".to_owned()));
                    None
                }
                Err(e) => {
                    mistakes.push(("amount", e.to_string()));
                    None
                }
            },
            "count" => match self.count.trim().parse::<u32>() {
                Ok(count) if count > 0 => Some(Size::Count(count)),
                _ => {
                    mistakes.push(("count", "Enter how many payments, like 6".to_owned()));
                    None
                }
            },
            _ => {
                mistakes.push(("by", "Choose an amount each time, or a number of payments".to_owned()));
                None
            }
        };
        let frequency = Frequency::parse(&self.frequency);
        if frequency.is_none() {
            mistakes.push(("frequency", "Choose how often".to_owned()));
        }
        let first_on = calendar::parse_typed(&self.first_on);
        if first_on.is_none() {
            mistakes.push(("first_on", "Enter the date of the first payment, like 30 June 2027".to_owned()));
        }
        let upfront = if self.upfront.trim().is_empty() { Ok(0) } else { parse_amount(&self.upfront, currency) };
        if let Err(e) = upfront {
            mistakes.push(("upfront", e.to_string()));
        }
        match (size, frequency, first_on, upfront) {
            (Some(size), Some(frequency), Some(first_on), Ok(upfront_minor)) => Ok(Proposal {
                total_minor,
                upfront_minor,
                size,
                frequency,
                first_on,
                skip_weekends: !self.weekdays.is_empty(),
            }),
            _ => Err(mistakes),
        }
    }
}

/// What the promise form sends, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PromiseForm {
    /// The currency's code.
    pub currency: String,
    /// `all` or `part`.
    pub how_much: String,
    /// How much, where it is a part.
    pub amount: String,
    /// The day.
    pub by_on: String,
    /// Anything: sent for the business to decide although it is outside the terms.
    pub decide: String,
}

impl PromiseForm {
    /// Reads the amount, in minor units, and the day.
    ///
    /// # Errors
    /// Every field that cannot be read, and what to do about it.
    pub fn read(&self, balance_minor: i64, currency: Currency) -> Result<(i64, NaiveDate), Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let amount = match self.how_much.as_str() {
            "all" => Some(balance_minor),
            "part" => parse_amount(&self.amount, currency).map_err(|e| mistakes.push(("amount", e.to_string()))).ok(),
            _ => {
                mistakes.push(("how_much", "Choose how much you will pay".to_owned()));
                None
            }
        };
        let by = calendar::parse_typed(&self.by_on);
        if by.is_none() {
            mistakes.push(("by_on", "Enter the date, like 30 June 2027".to_owned()));
        }
        match (amount, by) {
            (Some(amount), Some(by)) => Ok((amount, by)),
            _ => Err(mistakes),
        }
    }
}

/// What the form of a lower amount sends, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SettlementForm {
    /// The currency's code.
    pub currency: String,
    /// How much.
    pub amount: String,
    /// The day.
    pub by_on: String,
}

impl SettlementForm {
    /// Reads the amount, in minor units, and the day.
    ///
    /// # Errors
    /// Every field that cannot be read, and what to do about it.
    pub fn read(&self, currency: Currency) -> Result<(i64, NaiveDate), Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let amount = parse_amount(&self.amount, currency).map_err(|e| mistakes.push(("amount", e.to_string()))).ok();
        let by = calendar::parse_typed(&self.by_on);
        if by.is_none() {
            mistakes.push(("by_on", "Enter the date, like 30 June 2027".to_owned()));
        }
        match (amount, by) {
            (Some(amount), Some(by)) => Ok((amount, by)),
            _ => Err(mistakes),
        }
    }
}

/// A commitment as it would be, before it is confirmed.
#[derive(Clone, Debug)]
pub struct Check {
    /// The business.
    pub business: Business,
    /// The exact words, one sentence a line.
    pub words: String,
    /// The label of the button.
    pub button: &'static str,
    /// It waits for the business when it is confirmed.
    pub for_decision: bool,
    /// It waits because earlier agreements were changed or not kept.
    pub changed_too_often: bool,
    /// What the confirmation sends.
    pub hidden: Vec<(&'static str, String)>,
    /// Where the form is, with what was typed.
    pub change: String,
}

/// A plan outside the terms, and the nearest inside.
#[derive(Clone, Debug)]
pub struct Outside {
    /// The business.
    pub business: Business,
    /// The currency.
    pub currency: Currency,
    /// What was asked for.
    pub wanted: Schedule,
    /// Every limit that it does not meet.
    pub limits: Vec<Limit>,
    /// The nearest payments that can be agreed right away.
    pub nearest: Schedule,
    /// The page that checks the nearest.
    pub take_nearest: String,
    /// The page that checks what was asked for, to be sent to the business.
    pub send_mine: String,
    /// Where the form is, with what was typed.
    pub change: String,
}

/// What the server answers to a plan that an island sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanAnswer {
    /// Where to go on.
    Next(String),
    /// Fields, and what to do about each.
    Mistakes(Vec<(String, String)>),
}

/// What is wrong with one or more invoices, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisputeForm {
    /// The currency's code.
    pub currency: String,
    /// A reason's code.
    pub reason: String,
    /// `everything`, `invoices` or `amount`.
    pub scope: String,
    /// The ids of the chosen invoices.
    pub invoices: Vec<String>,
    /// The disputed amount.
    pub amount: String,
    /// In words.
    pub words: String,
    /// When it was paid, for claims.
    pub paid_on: String,
    /// How it was paid, for claims.
    pub paid_by: String,
}

/// What the forms of disputes, claims and hardships stand on.
#[derive(Clone, Debug)]
pub struct Open {
    /// The business.
    pub business: Business,
    /// The currency.
    pub currency: Currency,
    /// Invoices with something left on them that is not disputed, oldest first.
    pub invoices: Vec<InvoiceLine>,
    /// The business's date.
    pub today: NaiveDate,
    /// The debtor's country, ISO 3166; may be empty.
    pub country: String,
    /// Left to pay, in minor units.
    pub balance_minor: i64,
    /// The smallest instalment that is agreed right away, in minor units.
    pub min_instalment_minor: i64,
}

/// A dispute, claim or hardship with all that was said.
#[derive(Clone, Debug)]
pub struct Dispute {
    /// The business.
    pub business: Business,
    /// In a line.
    pub line: DisputeLine,
    /// Why.
    pub reason: dispute::Reason,
    /// What is held on each invoice: its number and the amount.
    pub items: Vec<(String, Money)>,
    /// In the debtor's words.
    pub words: String,
    /// When it was paid, for claims.
    pub paid_on: Option<NaiveDate>,
    /// How it was paid, for claims.
    pub paid_by: String,
    /// The names of the files that came with it.
    pub files: Vec<String>,
    /// What the business answered.
    pub answer: String,
    /// What was credited.
    pub credited: Option<Money>,
    /// Reminders are paused until this day, for hardships.
    pub paused_until: Option<NaiveDate>,
}

/// An agreement with its payments.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// The business.
    pub business: Business,
    /// The currency.
    pub currency: Currency,
    /// In a line.
    pub line: AgreementLine,
    /// The payments: day, amount, what was paid towards it, whether it is missed.
    pub standings: Vec<kept_domain::commitment::Standing>,
    /// The exact words, one sentence a line.
    pub words: String,
    /// Their fingerprint, which accepting an offer sends back.
    pub words_sha256: String,
    /// The button that was pressed.
    pub button: String,
    /// When it was proposed or agreed, as people read it.
    pub made_at: String,
    /// Why it was declined or ended; may be empty.
    pub reason: String,
    /// The agreement or offer that answers this one.
    pub answered_by: Option<String>,
    /// Cards can be charged.
    pub cards: bool,
    /// The card that is kept for its payments.
    pub kept: Option<KeptCard>,
    /// How it can change without asking the business.
    pub changes: Vec<How>,
}

/// A card that is kept by consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCard {
    /// The consent's id.
    pub id: String,
    /// Such as `visa ending 4242`.
    pub name: String,
    /// The day it was agreed to.
    pub agreed_on: NaiveDate,
    /// The exact words, one sentence a line.
    pub words: String,
}

/// What can be paid in one currency.
#[derive(Clone, Debug)]
pub struct Pay {
    /// The business.
    pub business: Business,
    /// The currency.
    pub currency: Currency,
    /// Left to pay, in minor units.
    pub balance_minor: i64,
    /// The smallest part that is taken, in minor units.
    pub min_part_minor: i64,
    /// The instalment due: its commitment, its day and what is left of it, in minor units.
    pub instalment: Option<(String, NaiveDate, i64)>,
    /// That is a lower amount that settles everything.
    pub settles: bool,
    /// A payment that is not certain yet: the page that says how it stands.
    pub confirming: Option<String>,
    /// Cards can be charged.
    pub cards: bool,
    /// The words of the consent to keep the card for later payments, and their fingerprint.
    pub consent: Option<(String, String)>,
    /// How to pay by bank transfer, where the business told its bank details.
    pub transfer: Option<Transfer>,
}

/// How to pay by bank transfer.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Whose account it is.
    pub holder: String,
    /// In groups of four; may be empty.
    pub iban: String,
    /// May be empty.
    pub bic: String,
    /// What a local transfer needs, a line each; may be empty.
    pub local: String,
    /// The customer's payment reference, in groups of four.
    pub reference: String,
    /// What is asked for: the instalment due, else all that is left.
    pub amount: Money,
    /// A code for banking apps: the path of its dark modules, and how many modules it is wide.
    pub qr: Option<(String, usize)>,
}

/// What the payment form sends, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PayForm {
    /// The currency's code.
    pub currency: String,
    /// `everything`, `instalment` or `part`.
    pub what: String,
    /// How much, where it is a part.
    pub amount: String,
    /// `yes` where the card is kept for later payments.
    pub keep: String,
    /// The fingerprint of the consent's words that were shown.
    pub consent: String,
}

/// How a card payment stands.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The business.
    pub business: Business,
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub state: AttemptState,
    /// How much.
    pub amount: Money,
    /// Why the card was refused, in words that may be shown; may be empty.
    pub decline: &'static str,
    /// The hosted page, while it is open.
    pub url: Option<String>,
    /// The receipt, once the money arrived.
    pub receipt: Option<String>,
    /// What is left now, where the money arrived.
    pub left: Option<Money>,
}

/// A message, a call or a note.
#[derive(Clone, Debug)]
pub struct ContactLine {
    /// When, as people read it.
    pub at: String,
    /// `email`, `sms`, `letter`, `call`, `visit`, `portal`.
    pub channel: String,
    /// It came from the debtor.
    pub inbound: bool,
    /// `queued`, `sending`, `sent`, `withheld`, `failed`, `unknown`, `cancelled`, `recorded`, `task`.
    pub state: String,
    /// Why it was withheld or is not wanted any more, in plain words; empty where no rule decided so.
    pub why: String,
    /// The instant before which nothing more was to come, as people read it; empty where there is none.
    pub until: String,
    /// Its first line; may be empty.
    pub subject: String,
    /// What it says; may be empty.
    pub body: String,
    /// `reminder`, `receipt`, `answer`, `agreement`, `access`, `note`.
    pub purpose: String,
}

/// Every contact, newest first.
#[derive(Clone, Debug)]
pub struct Contacts {
    /// The business.
    pub business: Business,
    /// The contacts.
    pub lines: Vec<ContactLine>,
    /// What comes next, and why, in plain words.
    pub next: Next,
}

/// What comes next from the business, by its rules and as things stand.
#[derive(Clone, Debug, Default)]
pub struct Next {
    /// One sentence: that nothing comes before a day, or that a message is on its way.
    pub what: String,
    /// Why; may be empty.
    pub why: String,
}

/// A receipt.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The business.
    pub business: Business,
    /// The name of the person or company that paid.
    pub payer: String,
    /// Its id.
    pub id: String,
    /// The day the money arrived.
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// `card`, `bank`, `import`…
    pub method: String,
    /// What it paid: an invoice's number (nothing for money on account) and how much.
    pub parts: Vec<(Option<String>, Money)>,
    /// What was moved between invoices later: the day and a sentence.
    pub moves: Vec<(NaiveDate, String)>,
    /// What is left to pay in this currency.
    pub left: Money,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbp() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn form() -> PlanForm {
        PlanForm {
            by: "amount".into(),
            amount: "£25".into(),
            frequency: "monthly".into(),
            first_on: "30 June 2027".into(),
            ..PlanForm::default()
        }
    }

    #[test]
    fn a_plan_is_read_as_it_was_typed_and_shown_as_it_was_read() {
        let proposal = form().read(10_000, gbp()).unwrap();
        assert_eq!(proposal.size, Size::Amount(2_500));
        assert_eq!(PlanForm::of(&proposal, gbp()).read(10_000, gbp()), Ok(proposal));
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let fields =
            |form: PlanForm| form.read(10_000, gbp()).unwrap_err().into_iter().map(|m| m.0).collect::<Vec<_>>();
        assert_eq!(fields(PlanForm::default()), ["by", "frequency", "first_on"]);
        assert_eq!(fields(PlanForm { amount: "0".into(), upfront: "x".into(), ..form() }), ["amount", "upfront"]);
        assert_eq!(fields(PlanForm { by: "count".into(), count: "-1".into(), ..form() }), ["count"]);
    }

    #[test]
    fn a_promise_is_for_all_or_a_part() {
        let form = PromiseForm { how_much: "all".into(), by_on: "2027-06-30".into(), ..PromiseForm::default() };
        assert_eq!(form.read(500, gbp()).unwrap().0, 500);
        let form = PromiseForm { how_much: "part".into(), amount: "1.50".into(), ..form };
        assert_eq!(form.read(500, gbp()).unwrap().0, 150);
        assert_eq!(PromiseForm::default().read(500, gbp()).unwrap_err().len(), 2);
    }
}

/// The languages that messages are written in, by code and as their speakers call them.
pub const LANGUAGES: [(&str, &str); 4] = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")];

/// How a debtor is written to.
#[derive(Clone, Debug)]
pub struct Preferences {
    /// The business.
    pub business: Business,
    /// Every address on file.
    pub reaches: Vec<Reach>,
    /// The channel that comes first.
    pub channel: String,
    /// The language's code.
    pub language: String,
    /// They were saved just now.
    pub saved: bool,
}

/// An address on file.
#[derive(Clone, Debug)]
pub struct Reach {
    /// `email` or `sms`.
    pub channel: String,
    /// The address.
    pub address: String,
    /// `ok`, `bounced` or `opted_out`.
    pub state: String,
}
