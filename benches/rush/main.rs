//! The rush, measured on one machine: server, client and Postgres together, full durability. Every
//! figure is a ratio inside this run, or a time the design promises. `make bench` runs it; it
//! prints a table and writes benches/results.json.

mod checkout;
mod client;
mod mail;
mod node;
mod queue;
mod rival;
mod withstand;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use serde_json::json;

use node::{Measured, Node, Prepared, World};

/// A row of the table.
struct Figure {
    name: &'static str,
    measured: f64,
    floor: f64,
    unit: &'static str,
    /// Whether a lower value is better.
    at_most: bool,
    detail: String,
}

impl Figure {
    fn reached(&self) -> bool {
        if self.at_most { self.measured <= self.floor } else { self.measured >= self.floor }
    }
}

/// So short that no shopper buys more than twice (the limit is two units), or joins the waitlist
/// more than once.
const SECONDS: u64 = 3;
const WAITLIST_SECONDS: u64 = 2;
/// Repetitions of the measurements that one bad moment of a shared machine would spoil.
const TURNS: u32 = 3;

fn main() -> Result<()> {
    // `World::rival` starts this program as the rival.
    if std::env::args().nth(1).as_deref() == Some("rival") {
        return rival::serve();
    }
    let runtime = tokio::runtime::Runtime::new()?;
    // `make bench PART=queue` (or another part) measures that alone, and writes nothing.
    let part = std::env::args()
        .find(|argument| ["checkout", "queue", "withstand"].contains(&argument.as_str()));
    let figures = runtime.block_on(async {
        match part.as_deref() {
            Some("checkout") => checkout::figures().await,
            Some("queue") => queue::figures().await,
            Some(_) => withstand::figures().await,
            None => measure().await,
        }
    })?;
    println!("\n{:<58} {:>12} {:>12}", "figure", "measured", "floor");
    for figure in &figures {
        let verdict = if figure.reached() { "reached" } else { "MISSED" };
        println!(
            "{:<58} {:>9.3} {:<3} {:>8} {:<3}  {verdict}  {}",
            figure.name, figure.measured, figure.unit, figure.floor, figure.unit, figure.detail
        );
    }
    if part.is_some() {
        return Ok(());
    }
    let results: Vec<_> = figures
        .iter()
        .map(|f| json!({"figure": f.name, "measured": f.measured, "floor": f.floor, "unit": f.unit, "at_most": f.at_most, "reached": f.reached(), "detail": f.detail}))
        .collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/results.json");
    std::fs::write(&path, serde_json::to_string_pretty(&results)? + "\n")?;
    println!("\nwritten to benches/results.json");
    Ok(())
}

async fn measure() -> Result<Vec<Figure>> {
    let world = World::open().await?;
    let node = &world.node;
    let mut figures = vec![];

    let bare = || {
        let rate = node::wrk(&format!("{}/healthz", node.url), None, 256, SECONDS)?.rate;
        println!("/healthz at 256 connections: {rate:.0}/s");
        anyhow::Ok(rate)
    };

    let (mut buy, mut beside) = (vec![], bare()?);
    for _ in 0..TURNS {
        buy.push(rush_in(&world, 256).await?);
        beside += bare()?;
    }
    let held = buy.iter().map(|measured| measured.rate).sum::<f64>() / f64::from(TURNS);
    figures.push(against(
        "Buy against /healthz, 256 connections",
        held,
        beside / f64::from(TURNS + 1),
        0.30,
        ", in turns",
    ));

    let rival = world.rival(&world.prepare(50_000, 1_000_000)?)?;
    println!("rival at 256 connections: {rival:?}");
    figures.push(against("Buy against one transaction a shopper", held, rival.rate, 12.0, ""));

    let sold_out = world.prepare(100_000, 1)?;
    noticed(&world).await?;
    let before = bare()?;
    let wait = node::wrk(&sold_out.url, Some(&sold_out), 256, WAITLIST_SECONDS)?;
    println!("joining the waitlist: {wait:?}");
    let between = bare()?;
    figures.push(against_bare(
        "joining the waitlist against /healthz",
        &wait,
        0.30,
        before,
        between,
    ));

    let looked = world.prepare(1, 1)?;
    noticed(&world).await?;
    let (mut page, mut beside) = (0.0, bare()?);
    for _ in 0..TURNS {
        let measured = node::wrk_page(&world, &looked, 256, SECONDS)?;
        println!("product page: {measured:?}");
        page += measured.rate / f64::from(TURNS);
        beside += bare()?;
    }
    figures.push(against(
        "product page, signed in, against /healthz",
        page,
        beside / f64::from(TURNS + 1),
        0.60,
        ", in turns",
    ));

    let mut few = vec![];
    for _ in 0..TURNS {
        few.push(rush_in(&world, 64).await?);
    }
    figures.push(p99("p99 of Buy at 64 connections", few, 10.0));
    figures.push(p99("p99 of Buy at 256 connections", buy, 30.0));

    figures.push(rush(&world).await?);
    figures.extend(listeners(&world).await?);
    world.close()?;
    figures.extend(two_nodes().await?);
    figures.extend(checkout::figures().await?);
    figures.extend(queue::figures().await?);
    figures.extend(withstand::figures().await?);
    Ok(figures)
}

