//! Sessions: an opaque token in a cookie, its hash in the database. Each node caches sessions, and
//! drops them when a notice says so.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use poem::web::cookie::Cookie;
use sqlx::PgConnection;
use time::OffsetDateTime;
use tokio::sync::broadcast;
use uuid::Uuid;

pub use super::session::{Role, RoleTenant, Session};
use super::{accounts::Account, factor_grace};
use crate::{
    kernel::{AccountId, Error, Result, SessionId, TenantId, token},
    platform::{BatchLoader, ENTRY_BYTES, Platform, TtlCache, broker::Notice, site_cookie},
};

pub const COOKIE: &str = "smp_session";
/// How long a session lasts.
pub const LIFETIME: time::Duration = time::Duration::days(14);
/// How long a node trusts a cached session, in case the notice of its revocation is lost.
const CACHE_LIFETIME: Duration = Duration::from_secs(30);
/// Memory for the cached sessions, in bytes.
const CACHE_BYTES_MAX: u64 = 128 << 20;
/// How many sessions are expected to fit into that.
const CACHE_SESSIONS: usize = 200_000;
/// How many changes a listener may fall behind before it misses some.
const CHANGES_BACKLOG: usize = 1024;

/// The sessions, cached. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    cache: SessionCache,
    loader: BatchLoader<TokenHash, Option<Arc<Session>>>,
    /// Whose sessions or roles changed, as soon as the cache knows it; None: anybody's.
    changes: broadcast::Sender<Option<AccountId>>,
}

type TokenHash = Vec<u8>;

/// A valid session, as it is read.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct SessionRow {
    token_hash: TokenHash,
    id: SessionId,
    expires_at: OffsetDateTime,
    account_id: AccountId,
    email: String,
    name: String,
    rehearsal: bool,
    is_verified: bool,
    locale: Option<String>,
    may_have_roles: bool,
    has_factor: bool,
    factor_at: Option<OffsetDateTime>,
    factor_due_at: Option<OffsetDateTime>,
}

/// A query for valid sessions with their accounts.
macro_rules! valid_sessions {
    ($asked:literal, $session:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            SessionRow,
            r#"
            SELECT s.token_hash, s.id AS "id: SessionId", s.expires_at,
                a.id AS "account_id: AccountId", a.email, a.name, a.rehearsal,
                a.email_verified_at IS NOT NULL AS "is_verified!",
                a.locale,
                EXISTS (SELECT FROM staff WHERE account_id = a.id)
                    OR EXISTS (SELECT FROM members WHERE account_id = a.id) AS "may_have_roles!",
                EXISTS (SELECT FROM second_factors
                        WHERE account_id = a.id AND confirmed_at IS NOT NULL) AS "has_factor!",
                s.factor_at, a.factor_due_at
            FROM "# + $asked + ",
                LATERAL (SELECT * FROM sessions WHERE " + $session + " LIMIT 1) s,
                LATERAL (SELECT * FROM accounts WHERE id = s.account_id LIMIT 1) a
            WHERE s.revoked_at IS NULL AND s.expires_at > $2 AND a.disabled_at IS NULL"
            $(, $bind)*
        )
    };
}

impl Sessions {
    pub fn new(platform: &Platform) -> Self {
        let cache = SessionCache {
            sessions: TtlCache::fifo_weighted(
                CACHE_SESSIONS,
                CACHE_BYTES_MAX,
                CACHE_LIFETIME,
                |hash, (_, session)| (ENTRY_BYTES + hash.len() + session.bytes()) as u64,
            ),
            changed: TtlCache::fifo(CACHE_SESSIONS, CACHE_LIFETIME * 2),
        };
        let followed = cache.clone();
        let changes = broadcast::channel(CHANGES_BACKLOG).0;
        let told = changes.clone();
        platform.broker.follow(move |notice| match notice {
            Some(Notice::SessionsChanged { account }) => {
                followed.invalidate(account);
                drop(told.send(Some(account)));
            }
            Some(Notice::SessionsMissed) | None => {
                followed.sessions.clear();
                drop(told.send(None));
            }
            Some(Notice::ProviderChanged { .. }) => followed.sessions.clear(),
            Some(_) => {}
        });
        let (reader, filled) = (platform.clone(), cache.clone());
        let (loader, queries) = BatchLoader::new("sessions", move |hashes| {
            load(reader.clone(), filled.clone(), hashes)
        });
        platform.dedicated.spawn(queries);
        Self { cache, loader, changes }
    }

