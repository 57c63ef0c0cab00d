//! The rush of a rehearsal: every shopper presses Buy once, as fast as the connections allow.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Client, StatusCode};
use tokio::{task::JoinSet, time::Instant};

use super::prepare::BuyRequest;
use crate::kernel::{Error, Result};

/// Connections that send requests at the same time.
const CONNECTIONS: usize = 256;
const TIMEOUT: Duration = Duration::from_secs(30);

/// The response to one shopper, and when it came.
#[derive(Debug, Clone, Copy)]
pub struct BuyResponse {
    /// Since the rush began.
    pub at: Duration,
    /// Since this shopper's request.
    pub latency: Duration,
    /// None: no response at all.
    pub status: Option<StatusCode>,
}

/// Sends the request of every shopper, one per session token.
pub async fn rush(request: &BuyRequest, tokens: &[String]) -> Result<Vec<BuyResponse>> {
    let client = Client::builder()
        .pool_max_idle_per_host(CONNECTIONS)
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Error::Internal(error.into()))?;
    let next = Arc::new(AtomicUsize::new(0));
    let (tokens, request) = (Arc::new(tokens.to_vec()), Arc::new(request.clone()));
    let began = Instant::now();
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS.min(tokens.len()) {
        let (client, next, tokens, request) =
            (client.clone(), next.clone(), tokens.clone(), request.clone());
        connections.spawn(async move {
            let mut responses = vec![];
            while let Some(token) = tokens.get(next.fetch_add(1, Ordering::Relaxed)) {
                let sent = Instant::now();
                let status = buy(&client, &request, token).await;
                let response = BuyResponse { at: began.elapsed(), latency: sent.elapsed(), status };
                responses.push(response);
            }
            responses
        });
    }
    Ok(connections.join_all().await.into_iter().flatten().collect())
}

async fn buy(client: &Client, request: &BuyRequest, token: &str) -> Option<StatusCode> {
    let mut sent = client
        .post(&request.url)
        .header("Cookie", format!("{}={token}", request.cookie))
        .header(request.idempotency_header, "press")
        .body(request.body.clone());
    for (name, value) in &request.headers {
        sent = sent.header(*name, value);
    }
    let response = sent.send().await.ok()?;
    let status = response.status();
    // Read to its end, so that the connection can be reused.
    response.bytes().await.ok()?;
    Some(status)
}
