use super::*;
use kept_domain::calendar::iso;
use kept_domain::statement::{Direction, Line};
use proptest::prelude::*;

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/it/data/statements/", $name)).as_slice()
    };
}

const SAMPLES: [&[u8]; 8] = [
    sample!("camt053-v2.xml"),
    sample!("camt053-v8.xml"),
    sample!("mt940-structured.sta"),
    sample!("mt940-plain.sta"),
    sample!("ofx1.ofx"),
    sample!("ofx2.ofx"),
    sample!("german.csv"),
    sample!("british.csv"),
];

fn asked() -> Asked {
    Asked { currency: Currency::parse("GBP"), ..Asked::default() }
}

/// A line in one row: amount, currency, day, payer, its account, references, words.
fn told(line: &Line) -> String {
    let back = if line.direction == Direction::TakenBack { "back " } else { "" };
    let l = line;
    format!(
        "{back}{} {} {} | {} | {} | {} | {} | {}",
        l.amount_minor,
        l.currency,
        iso(l.booked_on),
        l.bank_reference,
        l.payer,
        l.payer_account,
        l.reference,
        l.words
    )
}

fn lines(bytes: &[u8]) -> (Statement, Vec<String>) {
    let read = read(bytes, &asked()).unwrap_or_else(|e| panic!("{}", e.reason));
    let told = read.lines.iter().map(told).collect();
    (read, told)
}

fn until(read: &Statement) -> Option<String> {
    read.until_on.map(iso)
}

#[test]
fn camt_is_read_in_its_old_and_its_new_versions() {
    let (read, told) = lines(sample!("camt053-v2.xml"));
    assert_eq!(
        told,
        [
            "40000 EUR 2026-11-20 | BANK-0001 | Ada Müller GmbH | DE02120300000000202051 |  | Rechnung 2026-0001 vielen Dank",
            "100000 EUR 2026-11-20 | BATCH-7/1 | Bea Stone |  | RF18539007547034 | ",
            "10050 EUR 2026-11-20 | PART-2 | Cleo Ltd |  | 2026-0006 | ",
            "back 5500 EUR 2026-11-20 | BACK-1 |  |  |  | ",
        ]
    );
    assert_eq!((read.format, read.ignored, until(&read).as_deref()), ("camt.053", 3, Some("2026-11-20")));
    assert!(read.lines.iter().all(|l| l.account == "DE89370400440532013000"));
    let (read, told) = lines(sample!("camt053-v8.xml"));
    assert_eq!(
        told,
        [
            "25000 GBP 2026-11-19 |  | D Dean | 12345678 | E2E-9 | thanks",
            // Its parts go both ways: it is left whole.
            "9000 GBP 2026-11-19 |  |  |  |  | ",
            "1200 JPY 2026-11-20 |  |  |  |  | FROM TOKYO",
        ]
    );
    let accounts: Vec<&str> = read.lines.iter().map(|l| l.account.as_str()).collect();
    assert_eq!(accounts, ["20-20-15 55555555", "20-20-15 55555555", "GB33BUKB20201555555555"]);
}

#[test]
fn mt940_is_read_structured_and_plain() {
    let (read, told) = lines(sample!("mt940-structured.sta"));
    assert_eq!(
        told,
        [
            "40000 EUR 2026-11-20 | BANK-0001 | ADA MUELLER GMBH | DE02120300000000202051 | RE-77 | /OCMT/EUR400,00/ Rechnung 2026-0001, vielen Dank",
            "back 5500 EUR 2026-11-20 | BACK-1 | BEA STONE |  |  | zurueck",
            "123450 EUR 2027-01-01 | X1 |  |  | BEA-1 Kunde 1002 RF18 5390 0754 7034 | Kunde 1002 RF18 5390 075 4 7034",
        ]
    );
    assert_eq!((read.format, read.ignored, until(&read).as_deref()), ("MT940", 2, Some("2026-11-20")));
    let (read, told) = lines(sample!("mt940-plain.sta"));
    assert_eq!(
        told,
        [
            "1250 EUR 2026-11-20 | 26112012345678 | J. de Vries | NL69INGB0123456789 | EREF | Factuur 2026-0003",
            "700 EUR 2026-11-20 |  |  |  |  | FROM MR A LOVELACE INVOICE 47110",
        ]
    );
    assert_eq!(read.lines[0].account, "NL20INGB0001234567 EUR");
}

