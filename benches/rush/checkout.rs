//! After Buy: a thousand shoppers hold a unit each, place their orders at once and pay them at once.
//! A node that commits orders in groups takes turns with one that commits each by itself.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::{
    Figure, TURNS,
    client::{self, Request},
    node::{Node, Prepared, World},
    noticed,
};

const SHOPPERS: u32 = 1_000;
/// Connections to the node that commits each order by itself: so few that no request waits for a connection to the
/// database until it is refused. More would only wait for the same rows.
const ALONE_CONNECTIONS: usize = 16;
/// Until the jobs of a turn are done, which would take the next one's time.
const PATIENCE: Duration = Duration::from_mins(5);

/// What a thousand orders took.
#[derive(Debug, Default)]
struct Turn {
    /// Orders a second.
    placed: f64,
    /// Payments a second, from their beginning until their orders are confirmed.
    paid: f64,
    /// Transactions of the database for an order and its payment.
    transactions: f64,
}

/// The rows of the table, measured in a world of their own.
pub async fn figures() -> Result<Vec<Figure>> {
    let world = World::open().await?;
    let single = Node::with(&world.node, &[("SMP_ORDER_GROUP", "1")])?;
    let mut owner = PgConnection::connect(&world.node.owner_url()).await?;
    let (mut grouped, mut alone) = (vec![], vec![]);
    for _ in 0..TURNS {
        for (node, connections, turns) in [
            (&single, ALONE_CONNECTIONS, &mut alone),
            (&world.node, SHOPPERS as usize, &mut grouped),
        ] {
            let turn = measure(&world, node, connections, &mut owner).await?;
            println!("{SHOPPERS} orders at {}: {turn:?}", node.url);
            turns.push(turn);
        }
    }
    owner.close().await?;
    single.stop()?;
    world.close()?;
    let (grouped, alone) = (middle(&grouped), middle(&alone));
    let detail = |what: &str, grouped: f64, alone: f64| {
        format!(
            "{grouped:.0}{what} in groups, {alone:.0}{what} each by itself, {ALONE_CONNECTIONS} at a time"
        )
    };
    let ratio = |name, grouped: f64, alone: f64| Figure {
        name,
        measured: grouped / alone,
        floor: 5.0,
        unit: "",
        at_most: false,
        detail: detail("/s", grouped, alone),
    };
    let rate = |name, measured: f64| Figure {
        name,
        measured,
        floor: 1_000.0,
        unit: "/s",
        at_most: false,
        detail: format!("{SHOPPERS} at once"),
    };
    Ok(vec![
        rate("orders placed", grouped.placed),
        ratio("placing in groups against each by itself", grouped.placed, alone.placed),
        rate("orders paid", grouped.paid),
        ratio("paying in groups against each by itself", grouped.paid, alone.paid),
        Figure {
            name: "database transactions an order, placed and paid",
            measured: grouped.transactions,
            floor: alone.transactions,
            unit: "",
            at_most: true,
            detail: format!("{:.1} each by itself", alone.transactions),
        },
    ])
}

/// The middle of each figure.
fn middle(turns: &[Turn]) -> Turn {
    fn of(turns: &[Turn], figure: impl Fn(&Turn) -> f64) -> f64 {
        let mut all: Vec<f64> = turns.iter().map(figure).collect();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    }
    Turn {
        placed: of(turns, |turn| turn.placed),
        paid: of(turns, |turn| turn.paid),
        transactions: of(turns, |turn| turn.transactions),
    }
}

async fn measure(
    world: &World,
    node: &Node,
    connections: usize,
    owner: &mut PgConnection,
) -> Result<Turn> {
    let sale = world.prepare(SHOPPERS, SHOPPERS)?;
    let sale = Prepared { url: sale.url.replace(&world.node.url, &node.url), ..sale };
    noticed(world).await?;
    let held = client::rush(&sale, 250, Duration::from_secs(1)).await?;
    ensure!(
        held.statuses.iter().all(|status| *status == 201),
        "not everyone holds a unit: {:?}",
        client::tally(&held.statuses)
    );
    let before = transactions(owner).await?;
    let order = json!({"shipping_address": address()}).to_string();
    let requests: Vec<Request> = sale
        .tokens
        .iter()
        .map(|token| Request {
            path: "/api/v1/me/orders".to_owned(),
            token: token.clone(),
            body: order.clone(),
        })
        .collect();
    let placed = client::all_at_once(&node.url, requests, connections).await?;
    let payment = json!({"gateway": "sandbox", "sandbox_answer": "approve"}).to_string();
    let mut requests = vec![];
    for (token, (status, body)) in sale.tokens.iter().zip(&placed.answers) {
        ensure!(*status == 201, "an order was answered {status}: {body}");
        let order: Value = serde_json::from_str(body)?;
        let number = order["number"].as_str().context("an order without a number")?;
        requests.push(Request {
            path: format!("/api/v1/me/orders/{number}/payments"),
            token: token.clone(),
            body: payment.clone(),
        });
    }
    let paid = client::all_at_once(&node.url, requests, connections).await?;
    for (status, body) in &paid.answers {
        ensure!(*status == 201, "a payment was answered {status}: {body}");
        let payment: Value = serde_json::from_str(body)?;
        ensure!(payment["state"] == "succeeded", "a payment did not succeed: {payment}");
    }
    let after = transactions(owner).await?;
    let checked = world.check(&sale.slug)?;
    ensure!(
        checked["sold"] == SHOPPERS && checked["agrees"] == true,
        "the database disagrees: {checked}"
    );
    jobs_done(owner).await?;
    let shoppers = f64::from(SHOPPERS);
    Ok(Turn {
        placed: shoppers / placed.took.as_secs_f64(),
        paid: shoppers / paid.took.as_secs_f64(),
        transactions: (after - before) / shoppers,
    })
}

fn address() -> Value {
    json!({
        "name": "Mara Lind", "line1": "Lindenallee 14", "city": "Berlin", "postal_code": "10435",
        "country": "DE",
    })
}

/// Transactions of the database so far, those of jobs included. The statistics are up to a second old.
async fn transactions(owner: &mut PgConnection) -> Result<f64> {
    tokio::time::sleep(Duration::from_secs(2)).await;
    let count = "SELECT (xact_commit + xact_rollback)::float8 FROM pg_stat_database
                 WHERE datname = current_database()";
    Ok(sqlx::query_scalar(count).fetch_one(owner).await?)
}

/// Waits until the events of the orders are delivered.
async fn jobs_done(owner: &mut PgConnection) -> Result<()> {
    let began = std::time::Instant::now();
    loop {
        let left: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM graphile_worker._private_jobs WHERE run_at <= now()",
        )
        .fetch_one(&mut *owner)
        .await?;
        if left == 0 {
            return Ok(());
        }
        ensure!(began.elapsed() < PATIENCE, "{left} jobs are left after {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
