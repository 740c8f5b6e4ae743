//! E-invoices: UBL, CII, Peppol BIS.

use kept_domain::money::AMOUNT_MAX_MINOR;
use kept_domain::party::Party;
use kept_intake::einvoice::{Bill, Own, is_xml, read};

/// Reads an e-invoice.
pub fn target(bytes: &[u8]) {
    is_xml(bytes);
    let own = Own { party: Party { name: "Alder Tools".to_owned(), ..Party::default() }, due_days: 30 };
    let found = read(7, bytes, &own);
    assert_eq!(found.bill.is_none(), !found.problems.is_empty(), "it is taken, or it is said what is wrong: {found:?}");
    for problem in found.problems.iter().chain(&found.warnings) {
        assert!(problem.row == 7 && !problem.reason.trim().is_empty(), "{problem:?}");
    }
    match &found.bill {
        Some(Bill::Invoice(invoice)) => {
            assert!(
                (1..=AMOUNT_MAX_MINOR).contains(&invoice.amount_minor) && !invoice.number.is_empty(),
                "{invoice:?}"
            );
            assert!(invoice.more.as_ref().is_some_and(|m| m.prepaid_minor >= 0), "{invoice:?}");
        }
        Some(Bill::CreditNote(credit)) => {
            assert!((1..=AMOUNT_MAX_MINOR).contains(&credit.amount_minor) && !credit.number.is_empty(), "{credit:?}");
        }
        None => {}
    }
    assert_eq!(read(7, bytes, &own), found, "the same file says the same");
}
