//! The ladders as a form: steps and rules as typed, added, moved and taken away, and read back for the domain to check.

use kept_api::console::{Form, Mistake};
use kept_domain::contact::Channel;
use kept_domain::ladder::{Condition, Ladder, LadderError, Ladders, Record, Rule, STEPS_MAX, Step, Tone, Who};
use kept_domain::money::{Currency, Money, parse_amount};
use std::sync::LazyLock;

/// Ladders that the form has room for.
pub const LADDERS_MAX: usize = 6;
/// Rules that the form has room for.
pub const RULES_MAX: usize = 8;
/// Channels that a step has room for.
pub const CHANNELS_MAX: usize = 4;
/// Channels that a step can choose from. A visit is never asked for by a rule, and a notice on the page is always there.
pub const CHANNELS: [Channel; CHANNELS_MAX] = [Channel::Email, Channel::Sms, Channel::Letter, Channel::Call];

/// The names of one step's fields.
pub struct StepNames {
    /// Its name in the records, which nobody types.
    pub code: &'static str,
    /// Days.
    pub days: &'static str,
    /// `after` or `before` the due date.
    pub side: &'static str,
    /// The channels, in order.
    pub by: [&'static str; CHANNELS_MAX],
    /// The message.
    pub template: &'static str,
    /// How it speaks.
    pub tone: &'static str,
    /// Only where nothing was heard.
    pub unheard: &'static str,
    /// Only people, or only companies.
    pub who: &'static str,
    /// The smallest balance.
    pub from: &'static str,
}

/// The names of one ladder's fields.
pub struct LadderNames {
    /// Its name in the records, which nobody types.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How many steps it has.
    pub many: &'static str,
    /// Its steps.
    pub steps: Vec<StepNames>,
}

/// The names of one rule's fields.
pub struct RuleNames {
    /// People, companies or anybody.
    pub who: &'static str,
    /// The record, or any.
    pub record: &'static str,
    /// The smallest balance.
    pub from: &'static str,
    /// The largest balance.
    pub up_to: &'static str,
    /// The ladder.
    pub ladder: &'static str,
}

/// The names of every ladder's fields. Fields have names that last for ever, so they are made once.
pub static LADDERS: LazyLock<Vec<LadderNames>> = LazyLock::new(|| (1..=LADDERS_MAX).map(ladder_names).collect());

/// The names of every rule's fields.
pub static RULES: LazyLock<Vec<RuleNames>> = LazyLock::new(|| {
    let names = |n: usize| {
        let name = |part: &str| lasting(format!("r{n}_{part}"));
        RuleNames {
            who: name("who"),
            record: name("record"),
            from: name("from"),
            up_to: name("up_to"),
            ladder: name("ladder"),
        }
    };
    (1..=RULES_MAX).map(names).collect()
});

fn lasting(name: String) -> &'static str {
    name.leak()
}

fn ladder_names(l: usize) -> LadderNames {
    let name = |part: &str| lasting(format!("l{l}_{part}"));
    let step = |s: usize| {
        let name = |part: &str| lasting(format!("l{l}s{s}_{part}"));
        StepNames {
            code: name("code"),
            days: name("days"),
            side: name("side"),
            by: [name("by1"), name("by2"), name("by3"), name("by4")],
            template: name("template"),
            tone: name("tone"),
            unheard: name("unheard"),
            who: name("who"),
            from: name("from"),
        }
    };
    LadderNames {
        code: name("code"),
        name: name("name"),
        many: name("steps"),
        steps: (1..=STEPS_MAX).map(step).collect(),
    }
}

/// A step as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepDraft {
    /// Its name in the records.
    pub code: String,
    /// Days, without a sign.
    pub days: String,
    /// `after` or `before`.
    pub side: String,
    /// Codes of channels, in order; empty for none.
    pub by: [String; CHANNELS_MAX],
    /// The code of the message.
    pub template: String,
    /// The code of the tone.
    pub tone: String,
    /// `yes` where it is only for those of whom nothing was heard.
    pub unheard: String,
    /// `person`, `company`, or empty for both.
    pub who: String,
    /// The smallest balance; empty for any.
    pub from: String,
}

