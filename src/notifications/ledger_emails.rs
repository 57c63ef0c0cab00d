//! The email about what differs from the ledger, to SMP's finance.

use serde::Deserialize;
use serde_json::json;

use super::emails::{self, GroupEmail};
use crate::{
    access::accounts,
    events::Event,
    kernel::{Result, TenantId},
    platform::{Platform, PortalPath},
    providers::Themes,
};

#[derive(Deserialize)]
struct DifferenceNews {
    /// `ledger`, or the gateway whose report differs.
    source: String,
    count: u64,
}

/// Something differs from SMP's books: finance looks into it.
pub async fn differences_found(platform: &Platform, themes: &Themes, event: &Event) -> Result<()> {
    let DifferenceNews { source, count } =
        serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?;
    let mut tx = platform.db.platform("ledger differences").await?;
    let team = accounts::of_staff(&mut tx, &["finance", "admin"]).await?;
    let email = GroupEmail {
        tenant: TenantId::PLATFORM,
        to: &team,
        template: "ledger_differences",
        context: json!({
            "differences": {
                "count": count,
                "several": count > 1,
                // The recount of the books has no gateway.
                "gateway": (source != "ledger").then_some(source),
            },
            "url": platform.portal_url(PortalPath::StaffReconciliation),
        }),
        dedupe_key: event.id.to_string(),
    };
    emails::queue_each(platform, themes, &mut tx, email).await?;
    tx.commit().await?;
    Ok(())
}
