//! The kinds of messages, and what each may and must say.

use crate::contact::Channel;

/// What the messages of a kind are for, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// A step of the ladder.
    Reminder,
    /// About an agreement and its dates.
    Agreement,
    /// An answer to what somebody wrote or did.
    Answer,
    /// The way in.
    Access,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Reminder, Self::Agreement, Self::Answer, Self::Access];

    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::Reminder => "Reminders",
            Self::Agreement => "Agreements",
            Self::Answer => "Answers and receipts",
            Self::Access => "Links and codes",
        }
    }
}

/// A kind of message.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name in addresses, files and the database.
    pub code: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// When it is sent.
    pub when: &'static str,
    /// Where it belongs.
    pub group: Group,
    /// The channels that it has words for.
    pub channels: &'static [Channel],
    /// The variables that it may use, besides [`COMMON`].
    pub variables: &'static [&'static str],
    /// Those of them that it must use.
    pub required: &'static [&'static str],
}

/// What every message may say.
pub const COMMON: [&str; 7] = ["greeting", "business", "phone", "address", "name", "private", "closing"];

const WRITTEN: &[Channel] = &[Channel::Email, Channel::Sms, Channel::Letter];
const EMAIL: &[Channel] = &[Channel::Email];
const OWED: &[&str] = &["invoices", "total", "ahead", "disputed", "ways", "link"];
const AGREED: &[&str] = &["payments", "total", "pay_on", "ways", "link"];

const fn kind(code: &'static str, title: &'static str, when: &'static str, group: Group) -> Kind {
    Kind { code, title, when, group, channels: EMAIL, variables: &["link"], required: &[] }
}

const fn reminder(code: &'static str, title: &'static str, when: &'static str) -> Kind {
    Kind { channels: WRITTEN, variables: OWED, required: &["invoices"], ..kind(code, title, when, Group::Reminder) }
}

/// Every kind of message.
pub const KINDS: [Kind; 29] = [
    reminder("courtesy", "Courtesy notice", "3 days before the due date"),
    reminder("nudge", "First nudge", "3 days after the due date"),
    reminder("considerate", "Considerate reminder", "30 days after the due date: is something wrong?"),
    Kind {
        channels: &[Channel::Call],
        variables: &["invoices", "total", "ahead", "disputed", "ways"],
        required: &[],
        ..reminder("considerate_call", "Considerate call", "34 days after the due date: what to say")
    },
    reminder("firm", "Firm and polite letter", "60 days after the due date"),
    reminder("effect", "What it does to us", "75 days after the due date"),
    reminder("last_notice", "Before new orders wait", "90 days after the due date"),
    Kind {
        variables: AGREED,
        required: &["payments"],
        channels: WRITTEN,
        ..kind("promise_check", "Has it been sent?", "2 days after a promised date", Group::Agreement)
    },
    Kind {
        variables: AGREED,
        required: &["payments"],
        channels: WRITTEN,
        ..kind("instalment_due", "An instalment is near", "before an instalment, for that one only", Group::Agreement)
    },
    Kind {
        variables: AGREED,
        required: &["payments"],
        channels: WRITTEN,
        ..kind("instalment_missed", "An agreed payment did not come", "after an agreed date", Group::Agreement)
    },
    Kind {
        variables: &["words", "link"],
        required: &["words"],
        ..kind("agreed", "It is agreed", "when a promise or a plan is agreed", Group::Agreement)
    },
    Kind {
        variables: &["words", "answer_by", "link"],
        required: &["words"],
        ..kind("proposed", "It waits for you", "when a proposal waits for you", Group::Agreement)
    },
    Kind {
        variables: &["reason", "link"],
        required: &["reason"],
        ..kind("declined", "You said no", "when you decline a proposal", Group::Agreement)
    },
    Kind {
        variables: &["words", "reason", "answer_by", "link"],
        required: &["words", "reason"],
        ..kind("countered", "Your own offer", "when you offer something else", Group::Agreement)
    },
    Kind {
        variables: &["amount", "card", "charge_on", "link"],
        required: &["amount", "charge_on"],
        ..kind("card_soon", "A card will be charged", "days before a kept card is charged", Group::Agreement)
    },
    Kind {
        variables: &["amount", "card", "again", "link"],
        required: &["amount"],
        ..kind("card_declined", "A card was refused", "when a kept card is refused", Group::Agreement)
    },
    Kind {
        variables: &["amount", "card", "link"],
        required: &["amount"],
        ..kind(
            "card_confirm",
            "The bank wants a confirmation",
            "when a bank wants a payment confirmed",
            Group::Agreement,
        )
    },
    Kind {
        variables: &["amount", "paid_on", "reference", "left", "link"],
        required: &["amount", "left"],
        ..kind("receipt", "Receipt", "when a payment has come", Group::Answer)
    },
    Kind {
        variables: &["answer_by", "link"],
        ..kind("dispute_received", "Something is not right", "when somebody disputes", Group::Answer)
    },
    Kind {
        variables: &["answer_by", "link"],
        ..kind("claim_received", "They say that they paid", "when somebody says that they paid", Group::Answer)
    },
    Kind {
        variables: &["answer_by", "link"],
        ..kind("hardship_received", "They cannot pay now", "when somebody says that they cannot pay", Group::Answer)
    },
    Kind {
        variables: &["answer", "link"],
        required: &["answer"],
        ..kind("dispute_answered", "Your answer", "when you answer a dispute", Group::Answer)
    },
    Kind {
        variables: &["answer", "credited", "link"],
        required: &["answer", "credited"],
        ..kind("dispute_upheld", "They were right", "when you agree with a dispute", Group::Answer)
    },
    Kind {
        variables: &["answer", "credited", "link"],
        required: &["answer", "credited"],
        ..kind("dispute_partly", "They were right in part", "when you agree in part", Group::Answer)
    },
    Kind {
        variables: &["answer", "credited", "link"],
        required: &["answer"],
        ..kind("dispute_rejected", "You do not agree", "when you do not agree with a dispute", Group::Answer)
    },
    Kind {
        variables: &["answer", "credited", "link"],
        required: &["answer"],
        ..kind("claim_rejected", "The payment is not found", "when you do not find a payment", Group::Answer)
    },
    Kind {
        variables: &["answer", "credited", "link"],
        required: &["answer"],
        ..kind("hardship_closed", "Your answer to hardship", "when you answer somebody who cannot pay", Group::Answer)
    },
    kind("fresh_link", "A new link", "when somebody asks for a new link", Group::Access),
    Kind {
        variables: &["code", "minutes"],
        required: &["code"],
        ..kind("one_time_code", "One-time code", "when somebody opens a link", Group::Access)
    },
];

