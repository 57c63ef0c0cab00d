//! What happened to orders, and who did it. Every step is written in the transaction that takes it,
//! by [`record`]; the words for it are in `history_words`.

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;
use strum::IntoStaticStr;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    access::Actor,
    kernel::{OrderId, ParcelId, Result},
};

/// Entries of one order that are read, at most; of more, the newest.
const ENTRIES_MAX: i64 = 1000;

/// What happened to an order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Enum, IntoStaticStr, Serialize, Deserialize, sqlx::Type,
)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum HistoryKind {
    Placed,
    /// Its email or address was changed before it was paid.
    Readdressed,
    /// By its shopper, for a newer order, because it was not paid, because its units were gone, or with its
    /// sale. With a parcel: that alone.
    Cancelled,
    PaymentBegun,
    PaymentFailed,
    /// An attempt ended without a charge, for another one or because the order was cancelled.
    PaymentEnded,
    PaymentSucceeded,
    /// To be paid in cash on delivery.
    PaymentDue,
    CashCollected,
    RefusedAtDoor,
    RefundRequested,
    Refunded,
    RefundFailed,
    /// The gateway had refused it, and SMP paid it another way.
    RefundedElsewhere,
    /// The shopper's bank asks for the money back, or for what proves that it is owed.
    DisputeOpened,
    /// It is with the shopper's bank, which decides.
    EvidenceSubmitted,
    DisputeClosed,
    Shipped,
    InTransit,
    Delivered,
    ReturnedToSender,
    PromiseMissed,
    /// The shopper was reminded of what is left to pay after the deposit.
    RestReminded,
}

/// A step to record.
#[derive(Debug)]
pub struct HistoryStep {
    pub order: OrderId,
    pub actor: Actor,
    pub kind: HistoryKind,
    /// As [`record`] takes them.
    pub details: Value,
}

/// A recorded step.
#[derive(Debug)]
pub(super) struct HistoryRow {
    pub at: OffsetDateTime,
    pub actor: Actor,
    pub kind: HistoryKind,
    pub details: Value,
}

/// Records what happened to an order, in the transaction in which it happens; needs the platform's
/// scope. `details` is an object without secrets and addresses. These fields of it are put into
/// words: `amount_minor` with `currency`, `part`, `gateway`, `reason`, `carrier`, `tracking_number`,
/// `note`, `changed`. With `parcel_id` the step concerns one parcel, and no provider but its own reads it.
pub async fn record(
    conn: &mut PgConnection,
    order: OrderId,
    actor: Actor,
    kind: HistoryKind,
    details: Value,
) -> Result<()> {
    record_all(conn, &[HistoryStep { order, actor, kind, details }]).await
}

/// Records what happened to several orders, in one statement.
pub async fn record_all(conn: &mut PgConnection, steps: &[HistoryStep]) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    // Ids that follow each other keep the order of steps of one moment.
    let ids: Vec<Uuid> = steps.iter().map(|_| Uuid::now_v7()).collect();
    let orders: Vec<Uuid> = steps.iter().map(|step| step.order.0).collect();
    let actors: Vec<String> = steps.iter().map(|step| step.actor.stored().0.to_owned()).collect();
    let actor_ids: Vec<Option<Uuid>> = steps.iter().map(|step| step.actor.stored().1).collect();
    let kinds: Vec<String> = steps.iter().map(|step| <&str>::from(step.kind).to_owned()).collect();
    let details: Vec<Value> = steps.iter().map(|step| step.details.clone()).collect();
    sqlx::query!(
        "INSERT INTO order_history (id, order_id, account_id, actor, actor_id, kind, details)
         SELECT s.id, o.id, o.account_id, s.actor, s.actor_id, s.kind, s.details
         FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::jsonb[])
              AS s (id, order_id, actor, actor_id, kind, details)
         JOIN orders o ON o.id = s.order_id",
        &ids,
        &orders,
        &actors,
        &actor_ids as &[Option<Uuid>],
        &kinds,
        &details,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What happened to an order, oldest first.
pub(super) async fn of_order(conn: &mut PgConnection, order: OrderId) -> Result<Vec<HistoryRow>> {
    let rows = sqlx::query!(
        r#"SELECT at, actor, actor_id, kind AS "kind: HistoryKind", details FROM (
               SELECT id, at, actor, actor_id, kind, details FROM order_history
               WHERE order_id = $1 ORDER BY at DESC, id DESC LIMIT $2
           ) AS newest ORDER BY at, id"#,
        order.0,
        ENTRIES_MAX,
    )
    .fetch_all(conn)
    .await?;
    let row = rows.into_iter().map(|row| HistoryRow {
        at: row.at,
        actor: Actor::of(&row.actor, row.actor_id),
        kind: row.kind,
        details: row.details,
    });
    Ok(row.collect())
}

impl HistoryRow {
    /// Whether it concerns this parcel: it is about it, or about the whole order.
    pub fn concerns(&self, parcel: ParcelId) -> bool {
        self.details["parcel_id"].as_str().is_none_or(|id| id == parcel.to_string())
    }
}
