//! What is read from samples, and which rule is named where one is broken.

use super::*;
use proptest::prelude::*;

const UBL: &str = include_str!("../../../../tests/it/data/einvoices/ubl-invoice.xml");
const UBL_CREDIT: &str = include_str!("../../../../tests/it/data/einvoices/ubl-credit-note.xml");
const PEPPOL: &str = include_str!("../../../../tests/it/data/einvoices/peppol-invoice.xml");
const CII: &str = include_str!("../../../../tests/it/data/einvoices/cii-invoice.xml");
const CII_CREDIT: &str = include_str!("../../../../tests/it/data/einvoices/cii-credit-note.xml");

fn own() -> Own {
    Own { party: Party { name: "Harlow Joinery".into(), ..Party::default() }, due_days: 30 }
}

fn taken(text: &str) -> (Bill, Vec<Problem>) {
    let reading = read(1, text.as_bytes(), &own());
    assert_eq!(reading.problems, []);
    (reading.bill.unwrap(), reading.warnings)
}

fn invoice(text: &str) -> InvoiceRow {
    match taken(text).0 {
        Bill::Invoice(row) => row,
        other => panic!("{other:?}"),
    }
}

fn credit_note(text: &str) -> CreditNoteRow {
    match taken(text).0 {
        Bill::CreditNote(row) => row,
        other => panic!("{other:?}"),
    }
}

fn day(text: &str) -> NaiveDate {
    calendar::parse_iso(text).unwrap()
}

#[test]
fn every_syntax_is_read_into_the_same_rows() {
    let row = invoice(UBL);
    assert_eq!((row.number.as_str(), row.amount_minor, row.currency.code()), ("HJ-2001", 24_600, "EUR"));
    assert_eq!((row.issued_on, row.due_on), (day("2026-09-01"), day("2026-10-01")));
    assert_eq!(row.description, "Oak shelf");
    let buyer = row.more.unwrap().buyer;
    assert_eq!((buyer.name.as_str(), buyer.reference().as_str()), ("Buchhandlung Sommer GmbH", "C-17"));
    assert_eq!(buyer.identifier(IdentifierKind::Vat), Some("DE123456789"));
    assert_eq!((buyer.email.as_str(), buyer.address.as_str()), ("rechnung@sommer.example", "Lindenweg 8\nBonn"));
    assert_eq!((buyer.postcode.as_str(), buyer.country.as_str(), buyer.kind()), ("53113", "DE", "company"));

    let credit = credit_note(UBL_CREDIT);
    assert_eq!(
        (credit.number.as_str(), credit.amount_minor, credit.invoices),
        ("HJ-C1", 6_150, vec!["HJ-2001".to_owned()])
    );

    let buyer = invoice(PEPPOL).more.unwrap().buyer;
    assert_eq!(buyer.identifier(IdentifierKind::Endpoint), Some("0192:987654325"));
    assert_eq!(buyer.identifier(IdentifierKind::Registration), Some("987654325"));

    let (bill, warnings) = taken(CII);
    let Bill::Invoice(row) = bill else { panic!("{bill:?}") };
    assert_eq!((row.number.as_str(), row.amount_minor, row.due_on), ("HJ-2003", 66_420, day("2026-10-01")));
    assert_eq!(row.description, "Walnut table and 1 more");
    let more = row.more.unwrap();
    assert_eq!((more.prepaid_minor, more.due_is_usual), (10_000, true));
    assert_eq!(
        (more.buyer.email.as_str(), more.buyer.kind(), more.buyer.language()),
        ("compta@lavande.example", "person", "fr")
    );
    let said: Vec<(&str, &str)> = warnings.iter().map(|w| (w.column.as_str(), w.reason.as_str())).collect();
    let expected = "has no due date; its terms are “Net 14 days”: due on 1 October 2026 by your usual terms";
    assert_eq!(said, [("BT-9", expected)]);

    let credit = credit_note(CII_CREDIT);
    assert_eq!((credit.amount_minor, credit.invoices.as_slice()), (66_420, ["HJ-2003".to_owned()].as_slice()));
}