    /// Whose sessions or roles change from now on; None: anybody's may have.
    pub fn changes(&self) -> broadcast::Receiver<Option<AccountId>> {
        self.changes.subscribe()
    }

    /// Drops an account's cached sessions, here at once and on the other nodes by a notice.
    pub async fn changed(&self, platform: &Platform, account: AccountId) {
        self.cache.invalidate(account);
        platform.broker.publish(Notice::SessionsChanged { account }).await;
    }

    /// The valid session of a token, from the cache or else from the database.
    pub async fn find(&self, platform: &Platform, token: &str) -> Result<Option<Arc<Session>>> {
        let Some(hash) = token::hash_of_sent(token) else { return Ok(None) };
        let now = platform.clock.now();
        if let Some(session) = self.cache.get(&hash) {
            return Ok(Some(session).filter(|session| session.expires_at > now));
        }
        self.loader.load(hash).await
    }

    /// Reads the newest session of each of these accounts into the cache, because their requests are
    /// expected soon.
    pub async fn read_ahead(&self, platform: &Platform, accounts: &[Uuid]) -> Result<()> {
        let began = Instant::now();
        let mut tx = platform.db.platform("sessions").await?;
        let asked = valid_sessions!(
            "UNNEST($1::uuid[]) AS asked (account)",
            "account_id = asked.account ORDER BY created_at DESC",
            accounts,
            platform.clock.now()
        );
        let rows = asked.fetch_all(&mut *tx).await?;
        let found = with_roles(platform, &mut tx, rows).await?;
        tx.commit().await?;
        for (hash, session) in found {
            self.cache.insert(began, hash, session);
        }
        Ok(())
    }
}

/// The cached sessions of a node.
#[derive(Clone)]
struct SessionCache {
    /// Each with the time when its read began.
    sessions: TtlCache<TokenHash, (Instant, Arc<Session>)>,
    /// When an account's sessions or roles last changed. An older read is not trusted.
    changed: TtlCache<AccountId, Instant>,
}

impl SessionCache {
    fn get(&self, hash: &TokenHash) -> Option<Arc<Session>> {
        let (began, session) = self.sessions.get(hash)?;
        let is_current =
            self.changed.get(&session.account.id).is_none_or(|changed| changed < began);
        is_current.then_some(session)
    }

    fn insert(&self, began: Instant, hash: TokenHash, session: Arc<Session>) {
        self.sessions.insert(hash, (began, session));
    }

    fn invalidate(&self, account: AccountId) {
        self.changed.insert(account, Instant::now());
    }
}

/// Opens a session and returns its token, of which only the hash is stored.
pub async fn open(
    conn: &mut PgConnection,
    account: AccountId,
    user_agent: &str,
    now: OffsetDateTime,
) -> Result<String> {
    let token = token::random();
    let user_agent: String = user_agent.chars().take(200).collect();
    sqlx::query!(
        "INSERT INTO sessions (id, account_id, token_hash, user_agent, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        SessionId::new().0,
        account.0,
        token::hash(&token),
        user_agent,
        now,
        now + LIFETIME,
    )
    .execute(conn)
    .await?;
    Ok(token)
}

/// Revokes a session of an account. A session of another account is unknown.
pub async fn revoke(
    conn: &mut PgConnection,
    account: AccountId,
    session: SessionId,
    now: OffsetDateTime,
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE sessions SET revoked_at = $3
         WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL",
        session.0,
        account.0,
        now,
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 { Err(Error::NotFound("session")) } else { Ok(()) }
}

