//! What the console's pages are made of. Instants come as text, already written in the business's time zone.

use chrono::NaiveDate;
use kept_domain::calendar::Ageing;
use kept_domain::commitment;
use kept_domain::dispute;
use kept_domain::money::{Currency, Money};
use kept_domain::terms::Policy;
use serde::{Deserialize, Serialize};

/// What stands around every page of somebody who has signed in.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// The business's trading name.
    pub business: String,
    /// Who has signed in.
    pub user: String,
    /// Things that wait for a person.
    pub waiting: u32,
    /// What was just done, in one sentence.
    pub done: Option<String>,
    /// What the reader's role does not let them do here.
    pub note: Option<&'static str>,
    /// The reader may change settings and people.
    pub owner: bool,
}

/// A field that cannot be taken as typed, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The field's name, which is also its id on the page.
    pub field: &'static str,
    /// What to tell the person, without a full stop.
    pub words: String,
}

/// What was typed into a form, to be shown again with its mistakes.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Names and texts; a name may come several times.
    pub values: Vec<(String, String)>,
    /// What is wrong, in the order of the fields.
    pub mistakes: Vec<Mistake>,
}

impl Form {
    /// The text of a field; empty where nothing was typed.
    pub fn value(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }

    /// Every text that came under a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// What is wrong with a field.
    pub fn mistake(&self, name: &str) -> Option<&str> {
        self.mistakes.iter().find(|m| m.field == name).map(|m| m.words.as_str())
    }

    /// Notes that a field cannot be taken.
    pub fn wrong(&mut self, field: &'static str, words: impl Into<String>) {
        self.mistakes.push(Mistake { field, words: words.into() });
    }

    /// Puts a text under a name that has none yet.
    pub fn preset(&mut self, name: &str, text: impl Into<String>) {
        if !self.values.iter().any(|(n, _)| n == name) {
            self.values.push((name.to_owned(), text.into()));
        }
    }
}

/// What waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// A proposal to accept, decline or counter.
    Proposal,
    /// "Something is not right."
    Dispute,
    /// "I have already paid."
    Claim,
    /// "I can't afford this right now."
    Hardship,
    /// A card payment whose fate has been uncertain for too long.
    PaymentUncertain,
    /// A card payment that failed.
    PaymentFailed,
    /// A mail that could not be sent.
    MailFailed,
    /// A mail of which nobody knows whether it went.
    MailUnknown,
    /// Somebody to call.
    Call,
    /// Letters that wait for a batch.
    Letters,
    /// Somebody wants back what they paid too much.
    MoneyBack,
    /// Money went back: a person decides whether the debt is still asked for.
    WentBack,
    /// Card payments that do not agree with the gateway.
    Discrepancies,
}

impl TaskKind {
    /// What it is, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Proposal => "Proposal to decide",
            Self::Dispute => "Dispute to answer",
            Self::Claim => "Says it is paid",
            Self::Hardship => "Cannot afford it",
            Self::PaymentUncertain => "Card payment not confirmed",
            Self::PaymentFailed => "Card payment failed",
            Self::MailFailed => "Message not sent",
            Self::MailUnknown => "Message may not have arrived",
            Self::Call => "Call to make",
            Self::Letters => "Letters to print",
            Self::MoneyBack => "Money to send back",
            Self::WentBack => "Reminders paused: money went back",
            Self::Discrepancies => "Card payments that do not agree",
        }
    }
}

/// One thing that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What it is.
    pub kind: TaskKind,
    /// The debtor's name.
    pub who: String,
    /// What it is about, in a few words.
    pub detail: String,
    /// Where to do it.
    pub href: String,
    /// The day by which it should be done.
    pub due_on: NaiveDate,
    /// The day has passed.
    pub late: bool,
    /// Where the button sends that sends a message again.
    pub again: Option<String>,
}

/// What is owed in one currency.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The currency of every amount.
    pub currency: Currency,
    /// Everything that is owed, in minor units.
    pub owed_minor: i64,
    /// The same by age, in the order of [`Ageing::ALL`].
    pub ageing: Vec<(Ageing, i64)>,
    /// What running agreements promise for the next seven days, in minor units.
    pub promised_minor: i64,
}

impl Figures {
    /// What is past its due date, in minor units.
    pub fn overdue_minor(&self) -> i64 {
        self.ageing.iter().filter(|(age, _)| *age != Ageing::Current).map(|(_, minor)| minor).sum()
    }
}

