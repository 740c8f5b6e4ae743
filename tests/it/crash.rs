//! `kill -9` at any moment: what was acknowledged is there, every invariant holds, and nobody is charged twice.

use kept_tests::standin::{Standin, wait_for};
use kept_tests::town::{PDF, between, day, owe, pairs, plan, with_file};
use kept_tests::{Answer, Db, Kept, Visitor, has_postgres};
use reqwest::{Method, RequestBuilder};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Something that the server said is done: what it was, and a question whose answer shows that it still is.
type Acknowledged = Vec<(String, String)>;

/// One debtor's way through everything, until the end or until no answer comes.
#[derive(Clone)]
struct Walk {
    visitor: Visitor,
    link: String,
    standin: Arc<Standin>,
    done: Arc<Mutex<Acknowledged>>,
}

impl Walk {
    async fn send(&self, request: RequestBuilder) -> Option<Answer> {
        let answer = Answer::find(request).await.ok()?;
        assert!(answer.status.as_u16() < 500, "{} {}", answer.status, answer.body);
        Some(answer)
    }

    async fn post(&self, path: &str, typed: &[(&str, &str)]) -> Option<Answer> {
        self.send(self.visitor.request(Method::POST, path).form(typed)).await
    }

    fn acknowledge(&self, answer: &Answer, what: &str, sql: impl Fn(&str) -> String) -> String {
        let location = answer.find_location().unwrap_or_else(|| panic!("{what}: {} {}", answer.status, answer.body));
        let id = location.rsplit('/').next().unwrap().to_owned();
        self.done.lock().unwrap().push((format!("{what} {id}"), sql(&id)));
        location
    }

