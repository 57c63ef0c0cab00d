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

use super::prepare::Plan;
use crate::kernel::{Error, Result};

/// Connections that press at the same time.
const CONNECTIONS: usize = 256;
const TIMEOUT: Duration = Duration::from_secs(30);

/// What one shopper heard, and when.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// Since the rush began.
    pub at: Duration,
    /// Since this shopper pressed.
    pub after: Duration,
    /// None: no answer at all.
    pub status: Option<StatusCode>,
}

/// Has the shoppers of these tokens press Buy, each with a key of their own.
pub async fn rush(plan: &Plan, tokens: &[String]) -> Result<Vec<Heard>> {
    let client = Client::builder()
        .pool_max_idle_per_host(CONNECTIONS)
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(|error| Error::Internal(error.into()))?;
    let (next, tokens, plan) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(tokens.to_vec()), Arc::new(plan.clone()));
    let began = Instant::now();
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS.min(tokens.len()) {
        let (client, next, tokens, plan) =
            (client.clone(), next.clone(), tokens.clone(), plan.clone());
        connections.spawn(async move {
            let mut heard = vec![];
            while let Some(token) = tokens.get(next.fetch_add(1, Ordering::Relaxed)) {
                let pressed = Instant::now();
                let status = press(&client, &plan, token).await;
                heard.push(Heard { at: began.elapsed(), after: pressed.elapsed(), status });
            }
            heard
        });
    }
    Ok(connections.join_all().await.into_iter().flatten().collect())
}

async fn press(client: &Client, plan: &Plan, token: &str) -> Option<StatusCode> {
    let mut request = client
        .post(&plan.url)
        .header("Cookie", format!("{}={token}", plan.cookie))
        .header(plan.idempotency_header, "press")
        .body(plan.body.clone());
    for (name, value) in &plan.headers {
        request = request.header(*name, value);
    }
    let answer = request.send().await.ok()?;
    let status = answer.status();
    // Read to its end, so that the connection serves the next.
    answer.bytes().await.ok()?;
    Some(status)
}