/// The page of what waits for a person.
#[derive(Clone, Debug)]
pub struct TodayView {
    /// Around the page.
    pub frame: Frame,
    /// The business's date.
    pub today: NaiveDate,
    /// Oldest deadline first.
    pub tasks: Vec<Task>,
    /// A currency each.
    pub figures: Vec<Figures>,
    /// Agreements that were kept.
    pub kept: i64,
    /// Agreements that ended kept or broken.
    pub ended: i64,
    /// No invoice has been imported yet.
    pub empty: bool,
    /// The newest event that the page shows; news are those after it.
    pub last_event: String,
}

/// What happened since a page was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// The newest event; the next question asks for what came after it.
    pub last_event: String,
    /// New or changed commitments, oldest first.
    pub commitments: Vec<NewsItem>,
}

/// A commitment that is new or has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsItem {
    /// The page to see it on.
    pub href: String,
    /// The debtor's name.
    pub who: String,
    /// What it is and how it stands: "Plan of £300.00, agreed".
    pub what: String,
    /// When, in the business's time zone.
    pub at: String,
}

/// A commitment in a list.
#[derive(Clone, Debug)]
pub struct CommitmentRow {
    /// Its id.
    pub id: String,
    /// The debtor's id.
    pub debtor: String,
    /// The debtor's name.
    pub who: String,
    /// Promise or plan.
    pub kind: commitment::Kind,
    /// Where it stands.
    pub state: commitment::State,
    /// What it covers.
    pub total: Money,
    /// What was paid towards it.
    pub paid: Money,
    /// The next payment that is not complete: its day and what is left of it.
    pub next: Option<(NaiveDate, Money)>,
    /// When it was proposed.
    pub proposed_at: String,
    /// The day by which somebody should answer, where it waits.
    pub answer_by: Option<NaiveDate>,
}

/// What a list of commitments shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitmentFilter {
    /// A kind's code, or empty for all.
    pub kind: String,
    /// A state's code, `due` for payments due within a week, or empty for all.
    pub state: String,
    /// A part of a debtor's name or reference.
    pub search: String,
}

/// The page of all commitments.
#[derive(Clone, Debug)]
pub struct CommitmentsView {
    /// Around the page.
    pub frame: Frame,
    /// The business's date.
    pub today: NaiveDate,
    /// What is shown.
    pub filter: CommitmentFilter,
    /// Newest first.
    pub rows: Vec<CommitmentRow>,
    /// How many there are in each state, whatever the filter.
    pub counts: Vec<(commitment::State, i64)>,
    /// The page number, from 1.
    pub page: u32,
    /// There is another page.
    pub more: bool,
    /// The newest event that the page shows.
    pub last_event: String,
}

/// One payment of a commitment.
#[derive(Clone, Debug)]
pub struct InstalmentRow {
    /// The day it is due.
    pub due_on: NaiveDate,
    /// What it asks for.
    pub amount: Money,
    /// What was paid of it.
    pub paid: Money,
    /// It is late.
    pub missed: bool,
}

/// The page of one commitment.
#[derive(Clone, Debug)]
pub struct CommitmentView {
    /// Around the page.
    pub frame: Frame,
    /// The business's date.
    pub today: NaiveDate,
    /// The commitment.
    pub row: CommitmentRow,
    /// Its payments.
    pub schedule: Vec<InstalmentRow>,
    /// The words exactly as they were shown.
    pub words: String,
    /// The version of the words.
    pub words_version: String,
    /// Their language.
    pub words_language: String,
    /// Their fingerprint.
    pub words_sha256: String,
    /// The label of the button that was pressed.
    pub button: String,
    /// How identity was checked.
    pub identity: String,
    /// The network address that it came from.
    pub address: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// Who decided, where somebody did.
    pub decided_by: Option<String>,
    /// When it was decided.
    pub decided_at: Option<String>,
    /// The reason that was given.
    pub reason: String,
    /// Pages of related commitments: what it replaces or counters, and what it was countered with.
    pub related: Vec<(String, String)>,
    /// A person of the business may decide now.
    pub can_decide: bool,
    /// It is broken, and a person of the business may offer to open it again.
    pub can_reopen: bool,
    /// What the business would accept at once, in one sentence each.
    pub limits: Vec<String>,
    /// The counter-offer or the reason, as typed.
    pub form: Form,
    /// What happened to it, newest first.
    pub timeline: Vec<TimelineRow>,
}

