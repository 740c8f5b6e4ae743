//! The reminder ladder: which message comes how long after the due date, for whom, and in what tone. All of it is data
//! that a business edits.

use crate::contact::Channel;
use serde::{Deserialize, Serialize};

/// How a message speaks. Firm is still polite; there is nothing beyond `Last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Before anything is late.
    Courtesy,
    /// It may well have crossed in the post.
    Kind,
    /// Is something wrong?
    Considerate,
    /// Plain about what is owed and by when.
    Firm,
    /// The last word before a person decides.
    Last,
}

impl Tone {
    /// All of them, softest first.
    pub const ALL: [Self; 5] = [Self::Courtesy, Self::Kind, Self::Considerate, Self::Firm, Self::Last];

    /// The name in forms, files and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Courtesy => "courtesy",
            Self::Kind => "kind",
            Self::Considerate => "considerate",
            Self::Firm => "firm",
            Self::Last => "last",
        }
    }

    /// Reads a name written by [`Tone::code`].
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.code() == code)
    }
}

/// A human being, or a legal one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// A human being.
    Person,
    /// A company.
    Company,
}

impl Who {
    /// The name in forms, files and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Company => "company",
        }
    }

    /// Reads a name written by [`Who::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Person, Self::Company].into_iter().find(|w| w.code() == code)
    }
}

/// How somebody has paid until now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// Reliably.
    Good,
    /// As most do, or nothing is known.
    Usual,
    /// Mostly late, and very.
    Poor,
}

impl Record {
    /// The name in forms, files and the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Usual => "usual",
            Self::Poor => "poor",
        }
    }

    /// Reads a name written by [`Record::code`].
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Good, Self::Usual, Self::Poor].into_iter().find(|r| r.code() == code)
    }
}

/// What is known of how somebody paid: invoices that were paid in full, whenever that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Paid on or before the due date, or within [`ON_TIME_DAYS`] after it.
    pub on_time: u32,
    /// Paid later than that.
    pub late: u32,
    /// Days after the due date, over the late ones, in sum.
    pub late_days_sum: u64,
    /// Promises and plans that were kept to the end.
    pub kept: u32,
    /// Promises and plans that were broken.
    pub broken: u32,
}

/// Days after the due date at which a payment still counts as on time: a bank transfer made on the day takes that long.
pub const ON_TIME_DAYS: u32 = 3;
/// Invoices that must have been paid before a record says anything.
pub const RECORD_INVOICES_MIN: u32 = 3;

impl History {
    /// Good: at least three invoices were paid, nine of ten on time, the late ones by 14 days on average at most, and
    /// no agreement was broken that is not outweighed by two kept. Poor: at least three were paid, more than half of
    /// them late and by more than 30 days on average; or more agreements were broken than kept, and two at least.
    /// Usual otherwise: nobody begins with a bad name.
    pub fn record(&self) -> Record {
        let paid = u64::from(self.on_time) + u64::from(self.late);
        let (late, on_time) = (u64::from(self.late), u64::from(self.on_time));
        let by_more_than = |days: u64| self.late_days_sum > days * late;
        let enough = paid >= u64::from(RECORD_INVOICES_MIN);
        if (self.broken >= 2 && self.broken > self.kept) || (enough && 2 * late > paid && by_more_than(30)) {
            return Record::Poor;
        }
        if enough && 10 * on_time >= 9 * paid && !by_more_than(14) && 2 * u64::from(self.broken) <= self.kept.into() {
            return Record::Good;
        }
        Record::Usual
    }
}

/// What must hold for a step to be taken when its turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "when")]
pub enum Condition {
    /// At least so much is asked for, in minor units of the currency in which most is owed.
    BalanceFrom {
        /// The smallest amount.
        minor: i64,
    },
    /// Only people, or only companies.
    Only {
        /// Which.
        who: Who,
    },
    /// Nothing was heard from them since the last step, or since the first invoice became late.
    NothingHeard,
}