/// A ladder as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LadderDraft {
    /// Its name in the records.
    pub code: String,
    /// Its name.
    pub name: String,
    /// In the order in which they are shown.
    pub steps: Vec<StepDraft>,
}

/// A rule as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleDraft {
    /// `person`, `company`, or empty for anybody.
    pub who: String,
    /// A record's code, or empty for any.
    pub record: String,
    /// The smallest balance; empty for any.
    pub from: String,
    /// The largest balance; empty for any.
    pub up_to: String,
    /// The code of the ladder.
    pub ladder: String,
}

/// Ladders and rules as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// All ladders.
    pub ladders: Vec<LadderDraft>,
    /// In order; the last one is for everybody.
    pub rules: Vec<RuleDraft>,
}

impl Draft {
    /// What stands in a policy. What the form has no room for is cut.
    pub fn of(ladders: &Ladders, currency: Currency) -> Self {
        let amount = |minor| Money::new(minor, currency).decimal();
        let rule = |r: &Rule| RuleDraft {
            who: r.who.map(|w| w.code().to_owned()).unwrap_or_default(),
            record: r.record.map(|r| r.code().to_owned()).unwrap_or_default(),
            from: r.balance_from_minor.map(amount).unwrap_or_default(),
            up_to: r.balance_up_to_minor.map(amount).unwrap_or_default(),
            ladder: r.ladder.clone(),
        };
        let ladder = |l: &Ladder| LadderDraft {
            code: l.code.clone(),
            name: l.name.clone(),
            steps: l.steps.iter().take(STEPS_MAX).map(|s| step_draft(s, currency)).collect(),
        };
        // The last rule is the one for everybody: it stays where others are cut.
        let (last, others) = ladders.rules.split_last().map_or((None, &[][..]), |(last, others)| (Some(last), others));
        Self {
            ladders: ladders.ladders.iter().take(LADDERS_MAX).map(ladder).collect(),
            rules: others.iter().take(RULES_MAX - 1).chain(last).map(rule).collect(),
        }
    }

    /// What was sent.
    pub fn read(form: &Form) -> Self {
        let text = |name: &str| form.value(name).trim().to_owned();
        let many = |name: &str, max: usize| form.value(name).parse().unwrap_or(0_usize).min(max);
        let step = |n: &StepNames| StepDraft {
            code: text(n.code),
            days: text(n.days),
            side: text(n.side),
            by: n.by.map(text),
            template: text(n.template),
            tone: text(n.tone),
            unheard: text(n.unheard),
            who: text(n.who),
            from: text(n.from),
        };
        let ladder = |n: &LadderNames| LadderDraft {
            code: text(n.code),
            name: text(n.name),
            steps: n.steps.iter().take(many(n.many, STEPS_MAX)).map(step).collect(),
        };
        let rule = |n: &RuleNames| RuleDraft {
            who: text(n.who),
            record: text(n.record),
            from: text(n.from),
            up_to: text(n.up_to),
            ladder: text(n.ladder),
        };
        Self {
            ladders: LADDERS.iter().take(many("ladders", LADDERS_MAX)).map(ladder).collect(),
            rules: RULES.iter().take(many("rules", RULES_MAX)).map(rule).collect(),
        }
    }