/// A dispute, claim or hardship in a list.
#[derive(Clone, Debug)]
pub struct DisputeRow {
    /// Its id.
    pub id: String,
    /// The debtor's id.
    pub debtor: String,
    /// The debtor's name.
    pub who: String,
    /// What kind of thing it is.
    pub kind: dispute::Kind,
    /// Where it stands.
    pub state: dispute::State,
    /// Why; only a dispute has a reason.
    pub reason: Option<dispute::Reason>,
    /// What it holds.
    pub amount: Money,
    /// When it was raised.
    pub raised_at: String,
    /// The day by which it should be answered.
    pub answer_by: NaiveDate,
    /// It is open and the day has passed.
    pub late: bool,
}

/// The page of disputes, claims and hardships.
#[derive(Clone, Debug)]
pub struct DisputesView {
    /// Around the page.
    pub frame: Frame,
    /// Resolved ones are shown rather than open ones.
    pub resolved: bool,
    /// Open: oldest deadline first. Resolved: newest first.
    pub rows: Vec<DisputeRow>,
    /// The page number, from 1.
    pub page: u32,
    /// There is another page.
    pub more: bool,
}

/// A file of proof.
#[derive(Clone, Debug)]
pub struct FileRow {
    /// Its id.
    pub id: String,
    /// Its name as the debtor had it.
    pub name: String,
    /// What it is: `PDF, 120 KB`.
    pub what: String,
}

/// The page of one dispute.
#[derive(Clone, Debug)]
pub struct DisputeView {
    /// Around the page.
    pub frame: Frame,
    /// The dispute.
    pub row: DisputeRow,
    /// What the debtor wrote.
    pub words: String,
    /// When the debtor says to have paid, and how.
    pub paid: Option<String>,
    /// Invoices that it is about: the number and what is held.
    pub items: Vec<(String, Money)>,
    /// Files of proof.
    pub files: Vec<FileRow>,
    /// What the business answered.
    pub answer: String,
    /// What was credited, or booked as paid.
    pub credited: Money,
    /// They say that they have paid: what is found is a payment, not a credit.
    pub as_payment: bool,
    /// Who resolved it and when.
    pub resolved: Option<String>,
    /// The answer, as typed.
    pub form: Form,
    /// What happened to it, newest first.
    pub timeline: Vec<TimelineRow>,
}

/// A debtor in a list.
#[derive(Clone, Debug)]
pub struct DebtorRow {
    /// Its id.
    pub id: String,
    /// The business's own number for it.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its e-mail address.
    pub email: String,
    /// What it owes, a currency each.
    pub balances: Vec<Money>,
}

/// The page of all debtors.
#[derive(Clone, Debug)]
pub struct DebtorsView {
    /// Around the page.
    pub frame: Frame,
    /// A part of a name, reference or e-mail address.
    pub search: String,
    /// By name.
    pub rows: Vec<DebtorRow>,
    /// The page number, from 1.
    pub page: u32,
    /// There is another page.
    pub more: bool,
}

/// An open invoice on a debtor's page.
#[derive(Clone, Debug)]
pub struct InvoiceRow {
    /// Its number.
    pub number: String,
    /// When it was issued.
    pub issued_on: NaiveDate,
    /// When it is due.
    pub due_on: NaiveDate,
    /// What it asks for.
    pub amount: Money,
    /// What was claimed for being late, and stands.
    pub late: Money,
    /// What is left.
    pub left: Money,
    /// What of it is in dispute.
    pub disputed: Money,
    /// Its age.
    pub age: Ageing,
    /// What it is for.
    pub description: String,
}

/// A movement of money on a debtor's page.
#[derive(Clone, Debug)]
pub struct PaymentRow {
    /// The day.
    pub on: NaiveDate,
    /// What it was: `Payment, bank`.
    pub what: String,
    /// The page of a payment; empty for whatever is none.
    pub href: String,
    /// How much.
    pub amount: Money,
    /// A reference or remark.
    pub note: String,
    /// Who recorded it.
    pub actor: String,
}

