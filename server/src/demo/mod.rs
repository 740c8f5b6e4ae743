//! The demo: a joiner's workshop with customers in every state, told day by day through the same acts that serve
//! everybody, so that nothing in it could not happen.

mod late_charge;
mod people;

use crate::acts::decide_commitment::{self, Offer};
use crate::acts::imported::{File, Options};
use crate::acts::propose::{self, Ask};
use crate::acts::raise_dispute::{self, Raise};
use crate::acts::record_contact::{Channel, record_contact};
use crate::acts::record_payment::{Arrived, record_payment};
use crate::acts::resolve_dispute::{self, Decision};
use crate::acts::set_up::{self, Founder};
use crate::acts::start_payment::{self, Choice};
use crate::acts::update_bank_details::update_bank_details;
use crate::acts::update_settlement_policy::update_settlement_policy;
use crate::acts::{
    Actor, Failure, create_link, import_debtors, import_invoices, import_statement, open_link, pause_reminders,
    settle_payment,
};
use crate::app::App;
use crate::clock::Clock;
use crate::jobs::runner;
use crate::secret;
use crate::statement::Asked;
use crate::store::business::{self, Business};
use crate::store::session::Session;
use crate::store::{commitment, debtor, dispute, link, user};
use chrono::{Days, NaiveDate};
use kept_domain::bank::BankDetails;
use kept_domain::calendar::{iso, plus_days};
use kept_domain::dispute::{Kind, Scope};
use kept_domain::ids::{DebtorId, LinkId};
use kept_domain::money::Currency;
use kept_domain::plan::{Proposal, Size};
use kept_domain::settlement;
use kept_domain::table::DateOrder;
use people::{Deed, PEOPLE, Person};
use std::collections::BTreeSet;
use std::fmt::Debug;

/// Who signs in to the demo's console.
pub const LOGIN: &str = "owner@harlow-joinery.example.com";

const DAY_MS: i64 = 86_400_000;
/// A quarter past ten, universal time.
const MORNING_MS: i64 = 36_900_000;

/// What the demo has to show.
pub struct Shown {
    /// A link for each situation.
    pub links: Vec<(String, String)>,
    /// The answer to each link's question.
    pub answers: Vec<(String, String)>,
    /// The password of [`LOGIN`].
    pub password: String,
}

/// Why the demo could not be made: one sentence.
#[derive(Debug)]
pub struct DemoError(pub String);

impl std::fmt::Display for DemoError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DemoError {}

fn why<E: Debug>(what: &str) -> impl Fn(E) -> DemoError + '_ {
    move |error| DemoError(format!("{what}: {error:?}"))
}

/// Tells the whole story into an empty database. `progress` is called with each day's name.
pub async fn seed(app: &App, progress: &dyn Fn(&str)) -> Result<Shown, DemoError> {
    let password = secret::token().map_err(why("a password"))?;
    progress("founding the business");
    let founder = Founder { business: "Harlow Joinery", name: "Alex Harlow", email: LOGIN, password: &password };
    set_up::set_up(app, &founder, "").await.map_err(why("founding the business"))?;
    let home = business::list(&app.db).await.map_err(why("the business"))?.remove(0);
    let home = describe(app, home).await?;
    let owner = user::find_by_email(&app.db, LOGIN).await.map_err(why("the owner"))?;
    let owner = Actor::local(&format!("user:{}", owner.map(|u| u.id.to_string()).unwrap_or_default()));
    let today = app.clock.today(&home.zone);

    let people = debtors_csv();
    let bills = invoices_csv(today);
    let mut days: BTreeSet<i64> = PEOPLE.iter().flat_map(|p| p.story.iter().map(|(ago, _)| -ago)).collect();
    days.extend([-150, -120, -100, -75, -60, -40, -25, -15, 0]);
    for day in days {
        let ago = -day;
        let then = at(app, ago);
        let on = today.checked_sub_days(Days::new(ago.unsigned_abs())).unwrap_or(today);
        progress(&if ago == 0 { "today".to_owned() } else { format!("{ago} days ago") });
        if ago == 150 {
            let options = Options::new("customers.csv", &owner.name);
            import_debtors::plan_and_apply(&then, &home.id, people.clone().into_bytes(), options)
                .await
                .map_err(why("the customers"))?;
        }
        let options = Options { as_of: Some(on), ..Options::new("invoices.csv", &owner.name) };
        let report = import_invoices::plan_and_apply(
            &then,
            &home.id,
            vec![File { name: options.file_name.clone(), bytes: bills.clone().into_bytes() }],
            options,
        )
        .await
        .map_err(why("the invoices"))?;
        if report.refused {
            return Err(DemoError(format!("the invoices were refused: {:?}", report.problems)));
        }
        for person in PEOPLE {
            for (_, deed) in person.story.iter().filter(|(when, _)| *when == ago) {
                happen(&then, &home, &owner, person, *deed, on)
                    .await
                    .map_err(|e| DemoError(format!("{}, {ago} days ago: {}", person.situation, e.0)))?;
            }
        }
        runner::run_once(&then, None).await.map_err(why("the jobs"))?;
    }
    statement(app, &home, &owner, today).await?;
    progress("making the links");
    links(app, &home, &owner, password).await
}