#[test]
fn an_invoice_of_less_than_nothing_is_a_credit_note() {
    let text = UBL.replace("currencyID=\"EUR\">2", "currencyID=\"EUR\">-2").replace("\"EUR\">46", "\"EUR\">-46");
    let text = text.replace(">2</cbc:InvoicedQuantity>", ">-2</cbc:InvoicedQuantity>");
    assert_eq!(credit_note(&text).amount_minor, 24_600);
    let corrected = UBL.replace(">380<", ">384<").replace(
        "  <cac:AccountingSupplierParty>",
        "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>HJ-1</cbc:ID></cac:InvoiceDocumentReference>\
         </cac:BillingReference><cac:AccountingSupplierParty>",
    );
    assert_eq!(invoice(&corrected).more.unwrap().corrects, ["HJ-1"]);
    for code in ["380", "389"] {
        assert_eq!(invoice(&UBL.replace(">380<", &format!(">{code}<"))).amount_minor, 24_600);
    }
}

#[test]
fn amounts_are_in_the_minor_units_of_their_currency() {
    for (code, minor) in [("EUR", Some(24_600)), ("JPY", Some(246)), ("HUF", Some(24_600)), ("KWD", Some(246_000))] {
        assert_eq!(Some(invoice(&UBL.replace("EUR", code)).amount_minor), minor, "{code}");
    }
    let halves = UBL.replace("46.00", "46.50").replace("<cbc:Percent>23<", "<cbc:Percent>23.25<").replace("EUR", "JPY");
    let found = read(1, halves.as_bytes(), &own());
    assert_eq!(found.bill, None);
    let reason = "“246.50” has more than the 0 decimals of JPY, or is too large";
    assert_eq!((found.problems[0].column.as_str(), found.problems[0].reason.as_str()), ("BT-112", reason));
}