/// Revokes all sessions of an account, but for one that is kept. Returns how many.
pub async fn end_all(
    conn: &mut PgConnection,
    account: AccountId,
    except: Option<SessionId>,
    now: OffsetDateTime,
) -> Result<u64> {
    let ended = sqlx::query!(
        "UPDATE sessions SET revoked_at = $3
         WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $3
           AND id IS DISTINCT FROM $2::uuid",
        account.0,
        except.map(|session| session.0),
        now,
    )
    .execute(conn)
    .await?;
    Ok(ended.rows_affected())
}

/// An open session, for its owner.
#[derive(Debug, Clone)]
pub struct OpenSession {
    pub id: SessionId,
    /// What the browser called itself when it signed in.
    pub user_agent: String,
    pub created_at: OffsetDateTime,
}

/// The sessions of an account that are neither ended nor expired, newest first, at most 100.
pub async fn open_of(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Vec<OpenSession>> {
    let sessions = sqlx::query_as!(
        OpenSession,
        r#"SELECT id AS "id: SessionId", user_agent, created_at FROM sessions
           WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2
           ORDER BY created_at DESC LIMIT 100"#,
        account.0,
        now,
    );
    Ok(sessions.fetch_all(conn).await?)
}

/// Deletes sessions that expired before this time. Returns how many, `max` at most.
pub async fn delete_expired(
    conn: &mut PgConnection,
    before: OffsetDateTime,
    max: i64,
) -> Result<u64> {
    let deleted = sqlx::query!(
        "DELETE FROM sessions WHERE id IN (
             SELECT id FROM sessions WHERE expires_at < $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
         )",
        before,
        max,
    );
    Ok(deleted.execute(conn).await?.rows_affected())
}

/// The cookie with a token. An empty token removes the cookie.
pub fn cookie(token: &str, secure: bool) -> Cookie {
    let lifetime = if token.is_empty() {
        Duration::ZERO
    } else {
        Duration::from_secs(LIFETIME.whole_seconds().unsigned_abs())
    };
    site_cookie(COOKIE, token, Some(lifetime), secure)
}

/// The roles of an account, in SMP's team and with providers.
pub async fn roles(conn: &mut PgConnection, account: AccountId) -> Result<Vec<Role>> {
    Ok(roles_of(conn, &[account.0]).await?.remove(&account).unwrap_or_default())
}

/// The roles of accounts that have any.
async fn roles_of(
    conn: &mut PgConnection,
    accounts: &[Uuid],
) -> Result<HashMap<AccountId, Vec<Role>>> {
    let rows = sqlx::query!(
        r#"
        SELECT account_id AS "account_id!", role AS "role!", NULL::uuid AS tenant_id,
               NULL AS slug, NULL AS name, NULL AS state
        FROM staff WHERE account_id = ANY($1) AND suspended_at IS NULL
        UNION ALL
        SELECT m.account_id, m.role, m.tenant_id, p.slug, p.name, p.state
        FROM members m JOIN providers p USING (tenant_id)
        WHERE m.account_id = ANY($1) AND m.state = 'active'
        ORDER BY 3 NULLS FIRST, 2
        "#,
        accounts,
    )
    .fetch_all(conn)
    .await?;
    let mut roles: HashMap<AccountId, Vec<Role>> = HashMap::new();
    for row in rows {
        let tenant = row.tenant_id.map(|id| RoleTenant {
            id: TenantId(id),
            slug: row.slug.unwrap_or_default(),
            name: row.name.unwrap_or_default(),
            state: row.state.unwrap_or_default(),
        });
        roles.entry(AccountId(row.account_id)).or_default().push(Role { name: row.role, tenant });
    }
    Ok(roles)
}