fn at(app: &App, days_ago: i64) -> App {
    if days_ago == 0 {
        return app.clone();
    }
    // In the morning of that day, whenever the demo is made: nobody is written to at night.
    let at_ms = (app.clock.now_ms() - days_ago * DAY_MS).div_euclid(DAY_MS) * DAY_MS + MORNING_MS;
    let at = chrono::DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
    app.at(Clock::starting_at(at))
}

async fn describe(app: &App, mut home: Business) -> Result<Business, DemoError> {
    home.email = "accounts@harlow-joinery.example.com".to_owned();
    home.phone = "0113 496 0321".to_owned();
    home.address = "Unit 4, Canal Yard\nLeeds LS2 7EX".to_owned();
    home.zone = "Europe/London".to_owned();
    home.currency = Currency::parse("GBP").ok_or_else(|| DemoError("no pounds".to_owned()))?;
    home.policy = kept_domain::terms::Policy::courteous(home.currency.unit_minor());
    let tx = app.db.begin().await.map_err(why("the business"))?;
    business::update(&tx, &home).await.map_err(why("the business"))?;
    tx.commit().await.map_err(why("the business"))?;
    let local = "Sort code 20-20-15\nAccount 55555555";
    let details = BankDetails::read("Harlow Joinery Ltd", "GB33BUKB20201555555555", "", local);
    let details = details.map_err(why("the bank details"))?;
    update_bank_details(app, &home.id, &details, &Actor::local("shell")).await.map_err(why("the bank details"))?;
    let rule = settlement::Rule {
        min_age_days: 60,
        from_minor: 10_000,
        up_to_minor: None,
        within_days: 30,
        floor_percent: 60,
        counter_percent: 80,
    };
    let lower =
        settlement::Policy { offers: settlement::Offers::Rules, below: settlement::Below::Person, rules: vec![rule] };
    let saved = update_settlement_policy(app, &home.id, &lower, &Actor::local("shell")).await;
    saved.map_err(|error| DemoError(format!("lower amounts: {error:?}")))?;
    late_charge::turn_on(app, &home, app.clock.today(&home.zone), &Actor::local("shell")).await?;
    Ok(home)
}

/// What the bank says of yesterday: two payments of which nobody can be sure.
async fn statement(app: &App, home: &Business, owner: &Actor, today: NaiveDate) -> Result<(), DemoError> {
    let yesterday = iso(today.pred_opt().unwrap_or(today));
    let payer = PEOPLE.iter().find(|p| p.situation == "overdue").map_or("", |p| p.name);
    let csv = format!(
        "Date,Name,Description,Paid in\n{yesterday},{payer},On account with thanks,25.00\n\
         {yesterday},Northern Trade Fair,Deposit returned,12.34\n"
    );
    let options = import_statement::Options {
        file_name: "bank.csv".to_owned(),
        asked: Asked { order: Some(DateOrder::Ymd), ..Asked::default() },
        dry_run: false,
    };
    let done = import_statement::plan_and_apply(app, &home.id, csv.into_bytes(), options, owner).await;
    done.map(drop).map_err(why("the bank statement"))
}

