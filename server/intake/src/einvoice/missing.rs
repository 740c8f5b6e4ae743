//! Amounts that an e-invoice must state and does not: the model of `en16931` has nought in their place.

use kept_domain::table::Problem;
use roxmltree::{Document, Node};

const UBL: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const CII: &str = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100";

/// What must stand where: the group, the element in it, its term, the rule and its words (EN 16931-1, as CEN/TC 434's
/// validation artefacts spell them).
struct Must {
    namespace: &'static str,
    group: &'static str,
    elements: &'static [&'static str],
    term: &'static str,
    rule: &'static str,
    words: &'static str,
}

const SUM_OF_LINES: &str = "An Invoice shall have the Sum of Invoice line net amount (BT-106).";
const WITHOUT_VAT: &str = "An Invoice shall have the Invoice total amount without VAT (BT-109).";
const WITH_VAT: &str = "An Invoice shall have the Invoice total amount with VAT (BT-112).";
const AMOUNT_DUE: &str = "An Invoice shall have the Amount due for payment (BT-115).";
const QUANTITY: &str = "Each Invoice line (BG-25) shall have an Invoiced quantity (BT-129).";
const NET: &str = "Each Invoice line (BG-25) shall have an Invoice line net amount (BT-131).";
const PRICE: &str = "Each Invoice line (BG-25) shall contain the Item net price (BT-146).";

const fn must(
    namespace: &'static str,
    group: &'static str,
    elements: &'static [&'static str],
    of: (&'static str, &'static str, &'static str),
) -> Must {
    Must { namespace, group, elements, term: of.0, rule: of.1, words: of.2 }
}

const TOTALS: &str = "SpecifiedTradeSettlementHeaderMonetarySummation";
const UBL_TOTALS: &str = "LegalMonetaryTotal";

#[rustfmt::skip]
const ALL: [Must; 17] = [
    must(UBL, UBL_TOTALS, &["LineExtensionAmount"], ("BT-106", "BR-12", SUM_OF_LINES)),
    must(UBL, UBL_TOTALS, &["TaxExclusiveAmount"], ("BT-109", "BR-13", WITHOUT_VAT)),
    must(UBL, UBL_TOTALS, &["TaxInclusiveAmount"], ("BT-112", "BR-14", WITH_VAT)),
    must(UBL, UBL_TOTALS, &["PayableAmount"], ("BT-115", "BR-15", AMOUNT_DUE)),
    must(UBL, "InvoiceLine", &["InvoicedQuantity"], ("BT-129", "BR-22", QUANTITY)),
    must(UBL, "CreditNoteLine", &["CreditedQuantity"], ("BT-129", "BR-22", QUANTITY)),
    must(UBL, "InvoiceLine", &["LineExtensionAmount"], ("BT-131", "BR-24", NET)),
    must(UBL, "CreditNoteLine", &["LineExtensionAmount"], ("BT-131", "BR-24", NET)),
    must(UBL, "InvoiceLine", &["Price", "PriceAmount"], ("BT-146", "BR-26", PRICE)),
    must(UBL, "CreditNoteLine", &["Price", "PriceAmount"], ("BT-146", "BR-26", PRICE)),
    must(CII, TOTALS, &["LineTotalAmount"], ("BT-106", "BR-12", SUM_OF_LINES)),
    must(CII, TOTALS, &["TaxBasisTotalAmount"], ("BT-109", "BR-13", WITHOUT_VAT)),
    must(CII, TOTALS, &["GrandTotalAmount"], ("BT-112", "BR-14", WITH_VAT)),
    must(CII, TOTALS, &["DuePayableAmount"], ("BT-115", "BR-15", AMOUNT_DUE)),
    must(CII, "SpecifiedLineTradeDelivery", &["BilledQuantity"], ("BT-129", "BR-22", QUANTITY)),
    must(CII, "SpecifiedLineTradeSettlement", &["SpecifiedTradeSettlementLineMonetarySummation", "LineTotalAmount"],
        ("BT-131", "BR-24", NET)),
    must(CII, "SpecifiedLineTradeAgreement", &["NetPriceProductTradePrice", "ChargeAmount"], ("BT-146", "BR-26", PRICE)),
];

/// The business term of an element among a CII document's totals.
pub(super) fn term_of_total(element: &str) -> Option<&'static str> {
    let others = [
        ("AllowanceTotalAmount", "BT-107"),
        ("ChargeTotalAmount", "BT-108"),
        ("TaxTotalAmount", "BT-110"),
        ("TotalPrepaidAmount", "BT-113"),
        ("RoundingAmount", "BT-114"),
    ];
    let of_rules = ALL.iter().filter(|m| m.group == TOTALS).flat_map(|m| m.elements.iter().map(|e| (*e, m.term)));
    of_rules.chain(others).find(|(name, _)| *name == element).map(|(_, term)| term)
}

/// The rules that a document breaks by what it leaves out, each once.
pub(super) fn find(row: u32, bytes: &[u8]) -> Vec<Problem> {
    let (text, ..) = encoding_rs::UTF_8.decode(bytes);
    // What is nested too deep has no model and does not come here: the parser descends by recursion.
    let Ok(document) = Document::parse(&text) else { return Vec::new() };
    let broken = |m: &&Must| {
        let groups = document.descendants().filter(|n| is(n, m.namespace, m.group));
        let mut lacking = groups.filter(|group| !stands(*group, m.elements));
        lacking.next().is_some()
    };
    ALL.iter()
        .filter(broken)
        .map(|m| Problem { rule: m.rule.to_owned(), ..Problem::new(row, m.term, m.words) })
        .collect()
}

fn is(node: &Node<'_, '_>, namespace: &str, name: &str) -> bool {
    node.tag_name().name() == name && node.tag_name().namespace() == Some(namespace)
}

/// Whether the innermost of nested elements stands in a group and holds something.
fn stands(group: Node<'_, '_>, elements: &[&str]) -> bool {
    match elements.split_first() {
        None => group.text().is_some_and(|t| !t.trim().is_empty()),
        Some((first, rest)) => {
            let named = group.children().filter(|c| c.tag_name().name() == *first);
            named.into_iter().any(|inner| stands(inner, rest))
        }
    }
}
