//! `demo-cart`: the demo provider's own cart, a shop that SMP's redirect sales lead to.
//!
//! It takes orders and reports purchases and returns to SMP over HTTP. It knows nothing of SMP's
//! code.

mod orders;
mod pages;
mod reports;
mod routes;
mod shop;
#[cfg(test)]
mod tests;

use std::{os::fd::AsFd, path::PathBuf, sync::Arc, time::Duration};

use clap::Parser;
use poem::{Server, listener::TcpListener};
use tokio::{
    io::AsyncReadExt,
    signal::unix::{SignalKind, signal},
};
use tracing_subscriber::EnvFilter;

use self::shop::{Catalogue, Shop};

/// How long open requests may take after the program was told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// The demo provider's own cart
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Port to listen on, on 127.0.0.1
    #[arg(long)]
    port: u16,
    /// SMP's origin, e.g. http://127.0.0.1:8080
    #[arg(long)]
    smp: String,
    /// The shop's name, contacts and articles, as JSON
    #[arg(long)]
    catalogue: PathBuf,
    /// The provider's API key with the scope postbacks; taken from the environment so that no
    /// process list shows it
    #[arg(long, env = "SMP_DEMO_CART_KEY", hide_env_values = true)]
    key: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("SMP_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let origin = format!("http://127.0.0.1:{}", cli.port);
    let shop = Shop::open(Catalogue::read(&cli.catalogue)?, origin, &cli.smp, cli.key)?;
    Server::new(TcpListener::bind(format!("127.0.0.1:{}", cli.port)))
        .run_with_graceful_shutdown(routes::app(Arc::new(shop)), stop(), Some(STOP_TIMEOUT))
        .await?;
    Ok(())
}

/// Ends with Ctrl-C, SIGTERM, or the program that started this one.
async fn stop() {
    tokio::select! {
        () = signalled(SignalKind::interrupt()) => {}
        () = signalled(SignalKind::terminate()) => {}
        () = abandoned() => {}
    }
}

async fn signalled(kind: SignalKind) {
    match signal(kind) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

/// Ends when the pipe on standard input does; never if standard input is not a pipe.
async fn abandoned() {
    let pipe = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .and_then(tokio::net::unix::pipe::Receiver::from_owned_fd);
    let Ok(mut pipe) = pipe else { return std::future::pending().await };
    while pipe.read(&mut [0; 64]).await.is_ok_and(|bytes| bytes > 0) {}
}