fn debtors_csv() -> String {
    let mut csv = String::from("reference,name,email,phone,address,postcode,country,language,timezone,kind\n");
    for (n, p) in PEOPLE.iter().enumerate() {
        let (country, zone) =
            if p.postcode.starts_with("59") { ("FR", "Europe/Paris") } else { ("GB", "Europe/London") };
        csv.push_str(&format!(
            "{},{},{},07700 900{:03},\"{} Mill Lane, Leeds\",{},{country},en,{zone},{}\n",
            p.reference,
            p.name,
            p.email,
            100 + n,
            n + 3,
            p.postcode,
            p.kind
        ));
    }
    csv
}

fn invoices_csv(today: NaiveDate) -> String {
    let day = |ago: i64| {
        let n = Days::new(ago.unsigned_abs());
        let on = if ago >= 0 { today.checked_sub_days(n) } else { today.checked_add_days(n) };
        iso(on.unwrap_or(today))
    };
    let mut csv = String::from("number,customer,issued,due,amount,currency,description\n");
    for p in PEOPLE {
        for bill in p.invoices {
            let (number, issued, due) = (bill.0, day(bill.1), day(bill.2));
            csv.push_str(&format!("{number},{},{issued},{due},{},{},\"{}\"\n", p.reference, bill.3, bill.4, bill.5));
        }
    }
    csv
}

async fn debtor_of(app: &App, home: &Business, person: &Person) -> Result<DebtorId, DemoError> {
    let found = debtor::find_by_reference(&app.db, &home.id, person.reference).await.map_err(why("the customer"))?;
    found.map(|d| d.id).ok_or_else(|| DemoError(format!("{} is missing", person.reference)))
}

/// Opens the account as the person would, by a link and the answer to its question.
async fn opened(app: &App, home: &Business, owner: &Actor, person: &Person) -> Result<Session, DemoError> {
    let debtor = debtor_of(app, home, person).await?;
    let token = create_link::create(app, &home.id, &debtor, "demo", owner).await.map_err(why("a link"))?;
    let answer = open_link::answer(app, &token, person.postcode, "192.0.2.10").await.map_err(why("opening a link"))?;
    let open_link::Opened::Session(cookie) = answer else {
        return Err(DemoError("the answer did not open the link".to_owned()));
    };
    let hash = secret::sha256(&cookie);
    let found = crate::store::session::find(&app.db, &hash, app.clock.now_ms()).await.map_err(why("the session"))?;
    found.ok_or_else(|| DemoError("the session is gone".to_owned()))
}

