//! What a business has decided about reminders.

use crate::contact::Channel;
use crate::ladder::{Ladders, Step, Tone, WRITTEN, step};
use crate::preset::{Bounds, Preset};
use serde::{Deserialize, Serialize};

/// Days of a breathing space where no preset says otherwise.
pub const BREATHING_SPACE_DAYS: u32 = 60;

/// Days between any two contacts that no policy can go below: what has piled up never comes all at once.
pub const DAYS_BETWEEN_MIN: u32 = 1;

/// What a business has decided about reminders; stored as JSON and edited in the console.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How often and when, in the business's own judgement.
    pub own: Bounds,
    /// The codes of the presets that narrow it.
    pub presets: Vec<String>,
    /// Which message comes when, for whom.
    pub ladders: Ladders,
    /// Before each instalment of a plan, for that instalment only; negative days.
    pub before_instalment: Option<Step>,
    /// After a promised date, once: "has it been sent?"
    pub after_promise: Option<Step>,
    /// After an instalment was missed, for that instalment only.
    pub after_missed: Option<Step>,
    /// Reminders wait when the last data of the bank is older than so many days; `None` where payments are told by hand.
    pub bank_data_max_days: Option<u32>,
}

/// A policy with the presets that it names: the only thing that decides. It cannot be made without them.
#[derive(Clone, Debug)]
pub struct InForce {
    policy: Policy,
    bounds: Bounds,
    breathing_space_days: u32,
}

/// A policy names a preset that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPreset(
    /// Its code.
    pub String,
);

impl Policy {
    /// What a new business begins with: the courteous preset and ladders.
    pub fn courteous(unit_minor: i64) -> Self {
        Self {
            own: Bounds::default(),
            presets: vec!["courteous".to_owned()],
            ladders: Ladders::courteous(unit_minor),
            before_instalment: Some(step(
                "before_instalment",
                -3,
                &[Channel::Email, Channel::Sms, Channel::Letter],
                Tone::Courtesy,
            )),
            after_promise: Some(step("after_promise", 2, &WRITTEN, Tone::Kind)),
            after_missed: Some(step("after_missed", 4, &WRITTEN, Tone::Kind)),
            bank_data_max_days: None,
        }
    }

    /// The policy together with the presets it names, each of which narrows it.
    pub fn in_force(self, presets: &[Preset]) -> Result<InForce, UnknownPreset> {
        let mut bounds = self.own.clone();
        let mut breathing_space_days = BREATHING_SPACE_DAYS;
        for code in &self.presets {
            let known = presets.iter().find(|preset| preset.code == *code);
            let preset = known.ok_or_else(|| UnknownPreset(code.clone()))?;
            bounds = bounds.narrowed_by(&preset.bounds);
            breathing_space_days = breathing_space_days.max(preset.breathing_space_days.unwrap_or(0));
        }
        bounds.budget.days_between = bounds.budget.days_between.max(DAYS_BETWEEN_MIN);
        Ok(InForce { policy: self, bounds, breathing_space_days })
    }
}

impl InForce {
    /// What the business decided.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How often and when, with all presets.
    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Days back to which contacts must be among the facts.
    pub fn lookback_days(&self) -> u32 {
        self.bounds.budget.lookback_days()
    }

    /// Days that a breathing space lasts.
    pub fn breathing_space_days(&self) -> u32 {
        self.breathing_space_days
    }
}
