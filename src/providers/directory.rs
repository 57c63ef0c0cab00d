//! What others may say of a provider: its name, and where its customers find help.

use std::collections::HashMap;

use crate::{
    kernel::{Result, TenantId},
    platform::Platform,
};

#[derive(Debug, Clone)]
pub struct Entry {
    pub slug: String,
    pub name: String,
    pub support_email: Option<String>,
    pub support_phone: Option<String>,
    pub support_url: Option<String>,
}

/// The entries of some providers, whatever their state: an order keeps its provider's name after a suspension.
/// Takes a connection of its own, so call it when no transaction is open.
pub async fn find(platform: &Platform, tenants: &[TenantId]) -> Result<HashMap<TenantId, Entry>> {
    if tenants.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<uuid::Uuid> = tenants.iter().map(|tenant| tenant.0).collect();
    let mut tx = platform.db.platform("provider names").await?;
    let rows = sqlx::query!("SELECT tenant_id, slug, name, support_email, support_phone, support_url FROM providers WHERE tenant_id = ANY($1)", &ids)
        .fetch_all(&mut *tx)
        .await?;
    let entries = rows.into_iter().map(|row| {
        let entry = Entry { slug: row.slug, name: row.name, support_email: row.support_email, support_phone: row.support_phone, support_url: row.support_url };
        (TenantId(row.tenant_id), entry)
    });
    Ok(entries.collect())
}