async fn happen(
    app: &App,
    home: &Business,
    owner: &Actor,
    person: &Person,
    deed: Deed,
    on: NaiveDate,
) -> Result<(), DemoError> {
    let gbp = home.currency;
    let ahead = |days: i64| plus_days(on, u32::try_from(days).unwrap_or(0));
    let proposal = |count, frequency, first| Proposal {
        total_minor: 0,
        upfront_minor: 0,
        size: Size::Count(count),
        frequency,
        first_on: ahead(first),
        skip_weekends: false,
    };
    let debtor = debtor_of(app, home, person).await?;
    match deed {
        Deed::Plan(count, frequency, first) | Deed::PlanOutside(count, frequency, first) => {
            let session = opened(app, home, owner, person).await?;
            agree(app, &session, gbp, Ask::Plan(proposal(count, frequency, first))).await?;
        }
        Deed::Promise(days) => {
            let session = opened(app, home, owner, person).await?;
            let standing = propose::standing(app, &app.db, &session, gbp).await.map_err(why("what is owed"))?;
            let amount_minor = standing.position.owed_minor();
            agree(app, &session, gbp, Ask::Promise { amount_minor, by: ahead(days) }).await?;
        }
        Deed::PromisePart(amount_minor, days) => {
            let session = opened(app, home, owner, person).await?;
            agree(app, &session, gbp, Ask::Promise { amount_minor, by: ahead(days) }).await?;
        }
        Deed::Lower(amount_minor, days) => {
            let session = opened(app, home, owner, person).await?;
            agree(app, &session, gbp, Ask::Settlement { amount_minor, by: ahead(days) }).await?;
        }
        Deed::Accept | Deed::Decline(_) | Deed::Counter(..) => {
            let open = commitment::list_open(&app.db, &home.id, &debtor).await.map_err(why("the proposal"))?;
            let c = open.first().ok_or_else(|| DemoError("nothing waits".to_owned()))?;
            match deed {
                Deed::Accept => {
                    decide_commitment::accept(app, &home.id, &c.id, owner).await.map_err(why("accepting"))?
                }
                Deed::Decline(reason) => {
                    decide_commitment::decline(app, &home.id, &c.id, reason, owner).await.map_err(why("declining"))?;
                }
                Deed::Counter(count, reason) => {
                    let offer = Offer::Plan(proposal(count, kept_domain::calendar::Frequency::Monthly, 14));
                    decide_commitment::counter(app, &home.id, &c.id, &offer, reason, owner)
                        .await
                        .map_err(why("offering"))?;
                }
                _ => {}
            }
        }
        Deed::Bank(amount_minor) => {
            let reference = format!("FT{}{}", person.reference, iso(on));
            let arrived =
                Arrived { amount_minor, currency: gbp, on, reference: &reference, once: &secret::new_id::<String>() };
            record_payment(app, &home.id, &debtor, &arrived, owner).await.map_err(why("a payment"))?;
        }
        Deed::Card | Deed::CardWaits | Deed::CardRefused => {
            let session = opened(app, home, owner, person).await?;
            start_payment::start(app, &session, gbp, &Choice::Everything, "192.0.2.10")
                .await
                .map_err(why("a card payment"))?;
            let card = match deed {
                Deed::CardWaits => "4000000000002008",
                Deed::CardRefused => "4000000000000002",
                _ => "4242424242424242",
            };
            pay(app, &session, card).await?;
        }
        Deed::Raise(kind, reason, amount_minor, words) => {
            let session = opened(app, home, owner, person).await?;
            let claim = kind == Kind::Claim;
            let raise = Raise {
                kind,
                reason,
                scope: if amount_minor > 0 { Scope::Amount(amount_minor) } else { Scope::Everything },
                currency: gbp,
                words: words.to_owned(),
                paid_on: claim.then_some(on),
                paid_by: if claim { "bank transfer" } else { "" }.to_owned(),
                file: None,
            };
            raise_dispute::raise(app, &session, raise, "192.0.2.10").await.map_err(why("raising it"))?;
        }
        Deed::Answer(words) | Deed::Partly(_, words) | Deed::Uphold(words) => {
            let all = dispute::list_of_debtor(&app.db, &home.id, &debtor).await.map_err(why("the dispute"))?;
            let d = all.first().ok_or_else(|| DemoError("nothing was raised".to_owned()))?;
            let decision = match deed {
                Deed::Partly(minor, _) => Decision::Partly(minor),
                Deed::Uphold(_) => Decision::Uphold,
                _ => Decision::Answer,
            };
            resolve_dispute::decide(app, &home.id, &d.id, decision, words, owner).await.map_err(why("deciding"))?;
        }
        Deed::Call(said) => {
            record_contact(app, &home.id, &debtor, Channel::Call, false, said, owner).await.map_err(why("a call"))?;
        }
        Deed::LateCharge => late_charge::claim(app, home, &debtor, on, owner).await?,
        Deed::GiveUp(minor, reason) => late_charge::give_up(app, home, &debtor, minor, reason, owner).await?,
        Deed::Pause(days, note) => {
            let kind = pause_reminders::Kind::Hand;
            let asked = pause_reminders::Asked { kind, from_on: None, until_on: Some(ahead(days)), note };
            pause_reminders::pause(app, &home.id, &debtor, asked, owner).await.map_err(why("a pause"))?;
        }
    }
    Ok(())
}

