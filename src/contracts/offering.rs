//! Offering the newest version to a provider: its document is made then, and never changes.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    in_force::{end, is_in_force},
    rules,
    template::{self, ContractTemplate},
};
use crate::{
    events::{self, Event},
    kernel::{ContractId, Result, TenantId, token},
    platform::Platform,
    providers::{self, Provider, ProviderState},
};

/// Offers a version that was published to every provider, and the newest version to a provider that
/// came under review.
pub async fn on_event(platform: &Platform, event: &Event) -> Result<()> {
    match event.kind.as_str() {
        "contract.template_published" => {
            let mut tx = platform.db.platform("offer contracts").await?;
            let tenants = providers::under_contract(&mut tx).await?;
            drop(tx);
            for tenant in tenants {
                offer_newest(platform, tenant).await?;
            }
            Ok(())
        }
        "provider.under_review" | "provider.approved" => {
            offer_newest(platform, event.tenant_id).await
        }
        _ => Ok(()),
    }
}

/// Offers the newest version to a provider that was not offered it yet. Publishes
/// `contract.offered`.
pub async fn offer_newest(platform: &Platform, tenant: TenantId) -> Result<()> {
    let mut tx = platform.db.platform("offer contract").await?;
    let Some(newest) = template::newest(&mut tx).await? else { return Ok(()) };
    let is_offered = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM contracts WHERE tenant_id = $1 AND template_id = $2
           ) AS "is!""#,
        tenant.0,
        newest.id.0
    );
    if is_offered.fetch_one(&mut *tx).await? {
        return Ok(());
    }
    let provider = providers::lock(&mut tx, tenant).await?;
    if matches!(
        provider.state,
        ProviderState::UnderReview | ProviderState::Approved | ProviderState::Suspended
    ) {
        offer(&mut tx, &newest, &provider, platform.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The provider is locked, so nobody offers it another version meanwhile.
async fn offer(
    conn: &mut PgConnection,
    template: &ContractTemplate,
    provider: &Provider,
    now: OffsetDateTime,
) -> Result<()> {
    let id = ContractId::new();
    let document = rules::render(&template.text(), template.number, provider, now)?;
    let sign_by = end(provider.contract_until.filter(|until| is_in_force(Some(*until), now)));
    let inserted = sqlx::query!(
        "
        INSERT INTO contracts (tenant_id, id, template_id, number, title, document, document_hash,
            delivery_days, honour_days, offered_at, sign_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (tenant_id, template_id) DO NOTHING
        ",
        provider.id.0,
        id.0,
        template.id.0,
        template.number,
        template.title,
        document,
        token::content_hash(document.as_bytes()),
        template.delivery_days,
        template.honour_days,
        now,
        sign_by,
    );
    if inserted.execute(&mut *conn).await?.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query!(
        "UPDATE contracts SET state = 'superseded', superseded_at = $3
         WHERE tenant_id = $1 AND state = 'offered' AND id <> $2",
        provider.id.0,
        id.0,
        now
    )
    .execute(&mut *conn)
    .await?;
    events::publish(conn, provider.id, "contract.offered", &json!({"contract_id": id})).await
}
