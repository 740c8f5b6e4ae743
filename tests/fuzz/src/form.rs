//! Forms of the portal as a browser sends them: a plan, which is laid out, a promise, a lower amount. Whether the amounts of
//! these two are more than nothing is decided by the rules that take them.

use kept_api::portal::{PlanForm, PromiseForm, SettlementForm};
use kept_domain::money::{AMOUNT_MAX_MINOR, Currency};
use kept_domain::plan::{Size, schedule};

/// Reads a form, in the way of each page.
pub fn target(bytes: &[u8]) {
    const OWED_MINOR: i64 = 100_000;
    for currency in ["GBP", "JPY", "KWD"].into_iter().filter_map(Currency::parse) {
        if let Ok(form) = serde_urlencoded::from_bytes::<PlanForm>(bytes) {
            match form.read(OWED_MINOR, currency) {
                Ok(proposal) => {
                    assert_eq!(proposal.total_minor, OWED_MINOR);
                    match proposal.size {
                        Size::Amount(each) => assert!((1..=AMOUNT_MAX_MINOR).contains(&each)),
                        Size::Count(count) => assert!(count > 0),
                    }
                    assert!(proposal.upfront_minor.abs() <= AMOUNT_MAX_MINOR, "{form:?}");
                    if let Ok(laid_out) = schedule(&proposal) {
                        let amounts: Vec<i64> = laid_out.instalments.iter().map(|i| i.amount_minor).collect();
                        assert_eq!(amounts.iter().sum::<i64>(), OWED_MINOR, "to the penny: {form:?}");
                        assert!(amounts.iter().all(|a| *a > 0), "{form:?}: {amounts:?}");
                        assert!(laid_out.instalments.is_sorted_by_key(|i| i.due_on), "{form:?}");
                        // The page shows what was read, and it is read as the same again.
                        let shown = PlanForm::of(&proposal, currency);
                        assert_eq!(shown.read(OWED_MINOR, currency), Ok(proposal), "{form:?}");
                    }
                }
                Err(mistakes) => assert!(!mistakes.is_empty()),
            }
        }
        if let Ok(form) = serde_urlencoded::from_bytes::<PromiseForm>(bytes) {
            match form.read(OWED_MINOR, currency) {
                Ok((amount_minor, _)) => assert!(amount_minor.abs() <= AMOUNT_MAX_MINOR, "{form:?}"),
                Err(mistakes) => assert!(!mistakes.is_empty()),
            }
        }
        if let Ok(form) = serde_urlencoded::from_bytes::<SettlementForm>(bytes) {
            match form.read(currency) {
                Ok((amount_minor, _)) => assert!(amount_minor.abs() <= AMOUNT_MAX_MINOR, "{form:?}"),
                Err(mistakes) => assert!(!mistakes.is_empty()),
            }
        }
    }
}