    /// The fields in which it is written.
    pub fn fields(&self) -> Vec<(String, String)> {
        let mut fields: Vec<(&str, String)> =
            vec![("ladders", self.ladders.len().to_string()), ("rules", self.rules.len().to_string())];
        for (ladder, n) in self.ladders.iter().zip(LADDERS.iter()) {
            fields.push((n.code, ladder.code.clone()));
            fields.push((n.name, ladder.name.clone()));
            fields.push((n.many, ladder.steps.len().to_string()));
            for (step, n) in ladder.steps.iter().zip(&n.steps) {
                let s = step.clone();
                let by = n.by.into_iter().zip(s.by);
                let others = [
                    (n.code, s.code),
                    (n.days, s.days),
                    (n.side, s.side),
                    (n.template, s.template),
                    (n.tone, s.tone),
                    (n.unheard, s.unheard),
                    (n.who, s.who),
                    (n.from, s.from),
                ];
                fields.extend(others.into_iter().chain(by));
            }
        }
        for (rule, n) in self.rules.iter().zip(RULES.iter()) {
            let r = rule.clone();
            fields.extend([
                (n.who, r.who),
                (n.record, r.record),
                (n.from, r.from),
                (n.up_to, r.up_to),
                (n.ladder, r.ladder),
            ]);
        }
        fields.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
    }

    /// Does what a button says, such as `add_step_2` or `up_1_3`; counted from 1. `false` where it says nothing of the
    /// kind.
    pub fn act(&mut self, what: &str) -> bool {
        let numbers: Vec<usize> = what.split('_').filter_map(|part| part.parse().ok()).collect();
        let verb = what.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
        let at = |n: usize| numbers.get(n).and_then(|number| number.checked_sub(1));
        match (verb, at(0), at(1)) {
            ("add_ladder", None, None) => self.add_ladder(),
            ("remove_ladder", Some(l), None) => self.remove_ladder(l),
            ("add_rule", None, None) => self.add_rule(),
            ("remove_rule", Some(r), None) => {
                // The last one is for everybody and stays.
                if r + 1 < self.rules.len() {
                    self.rules.remove(r);
                }
            }
            ("rule_up", Some(r), None) => swap_up(&mut self.rules, r),
            ("add_step", Some(l), None) => {
                if let Some(ladder) = self.ladders.get_mut(l) {
                    ladder.add_step();
                }
            }
            ("remove_step", Some(l), Some(s)) => {
                if let Some(ladder) = self.ladders.get_mut(l).filter(|ladder| s < ladder.steps.len()) {
                    ladder.steps.remove(s);
                }
            }
            ("up", Some(l), Some(s)) => {
                if let Some(ladder) = self.ladders.get_mut(l) {
                    swap_up(&mut ladder.steps, s);
                }
            }
            ("down", Some(l), Some(s)) => {
                if let Some(ladder) = self.ladders.get_mut(l) {
                    swap_up(&mut ladder.steps, s + 1);
                }
            }
            _ => return false,
        }
        true
    }

    fn add_ladder(&mut self) {
        if self.ladders.len() == LADDERS_MAX {
            return;
        }
        let taken = |code: &String| self.ladders.iter().any(|l| l.code == *code);
        let code = (1..).map(|n| format!("ladder_{n}")).find(|code| !taken(code)).unwrap_or_default();
        // A new ladder begins as a copy of the one for everybody: it is easier to change than to invent.
        let like = self.rules.last().map(|rule| rule.ladder.clone()).unwrap_or_default();
        let steps = self.ladders.iter().find(|l| l.code == like).map(|l| l.steps.clone()).unwrap_or_default();
        self.ladders.push(LadderDraft { code, name: String::new(), steps });
    }

    fn remove_ladder(&mut self, at: usize) {
        if self.ladders.len() > 1 && at < self.ladders.len() {
            self.ladders.remove(at);
        }
    }

    fn add_rule(&mut self) {
        if self.rules.len() == RULES_MAX {
            return;
        }
        let ladder = self.ladders.first().map(|l| l.code.clone()).unwrap_or_default();
        let before_last = self.rules.len().saturating_sub(1);
        self.rules.insert(before_last, RuleDraft { ladder, ..RuleDraft::default() });
    }

