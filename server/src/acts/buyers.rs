//! Whom e-invoices bill: a debtor of the business, or somebody new.

use super::imported::{ImportError, Report};
use super::invoice_plan::{Incoming, Plan};
use crate::secret::new_id;
use crate::store::debtor::Debtor;
use crate::store::{Tx, identifier};
use kept_domain::ids::{BusinessId, DebtorId};
use kept_domain::party::{Buyers, Identifier, KnownDebtor, Party};
use kept_domain::table::Problem;
use std::collections::HashMap;

/// What e-invoices tell of debtors.
#[derive(Default)]
pub(super) struct Strangers {
    /// Those who are not on file yet, by the reference that they get.
    pub debtors: HashMap<String, Debtor>,
    /// What is known to be a debtor's own by now, and was not before, by its reference.
    pub learnt: HashMap<String, Vec<Identifier>>,
}

/// Finds the debtor that each e-invoice bills and writes its reference into the row. A row whose buyer may be one debtor
/// or another is taken out and reported.
pub(super) async fn resolve(
    tx: &Tx,
    business: &BusinessId,
    plan: &Plan,
    incoming: &mut Incoming,
    report: &mut Report,
) -> Result<Strangers, ImportError> {
    let mut strangers = Strangers::default();
    if !incoming.documents {
        return Ok(strangers);
    }
    let mut known: HashMap<DebtorId, Vec<Identifier>> = HashMap::new();
    for (identifier, debtor) in identifier::list(tx, business).await? {
        known.entry(debtor).or_default().push(identifier);
    }
    let mut buyers = Buyers::default();
    for d in plan.debtors() {
        let (reference, name, postcode) = (d.reference.clone(), d.name.clone(), d.postcode.clone());
        let identifiers = known.remove(&d.id).unwrap_or_default();
        buyers.add(KnownDebtor { id: d.id.clone(), reference, name, postcode }, identifiers);
    }
    incoming.rows.retain_mut(|row| {
        let Some(more) = row.more.as_ref() else { return true };
        let billed = plan.billed(&row.number);
        let found = debtor_of(&mut buyers, &mut strangers, &more.buyer, billed);
        take(found, row.row, &mut row.debtor, report)
    });
    incoming.credits.retain_mut(|row| {
        let billed = plan.credited(&row.number).or_else(|| row.invoices.iter().find_map(|n| plan.billed(n)));
        let found = debtor_of(&mut buyers, &mut strangers, &row.buyer, billed);
        take(found, row.row, &mut row.debtor, report)
    });
    Ok(strangers)
}

fn take(found: Result<String, Problem>, row: u32, debtor: &mut String, report: &mut Report) -> bool {
    match found {
        Ok(reference) => {
            *debtor = reference;
            true
        }
        Err(problem) => {
            report.problems.push(Problem { row, ..problem });
            false
        }
    }
}

fn debtor_of(
    buyers: &mut Buyers,
    strangers: &mut Strangers,
    buyer: &Party,
    billed: Option<&str>,
) -> Result<String, Problem> {
    let found = buyers.find(buyer, billed).map_err(|(term, reason)| Problem::new(0, term, reason))?;
    let reference = match found {
        Some(known) => known.reference.clone(),
        None => {
            let new = stranger(buyer);
            let (reference, name, postcode) = (new.reference.clone(), new.name.clone(), new.postcode.clone());
            buyers.add(KnownDebtor { id: new.id.clone(), reference: reference.clone(), name, postcode }, []);
            strangers.debtors.insert(reference.clone(), new);
            reference
        }
    };
    let learnt = buyers.learn(&reference, &buyer.identifiers);
    strangers.learnt.entry(reference.clone()).or_default().extend(learnt);
    Ok(reference)
}

fn stranger(buyer: &Party) -> Debtor {
    Debtor {
        id: new_id(),
        reference: buyer.reference(),
        name: buyer.name.clone(),
        email: buyer.email.clone(),
        phone: buyer.phone.clone(),
        address: buyer.address.clone(),
        postcode: buyer.postcode.clone(),
        country: buyer.country.clone(),
        language: buyer.language().to_owned(),
        zone: buyer.zone().to_owned(),
        kind: buyer.kind().to_owned(),
        born_on: None,
    }
}