/// A contact on a debtor's page.
#[derive(Clone, Debug)]
pub struct ContactRow {
    /// When.
    pub at: String,
    /// What: `Call, to them`.
    pub what: String,
    /// How it went: `sent`, `withheld: too soon`.
    pub state: String,
    /// The rule that decided on it, and until when; empty where no rule did.
    pub rule: String,
    /// What it said.
    pub subject: String,
    /// The whole text.
    pub body: String,
    /// Who made it.
    pub actor: String,
    /// Where a letter is printed, where it is one that can be.
    pub letter: Option<String>,
}

/// An address on a debtor's page.
#[derive(Clone, Debug)]
pub struct AddressRow {
    /// `email` or `sms`.
    pub channel: String,
    /// What people call the channel.
    pub what: String,
    /// The address.
    pub address: String,
    /// Why it is not used; empty where it is.
    pub stopped: String,
    /// Since when, and by whom; empty where it is used.
    pub since: String,
}

/// A pause of reminders on a debtor's page.
#[derive(Clone, Debug)]
pub struct HoldRow {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: String,
    /// A remark.
    pub note: String,
    /// From when.
    pub from_on: NaiveDate,
    /// The last day, where it has one.
    pub until_on: Option<NaiveDate>,
    /// Who paused.
    pub actor: String,
    /// It holds reminders today.
    pub running: bool,
}

/// A link on a debtor's page.
#[derive(Clone, Debug)]
pub struct LinkRow {
    /// Its id, which is not its token.
    pub id: String,
    /// Where it came from: a reminder, a person.
    pub origin: String,
    /// When it was made.
    pub created_at: String,
    /// Until when it works.
    pub expires_at: String,
    /// How it stands, for people.
    pub state: String,
    /// It works now.
    pub works: bool,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct TimelineRow {
    /// When.
    pub at: String,
    /// Who.
    pub who: String,
    /// What, in one sentence.
    pub what: String,
    /// The network address, where it came over the network.
    pub address: String,
}

/// The page of one debtor.
#[derive(Clone, Debug)]
pub struct DebtorView {
    /// Around the page.
    pub frame: Frame,
    /// The business's date.
    pub today: NaiveDate,
    /// The business's currency.
    pub currency: Currency,
    /// Who it is and what is owed.
    pub row: DebtorRow,
    /// Its telephone number.
    pub phone: String,
    /// Its postal address, a line each.
    pub address: Vec<String>,
    /// Its time zone, where known.
    pub zone: String,
    /// Open invoices, oldest first.
    pub invoices: Vec<InvoiceRow>,
    /// Newest first.
    pub commitments: Vec<CommitmentRow>,
    /// Newest first.
    pub disputes: Vec<DisputeRow>,
    /// Newest first.
    pub payments: Vec<PaymentRow>,
    /// Newest first.
    pub contacts: Vec<ContactRow>,
    /// Newest first.
    pub holds: Vec<HoldRow>,
    /// Every address on file.
    pub addresses: Vec<AddressRow>,
    /// Newest first.
    pub cards: Vec<CardRow>,
    /// Newest first.
    pub links: Vec<LinkRow>,
    /// Who did what, newest first.
    pub timeline: Vec<TimelineRow>,
    /// Messages that wait for a decision, oldest first.
    pub stuck: Vec<StuckRow>,
    /// What comes next and when, or why nothing does.
    pub next: String,
    /// How they have paid until now, and why that is said of them.
    pub record: String,
    /// A link that was made just now; it is never shown again.
    pub new_link: Option<String>,
    /// What was typed into the form that had a mistake.
    pub form: Form,
    /// Sent along with a payment, so that sending the form twice records it once.
    pub once: String,
}

/// A card that was kept by consent.
#[derive(Clone, Debug)]
pub struct CardRow {
    /// The consent's id.
    pub id: String,
    /// Such as `visa ending 4242`; empty where no card came.
    pub name: String,
    /// When it was agreed to.
    pub agreed_at: String,
    /// The exact words.
    pub words: String,
    /// Where it stands, in words.
    pub state: String,
    /// It may be charged.
    pub works: bool,
}

/// A message that did not go, or may not have.
#[derive(Clone, Debug)]
pub struct StuckRow {
    /// Where the button sends that sends it again.
    pub action: String,
    /// What it is.
    pub what: String,
    /// When it was written.
    pub at: String,
    /// Nobody knows whether it went.
    pub may_have_arrived: bool,
    /// What is known of the reason.
    pub reason: String,
}

/// One field of an import and the column it is read from.
#[derive(Clone, Debug)]
pub struct MappingRow {
    /// The field's name in the form.
    pub field: String,
    /// The field, for people.
    pub label: String,
    /// The import cannot do without it.
    pub required: bool,
    /// The column's heading; empty where it is not read.
    pub column: String,
}

/// An earlier import.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// Its id.
    pub id: String,
    /// When.
    pub at: String,
    /// What is in it: customers, invoices, a bank statement.
    pub kind: String,
    /// The file's name.
    pub file: String,
    /// How it went.
    pub state: String,
    /// It can still be looked at and run.
    pub open: bool,
}