/// Everyone presses Buy, in a sale of their own.
async fn rush_in(world: &World, connections: u32) -> Result<Measured> {
    let sale = world.prepare(100_000, 1_000_000)?;
    noticed(world).await?;
    let measured = node::wrk(&sale.url, Some(&sale), connections, SECONDS)?;
    println!("Buy at {connections} connections: {measured:?}");
    Ok(measured)
}

/// The median of several measurements.
fn p99(name: &'static str, mut turns: Vec<Measured>, floor: f64) -> Figure {
    turns.sort_by(|one, other| one.p99_ms.total_cmp(&other.p99_ms));
    let Measured { rate, p99_ms } = turns[turns.len() / 2];
    let all: Vec<String> = turns.iter().map(|measured| format!("{:.1}", measured.p99_ms)).collect();
    Figure {
        name,
        measured: p99_ms,
        floor,
        unit: "ms",
        at_most: true,
        detail: format!("{rate:.0}/s, the middle one of {}", all.join(", ")),
    }
}

/// Waits until the nodes have noticed a sale that is about to start and have read its registered
/// shoppers. Registering 100,000 shoppers at once leaves Postgres with work that it does not have
/// at the start of a real sale, so that is done first.
async fn noticed(world: &World) -> Result<()> {
    world.settle().await?;
    tokio::time::sleep(Duration::from_secs(8)).await;
    Ok(())
}

/// One rate by another.
fn against(name: &'static str, rate: f64, other: f64, floor: f64, how: &str) -> Figure {
    Figure {
        name,
        measured: rate / other,
        floor,
        unit: "",
        at_most: false,
        detail: format!("{rate:.0}/s against {other:.0}/s{how}"),
    }
}

/// The median ratio of rates measured in the same round, since a bad moment of the machine may hit
/// one of the two.
fn round_by_round(name: &'static str, rates: &[f64], others: &[f64]) -> Figure {
    let mut ratios: Vec<f64> = rates.iter().zip(others).map(|(rate, other)| rate / other).collect();
    ratios.sort_by(f64::total_cmp);
    let all: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
    Figure {
        name,
        measured: ratios[ratios.len() / 2],
        floor: 1.0,
        unit: "",
        at_most: false,
        detail: format!("the middle one of {}", all.join(", ")),
    }
}

/// Relative to the bare endpoint, measured right before and right after, because the speed of a
/// shared machine changes from minute to minute.
fn against_bare(
    name: &'static str,
    measured: &Measured,
    floor: f64,
    before: f64,
    after: f64,
) -> Figure {
    against(name, measured.rate, f64::midpoint(before, after), floor, "")
}

/// 20,000 shoppers buy within one second; there are 1,000 units.
async fn rush(world: &World) -> Result<Figure> {
    let sale = world.prepare(20_000, 1_000)?;
    let heard = client::rush(&sale, 1_000, Duration::from_secs(1)).await?;
    let count = |status: u16| heard.statuses.iter().filter(|s| **s == status).count();
    let (held, waiting) = (count(201), count(202));
    let checked = world.check(&sale.slug)?;
    anyhow::ensure!(
        held == 1_000 && waiting == 19_000,
        "{held} holds and {waiting} on the waitlist, not 1,000 and 19,000: {:?}",
        client::tally(&heard.statuses)
    );
    anyhow::ensure!(
        checked["held"] == 1_000 && checked["waiting"] == 19_000 && checked["agrees"] == true,
        "the database disagrees: {checked}"
    );
    let detail = format!(
        "{held} holds, {waiting} on the waitlist, {} errors",
        heard.statuses.len() - held - waiting
    );
    Ok(Figure {
        name: "20,000 shoppers in one second: until the last answer",
        measured: heard.took.as_secs_f64(),
        floor: 2.0,
        unit: "s",
        at_most: true,
        detail,
    })
}