/// One rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name in the records; unique on its ladder.
    pub code: String,
    /// Days after the due date; negative before it.
    pub after_due_days: i32,
    /// In order of preference: the first one that reaches the person is taken.
    pub channels: Vec<Channel>,
    /// The name of the message.
    pub template: String,
    /// How it speaks.
    pub tone: Tone,
    /// All of these must hold; none for always. A step whose turn comes while they do not is passed over.
    #[serde(default)]
    pub only_if: Vec<Condition>,
}

/// The rungs for a kind of debtor, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    /// Its name in rules and records.
    pub code: String,
    /// Its name for the business.
    pub name: String,
    /// Ascending by days.
    pub steps: Vec<Step>,
}

impl Ladder {
    /// The steps after the due date: each is taken once while something is late.
    pub fn main_steps(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.steps.iter().filter(|step| step.after_due_days > 0)
    }

    /// The steps on or before the due date: each is said once of each invoice.
    pub fn early_steps(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.steps.iter().filter(|step| step.after_due_days <= 0)
    }
}

/// Which ladder is for whom; the first rule that fits is taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `None` for any.
    #[serde(default)]
    pub who: Option<Who>,
    /// `None` for any.
    #[serde(default)]
    pub record: Option<Record>,
    /// Balances from this many minor units on, `None` from nothing.
    #[serde(default)]
    pub balance_from_minor: Option<i64>,
    /// Balances up to and including this many minor units, `None` without an end.
    #[serde(default)]
    pub balance_up_to_minor: Option<i64>,
    /// The code of the ladder.
    pub ladder: String,
}

impl Rule {
    fn fits(&self, who: Who, record: Record, balance_minor: i64) -> bool {
        self.who.is_none_or(|w| w == who)
            && self.record.is_none_or(|r| r == record)
            && self.balance_from_minor.is_none_or(|from| balance_minor >= from)
            && self.balance_up_to_minor.is_none_or(|up_to| balance_minor <= up_to)
    }

    fn is_for_all(&self) -> bool {
        self.who.is_none()
            && self.record.is_none()
            && self.balance_from_minor.is_none()
            && self.balance_up_to_minor.is_none()
    }
}

/// The ladders of a business and who is on which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladders {
    /// All of them; never empty.
    pub ladders: Vec<Ladder>,
    /// In order; the last one is for everybody.
    pub rules: Vec<Rule>,
}

/// Why ladders cannot be published; `ladder` and `step` are codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "error")]
pub enum LadderError {
    /// Two ladders have the same code, or one has none.
    LadderCode {
        /// The code.
        ladder: String,
    },
    /// Two steps of a ladder have the same code, or one has none.
    StepCode {
        /// The ladder.
        ladder: String,
        /// The step.
        step: String,
    },
    /// A ladder has no step, or more than [`STEPS_MAX`].
    Steps {
        /// The ladder.
        ladder: String,
    },
    /// A step does not come later than the one before it.
    Order {
        /// The ladder.
        ladder: String,
        /// The step.
        step: String,
    },
    /// A step is more than 60 days before or three years after the due date.
    Days {
        /// The ladder.
        ladder: String,
        /// The step.
        step: String,
    },
    /// A step has no channel, or one of them twice.
    Channels {
        /// The ladder.
        ladder: String,
        /// The step.
        step: String,
    },
    /// A step has no template.
    Template {
        /// The ladder.
        ladder: String,
        /// The step.
        step: String,
    },
    /// A step before the due date is not in the tone of a courtesy.
    EarlyTone {
        /// The ladder.
        ladder: String,
        /// The step.
        step: String,
    },
    /// A step is softer than the one before it.
    Softer {
        /// The ladder.
        ladder: String,
        /// The step.
        step: String,
    },
    /// A rule names a ladder that does not exist.
    NoSuchLadder {
        /// The rule's place, from 1.
        rule: usize,
        /// The code.
        ladder: String,
    },
    /// A rule's balances end before they begin.
    Balances {
        /// The rule's place, from 1.
        rule: usize,
    },
    /// The last rule is not for everybody, or there is none.
    NotForAll,
    /// A rule stands after one that is for everybody and can never be reached.
    Unreached {
        /// The rule's place, from 1.
        rule: usize,
    },
}

/// Steps that a ladder may have.
pub const STEPS_MAX: usize = 20;

