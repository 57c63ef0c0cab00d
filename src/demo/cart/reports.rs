//! What the shop tells SMP, server to server: purchases and their reversals, tried again while SMP
//! does not answer.

use std::{sync::Arc, time::Duration};

use serde::Serialize;

use super::{
    Shop,
    orders::{Order, Report},
};

/// Waits before each attempt.
pub const WAITS: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
];

/// How long one attempt may take.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest explanation of a refusal that is shown.
const REASON_MAX_CHARS: usize = 300;

#[derive(Debug, Serialize)]
struct Purchase<'a> {
    click_token: &'a str,
    reference: &'a str,
    quantity: u32,
    amount_minor: i64,
    currency: &'a str,
    tracking_url: String,
}

#[derive(Debug, Serialize)]
struct Reversal<'a> {
    reference: &'a str,
    reason: &'a str,
}

/// The part of an answer that explains a refusal.
#[derive(Debug, serde::Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

enum Answer {
    Taken,
    Refused(String),
    Later,
}

/// Reports a purchase until SMP has answered, and keeps the outcome in the book.
pub async fn purchase(shop: Arc<Shop>, order: Order) {
    let Some(click_token) = &order.click_token else { return };
    let body = Purchase {
        click_token,
        reference: &order.reference,
        quantity: order.quantity,
        amount_minor: order.amount_minor,
        currency: order.currency,
        tracking_url: format!("{}/orders/{}/tracking", shop.origin, order.reference),
    };
    let keep = |report| shop.book.change(&order.reference, |order| order.purchase = report);
    deliver(&shop, "purchases", &body, keep).await;
}

/// Reports that a purchase came back. SMP refuses it for a purchase it was never told of.
pub async fn reversal(shop: Arc<Shop>, reference: String, reason: String) {
    let body = Reversal { reference: &reference, reason: &reason };
    let keep = |report| shop.book.change(&reference, |order| order.reversal = report);
    deliver(&shop, "reversals", &body, keep).await;
}

async fn deliver(shop: &Shop, kind: &str, body: &impl Serialize, keep: impl Fn(Report)) {
    for (attempts, wait) in (1..).zip(&shop.waits) {
        tokio::time::sleep(*wait).await;
        match attempt(shop, kind, body).await {
            Answer::Taken => return keep(Report::Done),
            Answer::Refused(reason) => {
                tracing::warn!(kind, reason, "SMP refused a report");
                return keep(Report::Refused(reason));
            }
            Answer::Later => keep(Report::UnderWay { attempts }),
        }
    }
    tracing::warn!(kind, "SMP did not answer; the report is given up");
    keep(Report::Unanswered);
}

async fn attempt(shop: &Shop, kind: &str, body: &impl Serialize) -> Answer {
    let url = format!("{}/api/v1/postbacks/{kind}", shop.smp_url);
    let Ok(response) = shop.client.post(url).bearer_auth(&shop.api_key).json(body).send().await
    else {
        return Answer::Later;
    };
    let status = response.status();
    if status.is_success() {
        return Answer::Taken;
    }
    if status.is_server_error() || status.as_u16() == 429 {
        return Answer::Later;
    }
    let problem = response.json::<Problem>().await.ok();
    let words = problem
        .and_then(|problem| problem.detail.or(problem.title))
        .unwrap_or_else(|| format!("it answered {status}"));
    Answer::Refused(words.chars().take(REASON_MAX_CHARS).collect())
}
