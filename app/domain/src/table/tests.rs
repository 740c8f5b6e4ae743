use super::*;
use crate::calendar::parse_iso;
use crate::money::Currency;

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

#[test]
fn dates_are_read_in_the_stated_order() {
    let table: &[(&str, DateOrder, Option<&str>)] = &[
        ("03/01/2012", DateOrder::Dmy, Some("2012-01-03")),
        ("03/01/2012", DateOrder::Mdy, Some("2012-03-01")),
        ("3.1.2012", DateOrder::Dmy, Some("2012-01-03")),
        ("3-1-2012", DateOrder::Dmy, Some("2012-01-03")),
        ("03/01/12", DateOrder::Dmy, Some("2012-01-03")),
        ("12/01/03", DateOrder::Ymd, Some("2012-01-03")),
        ("03/01/2012", DateOrder::Ymd, None),
        ("2012-01-03", DateOrder::Mdy, Some("2012-01-03")),
        ("2012/1/3", DateOrder::Dmy, Some("2012-01-03")),
        ("20120103", DateOrder::Dmy, Some("2012-01-03")),
        ("2012-01-03T00:00:00", DateOrder::Dmy, Some("2012-01-03")),
        ("2012-01-03T00:00:00Z", DateOrder::Dmy, Some("2012-01-03")),
        ("03/01/2012 00:00", DateOrder::Dmy, Some("2012-01-03")),
        ("3 Jan 2012", DateOrder::Mdy, Some("2012-01-03")),
        ("Jan 3, 2012", DateOrder::Dmy, Some("2012-01-03")),
        ("3. März 2012", DateOrder::Dmy, Some("2012-03-03")),
        ("3 Dezember 2012", DateOrder::Dmy, Some("2012-12-03")),
        ("3 juillet 2012", DateOrder::Dmy, Some("2012-07-03")),
        ("31/02/2013", DateOrder::Dmy, None),
        ("29/02/2013", DateOrder::Dmy, None),
        ("29/02/2012", DateOrder::Dmy, Some("2012-02-29")),
        ("30/06/2013", DateOrder::Mdy, None),
        ("00/01/2012", DateOrder::Dmy, None),
        ("03/01/0012", DateOrder::Dmy, None),
        ("03/01/9999", DateOrder::Dmy, None),
        ("03/01", DateOrder::Dmy, None),
        ("3/1/2012/5", DateOrder::Dmy, None),
        ("３/１/２０１２", DateOrder::Dmy, None),
        ("soon", DateOrder::Dmy, None),
        ("", DateOrder::Dmy, None),
        ("41277", DateOrder::Dmy, None),
    ];
    for (text, order, expected) in table {
        assert_eq!(read_date(text, *order).ok(), expected.map(|e| parse_iso(e).unwrap()), "{text} {order:?}");
    }
}

#[test]
fn the_order_of_dates_is_found_or_the_file_is_refused() {
    let find = |dates: &[&'static str]| {
        let dates: Vec<_> = (2u32..).zip(dates.iter().copied()).collect();
        find_date_order(dates.iter().map(|(row, text)| (*row, "Due", *text)))
    };
    assert_eq!(find(&["03/01/2012", "13/01/2012"]), Ok(DateOrder::Dmy));
    assert_eq!(find(&["03/01/2012", "01/13/2012"]), Ok(DateOrder::Mdy));
    assert_eq!(find(&["2012-01-03", "05/05/2012"]), Ok(DateOrder::Ymd), "the fifth of May is the fifth of May");
    let alike = find(&["03/01/2012", "03/01/2012"]).unwrap_err();
    assert_eq!(alike.examples.iter().map(|p| p.row).collect::<Vec<_>>(), [2, 3]);
    let refused = find(&["03/01/2012", "03/01/2012", "04/05/2012", "07/08/2012"]).unwrap_err();
    let shown: Vec<(u32, &str)> = refused.examples.iter().map(|p| (p.row, p.reason.as_str())).collect();
    assert_eq!(
        shown,
        [
            (2, "“03/01/2012” is 3 January 2012 (dmy) or 1 March 2012 (mdy)"),
            (4, "“04/05/2012” is 4 May 2012 (dmy) or 5 April 2012 (mdy)")
        ]
    );
    let mixed = find(&["13/01/2012", "01/13/2012"]).unwrap_err();
    assert!(mixed.reason.contains("mixes"), "{}", mixed.reason);
    assert!(find(&["13/01/12"]).is_err(), "a year of two digits must be stated");
}