/// The kind whose script is read in a call.
pub const CALL: &str = "considerate_call";

/// The kind of a code.
pub fn find_kind(code: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

impl Kind {
    /// Every variable that it may use in a channel.
    pub fn variables(&self, channel: Channel) -> Vec<&'static str> {
        let all = COMMON.iter().chain(self.variables).copied();
        // Nobody can press a link in a call, and nobody else hears it.
        all.filter(|name| channel != Channel::Call || !["link", "private"].contains(name)).collect()
    }

    /// Those that it must use in a channel. A text message has room for the link alone.
    pub fn required(&self, channel: Channel) -> Vec<&'static str> {
        let mut required = match channel {
            Channel::Email | Channel::Letter | Channel::Portal => self.required.to_vec(),
            Channel::Sms | Channel::Call | Channel::Visit => Vec::new(),
        };
        if channel != Channel::Call && self.variables.contains(&"link") {
            required.push("link");
        }
        required
    }
}

/// What a variable stands for, for the shopkeeper.
pub fn describe(variable: &str) -> &'static str {
    match variable {
        "greeting" => "a greeting with their name, where you know it",
        "business" => "the name of your business",
        "phone" => "your telephone number",
        "address" => "your postal address",
        "name" => "the name of the person or company",
        "private" => "that the message is for them alone",
        "closing" => "how to answer you or get help, and who you are",
        "link" => "the button to their own page; in a text message the address of it",
        "invoices" => "the list of invoices with what is left of each",
        "payments" => "the list of agreed payments that it is about",
        "total" => "the sum of what is asked for",
        "ahead" => "what they paid ahead, where they did",
        "disputed" => "that what is in dispute is left out, where something is",
        "ways" => "the list of all that they can do on their page",
        "pay_on" => "the day that was promised or agreed",
        "words" => "the exact words of the agreement",
        "answer_by" => "the day by which an answer is due",
        "reason" => "what you wrote",
        "answer" => "what you wrote",
        "credited" => "what was taken off, where something was",
        "amount" => "how much was paid, or is to be paid",
        "charge_on" => "the day on which the card is charged",
        "card" => "the last four digits of the card",
        "again" => "the day on which the card is tried again, where it is",
        "paid_on" => "the day on which it came",
        "reference" => "the number of the receipt",
        "left" => "what is left to pay, or that nothing is",
        "code" => "the code",
        "minutes" => "the minutes for which the code works",
        _ => "",
    }
}
