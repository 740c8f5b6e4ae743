//! `kept serve`: answers debtors, the business and the gateway until it is told to stop.

use crate::app::App;
use crate::door::Limits;
use crate::router::router;
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

/// Serves on an address such as `127.0.0.1:7300` (port 0 takes any that is free). When it is ready, it says so on
/// standard output: `listening`, a tab, and its URL. On SIGTERM or Ctrl-C it finishes what it has begun and returns.
///
/// # Errors
/// When the address cannot be had.
pub async fn serve(app: App, listen: &str) -> std::io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    serve_on(app, listener).await
}

/// Serves on a socket that is open already.
///
/// # Errors
/// When the socket fails.
pub async fn serve_on(app: App, listener: TcpListener) -> std::io::Result<()> {
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
    writeln!(out, "listening\thttp://{}", listener.local_addr()?)?;
    out.flush()?;
    let served = axum::serve(listener, service).with_graceful_shutdown(told_to_stop()).await;
    forgetting.abort();
    served
}

async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
            interrupted.await.ok();
            return;
        };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await.ok();
}