async fn agree(app: &App, session: &Session, currency: Currency, ask: Ask) -> Result<(), DemoError> {
    let preview = propose::preview(app, session, currency, &ask).await.map_err(why("the check page"))?;
    propose::confirm(app, session, currency, &ask, &preview.words_sha256, "192.0.2.10")
        .await
        .map(drop)
        .map_err(why("confirming"))
}

/// Pays on the stand-in's hosted page with one of its test cards.
async fn pay(app: &App, session: &Session, card: &str) -> Result<(), DemoError> {
    let attempts = crate::store::attempt::list(&app.db, &session.business, &session.debtor, 1).await;
    let attempt = attempts.map_err(why("the attempt"))?.into_iter().next();
    let attempt = attempt.ok_or_else(|| DemoError("there is no attempt".to_owned()))?;
    let url = format!(
        "{}/sandbox/pay/{}",
        app.config.stripe.api_url.clone().unwrap_or_default(),
        attempt.session.clone().unwrap_or_default()
    );
    let client = reqwest::Client::builder().no_proxy().build().map_err(why("the stand-in"))?;
    // A refused card is answered as such, which is what the story wants.
    client.post(url).json(&serde_json::json!({ "card": card })).send().await.map_err(why("the stand-in"))?;
    let Some(gateway) = &app.gateway else { return Err(DemoError("there is no gateway".to_owned())) };
    settle_payment::of_attempt(app, gateway, &attempt, &[]).await.map(drop).map_err(why("settling"))
}

async fn links(app: &App, home: &Business, owner: &Actor, password: String) -> Result<Shown, DemoError> {
    let (mut links, mut answers) = (Vec::new(), Vec::new());
    let url = |token: &str| format!("{}/l/{token}", app.public_url());
    for person in PEOPLE {
        let debtor = debtor_of(app, home, person).await?;
        let token = create_link::create(app, &home.id, &debtor, "demo", owner).await.map_err(why("a link"))?;
        links.push((person.situation.to_owned(), url(&token)));
        answers.push((person.situation.to_owned(), person.postcode.to_owned()));
    }
    let Some(first) = PEOPLE.first() else { return Err(DemoError("nobody is in the demo".to_owned())) };
    let debtor = debtor_of(app, home, first).await?;
    let made = |app: App| {
        let (home, owner, debtor) = (&home.id, owner, &debtor);
        async move { create_link::create(&app, home, debtor, "demo", owner).await.map_err(why::<Failure<_>>("a link")) }
    };
    let expired = made(at(app, 400)).await?;
    links.push(("link-expired".to_owned(), url(&expired)));
    let revoked = made(app.clone()).await?;
    let id = link_id(app, &revoked).await?;
    create_link::revoke(app, &home.id, &debtor, &id, owner).await.map_err(why("revoking"))?;
    links.push(("link-revoked".to_owned(), url(&revoked)));
    let locked = made(app.clone()).await?;
    for _ in 0..link::WRONG_ANSWERS_MAX {
        open_link::answer(app, &locked, "AA1 1AA", "192.0.2.10").await.map_err(why("a wrong answer"))?;
    }
    links.push(("link-locked".to_owned(), url(&locked)));
    links.push(("link-unknown".to_owned(), url(&secret::token().map_err(why("a token"))?)));
    Ok(Shown { links, answers, password })
}

async fn link_id(app: &App, token: &str) -> Result<LinkId, DemoError> {
    let found = link::find_by_hash(&app.db, &secret::sha256(token)).await.map_err(why("a link"))?;
    found.map(|l| l.id).ok_or_else(|| DemoError("the link is gone".to_owned()))
}
