//! What the browser works out and what the server decides are the same: the portal's WebAssembly, as it is served, judges plans in Node.

use chrono::{Datelike, NaiveDate};
use kept_domain::calendar::Frequency;
use kept_domain::plan::{Limit, Proposal, Schedule, Size, Verdict, judge};
use kept_domain::terms::Terms;
use kept_tests::{Db, Kept};
use std::path::Path;
use std::process::Command;

const PLANS: usize = 10_000;
/// What the portal's script may cost a debtor's telephone, as it is sent.
const BUNDLE_BYTES: usize = 80_000;

/// Numbers that look random and are the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    /// A number from `from` to `to`, both included.
    fn roll(&mut self, from: i64, to: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let span = u64::try_from(to - from + 1).unwrap();
        from + i64::try_from(z % span).unwrap()
    }

    fn frequency(&mut self) -> Frequency {
        Frequency::ALL[usize::try_from(self.roll(0, 3)).unwrap()]
    }
}

struct Asked {
    proposal: Proposal,
    terms: Terms,
    today: NaiveDate,
}

fn any(dice: &mut Dice) -> Asked {
    // From a few pennies to millions, with and without what cannot be planned.
    let digits = u32::try_from(dice.roll(1, 9)).unwrap();
    let total_minor = dice.roll(0, 10_i64.pow(digits));
    let upfront_minor = if dice.roll(0, 2) == 0 { dice.roll(0, total_minor + 1) } else { 0 };
    let size = if dice.roll(0, 1) == 0 {
        let parts = dice.roll(1, 60);
        Size::Amount(dice.roll(0, total_minor / parts + 1))
    } else {
        Size::Count(u32::try_from(dice.roll(0, 80)).unwrap())
    };
    let today =
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(u64::try_from(dice.roll(0, 3_000)).unwrap());
    let first_on = today + chrono::TimeDelta::days(dice.roll(-3, 120));
    let mut frequencies: Vec<Frequency> = Frequency::ALL.into_iter().filter(|_| dice.roll(0, 1) == 0).collect();
    // Half of the businesses accept almost anything.
    let kind = dice.roll(0, 1) == 0;
    if kind {
        frequencies = Frequency::ALL.to_vec();
    }
    if frequencies.is_empty() {
        frequencies.push(dice.frequency());
    }
    Asked {
        proposal: Proposal {
            total_minor,
            upfront_minor,
            size,
            frequency: dice.frequency(),
            first_on,
            skip_weekends: dice.roll(0, 1) == 0,
        },
        terms: Terms {
            min_instalment_minor: if kind { 1 } else { dice.roll(1, total_minor / 4 + 2) },
            min_first_percent: u8::try_from(if kind { 0 } else { dice.roll(0, 100) }).unwrap(),
            longest_days: u32::try_from(if kind { 2_000 } else { dice.roll(0, 800) }).unwrap(),
            latest_first_days: u32::try_from(if kind { 120 } else { dice.roll(0, 90) }).unwrap(),
            frequencies,
            min_part_minor: 0,
            latest_promise_days: 0,
        },
        today,
    }
}

fn number(on: NaiveDate) -> i64 {
    i64::from(on.num_days_from_ce())
}

fn place(frequency: Frequency) -> i64 {
    i64::try_from(Frequency::ALL.iter().position(|f| *f == frequency).unwrap()).unwrap()
}

/// The question as the browser's `judge_numbers` takes it.
fn question(Asked { proposal, terms, today }: &Asked) -> Vec<i64> {
    let (by, size) = match proposal.size {
        Size::Amount(minor) => (0, minor),
        Size::Count(count) => (1, i64::from(count)),
    };
    let mut numbers = vec![
        proposal.total_minor,
        proposal.upfront_minor,
        by,
        size,
        place(proposal.frequency),
        number(proposal.first_on),
        i64::from(proposal.skip_weekends),
        terms.min_instalment_minor,
        i64::from(terms.min_first_percent),
        i64::from(terms.longest_days),
        i64::from(terms.latest_first_days),
        number(*today),
    ];
    numbers.extend(terms.frequencies.iter().map(|f| place(*f)));
    numbers
}

/// What the server decides, in the numbers in which `judge_numbers` answers.
fn answer(Asked { proposal, terms, today }: &Asked) -> Vec<i64> {
    let pairs = |schedule: &Schedule| -> Vec<i64> {
        schedule.instalments.iter().flat_map(|i| [number(i.due_on), i.amount_minor]).collect()
    };
    match judge(proposal, terms, *today) {
        Err(_) => vec![-1],
        Ok(Verdict::Accepted(schedule)) => [vec![0], pairs(&schedule)].concat(),
        Ok(Verdict::Outside { wanted, limits, nearest }) => {
            let count = |n: usize| i64::try_from(n).unwrap();
            let told: Vec<i64> = limits
                .iter()
                .flat_map(|limit| match limit {
                    Limit::MinInstalment(minor) => [0, *minor],
                    Limit::MinFirst(minor) => [1, *minor],
                    Limit::LastBy(on) => [2, number(*on)],
                    Limit::FirstBy(on) => [3, number(*on)],
                    Limit::Frequencies(offered) => [4, count(offered.len())],
                })
                .collect();
            let head = vec![1, count(wanted.instalments.len())];
            [head, pairs(&wanted), vec![count(limits.len())], told, pairs(&nearest.1)].concat()
        }
    }
}

