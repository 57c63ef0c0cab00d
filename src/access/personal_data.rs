//! What this slice has of a person: for the export of their data, and for its erasure.

use serde_json::Value;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{api_keys, devices, factor_store, sign_in_methods};
use crate::kernel::{
    AccountId, Result,
    personal::{ERASED, EXPORT_ROWS_MAX, PersonalFile},
};

/// The account, its sessions, roles and choices, and what it did that was audited. No hash and no
/// token. Platform scope.
pub async fn export_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let of_account = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(a)), '[]') AS "rows!" FROM (
            SELECT id, email, email_verified_at, name, phone, phone_verified_at, locale, time_zone,
                   created_at
            FROM accounts WHERE id = $1
        ) a
        "#,
        account.0
    )
    .fetch_one(&mut *conn)
    .await?;
    let sessions = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(s) ORDER BY s.created_at), '[]') AS "rows!" FROM (
            SELECT id, user_agent, created_at, expires_at, revoked_at FROM sessions
            WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) s
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let roles = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.created_at), '[]') AS "rows!" FROM (
            SELECT NULL::uuid AS provider_id, role,
                   CASE WHEN suspended_at IS NULL THEN 'active' ELSE 'suspended' END AS state,
                   created_at
            FROM staff WHERE account_id = $1
            UNION ALL
            SELECT tenant_id, role, state, created_at FROM members WHERE account_id = $1
        ) r
        "#,
        account.0
    )
    .fetch_one(&mut *conn)
    .await?;
    let choices = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.kind), '[]') AS "rows!" FROM (
            SELECT kind, channel, is_on, changed_at FROM message_choices WHERE account_id = $1
        ) c
        "#,
        account.0
    )
    .fetch_one(&mut *conn)
    .await?;
    let sign_in = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(w) ORDER BY w.created_at), '[]') AS "rows!" FROM (
            SELECT 'provider' AS way, provider AS name, email, created_at, used_at
            FROM external_identities WHERE account_id = $1
            UNION ALL
            SELECT 'passkey', name, NULL, created_at, used_at FROM passkeys WHERE account_id = $1
            UNION ALL
            SELECT 'device', user_agent, NULL, created_at, seen_at FROM known_devices
            WHERE account_id = $1
            UNION ALL
            SELECT 'authenticator app', '', NULL, confirmed_at, NULL FROM second_factors
            WHERE account_id = $1 AND confirmed_at IS NOT NULL
            UNION ALL
            SELECT 'work for SMP', '', NULL, NULL, seen_at FROM staff_seen WHERE account_id = $1
        ) w
        "#,
        account.0
    )
    .fetch_one(&mut *conn)
    .await?;
    let actions = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(l) ORDER BY l.created_at), '[]') AS "rows!" FROM (
            SELECT tenant_id AS provider_id, action, subject, created_at FROM audit_log
            WHERE actor = 'account' AND actor_id = $1 ORDER BY created_at LIMIT $2
        ) l
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let invitations = invitations_to(conn, account).await?;
    let links_and_codes = links_and_codes_of(conn, account).await?;
    Ok(vec![
        PersonalFile::new("account", of_account),
        PersonalFile::new("sessions", sessions),
        PersonalFile::new("roles", roles),
        PersonalFile::new("message_choices", choices),
        PersonalFile::new("sign_in", sign_in),
        PersonalFile::new("invitations", invitations),
        PersonalFile::new("links_and_codes", links_and_codes),
        PersonalFile::new("audited_actions", actions),
    ])
}

/// Invitations to teams that were sent to its address, once it has proved that address.
async fn invitations_to(conn: &mut PgConnection, account: AccountId) -> Result<Value> {
    let invitations = sqlx::query_scalar!(
        r#"
        WITH address AS MATERIALIZED (
            SELECT email FROM accounts WHERE id = $1 AND email_verified_at IS NOT NULL
        )
        SELECT coalesce(jsonb_agg(to_jsonb(i) ORDER BY i.created_at), '[]') AS "rows!" FROM (
            SELECT NULL::uuid AS provider_id, roles, created_at, expires_at, accepted_at, revoked_at
            FROM staff_invitations WHERE email = (SELECT email FROM address)
            UNION ALL
            SELECT tenant_id, ARRAY[role], created_at, expires_at, accepted_at, revoked_at
            FROM invitations WHERE email = (SELECT email FROM address)
        ) i
        "#,
        account.0
    );
    Ok(invitations.fetch_one(conn).await?)
}

