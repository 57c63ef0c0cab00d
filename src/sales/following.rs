//! Following a provider: its followers are told of its new sales.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    kernel::{AccountId, Error, Result, TenantId},
    platform::Platform,
};

/// Followers that one transaction writes to, at most.
pub const FOLLOWERS_BATCH: i64 = 500;
/// Providers that one account follows, at most.
const FOLLOWS_MAX: i64 = 500;

/// A provider whom an account follows.
#[derive(Debug, Clone)]
pub struct Follow {
    pub tenant: TenantId,
    pub slug: String,
    pub name: String,
    pub followed_at: OffsetDateTime,
}

/// Follows the provider of this slug; doing it twice changes nothing.
pub async fn follow(platform: &Platform, slug: &str, account: AccountId) -> Result<Follow> {
    let mut tx = platform.db.platform("follow").await?;
    let (tenant, name) = seller(&mut tx, slug).await?;
    let now = platform.clock.now();
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM follows WHERE account_id = $1 AND tenant_id <> $2"#,
        account.0,
        tenant.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    if count >= FOLLOWS_MAX {
        return Err(Error::conflict(
            "follows_too_many",
            format!(
                "An account follows at most {FOLLOWS_MAX} sellers. Unfollow one of them first, on \
                 the page of your favourites."
            ),
        ));
    }
    let followed_at = sqlx::query_scalar!(
        "
        INSERT INTO follows AS f (tenant_id, account_id, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (tenant_id, account_id) DO UPDATE SET created_at = f.created_at
        RETURNING created_at
        ",
        tenant.0,
        account.0,
        now,
    )
    .fetch_one(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Follow { tenant, slug: slug.to_owned(), name, followed_at })
}

/// Follows a provider no more; doing it twice changes nothing.
pub async fn unfollow(platform: &Platform, slug: &str, account: AccountId) -> Result<()> {
    let mut tx = platform.db.platform("unfollow").await?;
    let (tenant, _) = seller(&mut tx, slug).await?;
    sqlx::query!(
        "DELETE FROM follows WHERE tenant_id = $1 AND account_id = $2",
        tenant.0,
        account.0
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// A provider that shoppers can see.
async fn seller(conn: &mut PgConnection, slug: &str) -> Result<(TenantId, String)> {
    let row = sqlx::query!(
        r#"
        SELECT tenant_id AS "tenant: TenantId", name FROM providers
        WHERE slug = $1 AND state IN ('approved', 'suspended')
        "#,
        slug
    );
    let row = row.fetch_optional(conn).await?.ok_or(Error::NotFound("seller"))?;
    Ok((row.tenant, row.name))
}

/// Whether an account follows a provider. Shopper scope.
pub async fn is_following(
    conn: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<bool> {
    let is_following = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (SELECT FROM follows WHERE tenant_id = $1 AND account_id = $2) AS "is!"
        "#,
        tenant.0,
        account.0,
    );
    Ok(is_following.fetch_one(conn).await?)
}

/// The providers an account follows, the latest first. Platform scope.
pub async fn followed_by(conn: &mut PgConnection, account: AccountId) -> Result<Vec<Follow>> {
    let follows = sqlx::query_as!(
        Follow,
        r#"
        SELECT f.tenant_id AS "tenant: TenantId", p.slug, p.name, f.created_at AS followed_at
        FROM follows f JOIN providers p ON p.tenant_id = f.tenant_id
        WHERE f.account_id = $1 AND p.state IN ('approved', 'suspended')
        ORDER BY f.created_at DESC, p.name LIMIT $2
        "#,
        account.0,
        FOLLOWS_MAX,
    );
    Ok(follows.fetch_all(conn).await?)
}

/// The followers of a provider after an account, at most [`FOLLOWERS_BATCH`], in the order of their
/// ids.
pub async fn followers_after(
    conn: &mut PgConnection,
    tenant: TenantId,
    after: Option<AccountId>,
) -> Result<Vec<AccountId>> {
    let accounts = sqlx::query_scalar!(
        r#"
        SELECT account_id AS "account: AccountId" FROM follows
        WHERE tenant_id = $1 AND account_id > $2 ORDER BY account_id LIMIT $3
        "#,
        tenant.0,
        after.map_or(Uuid::nil(), |account| account.0),
        FOLLOWERS_BATCH,
    );
    Ok(accounts.fetch_all(conn).await?)
}
