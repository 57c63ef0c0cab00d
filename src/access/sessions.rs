//! Sessions: an opaque token in a cookie, its hash in the database, cached per node and dropped
//! from the cache by broadcast.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use poem::web::cookie::{Cookie, SameSite};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::accounts::Account;
use crate::{
    kernel::{AccountId, Error, Result, SessionId, TenantId, token},
    platform::{BatchLoader, Platform, TtlCache, broker::Notice},
};

pub const COOKIE: &str = "smp_session";
/// How long a session lasts.
pub const LIFETIME: time::Duration = time::Duration::days(14);
/// A node trusts what it read of a session this long, should a revocation's broadcast be lost.
const CACHE_LIFETIME: Duration = Duration::from_secs(30);
const CACHE_SESSIONS_MAX: usize = 200_000;

/// A signed-in account and what it is.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: SessionId,
    pub account: Account,
    pub expires_at: OffsetDateTime,
    pub roles: Vec<Grant>,
    /// A shopper made up for a rehearsal.
    pub is_rehearsal: bool,
}

/// One role; without a tenant it is one of SMP's own team.
#[derive(Debug, Clone)]
pub struct Grant {
    pub role: String,
    pub tenant: Option<GrantTenant>,
}

#[derive(Debug, Clone)]
pub struct GrantTenant {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub state: String,
}

/// The sessions as this node knows them.
#[derive(Clone)]
pub struct Sessions {
    known: Known,
    unknown: BatchLoader<Hash, Option<Arc<Session>>>,
}

type Hash = Vec<u8>;

/// A session in force, as it is read.
struct Row {
    token_hash: Hash,
    id: SessionId,
    expires_at: OffsetDateTime,
    account_id: AccountId,
    email: String,
    name: String,
    rehearsal: bool,
    may_have_roles: bool,
}

/// One query over sessions in force, with their accounts.
macro_rules! in_force {
    ($asked:literal, $session:literal $(, $bind:expr)*) => {
        sqlx::query_as!(
            Row,
            r#"
            SELECT s.token_hash, s.id AS "id: SessionId", s.expires_at, a.id AS "account_id: AccountId", a.email, a.name, a.rehearsal,
                EXISTS (SELECT FROM staff WHERE account_id = a.id) OR EXISTS (SELECT FROM members WHERE account_id = a.id) AS "may_have_roles!"
            FROM "# + $asked + ", LATERAL (SELECT * FROM sessions WHERE " + $session + " LIMIT 1) s,
                LATERAL (SELECT * FROM accounts WHERE id = s.account_id LIMIT 1) a
            WHERE s.revoked_at IS NULL AND s.expires_at > $2 AND a.disabled_at IS NULL"
            $(, $bind)*
        )
    };
}

impl Sessions {
    pub fn new(platform: &Platform) -> Self {
        let known = Known {
            sessions: TtlCache::fifo(CACHE_SESSIONS_MAX, CACHE_LIFETIME),
            changed: TtlCache::fifo(CACHE_SESSIONS_MAX, CACHE_LIFETIME * 2),
        };
        let listening = known.clone();
        platform.broker.follow(move |notice| match notice {
            Some(Notice::SessionsChanged { account }) => listening.forget(account),
            Some(Notice::ProviderChanged { .. }) | None => listening.sessions.clear(),
            Some(_) => {}
        });
        let (looking, learning) = (platform.clone(), known.clone());
        let (unknown, look_up) = BatchLoader::new("sessions", move |hashes| {
            load(looking.clone(), learning.clone(), hashes)
        });
        platform.dedicated.spawn(look_up);
        Self { known, unknown }
    }

    /// Drops what this node remembers of an account, at once, and tells the other nodes to.
    pub async fn changed(&self, platform: &Platform, account: AccountId) {
        self.known.forget(account);
        platform.broker.publish(Notice::SessionsChanged { account }).await;
    }

    /// The session of a token: from memory, else from the database. None when there is none in
    /// force.
    pub async fn find(&self, platform: &Platform, token: &str) -> Result<Option<Arc<Session>>> {
        let hash = token::hash(token);
        let now = platform.clock.now();
        if let Some(session) = self.known.get(&hash) {
            return Ok(Some(session).filter(|session| session.expires_at > now));
        }
        self.unknown.load(hash).await
    }

    /// Reads the newest session of each of these accounts into memory: they are expected in a
    /// moment.
    pub async fn read_ahead(&self, platform: &Platform, accounts: &[Uuid]) -> Result<()> {
        let began = Instant::now();
        let mut tx = platform.db.platform("sessions").await?;
        let asked = in_force!(
            "UNNEST($1::uuid[]) AS asked (account)",
            "account_id = asked.account ORDER BY created_at DESC",
            accounts,
            platform.clock.now()
        );
        let rows = asked.fetch_all(&mut *tx).await?;
        for (hash, session) in with_roles(&mut tx, rows).await? {
            self.known.learn(began, hash, session);
        }
        Ok(())
    }
}

/// What a node remembers of sessions.
#[derive(Clone)]
struct Known {
    /// Each with the time at which its reading began.
    sessions: TtlCache<Hash, (Instant, Arc<Session>)>,
    /// When an account's sessions or roles last changed: what was read before is not trusted.
    changed: TtlCache<AccountId, Instant>,
}

impl Known {
    fn get(&self, hash: &Hash) -> Option<Arc<Session>> {
        let (began, session) = self.sessions.get(hash)?;
        let is_current =
            self.changed.get(&session.account.id).is_none_or(|changed| changed < began);
        is_current.then_some(session)
    }

    fn learn(&self, began: Instant, hash: Hash, session: Arc<Session>) {
        self.sessions.insert(hash, (began, session));
    }

