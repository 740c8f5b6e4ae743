//! Where a refusal says that something is wrong.

use kept_domain::table::Refusal;

/// No problem of a refusal lies outside the file: it begins with the line or row, and these are counted from 1.
pub fn assert_inside(bytes: &[u8], refusal: &Refusal) {
    assert!(!refusal.reason.trim().is_empty(), "a refusal says why");
    // A lone carriage return may end a line as well.
    let lines = 1 + bytes.iter().filter(|b| matches!(b, b'\n' | b'\r')).count();
    let stated = ["line ", "row "].iter().find_map(|word| refusal.reason.strip_prefix(word)).map(|rest| {
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<usize>().unwrap_or(usize::MAX)
    });
    let rows = refusal.examples.iter().map(|p| p.row as usize).chain(stated);
    for row in rows {
        assert!((1..=lines).contains(&row), "{row} of {lines}: {}", refusal.reason);
    }
}