    async fn agree(&self, form: &str, typed: &[(&'static str, String)]) -> Option<()> {
        let next = self.post(form, &pairs(typed)).await?.expect(303).find_location().unwrap();
        let page = self.send(self.visitor.request(Method::GET, &next)).await?.expect(200);
        let shown = between(&page.body, "name=\"shown\" value=\"", "\"").to_owned();
        let answer = self.post(&format!("{form}/check"), &pairs(&[typed, &[("shown", shown)]].concat())).await?;
        let exists = |id: &str| {
            format!("SELECT id FROM commitments WHERE id = '{id}' AND state IN ('active', 'cancelled', 'kept')")
        };
        self.acknowledge(&answer, form, exists);
        Some(())
    }

    async fn go(self) -> Option<()> {
        let answer = self.post(&self.link, &[("answer", kept_tests::town::POSTCODE)]).await?;
        self.acknowledge(&answer, "session", |_| "SELECT token_hash FROM portal_sessions".to_owned());
        self.agree("/account/plan", &plan()).await?;
        let texts =
            [("currency", "GBP"), ("reason", "quality"), ("scope", "amount"), ("amount", "20"), ("words", "Torn")];
        let request = self.visitor.request(Method::POST, "/account/dispute");
        let answer = self.send(request.multipart(with_file(&texts, "photo.pdf", PDF))).await?;
        self.acknowledge(&answer, "dispute with its file", |id| {
            format!("SELECT d.id FROM disputes d JOIN files f ON f.dispute_id = d.id WHERE d.id = '{id}' AND d.state = 'open'")
        });
        let promise = [("currency", "GBP".to_owned()), ("how_much", "all".to_owned()), ("by_on", day(5))];
        self.agree("/account/promise", &promise).await?;
        let yesterday = day(-1);
        let texts =
            [("currency", "GBP"), ("scope", "amount"), ("amount", "30"), ("paid_on", &yesterday), ("paid_by", "bank")];
        let request = self.visitor.request(Method::POST, "/account/already-paid");
        let answer = self.send(request.multipart(with_file(&texts, "receipt.pdf", PDF))).await?;
        let claim = self.acknowledge(&answer, "claim", |id| format!("SELECT id FROM disputes WHERE id = '{id}'"));
        let answer = self.post(&claim, &[("act", "withdraw")]).await?;
        self.acknowledge(&answer, "withdrawal", |id| {
            format!("SELECT id FROM disputes WHERE id = '{id}' AND state = 'withdrawn'")
        });
        self.pay().await
    }

    /// Pays everything, once or, after a crash, once more.
    async fn pay(&self) -> Option<()> {
        let answer = self.post("/account/payment", &[("currency", "GBP"), ("what", "everything")]).await?.expect(303);
        let page = answer.find_location().unwrap();
        if !page.contains("/c/pay/") {
            return Some(());
        }
        self.acknowledge(&answer, "payment", |session| {
            format!("SELECT id FROM attempts WHERE session_id = '{session}'")
        });
        let paid = self.standin.pay(&page).await;
        let url = paid["url"].as_str()?;
        self.send(self.visitor.request(Method::GET, &url[url.find("/account/").unwrap()..])).await?.expect(200);
        Some(())
    }
}

/// SplitMix64: chance that a seed repeats.
pub struct Chance(pub u64);

impl Chance {
    /// A number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

async fn story(db: Db, moments: usize) {
    let seed = std::env::var("KEPT_TEST_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| u64::try_from(chrono::Utc::now().timestamp_micros()).unwrap());
    eprintln!("KEPT_TEST_SEED={seed} repeats these moments");
    let mut chance = Chance(seed);
    let mut kept = Kept::prepare(db).await;
    let standin = Arc::new(Standin::start());
    let links = owe(&kept, "", "P", moments + 1);
    let walk = |kept: &Kept, link: &String| Walk {
        visitor: kept.visitor(),
        link: link.clone(),
        standin: Arc::clone(&standin),
        done: Arc::default(),
    };
    standin.serve(&mut kept).await;
    // One walk without a crash tells how long a moment may wait.
    let begun = Instant::now();
    let first = walk(&kept, &links[moments]);
    first.clone().go().await.expect("an undisturbed walk comes to its end");
    let longest = begun.elapsed().max(Duration::from_millis(50));
    let mut walks = vec![first];
    for (round, link) in links.iter().take(moments).enumerate() {
        standin.serve(&mut kept).await;
        let walk = walk(&kept, link);
        let under_way = tokio::spawn(walk.clone().go());
        let moment = Duration::from_micros(chance.below(u64::try_from(longest.as_micros()).unwrap()));
        tokio::time::sleep(moment).await;
        kept.stop();
        under_way.await.unwrap_or_else(|error| panic!("round {round}, killed after {moment:?}: {error}"));
        let doctor = kept.run(&["doctor"]);
        let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
        assert!(doctor.status.success(), "round {round}, killed after {moment:?}: {said}");
        let done = walk.done.lock().unwrap().clone();
        for (what, sql) in &done {
            assert!(!kept.ask(sql).await.is_empty(), "round {round}, killed after {moment:?}: {what} is lost: {sql}");
        }
        walks.push(walk);
    }
    // Everybody goes on where they were: still signed in, and whoever had not paid does, or learns that they have.
    standin.serve(&mut kept).await;
    let mut reached: BTreeMap<usize, usize> = BTreeMap::new();
    for walk in &walks {
        let steps = walk.done.lock().unwrap().len();
        *reached.entry(steps).or_default() += 1;
        let walk = Walk { visitor: walk.visitor.moved_to(&kept), ..walk.clone() };
        if steps > 0 {
            walk.visitor.get("/account").await.expect(200);
            walk.pay().await.expect("the server runs");
        }
        let done = walk.done.lock().unwrap().clone();
        for (what, sql) in done {
            assert!(!kept.ask(&sql).await.is_empty(), "{what} is lost: {sql}");
        }
    }
    eprintln!("acknowledged steps and how many walks came so far: {reached:?}");
    assert!(reached.len() > 3, "the moments are spread over the walk: {reached:?}");
    wait_for(
        &kept,
        "SELECT CAST(COUNT(*) AS TEXT) FROM attempts WHERE state IN ('created', 'open', 'confirming')",
        &["0"],
    )
    .await;
    // By the gateway's books nobody paid twice, and the ledger has every charge once and nothing else.
    let mut charged = Vec::new();
    for charge in standin.charges().await {
        charged.push(format!("{} {}", charge["attempt_id"].as_str().unwrap(), charge["amount"]));
    }
    charged.sort();
    let mut booked = kept
        .ask("SELECT attempt_id || ' ' || CAST(amount_minor AS TEXT) FROM transfers WHERE kind = 'payment' ORDER BY 1")
        .await;
    booked.sort();
    assert_eq!(charged, booked);
    let twice =
        kept.ask("SELECT debtor_id FROM transfers WHERE kind = 'payment' GROUP BY debtor_id HAVING COUNT(*) > 1").await;
    assert!(twice.is_empty(), "paid twice: {twice:?}");
    let walked = walks.iter().filter(|walk| !walk.done.lock().unwrap().is_empty()).count();
    assert_eq!(charged.len(), walked, "everybody who could pay has paid");
    kept.run_ok(&["doctor"]);
}

mod what_was_acknowledged_survives_a_kill_at_any_moment {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite() {
        story(Db::Sqlite, 100).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres() {
        if has_postgres() {
            story(Db::Postgres, 100).await;
        }
    }
}
