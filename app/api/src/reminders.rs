//! What the page of the reminder policy is made of.

use crate::console::{Form, Frame};
use crate::rehearsal::PolicyChange;
use kept_domain::money::Currency;

/// A preset to choose.
#[derive(Clone, Debug)]
pub struct PresetRow {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The law or the paper.
    pub source: String,
    /// Where it can be read.
    pub url: String,
    /// The day since which it has been in force.
    pub since: String,
    /// What it allows, a line each.
    pub lines: Vec<String>,
}

/// What somebody would get.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Who would get it: a sentence that ends with a colon, or what stands in the way.
    pub who: String,
    /// What they would get, in order.
    pub steps: Vec<String>,
}

/// The page of the reminder policy.
#[derive(Clone, Debug)]
pub struct RemindersView {
    /// Around the page.
    pub frame: Frame,
    /// The currency of balances.
    pub currency: Currency,
    /// All presets.
    pub presets: Vec<PresetRow>,
    /// Messages that a step can send: the code and what is read.
    pub templates: Vec<(String, String)>,
    /// What holds with the presets that are chosen and what is typed beside them, a line each.
    pub in_force: Vec<String>,
    /// What somebody would get.
    pub preview: Preview,
    /// What the policy as typed would change, where that was asked.
    pub change: Option<PolicyChange>,
    /// Everything as typed or stored.
    pub form: Form,
}
