//! The mailings to everyone who registered for a sale: a reminder a day before the start, and a
//! notice at the start; and the one to those who asked to be reminded shortly before. This module
//! finds the recipients; `notifications` writes the emails. Each registration and reminder keeps the start it was emailed about, marked in the transaction that writes its
//! email, so that any number of nodes share a mailing and each shopper gets it once.

use sqlx::PgConnection;
use strum::IntoStaticStr;
use time::{Duration, OffsetDateTime};

use super::{
    content::Content,
    published::{PublishedSale, published_by_id},
    reminders::{self, REMINDED_BEFORE},
};
use crate::kernel::{AccountId, Result, SaleId, TenantId};

/// How long before the start the reminder is due.
pub const REMINDER_BEFORE: Duration = Duration::days(1);
/// How long before its start a sale counts as starting.
const STARTING_BEFORE: Duration = Duration::seconds(20);
/// Registrations written before a mailing was due are committed within this time.
const SETTLED_AFTER: Duration = Duration::minutes(1);
/// Most mailings of one query.
const MAILINGS_MAX: i64 = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, IntoStaticStr)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MailingKind {
    Reminder,
    Start,
    /// Shortly before the start, to those who asked for it.
    Soon,
}

/// An email to everyone who registered for a sale before the email was due.
#[derive(Debug, Clone)]
pub struct RegistrationMailing {
    pub tenant: TenantId,
    pub sale: SaleId,
    pub kind: MailingKind,
    pub starts_at: OffsetDateTime,
    due_at: OffsetDateTime,
}