/// 10,000 listeners to the stock of one sale.
async fn listeners(world: &World) -> Result<Vec<Figure>> {
    const LISTENERS: usize = 10_000;
    let before = world.node.resident_kib()?;
    let mut streams = client::listen(&world.node.url, &world.live_slug, LISTENERS).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let grown = u32::try_from(world.node.resident_kib()?.saturating_sub(before))?;
    let each = f64::from(grown) / f64::from(u32::try_from(LISTENERS)?);
    streams.settle().await;
    let pressed = Instant::now();
    world.press_live().await?;
    let last = streams.until_all_heard(pressed, Duration::from_secs(10)).await;
    let reached = streams.heard();
    anyhow::ensure!(
        reached == LISTENERS,
        "only {reached} of {LISTENERS} listeners heard of the change"
    );
    Ok(vec![
        Figure {
            name: "memory of an SSE listener",
            measured: each,
            floor: 25.0,
            unit: "KB",
            at_most: true,
            detail: format!("{LISTENERS} listeners"),
        },
        Figure {
            name: "stock change until the last listener heard",
            measured: last.as_secs_f64(),
            floor: 1.0,
            unit: "s",
            at_most: true,
            detail: format!("{LISTENERS} listeners"),
        },
    ])
}

/// Two nodes on one database, each on a half of the cores and with a half of the connections,
/// against one on all cores that has them all: with as many connections to each node as Buy is
/// measured with at one, and with as many in all. One and two are measured in turns, in a world of
/// their own, where no hold of an earlier measurement runs out meanwhile. All three nodes run all
/// the time and have had a first rush, so what a node does besides is in both.
async fn two_nodes() -> Result<Vec<Figure>> {
    const ROUNDS: u32 = 9;
    const CONNECTIONS: [u32; 2] = [256, 512];
    let world = World::open().await?;
    let two = [Node::beside(&world.node, 0)?, Node::beside(&world.node, 1)?];
    let ready = async || {
        let sale = world.prepare(100_000, 1_000_000)?;
        noticed(&world).await?;
        anyhow::Ok(sale)
    };
    let at = |node: &Node, sale: &Prepared| Prepared {
        url: sale.url.replace(&world.node.url, &node.url),
        ..sale.clone()
    };
    for node in [&world.node, &two[0], &two[1]] {
        let sale = at(node, &ready().await?);
        node::wrk(&sale.url, Some(&sale), 256, SECONDS)?;
    }
    let (mut one, mut both) = ([const { vec![] }; 2], [const { vec![] }; 2]);
    for round in 0..ROUNDS {
        for (nth, connections) in CONNECTIONS.into_iter().enumerate() {
            // Now one first, now two: neither always has the younger database.
            for alone in [round % 2 == 0, round % 2 == 1] {
                let sale = ready().await?;
                if alone {
                    let rate = node::wrk(&sale.url, Some(&sale), connections, SECONDS)?.rate;
                    println!("one node, {connections} connections: {rate:.0}/s");
                    one[nth].push(rate);
                    continue;
                }
                let (mut here, mut there) = (at(&two[0], &sale), at(&two[1], &sale));
                here.tokens.truncate(50_000);
                there.tokens.drain(..50_000);
                let (first, other) = std::thread::scope(|scope| {
                    let first =
                        scope.spawn(|| node::wrk(&here.url, Some(&here), connections / 2, SECONDS));
                    let other = node::wrk(&there.url, Some(&there), connections / 2, SECONDS);
                    (first.join(), other)
                });
                let rate = first.map_err(|_| anyhow::anyhow!("wrk's thread panicked"))??.rate
                    + other?.rate;
                println!("two nodes, {connections} connections: {rate:.0}/s");
                both[nth].push(rate);
            }
        }
    }
    let figures = vec![
        round_by_round(
            "two nodes with 256 connections each against one with 256",
            &both[1],
            &one[0],
        ),
        round_by_round(
            "two nodes that share 256 connections against one with all",
            &both[0],
            &one[0],
        ),
        round_by_round(
            "two nodes that share 512 connections against one with all",
            &both[1],
            &one[1],
        ),
    ];
    for node in two {
        node.stop()?;
    }
    world.close()?;
    Ok(figures)
}
