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

/// A reservation is confirmed this long after it was made.
pub const CONFIRM_AFTER: Duration = Duration::from_secs(5);

/// Longest reason of a refusal that is shown.
const REASON_MAX_CHARS: usize = 300;

#[derive(Debug, Serialize)]
struct Purchase<'a> {
    click_token: &'a str,
    reference: &'a str,
    quantity: u32,
    amount_minor: i64,
    currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracking_url: Option<String>,
}

#[derive(Debug, Serialize)]
struct UpdateReport<'a> {
    reference: &'a str,
    update_reference: &'a str,
    occurred_at: String,
    confirmed: bool,
    confirmation_number: &'a str,
    tracking_url: String,
}

#[derive(Debug, Serialize)]
struct ReversalReport<'a> {
    reference: &'a str,
    reason: &'a str,
    /// Of a part of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reversal_reference: Option<String>,
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
        // The link to a reservation comes with its confirmation.
        tracking_url: order.goods.nights.is_none().then(|| tracking_url(&shop, &order.reference)),
    };
    let note = |report| shop.orders.change(&order.reference, |order| order.purchase = report);
    deliver(&shop, "purchases", &body, note).await;
}

fn tracking_url(shop: &Shop, reference: &str) -> String {
    format!("{}/orders/{reference}/tracking", shop.origin)
}

/// Confirms a reservation a little later, and reports that.
pub async fn confirmation(shop: Arc<Shop>, order: Order) {
    tokio::time::sleep(shop.confirm_after).await;
    let number = shop.new_reference();
    let reference = order.reference.as_str();
    shop.orders.change(reference, |order| order.confirmed = Some(number.clone()));
    if order.click_token.is_none() {
        return;
    }
    let body = UpdateReport {
        reference,
        update_reference: "confirmation",
        occurred_at: now(),
        confirmed: true,
        confirmation_number: &number,
        tracking_url: tracking_url(&shop, reference),
    };
    let note = |report| shop.orders.change(reference, |order| order.confirmation = report);
    deliver(&shop, "updates", &body, note).await;
}

#[expect(clippy::disallowed_methods, reason = "a program of its own, which no test shifts in time")]
fn now() -> String {
    let now = time::OffsetDateTime::now_utc();
    now.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

/// Reports a return, of all units or of some. It may overtake its purchase: SMP keeps it until that
/// comes.
pub async fn reversal(shop: Arc<Shop>, order: Order, reason: String, units: u32) {
    let reference = order.reference;
    let is_part = units < order.goods.quantity;
    let body = ReversalReport {
        reference: &reference,
        reason: &reason,
        quantity: is_part.then_some(units),
        reversal_reference: is_part.then(|| format!("{reference}-R")),
    };
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
