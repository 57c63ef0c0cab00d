//! Notices to all nodes that stock moved.

use crate::{
    kernel::{AccountId, Result, SaleId, TenantId},
    platform::{Platform, broker::Notice},
    sales,
};

/// Tells every node that a sale's stock moved, and whose holds or waitlist entries did.
pub async fn stock_moved(
    platform: &Platform,
    tenant: TenantId,
    sale: SaleId,
    accounts: Vec<AccountId>,
) -> Result<()> {
    platform.broker.publish(Notice::ShoppersChanged { accounts }).await;
    let mut tx = platform.db.tenant(tenant).await?;
    if let Some(slug) = sales::slug(&mut tx, tenant, sale).await? {
        platform.broker.publish(Notice::StockChanged { slug }).await;
    }
    Ok(())
}