impl RegistrationMailing {
    /// Schedules the mailings of a sale whose content has just been approved. When the start moved,
    /// they are sent again.
    pub(super) async fn schedule(
        conn: &mut PgConnection,
        tenant: TenantId,
        sale: SaleId,
        content: &Content,
    ) -> Result<()> {
        sqlx::query!(
            "
            INSERT INTO registration_mailings AS m (
                tenant_id, sale_id, kind, starts_at, due_at, until
            )
            VALUES ($1, $2, 'reminder', $3, $4, $3), ($1, $2, 'start', $3, $3, $5),
                   ($1, $2, 'soon', $3, $6, $3)
            ON CONFLICT (tenant_id, sale_id, kind) DO UPDATE SET
                starts_at = excluded.starts_at, due_at = excluded.due_at, until = excluded.until,
                done_at = CASE WHEN m.starts_at = excluded.starts_at THEN m.done_at END
            ",
            tenant.0,
            sale.0,
            content.starts_at,
            content.starts_at - REMINDER_BEFORE,
            content.ends_at,
            content.starts_at - REMINDED_BEFORE,
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    /// Mailings with emails to write, without those of sales that are stopped, have no
    /// contract behind them, or whose provider could not be paid. Platform scope.
    pub async fn due(conn: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<Self>> {
        let mailings = sqlx::query_as!(
            Self,
            r#"
            SELECT m.tenant_id AS "tenant: TenantId", m.sale_id AS "sale: SaleId",
                   m.kind AS "kind: MailingKind", m.starts_at, m.due_at
            FROM registration_mailings m
            JOIN sales s ON s.tenant_id = m.tenant_id AND s.id = m.sale_id
            JOIN providers p ON p.tenant_id = m.tenant_id
            WHERE m.done_at IS NULL AND m.due_at <= $1 AND m.until > $1
              AND s.state = 'approved' AND p.state = 'approved' AND p.contract_until > $1
              AND (p.payouts_blocked IS NULL OR s.mode = 'redirect')
            ORDER BY m.due_at LIMIT $2
            "#,
            now,
            MAILINGS_MAX,
        );
        Ok(mailings.fetch_all(conn).await?)
    }

    /// The sale of this mailing, if the mailing is still due. The sale can neither be halted nor
    /// moved until the transaction ends.
    pub async fn lock_sale(
        &self,
        conn: &mut PgConnection,
        now: OffsetDateTime,
    ) -> Result<Option<PublishedSale>> {
        // The lock is a statement of its own, so that the reads after it see the sale and its
        // mailings as the transaction that was waited for left them.
        sqlx::query!(
            "SELECT id FROM sales WHERE tenant_id = $1 AND id = $2 FOR SHARE",
            self.tenant.0,
            self.sale.0
        )
        .fetch_optional(&mut *conn)
        .await?;
        let is_due = sqlx::query_scalar!(
            r#"
            SELECT EXISTS (
                SELECT FROM registration_mailings
                WHERE tenant_id = $1 AND sale_id = $2 AND kind = $3 AND starts_at = $4
                  AND done_at IS NULL AND until > $5
            ) AS "is!"
            "#,
            self.tenant.0,
            self.sale.0,
            <&str>::from(self.kind),
            self.starts_at,
            now,
        )
        .fetch_one(&mut *conn)
        .await?;
        if !is_due {
            return Ok(None);
        }
        let sale = published_by_id(conn, self.tenant, self.sale).await?;
        Ok(sale.filter(|sale| sale.check_not_stopped(now).is_ok()))
    }

    /// Takes up to `limit` shoppers after `after` who have not had this mailing, and marks them.
    /// Shoppers that another node is working on are skipped.
    pub async fn take_recipients(
        &self,
        conn: &mut PgConnection,
        after: Option<AccountId>,
        limit: i64,
    ) -> Result<Vec<AccountId>> {
        if self.kind == MailingKind::Soon {
            let (sale, starts_at) = ((self.tenant, self.sale), self.starts_at);
            return reminders::take(conn, sale, starts_at, after, limit).await;
        }
        let mut taken = sqlx::query_scalar!(
            r#"
            WITH due AS MATERIALIZED (
                SELECT account_id FROM registrations
                WHERE tenant_id = $1 AND sale_id = $2 AND account_id > $3 AND state = 'registered'
                  AND created_at < $4
                  AND CASE $5 WHEN 'reminder' THEN reminded_for ELSE started_for END
                      IS DISTINCT FROM $6::timestamptz
                ORDER BY account_id LIMIT $7 FOR UPDATE SKIP LOCKED
            )
            UPDATE registrations r SET
                reminded_for = CASE $5 WHEN 'reminder' THEN $6 ELSE reminded_for END,
                started_for = CASE $5 WHEN 'start' THEN $6 ELSE started_for END
            -- Not joined: for a sale that many registered for of late, the planner would compare each
            -- of them with each of those due.
            WHERE r.tenant_id = $1 AND r.sale_id = $2
              AND r.account_id = ANY (ARRAY(SELECT account_id FROM due))
            RETURNING r.account_id AS "account: AccountId"
            "#,
            self.tenant.0,
            self.sale.0,
            after.map_or(uuid::Uuid::nil(), |account| account.0),
            self.due_at,
            <&str>::from(self.kind),
            self.starts_at,
            limit,
        )
        .fetch_all(conn)
        .await?;
        taken.sort_unstable();
        Ok(taken)
    }

    /// Marks the mailing as done, once every recipient has been taken and no registration from
    /// before it was due can still be committed.
    pub async fn finish(&self, conn: &mut PgConnection, now: OffsetDateTime) -> Result<()> {
        if now < self.due_at + SETTLED_AFTER {
            return Ok(());
        }
        if self.kind == MailingKind::Soon {
            return self.finish_soon(conn, now).await;
        }
        sqlx::query!(
            "
            UPDATE registration_mailings SET done_at = $6
            WHERE tenant_id = $1 AND sale_id = $2 AND kind = $3 AND starts_at = $4 AND NOT EXISTS (
                SELECT FROM registrations
                WHERE tenant_id = $1 AND sale_id = $2 AND state = 'registered' AND created_at < $5
                  AND CASE $3 WHEN 'reminder' THEN reminded_for ELSE started_for END
                      IS DISTINCT FROM $4
            )
            ",
            self.tenant.0,
            self.sale.0,
            <&str>::from(self.kind),
            self.starts_at,
            self.due_at,
            now,
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    async fn finish_soon(&self, conn: &mut PgConnection, now: OffsetDateTime) -> Result<()> {
        sqlx::query!(
            "
            UPDATE registration_mailings SET done_at = $4
            WHERE tenant_id = $1 AND sale_id = $2 AND kind = 'soon' AND starts_at = $3
              AND NOT EXISTS (
                  SELECT FROM sale_reminders
                  WHERE tenant_id = $1 AND sale_id = $2 AND reminded_for IS DISTINCT FROM $3
              )
            ",
            self.tenant.0,
            self.sale.0,
            self.starts_at,
            now,
        )
        .execute(conn)
        .await?;
        Ok(())
    }
}

/// The slugs of sales that are about to start, and of rehearsals that were just prepared. Platform
/// scope.
pub async fn starting(conn: &mut PgConnection, now: OffsetDateTime) -> Result<Vec<String>> {
    let slugs = sqlx::query_scalar!(
        r#"
        SELECT s.slug AS "slug!" FROM registration_mailings m
        JOIN sales s ON s.tenant_id = m.tenant_id AND s.id = m.sale_id
        WHERE m.kind = 'start' AND m.starts_at BETWEEN $1 AND $2 AND s.state = 'approved'
        UNION ALL
        SELECT slug FROM sales WHERE rehearsal AND starts_at BETWEEN $3 AND $1
        LIMIT $4
        "#,
        now,
        now + STARTING_BEFORE,
        now - STARTING_BEFORE,
        MAILINGS_MAX,
    );
    Ok(slugs.fetch_all(conn).await?)
}

/// Whether a sale starts in this time. Platform scope.
pub async fn starts_between(
    conn: &mut PgConnection,
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> Result<bool> {
    let starts = sqlx::query_scalar!(
        r#"SELECT EXISTS (
               SELECT FROM registration_mailings WHERE kind = 'start' AND starts_at BETWEEN $1 AND $2
           ) AS "starts!""#,
        from,
        to,
    );
    Ok(starts.fetch_one(conn).await?)
}
