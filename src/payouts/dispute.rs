//! Disputes of payments, in SQL. What a bank decides is Stripe's to tell; it is kept once, and told of once.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use crate::{
    access::{Actor, audit},
    events,
    kernel::{DisputeId, Error, Money, OrderId, PageQuery, PaymentId, Result, TenantId},
    ledger::{
        self, DisputeStep, DisputedMoney, LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind,
    },
    payments::{Payment, STRIPE},
};

/// An open dispute is looked up this often.
pub const LOOKED_UP_EVERY: Duration = Duration::hours(1);

/// Where a dispute stands. A warning is a bank's question before a dispute; no money has moved.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Enum,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::IntoStaticStr,
    strum::EnumString,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DisputeState {
    WarningNeedsResponse,
    WarningUnderReview,
    WarningClosed,
    NeedsResponse,
    UnderReview,
    /// The money stays.
    Won,
    /// The shopper has the money back.
    Lost,
    /// It was settled before it became one.
    Prevented,
}

impl DisputeState {
    /// Whether nothing more is to come.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::WarningClosed | Self::Won | Self::Lost | Self::Prevented)
    }

    /// Whether SMP has to answer.
    pub fn needs_response(self) -> bool {
        matches!(self, Self::WarningNeedsResponse | Self::NeedsResponse)
    }

    /// Whether the bank may keep the money yet, so that a refund could pay it twice. A question is best
    /// answered by a refund, so it does not keep from one. What was lost counts as given back
    /// ([`lost_of_order`]).
    fn bars_refunds(self) -> bool {
        matches!(self, Self::NeedsResponse | Self::UnderReview)
    }

    /// What became of the money, if any moved; what was decided had been taken before.
    fn steps(self) -> &'static [DisputeStep] {
        match self {
            Self::NeedsResponse | Self::UnderReview => &[DisputeStep::Opened],
            Self::Won => &[DisputeStep::Opened, DisputeStep::Won],
            Self::Lost => &[DisputeStep::Opened, DisputeStep::Lost],
            Self::WarningNeedsResponse
            | Self::WarningUnderReview
            | Self::WarningClosed
            | Self::Prevented => &[],
        }
    }

    /// How it ended.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Won => "won",
            Self::Lost => "lost",
            Self::WarningClosed => "the bank asks no more",
            Self::Prevented => "settled before it began",
            _ => "open",
        }
    }
}

/// A dispute as the gateway described it last.
#[derive(Debug, Clone)]
pub struct Dispute {
    pub id: DisputeId,
    /// The gateway's own id.
    pub reference: String,
    pub payment: PaymentId,
    pub order: OrderId,
    pub order_number: String,
    /// Minor units.
    pub amount_minor: i64,
    pub currency: String,
    /// The gateway's word.
    pub reason: String,
    pub state: DisputeState,
    pub evidence_due_at: Option<OffsetDateTime>,
    pub opened_at: OffsetDateTime,
    pub closed_at: Option<OffsetDateTime>,
    pub updated_at: OffsetDateTime,
    /// How often evidence was submitted.
    pub submissions: i32,
    /// When SMP asked the gateway to close it as lost.
    pub accepted_at: Option<OffsetDateTime>,
}

impl Dispute {
    pub fn amount(&self) -> Money {
        Money::new(self.amount_minor, &self.currency)
    }
}

/// What an answer of the gateway says of a dispute.
#[derive(Debug, Clone)]
pub struct DisputeAnswer {
    pub reference: String,
    /// The gateway's id of the payment.
    pub intent: String,
    pub amount: Money,
    pub reason: String,
    pub state: DisputeState,
    pub evidence_due_at: Option<OffsetDateTime>,
    pub opened_at: OffsetDateTime,
    /// How often evidence was submitted.
    pub submissions: i32,
    pub fees: Vec<DisputeFee>,
}

/// What the gateway kept for a dispute with one movement of its money.
#[derive(Debug, Clone)]
pub struct DisputeFee {
    /// The gateway's own id of the movement.
    pub reference: String,
    /// Below zero when it is given back.
    pub amount: Money,
}

/// Every read of disputes is this query; `$rest` is its condition.
macro_rules! dispute_rows {
    ($rest:literal $(, $bind:expr)* $(,)?) => {
        sqlx::query_as!(
            Dispute,
            r#"SELECT id AS "id: DisputeId", reference, payment_id AS "payment: PaymentId",
                      order_id AS "order: OrderId",
                      (SELECT number FROM orders o WHERE o.id = disputes.order_id)
                          AS "order_number!", amount_minor, currency, reason,
                      state AS "state: DisputeState", evidence_due_at, opened_at, closed_at,
                      updated_at, submissions, accepted_at
               FROM disputes "# + $rest
            $(, $bind)*
        )
    };
}

