//! Registering for a sale before it starts.

use serde_json::json;
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    open::NotOpen,
    phase::RegistrationStage,
    published::{PublishedSale, published},
};
use crate::{
    events,
    kernel::{AccountId, Error, PageQuery, Result, SaleId, TenantId},
    platform::{Platform, broker::Notice},
};

/// Refuses a shopper who did not register for a sale that only registered shoppers can buy in, and
/// says whether registering is still possible.
pub fn not_registered(sale: &PublishedSale, now: OffsetDateTime) -> Error {
    let window = sale.content.registration();
    let advice = match window.map(|window| (window, window.stage(now))) {
        Some((window, RegistrationStage::Before)) => {
            format!("Registration opens at {}.", rfc3339(window.opens_at))
        }
        Some((window, RegistrationStage::Open)) => {
            format!("Registration is open until {}: register, then buy.", rfc3339(window.closes_at))
        }
        Some((window, RegistrationStage::Closed)) => {
            format!("Registration closed at {}.", rfc3339(window.closes_at))
        }
        None => "There is no registration any more.".to_owned(),
    };
    Error::conflict(
        "not_registered",
        format!("Only registered shoppers can buy in this sale. {advice}"),
    )
}

fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// Whether a shopper is registered for a sale. Works in every scope that may see it: the shopper's,
/// platform, the sale's tenant.
pub async fn registered(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    account: AccountId,
) -> Result<bool> {
    Ok(registered_at(conn, tenant, sale, account).await?.is_some())
}

/// The shoppers registered for a sale, latest registration first, at most `limit`. Tenant scope.
pub async fn registered_accounts(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    limit: i64,
) -> Result<Vec<Uuid>> {
    let accounts = sqlx::query_scalar!(
        "
        SELECT account_id FROM registrations
        WHERE tenant_id = $1 AND sale_id = $2 AND state = 'registered'
        ORDER BY created_at DESC, account_id DESC LIMIT $3
        ",
        tenant.0,
        sale.0,
        limit,
    );
    Ok(accounts.fetch_all(conn).await?)
}

/// The shoppers registered for a sale after an account, at most `limit`, in the order of their ids.
pub async fn registered_after(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    after: AccountId,
    limit: i64,
) -> Result<Vec<AccountId>> {
    let accounts = sqlx::query_scalar!(
        r#"
        SELECT account_id AS "account: AccountId" FROM registrations
        WHERE tenant_id = $1 AND sale_id = $2 AND account_id > $3 AND state = 'registered'
        ORDER BY account_id LIMIT $4
        "#,
        tenant.0,
        sale.0,
        after.0,
        limit,
    );
    Ok(accounts.fetch_all(conn).await?)
}

/// When a shopper registered for a sale; None unless the registration is in force.
pub async fn registered_at(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    account: AccountId,
) -> Result<Option<OffsetDateTime>> {
    let at = sqlx::query_scalar!(
        "
        SELECT created_at FROM registrations
        WHERE tenant_id = $1 AND sale_id = $2 AND account_id = $3 AND state = 'registered'
        ",
        tenant.0,
        sale.0,
        account.0,
    );
    Ok(at.fetch_optional(conn).await?)
}

/// A published sale, and whether a shopper is registered for it.
#[derive(Debug)]
pub struct RegistrationStatus {
    pub sale: PublishedSale,
    /// None unless the shopper is registered.
    pub registered_at: Option<OffsetDateTime>,
}

/// Whether a shopper is registered for a published sale.
pub async fn registration_status(
    platform: &Platform,
    slug: &str,
    account: AccountId,
) -> Result<RegistrationStatus> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let sale = published(&mut tx, slug).await?.ok_or(Error::NotFound("sale"))?;
    let registered_at = registered_at(&mut tx, sale.tenant, sale.id, account).await?;
    Ok(RegistrationStatus { sale, registered_at })
}