#[test]
fn ofx_is_read_as_sgml_and_as_xml() {
    let (read, told) = lines(sample!("ofx1.ofx"));
    assert_eq!(
        told,
        ["4000 GBP 2026-11-18 | F1 | Ada & Co |  |  | INV 2026-0001", "525 GBP 2026-11-19 | F3 | Bea |  |  | "]
    );
    assert_eq!((read.format, read.ignored, until(&read).as_deref()), ("OFX", 1, Some("2026-11-20")));
    assert_eq!(read.lines[0].account, "202015 55555555");
    let (read, told) = lines(sample!("ofx2.ofx"));
    assert_eq!(told, ["120000 USD 2026-11-17 | A-1 | Grace Höpper | 555 |  | 2026-0009"]);
    assert_eq!(read.lines[0].account, "123 987");
}

#[test]
fn csv_is_read_below_what_stands_above_its_headings_and_in_its_own_encoding() {
    let (read, told) = lines(sample!("german.csv"));
    assert_eq!(told, ["140000 EUR 2026-11-20 |  | Ada Müller GmbH | DE02120300000000202051 |  | Rechnung 2026-0001"]);
    assert_eq!((read.format, read.ignored, until(&read).as_deref()), ("CSV", 1, Some("2026-11-20")));
    let (read, told) = lines(sample!("british.csv"));
    assert_eq!(told, ["2500 GBP 2026-11-13 |  |  |  |  | A LOVELACE 2026-0002"]);
    assert_eq!(read.ignored, 1);
}

#[test]
fn an_encoding_that_a_file_names_is_used() {
    let text = "<?xml version='1.0' encoding='ISO-8859-1'?><Document><BkToCstmrStmt><Stmt><Ntry><Amt Ccy='EUR'>1</Amt>\
                <CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-11-20</Dt></BookgDt><AddtlNtryInf>Müller</AddtlNtryInf></Ntry></Stmt>\
                </BkToCstmrStmt></Document>";
    let latin = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    assert_eq!(lines(&latin).0.lines[0].words, "Müller");
    assert_eq!(lines(text.as_bytes()).0.lines[0].words, "Müller", "what is UTF-8 is read as that whatever it says");
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    let utf16: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
    assert_eq!(lines(&utf16).0.lines[0].words, "Müller");
}

