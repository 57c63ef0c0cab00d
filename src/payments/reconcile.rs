//! The comparison of gateways' own reports with payments and refunds. What differs is kept, and finance
//! notes why.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    reported::{self, MovedMoney, Movement},
    sandbox::SANDBOX,
    stripe::{STRIPE, StripeApi},
};
use crate::{
    kernel::{Money, Result},
    ledger::{self, FoundDifference},
    platform::Platform,
};

/// How far a comparison looks back.
const LOOKED_BACK: Duration = Duration::days(4);
/// A gateway books what was paid at most this much later or earlier than SMP notes it: what is younger than
/// that is compared the next time.
const SETTLED_WITHIN: Duration = Duration::hours(1);
/// What moved in that time is compared up to this count.
const MOVED_MAX: i64 = 20_000;

/// The time that is compared.
#[derive(Debug, Clone, Copy)]
struct Span {
    since: OffsetDateTime,
    until: OffsetDateTime,
}

/// Compares the reports of the last days, keeps what differs, and tells finance of what is new. Returns what
/// differs now.
pub async fn reconcile(platform: &Platform) -> Result<Vec<FoundDifference>> {
    let now = platform.clock.now();
    let span = Span { since: now - LOOKED_BACK, until: now - SETTLED_WITHIN };
    let mut all = vec![];
    if platform.config.stripe.is_some() {
        let api = StripeApi::new(platform)?;
        let reported = api.moved_between(span.since, span.until).await;
        let reported = reported.map_err(|refusal| refusal.asked_again("balance"))?;
        all.extend(compare(platform, STRIPE, reported, span).await?);
    }
    let mut tx = platform.db.platform("sandbox report").await?;
    let reported = sandbox_report(&mut tx, span).await?;
    drop(tx);
    all.extend(compare(platform, SANDBOX, reported, span).await?);
    Ok(all)
}

async fn compare(
    platform: &Platform,
    gateway: &str,
    reported: Vec<MovedMoney>,
    span: Span,
) -> Result<Vec<FoundDifference>> {
    let mut tx = platform.db.platform("compare report").await?;
    let references: Vec<String> = reported.iter().map(|moved| moved.reference.clone()).collect();
    let known = on_the_books(&mut tx, gateway, Some(references.as_slice()), None).await?;
    // What SMP noted at either end, the gateway may have booked outside of what was read.
    let named = Span { since: span.since + SETTLED_WITHIN, until: span.until - SETTLED_WITHIN };
    let expected = on_the_books(&mut tx, gateway, None, Some(named)).await?;
    let found = reported::differences(&reported, &known, &expected);
    ledger::note_differences(&mut tx, gateway, &found, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(found)
}

/// What SMP has of a gateway, by the gateway's ids or by time.
async fn on_the_books(
    conn: &mut PgConnection,
    gateway: &str,
    references: Option<&[String]>,
    span: Option<Span>,
) -> Result<Vec<MovedMoney>> {
    let rows = sqlx::query!(
        r#"SELECT moved.refund AS "refund!", moved.reference AS "reference!",
                  moved.amount AS "amount!", moved.currency AS "currency!"
           FROM (
               SELECT false AS refund, p.reference, p.amount_minor AS amount, p.currency,
                      p.updated_at AS at
               FROM payments p WHERE p.gateway = $1 AND p.state = 'succeeded'
               UNION ALL
               SELECT false, p.reference, r.amount_minor, r.currency, p.updated_at
               FROM payments p JOIN refunds r ON r.payment_id = p.id AND r.surplus
               WHERE p.gateway = $1 AND p.state <> 'succeeded'
               UNION ALL
               SELECT true, r.reference, r.amount_minor, r.currency, r.settled_at
               FROM refunds r JOIN payments p ON p.id = r.payment_id
               WHERE p.gateway = $1 AND r.state = 'succeeded'
           ) AS moved
           WHERE moved.reference <> '' AND moved.amount > 0
             AND ($2::text[] IS NULL OR moved.reference = ANY($2))
             AND ($3::timestamptz IS NULL OR moved.at BETWEEN $3 AND $4)
           LIMIT $5"#,
        gateway,
        references as Option<&[String]>,
        span.map(|span| span.since),
        span.map(|span| span.until),
        MOVED_MAX,
    )
    .fetch_all(conn)
    .await?;
    let moved = rows.into_iter().map(|row| MovedMoney {
        movement: if row.refund { Movement::Refund } else { Movement::Payment },
        reference: row.reference,
        amount: Money::new(row.amount, row.currency),
    });
    Ok(moved.collect())
}

/// What the made-up bank took and gave back.
async fn sandbox_report(conn: &mut PgConnection, span: Span) -> Result<Vec<MovedMoney>> {
    let rows = sqlx::query!(
        r#"SELECT moved.refund AS "refund!", moved.id AS "id!", moved.amount AS "amount!",
                  moved.currency AS "currency!"
           FROM (
               SELECT false AS refund, id, amount_minor AS amount, currency, answered_at AS at
               FROM sandbox_payments
               WHERE answer IN ('approve', 'approve_late', 'time_out', 'approve_refund_late')
               UNION ALL
               SELECT true, r.id, r.amount_minor, p.currency, r.asked_at
               FROM sandbox_refunds r JOIN sandbox_payments p ON p.id = r.payment_id
           ) AS moved
           WHERE moved.amount > 0 AND moved.at BETWEEN $1 AND $2
           LIMIT $3"#,
        span.since,
        span.until,
        MOVED_MAX,
    )
    .fetch_all(conn)
    .await?;
    let moved = rows.into_iter().map(|row| MovedMoney {
        movement: if row.refund { Movement::Refund } else { Movement::Payment },
        reference: format!("sandbox_{}", row.id.simple()),
        amount: Money::new(row.amount, row.currency),
    });
    Ok(moved.collect())
}