/// The dispute; unknown is an error. Platform scope.
pub async fn get(conn: &mut PgConnection, id: DisputeId) -> Result<Dispute> {
    let found = dispute_rows!("WHERE id = $1", id.0).fetch_optional(conn).await?;
    found.ok_or(Error::NotFound("dispute"))
}

/// The dispute, locked; unknown is an error. Platform scope.
pub async fn lock(conn: &mut PgConnection, id: DisputeId) -> Result<Dispute> {
    let found = dispute_rows!("WHERE id = $1 FOR UPDATE", id.0).fetch_optional(conn).await?;
    found.ok_or(Error::NotFound("dispute"))
}

/// Notes that SMP asks the gateway to close a dispute as lost, or (None) that the gateway refused that.
pub async fn set_accepted(
    conn: &mut PgConnection,
    id: DisputeId,
    at: Option<OffsetDateTime>,
) -> Result<()> {
    sqlx::query!("UPDATE disputes SET accepted_at = $2 WHERE id = $1", id.0, at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Has a dispute looked up by the clock soon.
pub async fn look_soon(conn: &mut PgConnection, id: DisputeId, now: OffsetDateTime) -> Result<()> {
    sqlx::query!("UPDATE disputes SET check_at = $2 WHERE id = $1", id.0, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Disputes, the newest first; with `open`, those that are or are not. Platform scope.
pub async fn list(
    conn: &mut PgConnection,
    open: Option<bool>,
    page: &PageQuery,
) -> Result<Vec<Dispute>> {
    Ok(dispute_rows!(
        "WHERE ($1::boolean IS NULL OR (closed_at IS NULL) = $1) AND (opened_at, id) < ($2, $3)
         ORDER BY opened_at DESC, id DESC LIMIT $4",
        open,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?)
}

/// The disputes of an order's payments.
async fn of_order(conn: &mut PgConnection, order: OrderId) -> Result<Vec<Dispute>> {
    Ok(dispute_rows!("WHERE order_id = $1 ORDER BY opened_at DESC LIMIT 100", order.0)
        .fetch_all(conn)
        .await?)
}

/// Fails while a shopper's bank may keep money of the order, which a refund would pay back as well. Platform
/// scope.
pub async fn require_undisputed(conn: &mut PgConnection, order: OrderId) -> Result<()> {
    let found = of_order(conn, order).await?;
    if !found.iter().any(|dispute| dispute.state.bars_refunds()) {
        return Ok(());
    }
    Err(Error::conflict(
        "disputed",
        "The shopper’s bank disputes a payment of this order, and may pay it back. Answer the dispute, or \
         accept it, on its page; refund what is left of the order once the dispute is decided.",
    ))
}

/// What shoppers' banks paid back of each payment of an order, in disputes that were lost. Platform scope.
pub async fn lost_of_order(
    conn: &mut PgConnection,
    order: OrderId,
) -> Result<Vec<(PaymentId, Money)>> {
    let found = of_order(conn, order).await?;
    let lost = found.iter().filter(|dispute| dispute.state == DisputeState::Lost);
    Ok(lost.map(|dispute| (dispute.payment, dispute.amount())).collect())
}

/// Keeps what the gateway said of a dispute of `payment`. Publishes `dispute.opened`,
/// `dispute.evidence_submitted` and `dispute.closed`, once each. Of two answers the one that was asked for later stays. Platform scope.
pub async fn note(
    conn: &mut PgConnection,
    payment: &Payment,
    answer: &DisputeAnswer,
    asked_at: OffsetDateTime,
) -> Result<()> {
    let inserted = sqlx::query!(
        "INSERT INTO disputes (id, gateway, reference, payment_id, order_id, amount_minor, currency,
             reason, state, evidence_due_at, opened_at, check_at, looked_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
         ON CONFLICT (gateway, reference) DO NOTHING",
        DisputeId::new().0,
        STRIPE,
        answer.reference,
        payment.id.0,
        payment.order_id.0,
        answer.amount.amount,
        answer.amount.currency,
        answer.reason,
        answer.state.into_str(),
        answer.evidence_due_at,
        answer.opened_at,
        asked_at + LOOKED_UP_EVERY,
        asked_at,
    );
    let is_new = inserted.execute(&mut *conn).await?.rows_affected() == 1;
    let kept =
        dispute_rows!("WHERE gateway = $1 AND reference = $2 FOR UPDATE", STRIPE, answer.reference)
            .fetch_one(&mut *conn)
            .await?;
    if is_new {
        tell(conn, &kept, "opened", &kept.reason.replace('_', " ")).await?;
    }
    let closed_at = answer.state.is_closed().then_some(kept.closed_at.unwrap_or(asked_at));
    let updated = sqlx::query!(
        "UPDATE disputes
         SET amount_minor = $2, reason = $3, state = $4, evidence_due_at = $5, closed_at = $6,
             submissions = $8, looked_at = $7, updated_at = CASE WHEN state = $4 THEN updated_at ELSE $7 END
         WHERE id = $1 AND looked_at <= $7",
        kept.id.0,
        answer.amount.amount,
        answer.reason,
        answer.state.into_str(),
        answer.evidence_due_at,
        closed_at,
        asked_at,
        answer.submissions,
    );
    let is_newest = updated.execute(&mut *conn).await?.rows_affected() == 1;
    if is_newest && kept.submissions == 0 && answer.submissions > 0 {
        tell(conn, &kept, "evidence_submitted", &kept.reason.replace('_', " ")).await?;
    }
    if is_newest && kept.closed_at.is_none() && closed_at.is_some() {
        let is_accepted = kept.accepted_at.is_some() && answer.state == DisputeState::Lost;
        let how = if is_accepted { "accepted" } else { answer.state.in_words() };
        tell(conn, &kept, "closed", how).await?;
    }
    if is_newest {
        post_steps(conn, payment, kept.id, answer, asked_at).await?;
    }
    post_fees(conn, payment, &answer.fees, asked_at).await
}

/// Posts what became of the money. Each step is posted once, however often it is told.
async fn post_steps(
    conn: &mut PgConnection,
    payment: &Payment,
    dispute: DisputeId,
    answer: &DisputeAnswer,
    at: OffsetDateTime,
) -> Result<()> {
    let disputed = DisputedMoney {
        dispute,
        order: payment.order_id,
        payment: payment.id,
        gateway: &payment.gateway,
        amount: &answer.amount,
    };
    for step in answer.state.steps() {
        ledger::post_dispute(conn, &disputed, *step, at).await?;
    }
    Ok(())
}

/// Posts what the gateway kept. SMP bears it whether the dispute is won or lost; each is posted once.
async fn post_fees(
    conn: &mut PgConnection,
    payment: &Payment,
    fees: &[DisputeFee],
    at: OffsetDateTime,
) -> Result<()> {
    let kept = fees.iter().map(|fee| LedgerTransfer {
        key: format!("dispute-fee:{}", fee.reference),
        kind: TransferKind::Fee,
        currency: fee.amount.currency.clone(),
        order: Some(payment.order_id),
        payment: Some(payment.id),
        note: "The gateway’s fee for a dispute".to_owned(),
        entries: vec![
            LedgerEntry::of_smp(LedgerAccount::Fees, "", fee.amount.amount),
            LedgerEntry::of_smp(LedgerAccount::GatewayCash, &payment.gateway, -fee.amount.amount),
        ],
    });
    ledger::post(conn, &kept.collect::<Vec<_>>(), at).await
}

/// The event and the audit entry of a step.
async fn tell(conn: &mut PgConnection, dispute: &Dispute, step: &str, reason: &str) -> Result<()> {
    let payload = json!({
        "dispute_id": dispute.id,
        "order_id": dispute.order,
        "amount": dispute.amount(),
        "reason": reason,
    });
    events::publish(conn, TenantId::PLATFORM, &format!("dispute.{step}"), &payload).await?;
    let action = format!("dispute_{step}");
    let subject = format!("dispute {}", dispute.id);
    let details = json!({
        "reference": dispute.reference,
        "amount_minor": dispute.amount_minor,
        "currency": dispute.currency,
        "reason": reason,
    });
    audit::record(conn, Actor::System, TenantId::PLATFORM, &action, &subject, &details).await
}

/// The ids, at the gateway, of open disputes that are due to be looked up, at most `limit`; each is due again
/// later. Skips those that another node is taking. Platform scope.
pub async fn claim_due(
    conn: &mut PgConnection,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<String>> {
    let due = sqlx::query_scalar!(
        "WITH due AS (
             SELECT id FROM disputes WHERE closed_at IS NULL AND check_at <= $1
             ORDER BY check_at LIMIT $3 FOR UPDATE SKIP LOCKED
         )
         UPDATE disputes d SET check_at = $2 FROM due WHERE d.id = due.id RETURNING d.reference",
        now,
        now + LOOKED_UP_EVERY,
        limit,
    );
    Ok(due.fetch_all(conn).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refund_waits_for_a_dispute_and_answers_a_question() {
        for (word, closed, bars) in [
            ("warning_needs_response", false, false),
            ("warning_under_review", false, false),
            ("warning_closed", true, false),
            ("needs_response", false, true),
            ("under_review", false, true),
            ("won", true, false),
            ("lost", true, false),
            ("prevented", true, false),
        ] {
            let state: DisputeState = word.parse().unwrap();
            assert_eq!((state.is_closed(), state.bars_refunds()), (closed, bars), "{word}");
        }
        assert!("a_status_of_tomorrow".parse::<DisputeState>().is_err());
    }
}