#[test]
fn what_cannot_be_read_is_refused_with_place_and_reason() {
    let camt = |inner: &str| format!("<Document>\n<BkToCstmrStmt>\n<Stmt>\n{inner}</Stmt></BkToCstmrStmt></Document>");
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let table: Vec<(String, &str)> = vec![
        (String::new(), "empty"),
        ("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><Document/>".into(), "(DTD)"),
        (camt("<Ntry><Amt Ccy='EUR'>&a;</Amt></Ntry>"), "line 4, column"),
        ("<Document><BkToCstmrAcctRpt/></Document>".into(), "camt.052"),
        ("<Document><BkToCstmrDbtCdtNtfctn/></Document>".into(), "camt.054"),
        ("<Document><Other/></Document>".into(), "begins with Other"),
        (deep, "begins with a"),
        ("<Document><BkToCstmrStmt/></Document>".into(), "no Stmt"),
        (camt("<Ntry/>"), "line 4, Ntry/Amt: is missing"),
        (camt("<Ntry>\n<Amt Ccy='EUR'>1,00</Amt></Ntry>"), "line 5, Ntry/Amt: “1,00” is not an amount"),
        (camt("<Ntry><Amt Ccy='EU'>1</Amt></Ntry>"), "Ntry/Amt/@Ccy: “EU” is not a currency"),
        (camt("<Ntry><Amt Ccy='EUR'>1</Amt></Ntry>"), "Ntry/CdtDbtInd"),
        (camt("<Ntry><Amt Ccy='EUR'>1</Amt><CdtDbtInd>CRDT</CdtDbtInd></Ntry>"), "Ntry/BookgDt: is missing"),
        (
            camt("<Ntry><Amt Ccy='EUR'>1</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>20 Nov</Dt></BookgDt></Ntry>"),
            "Ntry/BookgDt: “20 Nov” is not a date",
        ),
        (":20:A\n:25:B\n:61:261120C1,00NTRF\n".into(), "line 3, :61: stands before the opening balance"),
        (":20:A\n:60F:C261119EUR1,00\n:61:261120X1,00NTRF\n".into(), "line 3, :61: says neither credit"),
        (":20:A\n:60F:C261119EUR1,00\n:61:269920C1,00NTRF\n".into(), "line 3, :61: does not begin with a date"),
        (
            ":20:A\n:60F:C261119EUR1,00\n:61:261120C1.00NTRF\n:61:261120C,NTRF\n".into(),
            "line 4, :61: “,” is not an amount",
        ),
        (":20:A\n:60F:C261119EUX1,00\n".into(), "line 2, :60F: “EUX” is not a currency"),
        (":20:A\n".into(), "no statement"),
        ("OFXHEADER:100\n\n<OFX><!DOCTYPE x></OFX>".into(), "line 3: the file declares a document type"),
        ("OFXHEADER:100\n\n<OFX><STMTRS".into(), "has no “>”"),
        ("OFXHEADER:100\n\n<OFX></OFX>".into(), "STMTRS"),
        ("OFXHEADER:100\n".into(), "no OFX element"),
        (
            "<OFX>\n<STMTRS><CURDEF>GBP\n<STMTTRN><TRNAMT>x<DTPOSTED>20261120</STMTTRN></OFX>".into(),
            "line 3, STMTTRN/TRNAMT: “x”",
        ),
        (
            "<OFX>\n<STMTRS><CURDEF>GBP\n<STMTTRN><TRNAMT>1<DTPOSTED>2026</STMTTRN></OFX>".into(),
            "line 3, STMTTRN/DTPOSTED",
        ),
        (
            "<?xml version=\"1.0\"?>\n<?OFX?>\n<OFX><STMTRS><CURDEF>$</CURDEF></STMTRS></OFX>".into(),
            "line 3, CURDEF: “$”",
        ),
        (
            "<OFX>\n<STMTRS><CURDEF>GBP\n<STMTTRN><TRNAMT>1<DTPOSTED>10261120</STMTTRN></OFX>".into(),
            "booked on 20 November 1026: the year is not between 1900 and 2199",
        ),
        ("a,b\n1,2\n".into(), "booked"),
        ("PK\u{3}\u{4}".into(), "archive that cannot be read"),
    ];
    for (text, reason) in table {
        let short: String = text.chars().take(120).collect();
        let refused = match read(text.as_bytes(), &asked()) {
            Err(refusal) => refusal.reason,
            Ok(read) => panic!("{short}: {read:?}"),
        };
        assert!(refused.contains(reason), "{short}: {refused}: expected {reason}");
    }
    assert!(read(&vec![b'<'; FILE_BYTES_MAX + 1], &asked()).unwrap_err().reason.contains("64 MiB"));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), which in 0usize..6) {
        let heads: [&[u8]; 6] = [b"", b"<Document><BkToCstmrStmt><Stmt>", b":20:A\n:60F:C261119EUR1,00\n:61:", b"OFXHEADER:100\n<OFX>", b"Date,Amount\n", b"<OFX><STMTRS>"];
        let _ = read(&[heads[which], &bytes].concat(), &asked());
    }

    #[test]
    fn no_damage_to_a_real_file_makes_a_reader_panic(
        which in 0usize..SAMPLES.len(),
        at in any::<prop::sample::Index>(),
        remove in 0usize..40,
        with in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let sample = SAMPLES[which];
        let from = at.index(sample.len());
        let to = (from + remove).min(sample.len());
        let damaged = [&sample[..from], &with, &sample[to..]].concat();
        if let Ok(read) = read(&damaged, &asked()) {
            prop_assert!(read.lines.iter().all(|l| l.amount_minor > 0));
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "[:0-9A-Z/?,<>{}+\n =\"'&;-]{0,200}", which in 0usize..4) {
        let heads = [":20:A\n:60F:C261119EUR1,00\n:61:261120C1,00NTRF\n:86:166?", "<OFX><STMTRS><CURDEF>GBP\n", "<", ":20:A\n"];
        let _ = read(format!("{}{text}", heads[which]).as_bytes(), &asked());
    }
}
