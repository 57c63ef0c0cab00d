//! Registration: a shopper's place at a sale before it starts.

use poem_openapi::Enum;
use serde_json::json;
use sqlx::PgConnection;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{PublishedSale, published};
use crate::{
    events,
    kernel::{AccountId, Error, PageQuery, Result, SaleId, TenantId},
    platform::{Platform, broker::Notice},
};

/// When one can register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationWindow {
    pub opens_at: OffsetDateTime,
    pub closes_at: OffsetDateTime,
}

/// Where a window is by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum RegistrationStage {
    Before,
    Open,
    Closed,
}

impl RegistrationWindow {
    /// A window has both ends.
    pub fn of(opens_at: Option<OffsetDateTime>, closes_at: Option<OffsetDateTime>) -> Option<Self> {
        opens_at.zip(closes_at).map(|(opens_at, closes_at)| Self { opens_at, closes_at })
    }

    pub fn stage(self, now: OffsetDateTime) -> RegistrationStage {
        if now < self.opens_at {
            RegistrationStage::Before
        } else if now < self.closes_at {
            RegistrationStage::Open
        } else {
            RegistrationStage::Closed
        }
    }
}

/// Why a shopper who did not register cannot buy in a sale for the registered alone, and what to
/// do.
pub fn not_registered(sale: &PublishedSale, now: OffsetDateTime) -> Error {
    let window = sale.content.registration();
    let advice = match window.map(|window| (window, window.stage(now))) {
        Some((window, RegistrationStage::Before)) => {
            format!("Registration opens at {}.", written(window.opens_at))
        }
        Some((window, RegistrationStage::Open)) => {
            format!("Registration is open until {}: register, then buy.", written(window.closes_at))
        }
        Some((window, RegistrationStage::Closed)) => {
            format!("Registration closed at {}.", written(window.closes_at))
        }
        None => "There is no registration any more.".to_owned(),
    };
    Error::conflict(
        "not_registered",
        format!("Only those who registered can buy in this sale. {advice}"),
    )
}

fn written(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

/// Whether a shopper is registered for a sale. Works in every scope that may see it (the shopper's,
/// platform, its tenant).
pub async fn registered(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    account: AccountId,
) -> Result<bool> {
    Ok(registered_at(conn, tenant, sale, account).await?.is_some())
}

/// Those registered for a sale, at most `limit`, who registered last first. Tenant scope.
pub async fn registered_accounts(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    limit: i64,
) -> Result<Vec<Uuid>> {
    let accounts = sqlx::query_scalar!(
        "SELECT account_id FROM registrations WHERE tenant_id = $1 AND sale_id = $2 AND state = 'registered' ORDER BY created_at DESC, account_id DESC LIMIT $3",
        tenant.0,
        sale.0,
        limit,
    );
    Ok(accounts.fetch_all(conn).await?)
}

/// Since when a shopper is registered for a sale.
pub async fn registered_at(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    account: AccountId,
) -> Result<Option<OffsetDateTime>> {
    let at = sqlx::query_scalar!(
        "SELECT created_at FROM registrations WHERE tenant_id = $1 AND sale_id = $2 AND account_id = $3 AND state = 'registered'",
        tenant.0,
        sale.0,
        account.0,
    );
    Ok(at.fetch_optional(conn).await?)
}

/// A shopper's registration for a sale.
#[derive(Debug)]
pub struct Registration {
    pub sale: PublishedSale,
    /// None: not registered.
    pub at: Option<OffsetDateTime>,
}

/// A shopper's registration for a published sale.
pub async fn registration(
    platform: &Platform,
    slug: &str,
    account: AccountId,
) -> Result<Registration> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let sale = published(&mut tx, slug).await?.ok_or(Error::NotFound("sale"))?;
    let at = registered_at(&mut tx, sale.tenant, sale.id, account).await?;
    Ok(Registration { sale, at })
}

