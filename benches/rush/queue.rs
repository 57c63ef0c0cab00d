//! The job queue: events a second, reminders a second into an SMTP server, and how long an order's
//! email takes meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sqlx::{Connection, PgConnection};

use crate::{
    Figure,
    mail::{MailServer, write_order_email},
    node::World,
};

const EVENTS: i32 = 20_000;
const REMINDERS: i32 = 20_000;
/// Between two orders' emails while the reminders go out.
const PROBE_EVERY: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_mins(10);

/// The rows of the table, measured in a world of their own.
pub async fn figures() -> Result<Vec<Figure>> {
    let mail = MailServer::start().await?;
    let world = World::open_with_mail(&mail).await?;
    let mut owner = PgConnection::connect(&world.node.owner_url()).await?;
    until_done(&mut owner).await?;
    let figures = vec![events(&mut owner).await?];
    let figures = figures.into_iter().chain(reminders(&mut owner, &mail).await?).collect();
    owner.close().await?;
    world.close()?;
    Ok(figures)
}

/// Waits until no job that is due is left.
async fn until_done(owner: &mut PgConnection) -> Result<()> {
    let began = Instant::now();
    loop {
        let left: i64 = sqlx::query_scalar(
            "SELECT (SELECT count(*) FROM graphile_worker._private_jobs WHERE run_at <= now())
                 + (SELECT count(*) FROM graphile_worker_bulk._private_jobs WHERE run_at <= now())",
        )
        .fetch_one(&mut *owner)
        .await?;
        if left == 0 {
            return Ok(());
        }
        ensure!(began.elapsed() < PATIENCE, "{left} jobs are left after {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Events that the statistics count, published at once.
async fn events(owner: &mut PgConnection) -> Result<Figure> {
    sqlx::query(
        "SELECT publish_event(
             s.tenant_id, gen_random_uuid(), 'payment.attempted',
             jsonb_build_object('sale_id', s.id, 'order_id', gen_random_uuid()), 'event_deliver', 12
         )
         FROM (SELECT tenant_id, id FROM sales WHERE state = 'approved' LIMIT 1) s,
              generate_series(1, $1)",
    )
    .bind(EVENTS)
    .execute(&mut *owner)
    .await?;
    let began = Instant::now();
    until_done(owner).await?;
    let took = began.elapsed().as_secs_f64();
    Ok(Figure {
        name: "events delivered",
        measured: f64::from(EVENTS) / took,
        floor: 1_000.0,
        unit: "/s",
        at_most: false,
        detail: format!("{EVENTS} in {took:.1} s, by one node"),
    })
}

/// A sale's reminders fall due; orders' emails are written meanwhile.
async fn reminders(owner: &mut PgConnection, mail: &MailServer) -> Result<Vec<Figure>> {
    sqlx::query(
        "WITH mailing AS (
             UPDATE registration_mailings SET due_at = now(), done_at = NULL
             WHERE (tenant_id, sale_id, kind) = (
                 SELECT m.tenant_id, m.sale_id, m.kind FROM registration_mailings m
                 JOIN sales s ON s.tenant_id = m.tenant_id AND s.id = m.sale_id
                 WHERE m.kind = 'reminder' AND m.until > now() AND s.state = 'approved' LIMIT 1
             )
             RETURNING tenant_id, sale_id
         ), crowd AS (
             INSERT INTO accounts (id, email, name, email_verified_at)
             SELECT gen_random_uuid(), 'reminded-' || nth || '@bench.example', 'Shopper ' || nth,
                    now()
             FROM generate_series(1, $1) AS nth
             RETURNING id
         )
         INSERT INTO registrations (tenant_id, sale_id, account_id, created_at)
         SELECT tenant_id, sale_id, id, now() - interval '1 minute' FROM mailing, crowd",
    )
    .bind(REMINDERS)
    .execute(&mut *owner)
    .await?;
    let began = Instant::now();
    let mut probes: Vec<(String, Instant)> = vec![];
    let wanted = usize::try_from(REMINDERS)?;
    let last = loop {
        tokio::time::sleep(PROBE_EVERY).await;
        let (count, last) = mail.received_by("reminded-");
        if count >= wanted {
            break last.context("no reminder came")?;
        }
        ensure!(began.elapsed() < PATIENCE, "{count} of {wanted} reminders came in {PATIENCE:?}");
        let recipient = format!("order-{}@bench.example", probes.len());
        write_order_email(owner, &recipient).await?;
        probes.push((recipient, Instant::now()));
    };
    tokio::time::sleep(Duration::from_secs(2)).await;
    let slowest = probes
        .iter()
        .map(|(recipient, asked)| Some(mail.received(recipient)?.duration_since(*asked)))
        .collect::<Option<Vec<_>>>()
        .context("an order's email did not come")?
        .into_iter()
        .max()
        .context("the reminders were too fast for an order")?;
    let took = last.duration_since(began).as_secs_f64();
    Ok(vec![
        Figure {
            name: "20,000 reminders: from when they are due until the last is sent",
            measured: took,
            floor: 120.0,
            unit: "s",
            at_most: true,
            detail: format!("{:.0}/s, written and sent", f64::from(REMINDERS) / took),
        },
        Figure {
            name: "emails sent",
            measured: f64::from(REMINDERS) / took,
            floor: 300.0,
            unit: "/s",
            at_most: false,
            detail: "the same reminders".to_owned(),
        },
        Figure {
            name: "the slowest of the orders' emails meanwhile",
            measured: slowest.as_secs_f64(),
            floor: 1.0,
            unit: "s",
            at_most: true,
            detail: format!("of {}", probes.len()),
        },
    ])
}
