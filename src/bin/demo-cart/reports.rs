//! Reports to SMP, server to server: purchases and their reversals, tried again while SMP does not
//! answer.

use std::{sync::Arc, time::Duration};

use serde::Serialize;

use crate::{
    orders::{Order, Report},
    shop::Shop,
};

/// The delay before each attempt.
pub const RETRY_DELAYS: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(15),
];

/// How long one attempt may take.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest reason of a refusal that is shown.
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

/// The part of problem+json that explains a refusal.
#[derive(Debug, serde::Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

/// What SMP answered to one attempt.
enum Answer {
    Accepted,
    Refused(String),
    /// None, or that it is busy.
    Later,
}

/// Reports a purchase until SMP has answered, and notes the outcome in the order.
pub async fn purchase(shop: Arc<Shop>, order: Order) {
    let Some(click_token) = &order.click_token else { return };
    let body = Purchase {
        click_token,
        reference: &order.reference,
        quantity: order.goods.quantity,
        amount_minor: order.goods.amount_minor,
        currency: &order.goods.currency,
        tracking_url: format!("{}/orders/{}/tracking", shop.origin, order.reference),
    };
    let note = |report| shop.orders.change(&order.reference, |order| order.purchase = report);
    deliver(&shop, "purchases", &body, note).await;
}

/// Reports a return. SMP refuses it if it does not know the purchase.
pub async fn reversal(shop: Arc<Shop>, reference: String, reason: String) {
    let body = Reversal { reference: &reference, reason: &reason };
    let note = |report| shop.orders.change(&reference, |order| order.reversal = report);
    deliver(&shop, "reversals", &body, note).await;
}

async fn deliver(shop: &Shop, kind: &str, body: &impl Serialize, note: impl Fn(Report)) {
    for (attempts, delay) in (1..).zip(&shop.retry_delays) {
        tokio::time::sleep(*delay).await;
        match attempt(shop, kind, body).await {
            Answer::Accepted => return note(Report::Done),
            Answer::Refused(reason) => {
                tracing::warn!(kind, reason, "SMP refused a report");
                return note(Report::Refused(reason));
            }
            Answer::Later => note(Report::UnderWay { attempts }),
        }
    }
    tracing::warn!(kind, "SMP did not answer; the report is given up");
    note(Report::Unanswered);
}

async fn attempt(shop: &Shop, kind: &str, body: &impl Serialize) -> Answer {
    let url = format!("{}/api/v1/postbacks/{kind}", shop.smp_url);
    let Ok(response) = shop.client.post(url).bearer_auth(&shop.api_key).json(body).send().await
    else {
        return Answer::Later;
    };
    let status = response.status();
    if status.is_success() {
        return Answer::Accepted;
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