    /// What the domain is to check.
    ///
    /// # Errors
    /// What cannot be taken as typed, or what the domain says, in the order of the fields.
    pub fn parse(&self, currency: Currency) -> Result<Ladders, Vec<Mistake>> {
        let mut wrong = Vec::new();
        let mut ladders = Ladders { ladders: Vec::new(), rules: Vec::new() };
        for (draft, names) in self.ladders.iter().zip(LADDERS.iter()) {
            let name = draft.name.clone();
            if name.is_empty() || name.chars().count() > 60 {
                wrong.push(Mistake { field: names.name, words: "Enter a name of at most 60 characters".to_owned() });
            }
            let pairs = draft.steps.iter().zip(&names.steps);
            let steps = pairs.map(|(step, names)| parse_step(step, names, currency, &mut wrong)).collect();
            ladders.ladders.push(Ladder { code: draft.code.clone(), name, steps });
        }
        let last = self.rules.len().saturating_sub(1);
        for (at, (draft, names)) in self.rules.iter().zip(RULES.iter()).enumerate() {
            // Whatever is typed beside the last one, it is for everybody.
            let rule = if at == last {
                RuleDraft { ladder: draft.ladder.clone(), ..RuleDraft::default() }
            } else {
                draft.clone()
            };
            ladders.rules.push(Rule {
                who: Who::parse(&rule.who),
                record: Record::parse(&rule.record),
                balance_from_minor: amount(&rule.from, names.from, currency, &mut wrong),
                balance_up_to_minor: amount(&rule.up_to, names.up_to, currency, &mut wrong),
                ladder: rule.ladder,
            });
        }
        if wrong.is_empty()
            && let Err(errors) = ladders.check()
        {
            wrong.extend(errors.iter().map(|error| Mistake { field: self.field_of(error), words: error.words() }));
        }
        if wrong.is_empty() { Ok(ladders) } else { Err(wrong) }
    }

    /// The field that an error of the domain is about.
    fn field_of(&self, error: &LadderError) -> &'static str {
        use LadderError as E;
        let of_ladder = |code: &String| {
            let at = self.ladders.iter().rposition(|l| l.code == *code).unwrap_or(0);
            LADDERS.get(at)
        };
        let of_step = |ladder: &String, step: &String| {
            let at = self.ladders.iter().rposition(|l| l.code == *ladder).unwrap_or(0);
            let steps = self.ladders.get(at).map_or(&[][..], |l| l.steps.as_slice());
            let place = steps.iter().rposition(|s| s.code == *step).unwrap_or(0);
            LADDERS.get(at).and_then(|names| names.steps.get(place))
        };
        let of_rule = |place: usize| RULES.get(place.saturating_sub(1));
        let field = match error {
            E::LadderCode { ladder } | E::Steps { ladder } => of_ladder(ladder).map(|n| n.name),
            E::StepCode { ladder, step } | E::Order { ladder, step } | E::Days { ladder, step } => {
                of_step(ladder, step).map(|n| n.days)
            }
            E::Channels { ladder, step } => of_step(ladder, step).map(|n| n.by[0]),
            E::Template { ladder, step } => of_step(ladder, step).map(|n| n.template),
            E::EarlyTone { ladder, step } | E::Softer { ladder, step } => of_step(ladder, step).map(|n| n.tone),
            E::NoSuchLadder { rule, .. } => of_rule(*rule).map(|n| n.ladder),
            E::Balances { rule } => of_rule(*rule).map(|n| n.up_to),
            E::Unreached { rule } => of_rule(*rule).map(|n| n.ladder),
            E::NotForAll => of_rule(self.rules.len()).map(|n| n.ladder),
        };
        field.unwrap_or("preset")
    }
}

