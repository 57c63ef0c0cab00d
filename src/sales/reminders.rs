//! "Remind me": an email shortly before the start of a sale that has no registration.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::published::{PublishedSale, published};
use crate::{
    kernel::{AccountId, Error, Result, SaleId, TenantId},
    platform::{Platform, broker::Notice},
};

/// How long before the start the email is due.
pub const REMINDED_BEFORE: Duration = Duration::minutes(15);
/// Reminders of one account that are listed, at most.
const REMINDERS_MAX: i64 = 500;

/// A sale that an account is reminded of.
#[derive(Debug, Clone, Copy)]
pub struct SaleReminder {
    pub sale: SaleId,
    pub asked_at: OffsetDateTime,
}

/// Reminds an account of the start of a sale; asking twice changes nothing. A sale that has begun, is
/// stopped, has a registration of its own or starts within [`REMINDED_BEFORE`] is a conflict.
pub async fn remind(platform: &Platform, slug: &str, account: AccountId) -> Result<PublishedSale> {
    let now = platform.clock.now();
    let sale = find(platform, slug, account).await?;
    check(&sale, now)?;
    let mut tx = platform.db.tenant(sale.tenant).await?;
    sqlx::query!(
        "INSERT INTO sale_reminders (tenant_id, sale_id, account_id, created_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, sale_id, account_id) DO NOTHING",
        sale.tenant.0,
        sale.id.0,
        account.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    // Pages keep what a shopper is registered for and reminded of together.
    platform.broker.publish(Notice::RegistrationChanged { sale: sale.id, account }).await;
    Ok(sale)
}

fn check(sale: &PublishedSale, now: OffsetDateTime) -> Result<()> {
    sale.check_not_stopped(now)?;
    if sale.content.registration().is_some() {
        return Err(Error::conflict(
            "has_registration",
            "This sale has a registration: register for it, and you are reminded of its start.",
        ));
    }
    let starts_at = sale.content.starts_at;
    if starts_at <= now {
        return Err(Error::conflict(
            "already_started",
            "This sale has already started, so there is nothing to be reminded of. Open it now.",
        ));
    }
    if starts_at - now <= REMINDED_BEFORE {
        return Err(Error::conflict(
            "starts_too_soon",
            format!(
                "This sale starts in less than {} minutes, too soon for a reminder. Keep its page \
                 open: it changes at the start.",
                REMINDED_BEFORE.whole_minutes()
            ),
        ));
    }
    Ok(())
}

/// Reminds an account no more of a sale; doing it twice changes nothing.
pub async fn forget(platform: &Platform, slug: &str, account: AccountId) -> Result<PublishedSale> {
    let sale = find(platform, slug, account).await?;
    let mut tx = platform.db.tenant(sale.tenant).await?;
    sqlx::query!(
        "DELETE FROM sale_reminders WHERE tenant_id = $1 AND sale_id = $2 AND account_id = $3",
        sale.tenant.0,
        sale.id.0,
        account.0,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    platform.broker.publish(Notice::RegistrationChanged { sale: sale.id, account }).await;
    Ok(sale)
}

async fn find(platform: &Platform, slug: &str, account: AccountId) -> Result<PublishedSale> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    published(&mut tx, slug).await?.ok_or(Error::NotFound("sale"))
}

/// The sales an account is reminded of, those asked for last first. Shopper scope.
pub async fn reminders_of_account(
    conn: &mut PgConnection,
    account: AccountId,
) -> Result<Vec<SaleReminder>> {
    let reminders = sqlx::query_as!(
        SaleReminder,
        r#"
        SELECT sale_id AS "sale: SaleId", created_at AS asked_at FROM sale_reminders
        WHERE account_id = $1 ORDER BY created_at DESC, sale_id DESC LIMIT $2
        "#,
        account.0,
        REMINDERS_MAX,
    );
    Ok(reminders.fetch_all(conn).await?)
}

/// Takes up to `limit` accounts after `after` that were not reminded of this start, and marks them.
/// Those that another node is working on are skipped.
pub(super) async fn take(
    conn: &mut PgConnection,
    (tenant, sale): (TenantId, SaleId),
    starts_at: OffsetDateTime,
    after: Option<AccountId>,
    limit: i64,
) -> Result<Vec<AccountId>> {
    let mut taken = sqlx::query_scalar!(
        r#"
        WITH due AS MATERIALIZED (
            SELECT account_id FROM sale_reminders
            WHERE tenant_id = $1 AND sale_id = $2 AND account_id > $3
              AND reminded_for IS DISTINCT FROM $4
            ORDER BY account_id LIMIT $5 FOR UPDATE SKIP LOCKED
        )
        UPDATE sale_reminders r SET reminded_for = $4
        WHERE r.tenant_id = $1 AND r.sale_id = $2
          AND r.account_id = ANY (ARRAY(SELECT account_id FROM due))
        RETURNING r.account_id AS "account: AccountId"
        "#,
        tenant.0,
        sale.0,
        after.map_or(Uuid::nil(), |account| account.0),
        starts_at,
        limit,
    )
    .fetch_all(conn)
    .await?;
    taken.sort_unstable();
    Ok(taken)
}

impl PublishedSale {
    /// Whether somebody can ask to be reminded of its start now.
    pub fn can_be_reminded_of(&self, now: OffsetDateTime) -> bool {
        check(self, now).is_ok()
    }
}
