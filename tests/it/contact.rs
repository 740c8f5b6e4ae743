//! What the reminder policy takes from others, held against where it came from.

use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn the_public_holidays_are_those_of_their_source() {
    let python = std::env::var("KEPT_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python).args(["-c", "import holidays"]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        eprintln!("skipped: {python} has no package holidays (tests/run installs it and sets KEPT_TEST_PYTHON)");
        return;
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(python);
    command.arg(here.join("it/contact/public_holidays.py")).arg("check");
    let output = command.arg(here.join("../app/domain/data/holidays.csv")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains(" holidays compared with "), "{said}");
}