/// Registers a shopper; who is registered already stays so. True when it is new.
pub async fn register(
    platform: &Platform,
    slug: &str,
    account: AccountId,
) -> Result<(Registration, bool)> {
    let now = platform.clock.now();
    let found = registration(platform, slug, account).await?;
    let sale = &found.sale;
    if sale.state == "cancelled" {
        return Err(Error::conflict("cancelled", "This sale was cancelled."));
    }
    if found.at.is_some() {
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
                format!("Registration opens at {}.", written(window.opens_at)),
            ));
        }
        RegistrationStage::Closed => {
            return Err(Error::conflict(
                "registration_closed",
                format!("Registration closed at {}.", written(window.closes_at)),
            ));
        }
        RegistrationStage::Open => {}
    }
    if sale.state != "approved" || sale.provider_state != "approved" {
        return Err(Error::conflict(
            "halted",
            "This sale is halted for the moment. Try again later.",
        ));
    }
    let mut tx = platform.db.tenant(sale.tenant).await?;
    let is_new = put(&mut tx, sale, account, now).await?;
    tx.commit().await?;
    if is_new {
        platform.broker.publish(Notice::RegistrationChanged { sale: sale.id, account }).await;
    }
    Ok((Registration { at: Some(now), ..found }, is_new))
}

/// Writes a registration and tells of it; false when it was there already.
async fn put(
    conn: &mut PgConnection,
    sale: &PublishedSale,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<bool> {
    let written = sqlx::query!(
        "
        INSERT INTO registrations AS r (tenant_id, sale_id, account_id, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (tenant_id, sale_id, account_id) DO UPDATE SET state = 'registered', created_at = excluded.created_at WHERE r.state = 'withdrawn'
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

/// Withdraws a shopper's registration; who is not registered stays so.
pub async fn withdraw(platform: &Platform, slug: &str, account: AccountId) -> Result<()> {
    let found = registration(platform, slug, account).await?;
    let sale = &found.sale;
    let mut tx = platform.db.tenant(sale.tenant).await?;
    let withdrawn = sqlx::query!(
        "UPDATE registrations SET state = 'withdrawn' WHERE tenant_id = $1 AND sale_id = $2 AND account_id = $3 AND state = 'registered'",
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
pub struct Place {
    pub sale: SaleId,
    pub account: AccountId,
    pub at: OffsetDateTime,
}

/// A page of a shopper's registrations, newest first, with the one more that tells whether there is
/// another page. Shopper scope.
pub async fn of_account(
    conn: &mut PgConnection,
    account: AccountId,
    page: &PageQuery,
) -> Result<Vec<Place>> {
    let places = sqlx::query_as!(
        Place,
        r#"
        SELECT sale_id AS "sale: SaleId", account_id AS "account: AccountId", created_at AS at FROM registrations
        WHERE account_id = $1 AND state = 'registered' AND (created_at, sale_id) < ($2, $3) ORDER BY created_at DESC, sale_id DESC LIMIT $4
        "#,
        account.0,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    );
    Ok(places.fetch_all(conn).await?)
}

/// A page of a sale's registrations, newest first, with the one more that tells whether there is
/// another page.
pub async fn of_sale(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: SaleId,
    page: &PageQuery,
) -> Result<Vec<Place>> {
    let places = sqlx::query_as!(
        Place,
        r#"
        SELECT sale_id AS "sale: SaleId", account_id AS "account: AccountId", created_at AS at FROM registrations
        WHERE tenant_id = $1 AND sale_id = $2 AND state = 'registered' AND (created_at, account_id) < ($3, $4)
        ORDER BY created_at DESC, account_id DESC LIMIT $5
        "#,
        tenant.0,
        sale.0,
        page.before_at(),
        page.before_id(),
        page.fetch(),
    );
    Ok(places.fetch_all(conn).await?)
}

/// How many are registered for a sale.
pub async fn count(conn: &mut PgConnection, tenant: TenantId, sale: SaleId) -> Result<i64> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM registrations WHERE tenant_id = $1 AND sale_id = $2 AND state = 'registered'"#,
        tenant.0,
        sale.0,
    );
    Ok(count.fetch_one(conn).await?)
}