#[test]
fn a_file_has_one_decimal_mark() {
    let find = |amounts: &[&'static str]| {
        find_decimal_mark(amounts.iter().map(|a| (2, "Amount", *a))).map_err(|r| r.examples.len())
    };
    assert_eq!(find(&["1,234", "5"]), Ok(None));
    assert_eq!(find(&["1,234", "5.50"]), Ok(Some(DecimalMark::Point)));
    assert_eq!(find(&["1.234", "5,50"]), Ok(Some(DecimalMark::Comma)));
    assert_eq!(find(&["1.234.567"]), Ok(Some(DecimalMark::Comma)));
    assert_eq!(find(&["1.234,5"]), Ok(Some(DecimalMark::Comma)));
    assert_eq!(find(&["12.50", "12,50"]), Err(2));

    let table: &[(&str, &str, Option<DecimalMark>, Option<i64>)] = &[
        ("1.234", "EUR", Some(DecimalMark::Comma), Some(123_400)),
        ("1.234,50 €", "EUR", Some(DecimalMark::Comma), Some(123_450)),
        ("1,234", "EUR", Some(DecimalMark::Comma), None),
        ("1,234", "USD", Some(DecimalMark::Point), Some(123_400)),
        ("1.234", "USD", Some(DecimalMark::Point), None),
        ("1.234", "USD", None, None),
        ("1,234", "KWD", Some(DecimalMark::Point), Some(1_234_000)),
        ("1.234", "KWD", Some(DecimalMark::Point), Some(1_234)),
        ("12,34.50", "USD", Some(DecimalMark::Point), None),
        ("1,2345.50", "USD", Some(DecimalMark::Point), None),
        ("50.390", "USD", Some(DecimalMark::Point), Some(5_039)),
        ("$1,234.50", "USD", Some(DecimalMark::Point), Some(123_450)),
        ("-5.00", "USD", Some(DecimalMark::Point), None),
        ("0.00", "USD", Some(DecimalMark::Point), None),
        ("(5.00)", "USD", Some(DecimalMark::Point), None),
        ("1.2.3", "USD", Some(DecimalMark::Point), None),
        ("", "USD", None, None),
    ];
    for (text, code, mark, expected) in table {
        assert_eq!(read_amount(text, currency(code), *mark).ok(), *expected, "{text} {code} {mark:?}");
    }
}

#[test]
fn texts_are_bounded_and_clean() {
    assert!(read_text("a\u{0}b", 10).is_err());
    assert!(read_text("a\nb", 10).is_err());
    assert!(read_text("abc\u{202e}fdp", 10).is_err(), "a text that reads backwards hides what it is");
    assert!(read_text("abcdef", 5).is_err());
    assert_eq!(read_lines(" 5 High Street \r\n\r\n Leeds", 40).unwrap(), "5 High Street\nLeeds");
    for good in ["", "a@b.co", "jo.o'neil+x@example.com", "jörg@müller.de"] {
        assert!(read_email(good).is_ok(), "{good}");
    }
    for bad in ["a", "@b.co", "a@b", "a@b..co", "a b@c.de", "a@b.c@d.e", "A <a@b.co>", "a@b.co,c@d.eu", "a@b.co\n"] {
        assert!(read_email(bad).is_err(), "{bad}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,30}|[0-9/., -]{0,14}|.{0,20}", which in 0usize..3) {
        for order in DateOrder::ALL {
            let _ = read_date(&text, order);
        }
        let currency = currency(["EUR", "JPY", "KWD"][which]);
        for mark in [None, Some(DecimalMark::Point), Some(DecimalMark::Comma)] {
            let _ = read_amount(&text, currency, mark);
        }
        let _ = find_date_order([(2, "a", text.as_str()), (3, "a", text.as_str())].into_iter());
        let _ = find_decimal_mark([(2, "a", text.as_str())].into_iter());
        let _ = read_email(&text);
        let _ = read_lines(&text, 10);
    }

    #[test]
    fn a_written_date_reads_back(days in 0i64..80_000, which in 0usize..3) {
        let date = parse_iso("1950-01-01").unwrap() + chrono::TimeDelta::days(days);
        let order = DateOrder::ALL[which];
        let text = match order {
            DateOrder::Dmy => date.format("%d/%m/%Y").to_string(),
            DateOrder::Mdy => date.format("%m/%d/%Y").to_string(),
            DateOrder::Ymd => date.format("%Y-%m-%d").to_string(),
        };
        proptest::prop_assert_eq!(read_date(&text, order), Ok(date));
    }

    #[test]
    fn a_written_amount_reads_back_in_its_mark(minor in 1i64..1_000_000_000, which in 0usize..3) {
        let currency = currency(["EUR", "JPY", "KWD"][which]);
        let shown = crate::money::Money::new(minor, currency).show().replace(['€', '¥'], "").replace("KWD", "");
        proptest::prop_assert_eq!(read_amount(&shown, currency, Some(DecimalMark::Point)), Ok(minor));
        let swapped: String = shown.chars().map(|c| match c { ',' => '.', '.' => ',', c => c }).collect();
        proptest::prop_assert_eq!(read_amount(&swapped, currency, Some(DecimalMark::Comma)), Ok(minor));
    }
}

#[test]
fn a_column_is_named_as_it_stands_in_the_file() {
    const FIELDS: &[super::Field] = &[
        super::Field { name: "amount", required: true, synonyms: &[] },
        super::Field { name: "words", required: false, synonyms: &[] },
    ];
    let long = "What was paid and why, in the words of whoever paid it, as the bank has passed them on";
    let header = ["Betrag, in EUR", long, "x=y", "Name , first"].map(str::to_owned);
    for (map, amount, words) in [
        ("amount=Betrag, in EUR", 0, None),
        (&format!("amount=Betrag, in EUR,words={long}"), 0, Some(1)),
        (&format!("words={long},amount=x=y,"), 2, Some(1)),
        (" amount = Betrag, in EUR , words = ", 0, None),
        (" words=Name , first, amount=x=y", 2, Some(3)),
    ] {
        let mapping = Mapping::find(FIELDS, &header, map).unwrap();
        assert_eq!((mapping.column("amount"), mapping.column("words")), (Some(amount), words), "{map}");
    }
    let refused = |map: &str| Mapping::find(FIELDS, &header, map).unwrap_err().reason;
    assert!(refused("amount=Betrag, in USD").contains("no header “Betrag, in USD”"));
    assert!(refused("nothing").contains("write field=Header"));
}
