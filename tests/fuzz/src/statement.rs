//! Bank statements: camt.053, MT940, OFX, CSV.

use crate::places::assert_inside;
use kept_domain::calendar::iso;
use kept_domain::money::{AMOUNT_MAX_MINOR, Currency, Money};
use kept_domain::statement::{Direction, Line, Statement, identities};
use kept_domain::table::DateOrder;
use kept_intake::statement::{Asked, read};
use std::collections::BTreeSet;

/// Reads a file.
pub fn target(bytes: &[u8]) {
    let sure = Asked { order: Some(DateOrder::Dmy), currency: Currency::parse("EUR"), ..Asked::default() };
    for asked in [Asked::default(), sure] {
        match read(bytes, &asked) {
            Ok(found) => {
                of_statement(&found);
                assert_eq!(read(bytes, &asked), Ok(found), "the same file says the same");
            }
            Err(refusal) => assert_inside(bytes, &refusal),
        }
    }
}

fn of_statement(found: &Statement) {
    for line in &found.lines {
        assert!((1..=AMOUNT_MAX_MINOR).contains(&line.amount_minor), "{line:?}");
    }
    let all = identities(&found.lines);
    assert_eq!(all.len(), found.lines.len());
    let known: Vec<&String> = all.iter().flatten().collect();
    assert_eq!(known.iter().collect::<BTreeSet<_>>().len(), known.len(), "no two lines are the same line");
    assert_eq!(identities(&found.lines), all, "a line is known again");
    again(&found.lines);
}

/// What arrived, written as CSV, is read with the same days, sums and currencies.
fn again(lines: &[Line]) {
    let arrived: Vec<&Line> = lines.iter().filter(|l| l.direction == Direction::Arrived).collect();
    if arrived.is_empty() {
        return;
    }
    let mut text = String::from("Booking date,Amount,Currency\n");
    for line in &arrived {
        let amount = Money::new(line.amount_minor, line.currency).decimal();
        text.push_str(&format!("{},{amount},{}\n", iso(line.booked_on), line.currency.code()));
    }
    let read = read(text.as_bytes(), &Asked::default());
    let figures = |l: &Line| (l.booked_on, l.amount_minor, l.currency);
    let expected: Vec<_> = arrived.iter().map(|l| figures(l)).collect();
    assert_eq!(read.map(|r| r.lines.iter().map(figures).collect::<Vec<_>>()), Ok(expected), "{text}");
}
