//! What the pages of late charges are made of.

use crate::console::{Form, Frame};
use crate::portal::Business;
use chrono::NaiveDate;
use kept_domain::late_charge::{Charge, Preset};
use kept_domain::money::Money;

/// The law that adds something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Law {
    /// Its name for the business.
    pub name: String,
    /// Its title, with the sections.
    pub source: String,
    /// Where it can be read.
    pub url: String,
}

impl Law {
    /// Of a preset.
    pub fn of(preset: &Preset) -> Self {
        Self { name: preset.name.clone(), source: preset.source.clone(), url: preset.url.clone() }
    }
}

/// What was given up of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// The day.
    pub on: NaiveDate,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// What is booked of an invoice's charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedCharge {
    /// The invoice's number.
    pub number: String,
    /// The day it was due.
    pub due_on: NaiveDate,
    /// The last day that counts.
    pub until_on: NaiveDate,
    /// The law.
    pub law: Law,
    /// How it was worked out.
    pub worked: Charge,
    /// What was given up of it, oldest first.
    pub waived: Vec<Waived>,
    /// What of it stands, paid or not.
    pub stands: Money,
}

/// The debtor's page of late charges.
#[derive(Clone, Debug)]
pub struct PortalLateCharges {
    /// The creditor.
    pub business: Business,
    /// What is booked, by invoice, the oldest first.
    pub charges: Vec<BookedCharge>,
}

/// An invoice that is or was late, for the person who may claim something of it.
#[derive(Clone, Debug)]
pub struct LateRow {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// The day it was due.
    pub due_on: NaiveDate,
    /// What it was when it became due.
    pub amount: Money,
    /// What the law adds until yesterday, or why nothing.
    pub worked: Result<Charge, String>,
    /// What can be claimed now, or why nothing.
    pub claim: Result<Money, String>,
    /// What is booked of it.
    pub booked: Option<BookedCharge>,
    /// What of that can be given up.
    pub open: Option<Money>,
}

/// The console's page of one debtor's late charges.
#[derive(Clone, Debug)]
pub struct LateChargesView {
    /// Around the page.
    pub frame: Frame,
    /// The debtor's id.
    pub debtor: String,
    /// The debtor's name.
    pub name: String,
    /// The law by which is claimed; none where nothing is.
    pub law: Option<Law>,
    /// Why nothing can be claimed today, whatever the invoice.
    pub obstacle: Option<String>,
    /// Invoices that are or were late, the oldest first.
    pub rows: Vec<LateRow>,
    /// What was typed.
    pub form: Form,
    /// The same for every sending of a form.
    pub once: String,
}

/// A preset on the page of settings.
#[derive(Clone, Debug)]
pub struct PresetRow {
    /// Its code.
    pub code: String,
    /// The law.
    pub law: Law,
    /// Debts that became due before this day are not under it.
    pub effective_on: NaiveDate,
    /// In short: the rate, what follows it, the fixed sums.
    pub adds: String,
    /// The newest reference rates: the day, hundredths of a per cent, and whether the business added it.
    pub rates: Vec<(NaiveDate, i64, bool)>,
    /// The first reference day that is gone and whose rate is not known; without it nothing is worked out after it.
    pub missing_on: Option<NaiveDate>,
}

/// The page of settings about late charges.
#[derive(Clone, Debug)]
pub struct LateChargePolicyView {
    /// Around the page.
    pub frame: Frame,
    /// Every preset.
    pub presets: Vec<PresetRow>,
    /// What is known, or was typed.
    pub form: Form,
}
