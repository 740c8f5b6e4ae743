//! The payment stand-in, held to Stripe's own Python package.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const KEY: &str = "sk_test_contract";
const SECRET: &str = "whsec_contract";

struct Sandbox {
    process: Child,
    url: String,
}

impl Sandbox {
    fn start() -> Self {
        let mut process = Command::new(target().join("kept"))
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .args(["--secret-key", KEY, "--webhook-secret", SECRET])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the kept binary stands beside the tests: cargo build first");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("piped"))
            .read_line(&mut line)
            .expect("the sandbox says where it listens");
        let url = line
            .trim()
            .strip_prefix("listening\t")
            .unwrap_or_else(|| panic!("expected `listening<TAB>url`, got {line:?}"))
            .to_owned();
        Self { process, url }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder of this build: tests run from its `deps`.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    test.parent().and_then(Path::parent).expect("tests run from deps").to_owned()
}

#[test]
fn stripes_own_python_package_finds_the_stand_in_to_be_stripe() {
    let python = std::env::var("KEPT_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", "import stripe"]).output();
    assert!(
        found.is_ok_and(|o| o.status.success()),
        "{python} has no package stripe: tests/run installs it and sets KEPT_TEST_PYTHON"
    );
    let sandbox = Sandbox::start();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/gateway/stripe_contract.py");
    let output = Command::new(&python)
        .arg(script)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SANDBOX_URL", &sandbox.url)
        .env("SANDBOX_KEY", KEY)
        .env("SANDBOX_WEBHOOK_SECRET", SECRET)
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