impl LadderError {
    /// What to tell the business.
    pub fn words(&self) -> String {
        match self {
            Self::LadderCode { ladder } => format!("Each ladder needs a name of its own in the records: “{ladder}”"),
            Self::StepCode { ladder, step } => {
                format!("Each step of “{ladder}” needs a name of its own in the records: “{step}”")
            }
            Self::Steps { ladder } => format!("“{ladder}” must have between 1 and {STEPS_MAX} steps"),
            Self::Order { ladder, step } => format!("On “{ladder}”, “{step}” must come later than the step before it"),
            Self::Days { ladder, step } => {
                format!("On “{ladder}”, “{step}” must be between 60 days before and 1095 days after the due date")
            }
            Self::Channels { ladder, step } => format!("On “{ladder}”, “{step}” needs at least one channel, each once"),
            Self::Template { ladder, step } => format!("On “{ladder}”, “{step}” needs a message"),
            Self::EarlyTone { ladder, step } => {
                format!("On “{ladder}”, “{step}” comes before anything is late: it can only be a courtesy")
            }
            Self::Softer { ladder, step } => {
                format!("On “{ladder}”, “{step}” speaks more softly than the step before it")
            }
            Self::NoSuchLadder { rule, ladder } => {
                format!("Rule {rule} names a ladder that does not exist: “{ladder}”")
            }
            Self::Balances { rule } => format!("Rule {rule} ends at a smaller balance than it begins"),
            Self::NotForAll => "The last rule must be for everybody".to_owned(),
            Self::Unreached { rule } => format!("Rule {rule} stands after one that is for everybody"),
        }
    }
}

impl Ladders {
    /// The ladder of a debtor. `balance_minor` is in the currency in which most is owed: currencies are never added.
    pub fn choose(&self, who: Who, record: Record, balance_minor: i64) -> Option<&Ladder> {
        let rule = self.rules.iter().find(|rule| rule.fits(who, record, balance_minor))?;
        self.ladders.iter().find(|ladder| ladder.code == rule.ladder)
    }

