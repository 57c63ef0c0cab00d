//! Drafting statements: by the clock for everyone, or by hand. Any number of nodes may do so at once, since an
//! entry is in one statement at most, and a provider's turn is taken by one at a time.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    maturity::last_run,
    payable::{self, PayableEntry},
    policy::{PERIOD, minimum},
    statement::{self, Statement},
};
use crate::{
    access::{Actor, audit},
    kernel::{AccountId, Result, StatementId, TenantId},
    platform::Platform,
};

/// What a statement will pay.
#[derive(Debug)]
struct DraftedLines {
    /// Each with when it matured.
    lines: Vec<(PayableEntry, OffsetDateTime)>,
    /// Minor units.
    amount_minor: i64,
    /// Minor units of it that had matured before the period.
    carried_minor: i64,
}

/// Drafts the statements that are due by the clock, unless that was done. A node that was stopped in between
/// goes on where it was: what is drafted is not drafted again.
pub async fn draft_due(platform: &Platform) -> Result<()> {
    let due_at = last_run(platform.clock.now());
    let mut tx = platform.db.platform("statement run").await?;
    let is_done = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM statement_runs WHERE due_at = $1) AS "done!""#,
        due_at
    )
    .fetch_one(&mut *tx)
    .await?;
    drop(tx);
    if is_done {
        return Ok(());
    }
    // Refunds and what came of parcels are as they are now, so what is owed is too, even if the run is late.
    draft_all(platform, None, None).await?;
    let mut tx = platform.db.platform("statement run").await?;
    sqlx::query!(
        "INSERT INTO statement_runs (due_at, finished_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        due_at,
        platform.clock.now(),
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Drafts a statement for every provider, or for one, in every currency in which enough has matured by now. `by`
/// is None for the clock, which drafts one a week. Returns what was drafted. What fails for one provider does not
/// keep the others from theirs: the first error is returned once all were tried.
pub async fn draft_all(
    platform: &Platform,
    tenant: Option<TenantId>,
    by: Option<AccountId>,
) -> Result<Vec<Statement>> {
    let mut tx = platform.db.platform("providers that are owed").await?;
    let owed = payable::owed(&mut tx, tenant).await?;
    drop(tx);
    let (mut drafted, mut first_error) = (vec![], None);
    for (tenant, currency) in owed {
        match draft_one(platform, tenant, &currency, by).await {
            Ok(made) => drafted.extend(made),
            Err(error) => {
                let causes = error.causes();
                tracing::error!(provider = %tenant, %currency, "a statement cannot be drafted: {causes}");
                first_error = first_error.or(Some(error));
            }
        }
    }
    first_error.map_or(Ok(drafted), Err)
}

/// Drafts the statement of a provider in a currency, in a transaction of its own.
async fn draft_one(
    platform: &Platform,
    tenant: TenantId,
    currency: &str,
    by: Option<AccountId>,
) -> Result<Option<Statement>> {
    let mut tx = platform.db.platform("draft statement").await?;
    let made = draft(&mut tx, tenant, currency, by, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(made)
}

/// Drafts the statement of a provider in a currency; None if too little has matured.
async fn draft(
    conn: &mut PgConnection,
    tenant: TenantId,
    currency: &str,
    by: Option<AccountId>,
    now: OffsetDateTime,
) -> Result<Option<Statement>> {
    let turn = format!("statement {tenant} {currency}");
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", turn)
        .execute(&mut *conn)
        .await?;
    let last = statement::last_period_to(conn, tenant, currency).await?;
    // A run that another provider's failure repeats drafts no second statement of what matured meanwhile.
    if by.is_none() && last.is_some_and(|last| last >= last_run(now)) {
        return Ok(None);
    }
    let entries = payable::entries(conn, tenant, currency, now, false).await?;
    let week_ago = now - PERIOD;
    let period_from = last.map_or(week_ago, |last| last.max(week_ago).min(now));
    let Some(drafted) = matured(entries, period_from, now, minimum(currency)) else {
        return Ok(None);
    };
    let id = StatementId::new();
    let number = sqlx::query_scalar!(r#"SELECT nextval('statement_numbers') AS "next!""#)
        .fetch_one(&mut *conn)
        .await?;
    sqlx::query!(
        "INSERT INTO statements (tenant_id, id, number, currency, period_from, period_to, amount_minor,
             carried_minor, lines_count, state, drafted_at, drafted_by, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'drafted', $10, $11, $10)",
        tenant.0,
        id.0,
        format!("ST-{number}"),
        currency,
        period_from,
        now,
        drafted.amount_minor,
        drafted.carried_minor,
        i32::try_from(drafted.lines.len()).unwrap_or(i32::MAX),
        now,
        by.map(|by| by.0),
    )
    .execute(&mut *conn)
    .await?;
    insert_lines(conn, tenant, id, &drafted.lines).await?;
    let made = statement::get(conn, tenant, id).await?;
    let details = json!({"amount_minor": made.amount_minor, "currency": currency});
    let actor = by.map_or(Actor::System, Actor::Account);
    audit::record(conn, actor, tenant, "statement_draft", &made.subject(), &details).await?;
    Ok(Some(made))
}

/// What has matured of some entries, if it is worth a payment; None carries it over.
fn matured(
    entries: Vec<PayableEntry>,
    period_from: OffsetDateTime,
    as_of: OffsetDateTime,
    minimum_minor: i64,
) -> Option<DraftedLines> {
    let lines: Vec<(PayableEntry, OffsetDateTime)> = entries
        .into_iter()
        .filter_map(|entry| entry.matured_at(as_of).map(|matured_at| (entry, matured_at)))
        .collect();
    let amount_minor: i64 = lines.iter().map(|(entry, _)| entry.amount_minor).sum();
    let carried = lines.iter().filter(|(_, matured_at)| *matured_at <= period_from);
    let carried_minor = carried.map(|(entry, _)| entry.amount_minor).sum();
    (amount_minor >= minimum_minor.max(1)).then_some(DraftedLines {
        lines,
        amount_minor,
        carried_minor,
    })
}

async fn insert_lines(
    conn: &mut PgConnection,
    tenant: TenantId,
    statement: StatementId,
    lines: &[(PayableEntry, OffsetDateTime)],
) -> Result<()> {
    fn column<'a, T>(
        lines: &'a [(PayableEntry, OffsetDateTime)],
        of: impl Fn(&'a PayableEntry) -> T,
    ) -> Vec<T> {
        lines.iter().map(|(entry, _)| of(entry)).collect()
    }
    let entries: Vec<Uuid> = column(lines, |line| line.entry);
    let kinds: Vec<&str> = column(lines, |line| line.facts.kind.as_str());
    let orders: Vec<Option<Uuid>> = column(lines, |line| line.order.map(|order| order.0));
    let numbers: Vec<Option<&str>> = column(lines, |line| line.order_number.as_deref());
    let parcels: Vec<Option<Uuid>> = column(lines, |line| line.parcel.map(|parcel| parcel.0));
    let notes: Vec<&str> = column(lines, |line| line.note.as_str());
    let amounts: Vec<i64> = column(lines, |line| line.amount_minor);
    let posted: Vec<OffsetDateTime> = column(lines, |line| line.facts.posted_at);
    let matured: Vec<OffsetDateTime> = lines.iter().map(|(_, matured_at)| *matured_at).collect();
    sqlx::query!(
        "INSERT INTO statement_lines (tenant_id, statement_id, entry_id, kind, order_id, order_number,
             parcel_id, note, amount_minor, posted_at, matured_at)
         SELECT $1, $2, entry_id, kind, order_id, order_number, parcel_id, note, amount_minor,
             posted_at, matured_at
         FROM UNNEST($3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], $8::text[],
                     $9::bigint[], $10::timestamptz[], $11::timestamptz[])
              AS l (entry_id, kind, order_id, order_number, parcel_id, note, amount_minor, posted_at,
                    matured_at)",
        tenant.0,
        statement.0,
        &entries,
        &kinds as &[&str],
        &orders as &[Option<Uuid>],
        &numbers as &[Option<&str>],
        &parcels as &[Option<Uuid>],
        &notes as &[&str],
        &amounts,
        &posted,
        &matured,
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::super::maturity::MaturityFacts;
    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-12-14 4:00 UTC);

    /// An entry that matures this many days before now.
    fn entry(kind: &str, amount_minor: i64, days: i64) -> PayableEntry {
        let posted_at = NOW - Duration::days(days);
        PayableEntry {
            entry: Uuid::now_v7(),
            order: None,
            order_number: None,
            parcel: None,
            note: String::new(),
            amount_minor,
            facts: MaturityFacts {
                kind: kind.to_owned(),
                posted_at,
                evened_out: false,
                goods: false,
                parcel: None,
                confirmed_at: None,
                shipped_at: None,
                delivered_at: None,
                disputed: false,
                refund_pending: false,
            },
        }
    }

    fn sums(entries: Vec<PayableEntry>) -> Option<(usize, i64, i64)> {
        let drafted = matured(entries, NOW - PERIOD, NOW, 1_000)?;
        Some((drafted.lines.len(), drafted.amount_minor, drafted.carried_minor))
    }

    #[test]
    fn what_has_matured_is_drafted_with_what_was_carried() {
        let entries = vec![
            entry("sale", 5_000, 15),
            entry("sale", 7_000, 13),
            entry("refund", -1_200, 9),
            entry("refund", -300, 1),
        ];
        assert_eq!(sums(entries), Some((3, 3_500, -1_200)));
    }

    #[test]
    fn too_little_and_a_debt_are_carried() {
        assert_eq!(sums(vec![]), None);
        assert_eq!(sums(vec![entry("sale", 999, 20)]), None);
        assert_eq!(sums(vec![entry("sale", 1_000, 20)]), Some((1, 1_000, 0)));
        let debt = vec![entry("sale", 5_000, 20), entry("refund", -6_000, 1)];
        assert_eq!(sums(debt), None);
        let nothing = matured(vec![entry("adjustment", 0, 1)], NOW, NOW, 0);
        assert!(nothing.is_none(), "a payment of nothing");
    }
}
