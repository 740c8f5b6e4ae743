//! `kept serve`: answers debtors, the business and the gateway until it is told to stop.

use super::work::stopped;
use super::{Failure, Shell};
use crate::acts::{set_up, settle_payment};
use crate::app::{App, DEFAULT_LISTEN};
use crate::door::{self, Limits};
use crate::router::router;
use crate::store::user;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

pub(super) async fn run(shell: &Shell, listen: Option<String>) -> Result<(), Failure> {
    let mut config = shell.config.clone();
    let listen = listen.or(config.listen.take()).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
    let listener = TcpListener::bind(&listen).await.map_err(|e| Failure::at(&listen, e))?;
    // Port 0 takes any that is free: links have to begin with the one it became.
    config.listen = Some(spoken(&listen, listener.local_addr()?));
    let app = App::open(config, shell.clock).await?;
    let address = listener.local_addr()?;
    let mut ready = format!("listening\thttp://{address}\n");
    if !user::exists(&app.db).await? {
        // Whoever comes first would own everything that was imported: off this machine it takes the code.
        let code = if door::asks_for_code(&app, address.ip()) {
            format!("?code={}", set_up::new_code(&app).await?)
        } else {
            String::new()
        };
        ready += &format!("set-up\t{}/console/setup{code}\n", app.public_url());
    }
    // Somebody who comes back from the gateway waits for the truth, whether or not `kept work` runs.
    let settling = tokio::spawn(settle(app.clone()));
    let served = serve(app.clone(), listener, &ready).await;
    settling.abort();
    served?;
    app.db.close().await;
    Ok(())
}

/// Serves on an open socket. When it is ready, it prints `ready` on standard output. On
/// SIGTERM or Ctrl-C it finishes what it has begun and returns.
///
/// # Errors
/// When the socket or standard output fails.
pub async fn serve(app: App, listener: TcpListener, ready: &str) -> std::io::Result<()> {
    let limits = Limits::default();
    let service = router(app, limits.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let forgetting = tokio::spawn(async move {
        let mut every_minute = tokio::time::interval(Duration::from_secs(60));
        loop {
            every_minute.tick().await;
            limits.forget();
        }
    });
    let mut out = std::io::stdout();
    out.write_all(ready.as_bytes())?;
    out.flush()?;
    let served = axum::serve(listener, service).with_graceful_shutdown(stopped()).await;
    forgetting.abort();
    served
}

async fn settle(app: App) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    every_second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every_second.tick().await;
        if let Err(error) = settle_payment::run(&app).await {
            tracing::error!("payments could not be settled: {error}");
        }
    }
}

/// The address as people type it: a name that was asked for stays a name, with the port that was found.
pub(super) fn spoken(asked: &str, bound: std::net::SocketAddr) -> String {
    match asked.rsplit_once(':') {
        Some((host, _)) if host.chars().any(char::is_alphabetic) && !host.contains(':') => {
            format!("{host}:{}", bound.port())
        }
        _ => bound.to_string(),
    }
}

#[cfg(test)]
mod spoken_tests {
    use super::spoken;

    #[test]
    fn a_name_stays_a_name() {
        let bound = "127.0.0.1:7301".parse().unwrap();
        assert_eq!(spoken("localhost:0", bound), "localhost:7301");
        assert_eq!(spoken("127.0.0.1:0", bound), "127.0.0.1:7301");
        assert_eq!(spoken("[::1]:0", bound), "127.0.0.1:7301");
        assert_eq!(spoken("[fe80::1]:0", bound), "127.0.0.1:7301");
    }
}