/// Reads sessions into the cache; returns the valid session of each hash.
async fn load(
    platform: Platform,
    cache: SessionCache,
    hashes: Vec<TokenHash>,
) -> Result<Vec<Option<Arc<Session>>>> {
    let began = Instant::now();
    let mut tx = platform.dedicated.db().platform("sessions").await?;
    let asked = valid_sessions!(
        "UNNEST($1::bytea[]) AS asked (hash)",
        "token_hash = asked.hash",
        &hashes,
        platform.clock.now()
    );
    let rows = asked.fetch_all(&mut *tx).await?;
    let found = with_roles(&platform, &mut tx, rows).await?;
    tx.commit().await?;
    for (hash, session) in &found {
        cache.insert(began, hash.clone(), session.clone());
    }
    Ok(hashes.iter().map(|hash| found.get(hash).cloned()).collect())
}

async fn with_roles(
    platform: &Platform,
    conn: &mut PgConnection,
    rows: Vec<SessionRow>,
) -> Result<HashMap<TokenHash, Arc<Session>>> {
    // In a rush there are hardly any, and this saves the query.
    let accounts: Vec<Uuid> =
        rows.iter().filter(|row| row.may_have_roles).map(|row| row.account_id.0).collect();
    let roles =
        if accounts.is_empty() { HashMap::new() } else { roles_of(conn, &accounts).await? };
    let needs_factor = |row: &&SessionRow| {
        let roles = roles.get(&row.account_id);
        row.factor_due_at.is_none() && roles.is_some_and(|all| all.iter().any(Role::needs_factor))
    };
    let without_grace: Vec<Uuid> = if platform.config.second_factor_required {
        rows.iter().filter(needs_factor).map(|row| row.account_id.0).collect()
    } else {
        vec![]
    };
    let begun = if without_grace.is_empty() {
        HashMap::new()
    } else {
        factor_grace::begin(conn, &without_grace, platform.clock.now()).await?
    };
    let session = |row: SessionRow| {
        let account = Account {
            id: row.account_id,
            email: row.email,
            name: row.name,
            is_verified: row.is_verified,
        };
        let roles = roles.get(&account.id).cloned().unwrap_or_default();
        (
            row.token_hash,
            Arc::new(Session {
                id: row.id,
                account,
                expires_at: row.expires_at,
                roles,
                is_rehearsal: row.rehearsal,
                is_verified: row.is_verified,
                has_factor: row.has_factor,
                factor_at: row.factor_at,
                factor_due_at: row.factor_due_at.or_else(|| begun.get(&row.account_id).copied()),
                locale: row.locale,
            }),
        )
    };
    Ok(rows.into_iter().map(session).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_from_before_a_change_is_not_trusted_however_late_it_arrives() {
        let lifetime = Duration::from_mins(1);
        let cache = SessionCache {
            sessions: TtlCache::fifo(100, lifetime),
            changed: TtlCache::fifo(100, lifetime),
        };
        let account = Account {
            id: AccountId::new(),
            email: String::new(),
            name: String::new(),
            is_verified: true,
        };
        let id = account.id;
        let session = Arc::new(Session {
            id: SessionId::new(),
            account,
            expires_at: OffsetDateTime::UNIX_EPOCH,
            roles: vec![],
            is_rehearsal: false,
            is_verified: true,
            has_factor: false,
            factor_at: None,
            factor_due_at: None,
            locale: None,
        });
        let before = Instant::now();
        cache.insert(before, vec![1], session.clone());
        assert!(cache.get(&vec![1]).is_some());
        cache.invalidate(AccountId::new());
        assert!(cache.get(&vec![1]).is_some(), "the change of another account does not matter");
        cache.invalidate(id);
        assert!(cache.get(&vec![1]).is_none());
        cache.insert(before, vec![1], session.clone());
        assert!(cache.get(&vec![1]).is_none(), "its read began before the change");
        cache.insert(Instant::now(), vec![1], session);
        assert!(cache.get(&vec![1]).is_some());
    }
}