impl LadderDraft {
    fn add_step(&mut self) {
        if self.steps.len() == STEPS_MAX {
            return;
        }
        let taken = |code: &String| self.steps.iter().any(|s| s.code == *code);
        let code = (1..).map(|n| format!("step_{n}")).find(|code| !taken(code)).unwrap_or_default();
        let last = self.steps.last().cloned().unwrap_or_else(|| StepDraft {
            days: "0".to_owned(),
            side: "after".to_owned(),
            by: [Channel::Email.code().to_owned(), String::new(), String::new(), String::new()],
            template: "nudge".to_owned(),
            tone: Tone::Kind.code().to_owned(),
            ..StepDraft::default()
        });
        // A week later than the last one, in its words: what stands there is a step that can be saved.
        let days = last.signed_days().unwrap_or(0) + 7;
        let side = if days < 0 { "before" } else { "after" };
        self.steps.push(StepDraft { code, days: days.unsigned_abs().to_string(), side: side.to_owned(), ..last });
    }
}

impl StepDraft {
    /// Days after the due date; negative before it. `None` where they are no number.
    pub fn signed_days(&self) -> Option<i32> {
        let days: i32 = self.days.parse().ok().filter(|days| (0..=9_999).contains(days))?;
        Some(if self.side == "before" { -days } else { days })
    }
}

fn swap_up<T>(all: &mut [T], at: usize) {
    if at > 0 && at < all.len() {
        all.swap(at - 1, at);
    }
}

fn step_draft(s: &Step, currency: Currency) -> StepDraft {
    let mut by: [String; CHANNELS_MAX] = std::array::from_fn(|_| String::new());
    for (place, channel) in by.iter_mut().zip(&s.channels) {
        channel.code().clone_into(place);
    }
    let mut draft = StepDraft {
        code: s.code.clone(),
        days: s.after_due_days.unsigned_abs().to_string(),
        side: if s.after_due_days < 0 { "before" } else { "after" }.to_owned(),
        by,
        template: s.template.clone(),
        tone: s.tone.code().to_owned(),
        ..StepDraft::default()
    };
    for condition in &s.only_if {
        match condition {
            Condition::BalanceFrom { minor } => draft.from = Money::new(*minor, currency).decimal(),
            Condition::Only { who } => who.code().clone_into(&mut draft.who),
            Condition::NothingHeard => "yes".clone_into(&mut draft.unheard),
        }
    }
    draft
}

fn parse_step(draft: &StepDraft, names: &StepNames, currency: Currency, wrong: &mut Vec<Mistake>) -> Step {
    let days = draft.signed_days();
    if days.is_none() {
        wrong.push(Mistake { field: names.days, words: "Enter a whole number of days".to_owned() });
    }
    let channels: Vec<Channel> = draft.by.iter().filter_map(|code| Channel::parse(code)).collect();
    let mut only_if = Vec::new();
    if draft.unheard == "yes" {
        only_if.push(Condition::NothingHeard);
    }
    if let Some(who) = Who::parse(&draft.who) {
        only_if.push(Condition::Only { who });
    }
    if let Some(minor) = amount(&draft.from, names.from, currency, wrong) {
        only_if.push(Condition::BalanceFrom { minor });
    }
    Step {
        code: draft.code.clone(),
        after_due_days: days.unwrap_or(0),
        channels,
        template: draft.template.clone(),
        tone: Tone::parse(&draft.tone).unwrap_or(Tone::Courtesy),
        only_if,
    }
}