/// When links and codes were sent, what for, and to which phone.
async fn links_and_codes_of(conn: &mut PgConnection, account: AccountId) -> Result<Value> {
    let sent = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.created_at), '[]') AS "rows!" FROM (
            SELECT purpose, NULL AS phone, created_at, used_at FROM account_tokens
            WHERE account_id = $1
            UNION ALL
            SELECT 'phone_code', phone, sent_at, NULL FROM phone_code_sends WHERE account_id = $1
        ) c
        "#,
        account.0
    );
    Ok(sent.fetch_one(conn).await?)
}

/// Locks the teams in which the account is in charge, until the transaction ends: whether somebody else
/// is, stays as it is seen from now on. Platform scope.
pub async fn lock_teams(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query_scalar!(
        "SELECT account_id FROM staff
         WHERE role = 'admin' AND EXISTS (SELECT FROM staff WHERE account_id = $1)
         ORDER BY account_id FOR UPDATE",
        account.0
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query_scalar!(
        "SELECT account_id FROM members
         WHERE role = 'owner' AND state = 'active'
           AND tenant_id IN (SELECT tenant_id FROM members WHERE account_id = $1)
         ORDER BY tenant_id, account_id FOR UPDATE",
        account.0
    )
    .fetch_all(conn)
    .await?;
    Ok(())
}

/// Who would be left without somebody in charge, were this account gone: the names of providers whose
/// last owner it is. One that SMP turned down needs nobody, and nobody can be invited there.
pub async fn owned_alone(conn: &mut PgConnection, account: AccountId) -> Result<Vec<String>> {
    let names = sqlx::query_scalar!(
        "
        SELECT p.name FROM members m JOIN providers p ON p.tenant_id = m.tenant_id
        WHERE m.account_id = $1 AND m.role = 'owner' AND m.state = 'active'
          AND p.state <> 'rejected' AND NOT EXISTS (
            SELECT FROM members o JOIN accounts a ON a.id = o.account_id
            WHERE o.tenant_id = m.tenant_id AND o.account_id <> m.account_id
              AND o.role = 'owner' AND o.state = 'active' AND a.disabled_at IS NULL
        )
        ORDER BY p.name LIMIT 20
        ",
        account.0
    );
    Ok(names.fetch_all(conn).await?)
}

/// Whether the account is the only admin of SMP's team.
pub async fn is_last_admin(conn: &mut PgConnection, account: AccountId) -> Result<bool> {
    let is_last = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (SELECT FROM staff WHERE account_id = $1 AND role = 'admin') AND NOT EXISTS (
            SELECT FROM staff s JOIN accounts a ON a.id = s.account_id
            WHERE s.role = 'admin' AND s.account_id <> $1 AND s.suspended_at IS NULL
              AND a.disabled_at IS NULL
        ) AS "is!"
        "#,
        account.0
    );
    Ok(is_last.fetch_one(conn).await?)
}

/// Shuts an account that is about to be erased: nobody signs in any more, and its sessions and roles
/// end, with the API keys that it made. The caller drops its cached sessions.
pub async fn shut(conn: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<()> {
    sqlx::query!("UPDATE accounts SET disabled_at = $2 WHERE id = $1", account.0, now)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "UPDATE sessions SET revoked_at = $2 WHERE account_id = $1 AND revoked_at IS NULL",
        account.0,
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM staff WHERE account_id = $1", account.0).execute(&mut *conn).await?;
    sqlx::query!("UPDATE members SET state = 'removed' WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    api_keys::revoke_all_made_by(conn, account, now).await
}

/// Erases what an account says of a person. The row stays, because orders and the audit log refer to
/// it; its address is free for a new account. Platform scope.
pub async fn erase(conn: &mut PgConnection, account: AccountId, now: OffsetDateTime) -> Result<()> {
    sqlx::query!(
        "DELETE FROM invitations WHERE email = (SELECT email FROM accounts WHERE id = $1)",
        account.0
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "DELETE FROM staff_invitations WHERE email = (SELECT email FROM accounts WHERE id = $1)",
        account.0
    )
    .execute(&mut *conn)
    .await?;
    sign_in_methods::erase(conn, account).await?;
    factor_store::remove(conn, account).await?;
    sqlx::query!("DELETE FROM second_factor_tries WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    devices::forget_all(conn, account).await?;
    sqlx::query!("DELETE FROM phone_code_sends WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM staff_seen WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM sessions WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM message_choices WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM account_tokens WHERE account_id = $1", account.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "
        UPDATE accounts SET email = 'erased-' || id::text || '@erased.invalid', name = $3,
            password_hash = NULL, phone = NULL, phone_verified_at = NULL, email_verified_at = NULL,
            locale = NULL, time_zone = NULL, disabled_at = coalesce(disabled_at, $2), erased_at = $2
        WHERE id = $1
        ",
        account.0,
        now,
        ERASED,
    )
    .execute(conn)
    .await?;
    Ok(())
}
