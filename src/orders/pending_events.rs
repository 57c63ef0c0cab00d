//! Events of several providers that a transaction publishes at its end.

use sqlx::PgConnection;

use crate::{
    events::{self, NewEvent},
    kernel::{Result, TenantId},
};

/// An event to publish at the end of a transaction.
pub struct PendingEvent {
    pub tenant: TenantId,
    pub kind: &'static str,
    pub payload: serde_json::Value,
}

/// Publishes events in the order of their providers' ids, those of a provider in one statement. Every
/// transaction locks the providers' logs in this order, so that two of them cannot deadlock.
pub async fn publish(conn: &mut PgConnection, mut events: Vec<PendingEvent>) -> Result<()> {
    events.sort_by_key(|event| event.tenant);
    for of_tenant in events.chunk_by(|a, b| a.tenant == b.tenant) {
        let new = of_tenant
            .iter()
            .map(|event| NewEvent::new(event.kind, &event.payload))
            .collect::<Result<Vec<_>>>()?;
        events::publish_mixed(conn, of_tenant[0].tenant, &new).await?;
    }
    Ok(())
}