/// An amount that may be left empty.
fn amount(text: &str, field: &'static str, currency: Currency, wrong: &mut Vec<Mistake>) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    match parse_amount(text, currency) {
        Ok(minor) => Some(minor),
        Err(error) => {
            wrong.push(Mistake { field, words: format!("{error}, or leave it empty") });
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gbp() -> Currency {
        Currency::parse("GBP").unwrap()
    }

    fn draft() -> Draft {
        Draft::of(&Ladders::courteous(100), gbp())
    }

    #[test]
    fn ladders_survive_their_form() {
        let form = Form { values: draft().fields(), ..Form::default() };
        assert_eq!(Draft::read(&form), draft());
        assert_eq!(draft().parse(gbp()), Ok(Ladders::courteous(100)));
    }

    #[test]
    fn steps_and_rules_are_added_moved_and_taken_away() {
        let mut d = draft();
        let many = d.ladders[0].steps.len();
        assert!(d.act("add_step_1"));
        assert_eq!(d.ladders[0].steps.len(), many + 1);
        assert!(d.parse(gbp()).is_ok(), "a new step can be saved as it is");
        assert!(d.act(&format!("remove_step_1_{}", many + 1)));
        assert_eq!(d, draft());
        assert!(d.act("up_1_2") && d.ladders[0].steps[0] == draft().ladders[0].steps[1]);
        assert_eq!(d.parse(gbp()).unwrap_err()[0].field, "l1s2_days", "the order is the domain's to judge");
        assert!(d.act("down_1_1"));
        assert_eq!(d, draft());
        assert!(d.act("add_rule") && d.rules.len() == 4 && d.act("rule_up_3") && d.act("remove_rule_2"));
        assert_eq!(d, draft());
        assert!(d.act("remove_rule_3"), "the last one stays");
        assert_eq!(d, draft());
        for nonsense in ["", "save", "add_step_99", "up_0_0", "remove_step_1_99", "up_1", "remove_ladder_x"] {
            d.act(nonsense);
            assert_eq!(d, draft(), "{nonsense}");
        }
        assert!(!d.act("save") && !d.act("preview"));
    }

    #[test]
    fn a_new_ladder_is_like_the_usual_one_and_needs_a_name() {
        let mut d = draft();
        assert!(d.act("add_ladder"));
        assert_eq!(d.ladders[3].steps, d.ladders[0].steps);
        assert_eq!(d.parse(gbp()).unwrap_err()[0].field, "l4_name");
        d.ladders[3].name = "Companies".to_owned();
        assert!(d.parse(gbp()).is_ok());
        assert!(d.act("remove_ladder_1"));
        let wrong = d.parse(gbp()).unwrap_err();
        assert_eq!(wrong[0].field, "r3_ladder", "{wrong:?}");
        for _ in 0..20 {
            d.act("add_ladder");
            d.act("add_rule");
            d.act("add_step_1");
            d.act("remove_ladder_2");
        }
        d.act("add_ladder");
        assert!(d.ladders.len() <= LADDERS_MAX && d.rules.len() <= RULES_MAX && d.ladders[0].steps.len() <= STEPS_MAX);
    }

    #[test]
    fn every_mistake_names_its_field() {
        let set = |field: &str, text: &str| {
            let mut form = Form { values: draft().fields(), ..Form::default() };
            form.values.retain(|(name, _)| name != field);
            form.values.push((field.to_owned(), text.to_owned()));
            Draft::read(&form).parse(gbp()).unwrap_err()[0].field
        };
        for (field, text, marked) in [
            ("l1s2_days", "soon", "l1s2_days"),
            ("l1s2_days", "2000", "l1s2_days"),
            ("l1s2_side", "before", "l1s2_tone"),
            ("l1s3_template", "", "l1s3_template"),
            ("l1s3_from", "lots", "l1s3_from"),
            ("l1s5_tone", "kind", "l1s5_tone"),
            ("l2_name", "", "l2_name"),
            ("l2_steps", "0", "l2_name"),
            ("r1_ladder", "none", "r1_ladder"),
            ("r2_up_to", "x", "r2_up_to"),
            ("r2_from", "90", "r2_up_to"),
        ] {
            assert_eq!(set(field, text), marked, "{field} {text}");
        }
        let mut d = draft();
        d.ladders[0].steps[1].by = std::array::from_fn(|_| String::new());
        assert_eq!(d.parse(gbp()).unwrap_err()[0].field, "l1s2_by1");
        let rule = d.rules[2].clone();
        d = draft();
        d.rules.insert(0, rule);
        assert_eq!(d.parse(gbp()).unwrap_err()[0].field, "r2_ladder", "nobody gets to the second rule");
    }
}