fn line(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(" ")
}

/// The path of a file of the bundle in a text that names it.
fn path_in<'a>(text: &'a str, before: &str, end: &str) -> &'a str {
    let from = text.find(before).unwrap_or_else(|| panic!("no {before} in:\n{text}"));
    let path = &text[from..];
    &path[..path.find(end).unwrap() + end.len()]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_decides_ten_thousand_plans_as_the_server_does_in_80_kilobytes() {
    let mut kept = Kept::prepare(Db::Sqlite).await;
    let debtors = kept.data().join("debtors.csv");
    std::fs::write(&debtors, "reference,name,postcode,country\nC1,Ana Ruiz,LS1 4AB,GB\n").unwrap();
    let invoices = kept.data().join("invoices.csv");
    std::fs::write(&invoices, "number,customer,issued,due,amount,currency\nA-1,C1,2026-01-14,2026-02-14,290.00,GBP\n")
        .unwrap();
    kept.serve(&[]);
    kept.run_ok(&["import", "debtors", debtors.to_str().unwrap()]);
    kept.run_ok(&["import", "invoices", invoices.to_str().unwrap(), "--currency", "GBP"]);
    let links = kept.run_ok(&["links", "--csv"]);
    let token = links.split("/l/").nth(1).unwrap().split(|c: char| c.is_whitespace() || c == ',').next().unwrap();

    // As a browser finds it: the page names the boot module, which names the glue and the WebAssembly.
    let visitor = kept.visitor();
    visitor.post_form(&format!("/l/{token}"), &[("answer", "LS1 4AB")]).await.leads_to("/account");
    let page = visitor.get("/account/plan").await.expect(200);
    assert!(
        page.body.contains("/pkg/"),
        "this kept was built without its bundles (KEPT_SKIP_BUNDLE): build it with `cargo build -p kept`"
    );
    let script = page.body.find("<script").unwrap();
    let boot_path = path_in(&page.body[script..], "/pkg/", ".js");
    let boot = visitor.get(boot_path).await.expect(200).body;
    let folder = tempfile::tempdir().unwrap();
    let mut served = 0;
    let glue = path_in(&boot, "portal.", ".js");
    let wasm = path_in(boot.split(glue).nth(1).unwrap(), "portal.", ".wasm");
    for (file, name) in [("boot.mjs", boot_path.trim_start_matches("/pkg/")), ("glue.mjs", glue), ("bundle.wasm", wasm)]
    {
        let path = format!("/pkg/{name}");
        let ask = |coding| visitor.request(reqwest::Method::GET, &path).header("accept-encoding", coding).send();
        let plain = ask("identity").await.unwrap().error_for_status().unwrap();
        std::fs::write(folder.path().join(file), plain.bytes().await.unwrap()).unwrap();
        let small = ask("br").await.unwrap();
        assert_eq!(small.headers()["content-encoding"], "br", "{path}");
        served += small.bytes().await.unwrap().len();
    }
    println!("the portal's script: {served} bytes of brotli");
    assert!(served <= BUNDLE_BYTES, "{served} bytes of brotli");

    let mut dice = Dice(2_026);
    let asked: Vec<Asked> = (0..PLANS).map(|_| any(&mut dice)).collect();
    let questions: Vec<String> = asked.iter().map(|a| line(&question(a))).collect();
    std::fs::write(folder.path().join("questions"), questions.join("\n")).unwrap();
    let node = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("it/wasm.mjs"))
        .args(["glue.mjs", "bundle.wasm", "questions"].map(|file| folder.path().join(file)))
        .output()
        .expect("Node is missing: install nodejs, which runs the browser's WebAssembly in this test");
    assert!(node.status.success(), "{}", String::from_utf8_lossy(&node.stderr));
    let told = String::from_utf8(node.stdout).unwrap();
    let told: Vec<&str> = told.lines().collect();
    assert_eq!(told.len(), PLANS);

    let mut kinds = [0; 3];
    for ((asked, question), told) in asked.iter().zip(&questions).zip(told) {
        let expected = answer(asked);
        kinds[usize::try_from(expected[0] + 1).unwrap()] += 1;
        assert_eq!(told, line(&expected), "{question}");
    }
    assert!(kinds.iter().all(|count| *count > PLANS / 20), "refused, accepted, outside: {kinds:?}");
}