/// Registers a shopper; a shopper who is registered already stays so. True when the registration is
/// new.
pub async fn register(
    platform: &Platform,
    slug: &str,
    account: AccountId,
) -> Result<(RegistrationStatus, bool)> {
    let now = platform.clock.now();
    let found = registration_status(platform, slug, account).await?;
    let sale = &found.sale;
    let running = sale.check_not_stopped(now);
    if running == Err(NotOpen::Cancelled) {
        return Err(NotOpen::Cancelled.into());
    }
    if found.registered_at.is_some() {
        return Ok((found, false));
    }
    let window = sale.content.registration();
    let window = window.ok_or_else(|| {
        Error::conflict(
            "no_registration",
            "This sale has no registration. Come when it starts: everybody can buy.",
        )
    })?;
    match window.stage(now) {
        RegistrationStage::Before => {
            return Err(Error::conflict(
                "registration_not_open",
                format!("Registration opens at {}.", rfc3339(window.opens_at)),
            ));
        }
        RegistrationStage::Closed => {
            return Err(Error::conflict(
                "registration_closed",
                format!("Registration closed at {}.", rfc3339(window.closes_at)),
            ));
        }
        RegistrationStage::Open => {}
    }
    running?;
    let mut tx = platform.db.tenant(sale.tenant).await?;
    let is_new = insert(&mut tx, sale, account, now).await?;
    tx.commit().await?;
    if is_new {
        platform.broker.publish(Notice::RegistrationChanged { sale: sale.id, account }).await;
    }
    Ok((RegistrationStatus { registered_at: Some(now), ..found }, is_new))
}

/// Writes a registration and its event; false when the shopper is registered already.
async fn insert(
    conn: &mut PgConnection,
    sale: &PublishedSale,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<bool> {
    let written = sqlx::query!(
        "
        INSERT INTO registrations AS r (tenant_id, sale_id, account_id, created_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, sale_id, account_id) DO UPDATE
            SET state = 'registered', created_at = excluded.created_at WHERE r.state = 'withdrawn'
        ",
        sale.tenant.0,
        sale.id.0,
        account.0,
        now,
    )
    .execute(&mut *conn)
    .await?;
    if written.rows_affected() == 0 {
        return Ok(false);
    }
    events::publish(
        conn,
        sale.tenant,
        "registration.created",
        &json!({"sale_id": sale.id, "account_id": account}),
    )
    .await?;
    Ok(true)
}

/// Withdraws a shopper's registration; does nothing unless the shopper is registered.
pub async fn withdraw_registration(
    platform: &Platform,
    slug: &str,
    account: AccountId,
) -> Result<()> {
    let found = registration_status(platform, slug, account).await?;
    let sale = &found.sale;
    let mut tx = platform.db.tenant(sale.tenant).await?;
    let withdrawn = sqlx::query!(
        "
        UPDATE registrations SET state = 'withdrawn'
        WHERE tenant_id = $1 AND sale_id = $2 AND account_id = $3 AND state = 'registered'
        ",
        sale.tenant.0,
        sale.id.0,
        account.0,
    )
    .execute(&mut *tx)
    .await?;
    if withdrawn.rows_affected() == 1 {
        events::publish(
            &mut tx,
            sale.tenant,
            "registration.withdrawn",
            &json!({"sale_id": sale.id, "account_id": account}),
        )
        .await?;
        tx.commit().await?;
        platform.broker.publish(Notice::RegistrationChanged { sale: sale.id, account }).await;
    }
    Ok(())
}

/// A registration in force.
#[derive(Debug, Clone, Copy)]
pub struct Registration {
    pub sale: SaleId,
    pub account: AccountId,
    pub registered_at: OffsetDateTime,
}

/// A page of a shopper's registrations, newest first, and one more, which shows that there is
/// another page. Shopper scope.
pub async fn registrations_of_account(
    conn: &mut PgConnection,
    account: AccountId,
    page: &PageQuery,
) -> Result<Vec<Registration>> {
    let registrations = sqlx::query_as!(
        Registration,
        r#"
        SELECT sale_id AS "sale: SaleId", account_id AS "account: AccountId",
               created_at AS registered_at
        FROM registrations
        WHERE account_id = $1 AND state = 'registered' AND (created_at, sale_id) < ($2, $3)
        ORDER BY created_at DESC, sale_id DESC LIMIT $4
        "#,
        account.0,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    );
    Ok(registrations.fetch_all(conn).await?)
}

/// A page of a sale's registrations, newest first, and one more, which shows that there is another
/// page.
pub async fn registrations_of_sale(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    page: &PageQuery,
) -> Result<Vec<Registration>> {
    let registrations = sqlx::query_as!(
        Registration,
        r#"
        SELECT sale_id AS "sale: SaleId", account_id AS "account: AccountId",
               created_at AS registered_at
        FROM registrations
        WHERE tenant_id = $1 AND sale_id = $2 AND state = 'registered'
          AND (created_at, account_id) < ($3, $4)
        ORDER BY created_at DESC, account_id DESC LIMIT $5
        "#,
        tenant.0,
        sale.0,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    );
    Ok(registrations.fetch_all(conn).await?)
}

/// How many shoppers are registered for a sale.
pub async fn registration_count(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM registrations
        WHERE tenant_id = $1 AND sale_id = $2 AND state = 'registered'
        "#,
        tenant.0,
        sale.0,
    );
    Ok(count.fetch_one(conn).await?)
}