/// The page of imports: choose a file.
#[derive(Clone, Debug)]
pub struct ImportsView {
    /// Around the page.
    pub frame: Frame,
    /// What was chosen.
    pub form: Form,
    /// Newest first.
    pub rows: Vec<ImportRow>,
}

/// What a dry run found.
#[derive(Clone, Debug, Default)]
pub struct ImportReport {
    /// Lines such as "113 invoices would be added, £12,345.00 of them open".
    pub lines: Vec<String>,
    /// Every problem.
    pub problems: Vec<ImportProblem>,
    /// What somebody should look at, although it would be imported.
    pub warnings: Vec<ImportProblem>,
    /// Problems that are not shown, beyond the first of them.
    pub problems_left_out: usize,
}

/// Something wrong in a file.
#[derive(Clone, Debug, Default)]
pub struct ImportProblem {
    /// The row, or the name of the file where there are several; empty where the file as a whole is meant.
    pub place: String,
    /// The column, or the business term of an e-invoice.
    pub column: String,
    /// The name of the rule that is broken; may be empty.
    pub rule: String,
    /// What is wrong.
    pub reason: String,
}

/// The page of one file: the mapping, the dry run, the import.
#[derive(Clone, Debug)]
pub struct ImportView {
    /// Around the page.
    pub frame: Frame,
    /// Its id.
    pub id: String,
    /// It holds invoices; otherwise debtors, or a bank statement.
    pub invoices: bool,
    /// It is a bank statement.
    pub statement: bool,
    /// It is one or several e-invoices: there are no columns to choose.
    pub documents: bool,
    /// The file's name.
    pub file: String,
    /// The headings of its columns.
    pub columns: Vec<String>,
    /// The sheets to choose from, where it is a spreadsheet.
    pub sheets: Vec<String>,
    /// The sheet that is shown.
    pub sheet: String,
    /// Its first rows.
    pub sample: Vec<Vec<String>>,
    /// Fields and their columns.
    pub mapping: Vec<MappingRow>,
    /// Options as chosen: date_format, currency, as_of.
    pub form: Form,
    /// What the dry run with these options found; `None` where the options are not complete.
    pub report: Option<ImportReport>,
    /// The file has been imported with this result.
    pub imported: bool,
}

/// What the settings' preview is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferQuestion {
    /// The terms as typed.
    pub policy: Policy,
    /// The currency of every amount.
    pub currency: Currency,
    /// The balance to try.
    pub balance_minor: i64,
    /// Whether to try it for somebody with a good record.
    pub good_record: bool,
    /// The business's date.
    pub today: NaiveDate,
}

/// The page of settings.
#[derive(Clone, Debug)]
pub struct PolicyView {
    /// Around the page.
    pub frame: Frame,
    /// The business's date.
    pub today: NaiveDate,
    /// The currency in which the terms are written.
    pub currency: Currency,
    /// Everything as typed or stored.
    pub form: Form,
    /// How many bands the form has.
    pub bands: usize,
    /// What a debtor would be offered, for the balance in the form.
    pub offer: Vec<String>,
}

/// The first page of a new installation.
#[derive(Clone, Debug, Default)]
pub struct SetupView {
    /// What was typed.
    pub form: Form,
    /// Whether a code is asked for.
    pub asks_code: bool,
}

/// The page to sign in on.
#[derive(Clone, Debug, Default)]
pub struct LoginView {
    /// What was typed, without the password.
    pub form: Form,
    /// What was just done, such as signing out.
    pub done: Option<String>,
    /// The installation can have passkeys.
    pub passkeys: bool,
}