#[test]
fn the_rule_that_is_broken_is_named() {
    let table: &[(&str, &str, &str, &str)] = &[
        ("BR-01", UBL, "<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>", ""),
        ("BR-02", UBL, "<cbc:ID>HJ-2001</cbc:ID>", ""),
        ("BR-03", UBL, "<cbc:IssueDate>2026-09-01</cbc:IssueDate>", ""),
        ("BR-04", UBL, "<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", ""),
        ("BR-05", UBL, "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>", ""),
        ("BR-06", UBL, "Harlow Joinery Ltd", ""),
        ("BR-07", UBL, "Buchhandlung Sommer GmbH", ""),
        ("BR-09", UBL, "<cac:Country><cbc:IdentificationCode>IE</cbc:IdentificationCode></cac:Country>", ""),
        ("BR-11", UBL, "<cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country>", ""),
        (
            "BR-12",
            UBL,
            "<cbc:LineExtensionAmount currencyID=\"EUR\">200.00</cbc:LineExtensionAmount>\n    <cbc:TaxE",
            "<cbc:TaxE",
        ),
        ("BR-13", UBL, "<cbc:TaxExclusiveAmount currencyID=\"EUR\">200.00</cbc:TaxExclusiveAmount>", ""),
        ("BR-14", UBL, "<cbc:TaxInclusiveAmount currencyID=\"EUR\">246.00</cbc:TaxInclusiveAmount>", ""),
        ("BR-15", UBL, "<cbc:PayableAmount currencyID=\"EUR\">246.00</cbc:PayableAmount>", ""),
        ("BR-21", UBL, "<cac:InvoiceLine>\n    <cbc:ID>1</cbc:ID>", "<cac:InvoiceLine>"),
        ("BR-22", UBL, "<cbc:InvoicedQuantity unitCode=\"C62\">2</cbc:InvoicedQuantity>", ""),
        (
            "BR-24",
            UBL,
            "<cbc:LineExtensionAmount currencyID=\"EUR\">200.00</cbc:LineExtensionAmount>\n    <cac:Item>",
            "<cac:Item>",
        ),
        ("BR-26", UBL, "<cbc:PriceAmount currencyID=\"EUR\">100</cbc:PriceAmount>", ""),
        ("BR-14", CII, "<ram:GrandTotalAmount>664.20</ram:GrandTotalAmount>", ""),
        ("BR-15", CII, "<ram:DuePayableAmount>564.20</ram:DuePayableAmount>", ""),
        ("BR-25", UBL, "<cbc:Name>Oak shelf</cbc:Name>", ""),
        ("BR-27", UBL, ">100</cbc:PriceAmount>", ">-100</cbc:PriceAmount>"),
        ("BR-CL-01", UBL, ">380<", ">999<"),
        ("BR-CL-04", UBL, "<cbc:DocumentCurrencyCode>EUR<", "<cbc:DocumentCurrencyCode>EUX<"),
        ("BR-CL-14", UBL, ">IE<", ">XX<"),
        ("BR-CO-09", UBL, "IE1234567T", "1234567T"),
        (
            "BR-CO-10",
            UBL,
            "200.00</cbc:LineExtensionAmount>\n    <cbc:TaxE",
            "201.00</cbc:LineExtensionAmount>\n    <cbc:TaxE",
        ),
        ("BR-CO-13", UBL, "200.00</cbc:TaxExclusiveAmount>", "199.00</cbc:TaxExclusiveAmount>"),
        ("BR-CO-14", UBL, "46.00</cbc:TaxAmount>\n    <cac:TaxS", "47.00</cbc:TaxAmount>\n    <cac:TaxS"),
        ("BR-CO-15", UBL, "246.00</cbc:TaxInclusiveAmount>", "246.01</cbc:TaxInclusiveAmount>"),
        ("BR-CO-16", UBL, "246.00</cbc:PayableAmount>", "245.00</cbc:PayableAmount>"),
        (
            "BR-CO-17",
            UBL,
            "<cbc:Percent>23</cbc:Percent>\n        <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>\n      </cac:TaxCategory>",
            "<cbc:Percent>21</cbc:Percent>\n        <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>\n      </cac:TaxCategory>",
        ),
        (
            "BR-DEC-09",
            UBL,
            "200.00</cbc:LineExtensionAmount>\n    <cbc:TaxE",
            "200.001</cbc:LineExtensionAmount>\n    <cbc:TaxE",
        ),
        ("BR-DEC-14", UBL, "246.00</cbc:TaxInclusiveAmount>", "246.000</cbc:TaxInclusiveAmount>"),
        ("BR-DEC-18", UBL, "246.00</cbc:PayableAmount>", "246.0001</cbc:PayableAmount>"),
        ("BR-S-08", UBL, "200.00</cbc:TaxableAmount>", "190.00</cbc:TaxableAmount>"),
        ("BR-55", UBL_CREDIT, "<b:ID>HJ-2001</b:ID>", "<b:ID></b:ID>"),
        ("BR-CO-15", UBL_CREDIT, "61.50</b:TaxInclusiveAmount>", "61.00</b:TaxInclusiveAmount>"),
        (
            "PEPPOL-EN16931-R001",
            PEPPOL,
            "<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>",
            "",
        ),
        ("PEPPOL-EN16931-R003", PEPPOL, "<cbc:BuyerReference>PO 44</cbc:BuyerReference>", ""),
        ("PEPPOL-EN16931-R007", PEPPOL, "poacc:billing:01:1.0", "poacc:other"),
        ("PEPPOL-EN16931-R010", PEPPOL, "<cbc:EndpointID schemeID=\"0192\">987654325</cbc:EndpointID>", ""),
        ("PEPPOL-EN16931-R020", PEPPOL, "<cbc:EndpointID schemeID=\"0088\">5390000000014</cbc:EndpointID>", ""),
        ("PEPPOL-EN16931-R120", PEPPOL, ">100</cbc:PriceAmount>", ">101</cbc:PriceAmount>"),
        ("BR-CO-15", PEPPOL, "246.00</cbc:TaxInclusiveAmount>", "246.01</cbc:TaxInclusiveAmount>"),
        ("BR-02", CII, "<ram:ID>HJ-2003</ram:ID>", ""),
        ("BR-07", CII, "Maison Lavande", " "),
        ("BR-CO-10", CII, "<ram:LineTotalAmount>540.00", "<ram:LineTotalAmount>541.00"),
        ("BR-CO-15", CII, "<ram:GrandTotalAmount>664.20", "<ram:GrandTotalAmount>664.10"),
        ("BR-CO-16", CII, "<ram:DuePayableAmount>564.20", "<ram:DuePayableAmount>664.20"),
        ("BR-DEC-16", CII, "100.00</ram:TotalPrepaidAmount>", "100.000</ram:TotalPrepaidAmount>"),
    ];
    let mut wrong = Vec::new();
    for (rule, base, from, to) in table {
        assert!(base.contains(from), "{rule}: {from}");
        let found = read(1, base.replacen(from, to, 1).as_bytes(), &own());
        let named: Vec<(&str, &str, &str)> =
            found.problems.iter().map(|p| (p.rule.as_str(), p.column.as_str(), p.reason.as_str())).collect();
        if found.bill.is_some() || !named.iter().any(|(named, _, reason)| named == rule && !reason.is_empty()) {
            wrong.push(format!("{rule}: {named:?}"));
        }
    }
    // Its only line is gone.
    let lines = &UBL[UBL.find("<cac:InvoiceLine>").unwrap()..UBL.find("</Invoice>").unwrap()];
    let found = read(1, UBL.replace(lines, "").as_bytes(), &own());
    assert!(found.problems.iter().any(|p| p.rule == "BR-16"), "{found:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_says_nothing_of_when_it_is_due_is_due_by_the_usual_terms() {
    let text = UBL.replace("<cbc:DueDate>2026-10-01</cbc:DueDate>", "");
    let own = Own { due_days: 14, ..own() };
    let found = read(1, text.as_bytes(), &own);
    let Some(Bill::Invoice(row)) = found.bill else { panic!("{found:?}") };
    assert_eq!(row.due_on, day("2026-09-15"));
    let said: Vec<(&str, &str)> = found.warnings.iter().map(|w| (w.column.as_str(), w.rule.as_str())).collect();
    assert!(said.contains(&("BT-9", "")) && said.iter().any(|(_, rule)| *rule == "BR-CO-25"), "{said:?}");
}

#[test]
fn another_seller_is_a_warning() {
    let warnings = taken(&UBL.replace("Harlow Joinery Ltd", "Jessop Stationers")).1;
    assert_eq!(warnings[0].column, "BT-27");
    assert_eq!(warnings[0].reason, "the seller is “Jessop Stationers”, not “Harlow Joinery”");
    assert_eq!(taken(UBL).1, []);
}

#[test]
fn what_is_no_e_invoice_is_refused_with_a_reason() {
    let bomb = UBL.replacen("<Invoice", "<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><Invoice", 1);
    let outside = UBL.replacen("<Invoice", "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><Invoice", 1);
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let many = format!("<Invoice>{}</Invoice>", "<a/>".repeat(TAGS_MAX));
    let foreign = UBL.replace("urn:oasis:names:specification:ubl:schema:xsd:Invoice-2", "urn:example:invoice");
    let twice = UBL.replace("<cbc:ID>HJ-2001</cbc:ID>", "<cbc:ID>HJ-2001</cbc:ID><cbc:ID>HJ-9999</cbc:ID>");
    let table: &[(&str, &str)] = &[
        (&bomb, "DTD"),
        (&outside, "DTD"),
        (&deep, "deep"),
        (&many, "tags"),
        (&foreign, "namespace"),
        ("<html><body>An invoice</body></html>", "html"),
        ("<Invoice", "XML"),
        ("<", "XML"),
        (&twice, "occurrence"),
        (&UBL.replace(">380<", ">325<"), "pro forma"),
        (&UBL.replace("urn:cen.eu:en16931:2017", "urn:factur-x.eu:1p0:minimum"), "MINIMUM"),
        (&UBL.replace("2026-09-01", "2026-02-30"), "date"),
        (&UBL.replace("2026-10-01", "2026-08-01"), "before the invoice was issued"),
        (&UBL.replace("HJ-2001", &"9".repeat(101)), "101 characters"),
    ];
    for (text, reason) in table {
        let found = read(1, text.as_bytes(), &own());
        assert_eq!(found.bill, None, "{reason}");
        let said: Vec<&str> = found.problems.iter().map(|p| p.reason.as_str()).collect();
        assert!(said.iter().any(|s| s.to_lowercase().contains(&reason.to_lowercase())), "{reason}: {said:?}");
    }
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain(UBL.replace("UTF-8", "UTF-16").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(is_xml(&utf16) && read(1, &utf16, &own()).bill.is_some());
    assert!(is_xml(b"\xef\xbb\xbf \n<Invoice/>") && !is_xml(b"a,b\n<1>,2\n") && !is_xml(b""));
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(1, &bytes, &own());
    }

    #[test]
    fn no_change_to_an_e_invoice_makes_the_reader_panic(
        which in 0usize..5, at in any::<prop::sample::Index>(), many in 0usize..40, instead in "[<>/&;\"'=0-9.:a-zA-Z \\-]{0,12}",
    ) {
        let base = [UBL, UBL_CREDIT, PEPPOL, CII, CII_CREDIT][which];
        let at = at.index(base.len());
        let end = (at + many).min(base.len());
        let mut bytes = base.as_bytes().to_vec();
        bytes.splice(at..end, instead.into_bytes());
        let found = read(1, &bytes, &own());
        prop_assert!(found.bill.is_some() || !found.problems.is_empty(), "refused without a reason");
    }
}
