//! Events of several providers that a transaction publishes at its end.

use sqlx::PgConnection;

use crate::{
    events,
    kernel::{Result, TenantId},
};

/// An event to publish at the end of a transaction.
pub struct PendingEvent {
    pub tenant: TenantId,
    pub kind: &'static str,
    pub payload: serde_json::Value,
}

/// Publishes events in the order of their providers' ids. Every transaction locks the providers'
/// logs in this order, so that two of them cannot deadlock.
pub async fn publish(conn: &mut PgConnection, mut events: Vec<PendingEvent>) -> Result<()> {
    events.sort_by_key(|event| event.tenant);
    for event in events {
        events::publish(conn, event.tenant, event.kind, &event.payload).await?;
    }
    Ok(())
}