    /// Checks that everybody has a ladder and that each ladder can be climbed; all mistakes at once.
    pub fn check(&self) -> Result<(), Vec<LadderError>> {
        let mut errors = Vec::new();
        for (at, ladder) in self.ladders.iter().enumerate() {
            if ladder.code.trim().is_empty() || self.ladders.iter().take(at).any(|other| other.code == ladder.code) {
                errors.push(LadderError::LadderCode { ladder: ladder.code.clone() });
            }
            check_steps(ladder, &mut errors);
        }
        for (at, rule) in self.rules.iter().enumerate() {
            let place = at + 1;
            if !self.ladders.iter().any(|ladder| ladder.code == rule.ladder) {
                errors.push(LadderError::NoSuchLadder { rule: place, ladder: rule.ladder.clone() });
            }
            if let (Some(from), Some(up_to)) = (rule.balance_from_minor, rule.balance_up_to_minor)
                && up_to < from
            {
                errors.push(LadderError::Balances { rule: place });
            }
            if self.rules.iter().take(at).any(Rule::is_for_all) {
                errors.push(LadderError::Unreached { rule: place });
            }
        }
        if !self.rules.last().is_some_and(Rule::is_for_all) {
            errors.push(LadderError::NotForAll);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// What a new business begins with, for a currency whose major unit has `unit_minor` minor ones: the usual ladder,
    /// a gentler one for those who pay reliably, and a short one for balances below 50.
    pub fn courteous(unit_minor: i64) -> Self {
        let rule = |record, balance_up_to_minor, ladder: &str| Rule {
            who: None,
            record,
            balance_from_minor: None,
            balance_up_to_minor,
            ladder: ladder.to_owned(),
        };
        Self {
            ladders: vec![usual(), reliable(), small()],
            rules: vec![
                rule(Some(Record::Good), None, "reliable"),
                rule(None, Some(50 * unit_minor), "small"),
                rule(None, None, "usual"),
            ],
        }
    }
}

fn check_steps(ladder: &Ladder, errors: &mut Vec<LadderError>) {
    let names = |step: &Step| (ladder.code.clone(), step.code.clone());
    if ladder.steps.is_empty() || ladder.steps.len() > STEPS_MAX {
        errors.push(LadderError::Steps { ladder: ladder.code.clone() });
    }
    for (at, step) in ladder.steps.iter().enumerate() {
        let (ladder_code, code) = names(step);
        if code.trim().is_empty() || ladder.steps.iter().take(at).any(|other| other.code == step.code) {
            errors.push(LadderError::StepCode { ladder: ladder_code.clone(), step: code.clone() });
        }
        if !(-60..=1095).contains(&step.after_due_days) {
            errors.push(LadderError::Days { ladder: ladder_code.clone(), step: code.clone() });
        }
        if !each_once(&step.channels) {
            errors.push(LadderError::Channels { ladder: ladder_code.clone(), step: code.clone() });
        }
        if step.template.trim().is_empty() {
            errors.push(LadderError::Template { ladder: ladder_code.clone(), step: code.clone() });
        }
        if step.after_due_days <= 0 && step.tone != Tone::Courtesy {
            errors.push(LadderError::EarlyTone { ladder: ladder_code.clone(), step: code.clone() });
        }
        if let Some(before) = at.checked_sub(1).and_then(|at| ladder.steps.get(at)) {
            if step.after_due_days <= before.after_due_days {
                errors.push(LadderError::Order { ladder: ladder_code.clone(), step: code.clone() });
            }
            if step.tone < before.tone {
                errors.push(LadderError::Softer { ladder: ladder_code, step: code });
            }
        }
    }
}

fn each_once(channels: &[Channel]) -> bool {
    !channels.is_empty() && channels.iter().enumerate().all(|(at, c)| !channels.iter().take(at).any(|other| other == c))
}

/// A step whose message has the step's own name.
pub(crate) fn step(code: &str, after_due_days: i32, channels: &[Channel], tone: Tone) -> Step {
    Step {
        code: code.to_owned(),
        after_due_days,
        channels: channels.to_vec(),
        template: code.to_owned(),
        tone,
        only_if: Vec::new(),
    }
}

/// In writing, as the person can be reached.
pub(crate) const WRITTEN: [Channel; 3] = [Channel::Email, Channel::Sms, Channel::Letter];
/// On paper where an address is known.
const ON_PAPER: [Channel; 2] = [Channel::Letter, Channel::Email];

fn usual() -> Ladder {
    let talk = Step {
        only_if: vec![Condition::NothingHeard],
        ..step("call", 34, &[Channel::Call, Channel::Email, Channel::Letter], Tone::Considerate)
    };
    Ladder {
        code: "usual".to_owned(),
        name: "Usual".to_owned(),
        steps: vec![
            step("courtesy", -3, &[Channel::Email, Channel::Sms], Tone::Courtesy),
            step("nudge", 3, &WRITTEN, Tone::Kind),
            step("considerate", 30, &WRITTEN, Tone::Considerate),
            talk,
            step("firm", 60, &ON_PAPER, Tone::Firm),
            step("effect", 75, &WRITTEN, Tone::Firm),
            step("last_notice", 90, &ON_PAPER, Tone::Last),
        ],
    }
}

/// For somebody who pays reliably something must have gone wrong: more time, and questions before demands.
fn reliable() -> Ladder {
    Ladder {
        code: "reliable".to_owned(),
        name: "Those who pay reliably".to_owned(),
        steps: vec![
            step("nudge", 10, &WRITTEN, Tone::Kind),
            step("considerate", 40, &WRITTEN, Tone::Considerate),
            step("call", 55, &[Channel::Call, Channel::Email, Channel::Letter], Tone::Considerate),
            step("firm", 85, &ON_PAPER, Tone::Firm),
            step("last_notice", 120, &ON_PAPER, Tone::Last),
        ],
    }
}

/// A small sum is worth no call and no last notice.
fn small() -> Ladder {
    Ladder {
        code: "small".to_owned(),
        name: "Small balances".to_owned(),
        steps: vec![
            step("nudge", 5, &[Channel::Email, Channel::Sms], Tone::Kind),
            step("considerate", 35, &[Channel::Email, Channel::Sms, Channel::Letter], Tone::Considerate),
            step("firm", 75, &[Channel::Email, Channel::Letter], Tone::Firm),
        ],
    }
}
