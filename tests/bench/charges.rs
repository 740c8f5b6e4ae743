//! Cards charged while nobody is there, measured: charges per second through the whole path (decide, store the attempt, ask the
//! gateway, book the payment), over what the gateway's stand-in itself takes in the same run from as many connections.
//!
//! `tests/bench/run charges` builds the server and starts this; `--cards` makes it smaller.

use super::Args;
use super::books::name;
use super::http::Connection;
use kept_tests::cards::keep_for_all;
use kept_tests::standin::{KEY, Standin};
use kept_tests::town::day;
use kept_tests::{Db, Kept, has_postgres};
use std::time::Instant;

/// Charges that `kept work` has under way at the same time.
const AT_ONCE: usize = 8;

/// Measures; there is no budget to miss.
pub async fn run(args: &Args) -> bool {
    let cards = args.number("--cards", 2_000);
    measure(Db::Sqlite, cards).await;
    if has_postgres() {
        measure(Db::Postgres, cards).await;
    }
    false
}

async fn measure(db: Db, cards: usize) {
    eprintln!("{}: {cards} cards", name(db));
    let mut kept = Kept::prepare(db).await;
    let standin = keep_for_all(&mut kept, cards).await;
    kept.stop();
    let mut work = kept.command(&["work", "--once", "--only", "charge-instalments"]);
    work.env("KEPT_NOW", format!("{}T12:00:00Z", day(0))).env("RUST_LOG", "warn");
    let begun = Instant::now();
    let output = tokio::task::block_in_place(|| work.output().unwrap());
    let took = begun.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let charges = standin.charges().await;
    assert_eq!(charges.len(), cards + 1, "by the stand-in's books");
    let booked = kept.ask("SELECT CAST(COUNT(*) AS TEXT) FROM transfers WHERE kind = 'payment'").await;
    assert_eq!(booked, [(cards + 1).to_string()]);
    let ours = cards as f64 / took.as_secs_f64();
    let whose = kept.ask("SELECT customer || '&payment_method=' || payment_method FROM mandates").await.remove(0);
    let limit = limit(&standin, &whose, cards).await;
    println!(
        "{}: {ours:.0} charges a second, decided, stored, asked for and booked; the gateway's stand-in alone takes {limit:.0}: {:.3}",
        name(db),
        ours / limit
    );
}

/// Charges that the stand-in takes in a second from [`AT_ONCE`] connections, each of which waits for every answer.
async fn limit(standin: &Standin, customer: &str, charges: usize) -> f64 {
    let authority = standin.url.strip_prefix("http://").unwrap().to_owned();
    let begun = Instant::now();
    let clients: Vec<_> = (0..AT_ONCE)
        .map(|client| {
            let (authority, customer) = (authority.clone(), customer.to_owned());
            tokio::spawn(async move {
                let mut connection = Connection::open(&authority).await;
                for n in 0..charges / AT_ONCE {
                    let attempt = format!("limit-{client}-{n}");
                    let form = format!(
                        "amount=15000&currency=gbp&customer={customer}&payment_method_types[0]=card&off_session=true&confirm=true\
                         &description=Limit&metadata[attempt_id]={attempt}&expand[0]=latest_charge.refunds"
                    );
                    let length = form.len();
                    let request = format!(
                        "POST /v1/payment_intents HTTP/1.1\r\nhost: {authority}\r\nauthorization: Bearer {KEY}\r\nidempotency-key: {attempt}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
                    );
                    let answer = connection.ask(request.as_bytes()).await;
                    assert_eq!(answer.status, 200, "{}", answer.text());
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    (charges / AT_ONCE * AT_ONCE) as f64 / begun.elapsed().as_secs_f64()
}