    fn forget(&self, account: AccountId) {
        self.changed.insert(account, Instant::now());
    }
}

/// Opens a session and returns its token, which is stored nowhere in the clear.
pub async fn open(
    conn: &mut PgConnection,
    account: AccountId,
    user_agent: &str,
    now: OffsetDateTime,
) -> Result<String> {
    let token = token::random();
    let user_agent: String = user_agent.chars().take(200).collect();
    sqlx::query!(
        "INSERT INTO sessions (id, account_id, token_hash, user_agent, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
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

/// Ends a session of an account; another's is unknown.
pub async fn revoke(
    conn: &mut PgConnection,
    account: AccountId,
    session: SessionId,
    now: OffsetDateTime,
) -> Result<()> {
    let done = sqlx::query!("UPDATE sessions SET revoked_at = $3 WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL", session.0, account.0, now,)
        .execute(conn)
        .await?;
    if done.rows_affected() == 0 { Err(Error::NotFound("session")) } else { Ok(()) }
}

/// The cookie that carries a token; an empty token takes the cookie away.
pub fn cookie(token: &str, secure: bool) -> Cookie {
    let mut cookie = Cookie::new_with_str(COOKIE, token);
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(secure);
    cookie.set_path("/");
    cookie.set_max_age(if token.is_empty() {
        Duration::ZERO
    } else {
        Duration::from_secs(LIFETIME.whole_seconds().unsigned_abs())
    });
    cookie
}

/// The roles of an account: SMP's and every provider's.
pub async fn roles(conn: &mut PgConnection, account: AccountId) -> Result<Vec<Grant>> {
    Ok(roles_of(conn, &[account.0]).await?.remove(&account).unwrap_or_default())
}

/// The roles of accounts that have any.
async fn roles_of(
    conn: &mut PgConnection,
    accounts: &[Uuid],
) -> Result<HashMap<AccountId, Vec<Grant>>> {
    let rows = sqlx::query!(
        r#"
        SELECT account_id AS "account_id!", role AS "role!", NULL::uuid AS tenant_id, NULL AS slug, NULL AS name, NULL AS state FROM staff WHERE account_id = ANY($1)
        UNION ALL
        SELECT m.account_id, m.role, m.tenant_id, p.slug, p.name, p.state FROM members m JOIN providers p USING (tenant_id)
        WHERE m.account_id = ANY($1) AND m.state = 'active'
        ORDER BY 3 NULLS FIRST, 2
        "#,
        accounts,
    )
    .fetch_all(conn)
    .await?;
    let mut roles: HashMap<AccountId, Vec<Grant>> = HashMap::new();
    for row in rows {
        let tenant = row.tenant_id.map(|id| GrantTenant {
            id: TenantId(id),
            slug: row.slug.unwrap_or_default(),
            name: row.name.unwrap_or_default(),
            state: row.state.unwrap_or_default(),
        });
        roles.entry(AccountId(row.account_id)).or_default().push(Grant { role: row.role, tenant });
    }
    Ok(roles)
}

/// Reads sessions into memory; of each hash, its session, when it is in force.
async fn load(
    platform: Platform,
    known: Known,
    hashes: Vec<Hash>,
) -> Result<Vec<Option<Arc<Session>>>> {
    let began = Instant::now();
    let mut tx = platform.dedicated.db().platform("sessions").await?;
    let asked = in_force!(
        "UNNEST($1::bytea[]) AS asked (hash)",
        "token_hash = asked.hash",
        &hashes,
        platform.clock.now()
    );
    let rows = asked.fetch_all(&mut *tx).await?;
    let found = with_roles(&mut tx, rows).await?;
    for (hash, session) in &found {
        known.learn(began, hash.clone(), session.clone());
    }
    Ok(hashes.iter().map(|hash| found.get(hash).cloned()).collect())
}

async fn with_roles(
    conn: &mut PgConnection,
    rows: Vec<Row>,
) -> Result<HashMap<Hash, Arc<Session>>> {
    // In a rush hardly any: then nothing more is asked.
    let accounts: Vec<Uuid> =
        rows.iter().filter(|row| row.may_have_roles).map(|row| row.account_id.0).collect();
    let roles =
        if accounts.is_empty() { HashMap::new() } else { roles_of(conn, &accounts).await? };
    let session = |row: Row| {
        let account = Account { id: row.account_id, email: row.email, name: row.name };
        let roles = roles.get(&account.id).cloned().unwrap_or_default();
        (
            row.token_hash,
            Arc::new(Session {
                id: row.id,
                account,
                expires_at: row.expires_at,
                roles,
                is_rehearsal: row.rehearsal,
            }),
        )
    };
    Ok(rows.into_iter().map(session).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_trusted_however_late_it_is_learnt() {
        let lifetime = Duration::from_mins(1);
        let known = Known {
            sessions: TtlCache::fifo(100, lifetime),
            changed: TtlCache::fifo(100, lifetime),
        };
        let account = Account { id: AccountId::new(), email: String::new(), name: String::new() };
        let id = account.id;
        let session = Arc::new(Session {
            id: SessionId::new(),
            account,
            expires_at: OffsetDateTime::UNIX_EPOCH,
            roles: vec![],
            is_rehearsal: false,
        });
        let before = Instant::now();
        known.learn(before, vec![1], session.clone());
        assert!(known.get(&vec![1]).is_some());
        known.forget(AccountId::new());
        assert!(known.get(&vec![1]).is_some(), "another's change is nothing to this one");
        known.forget(id);
        assert!(known.get(&vec![1]).is_none());
        known.learn(before, vec![1], session.clone());
        assert!(known.get(&vec![1]).is_none(), "its reading began before the change");
        known.learn(Instant::now(), vec![1], session);
        assert!(known.get(&vec![1]).is_some());
    }
}
