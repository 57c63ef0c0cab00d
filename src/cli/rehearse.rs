//! `smp rehearse`.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::{
    platform::{Platform, PublicPath},
    rehearsal,
};

/// Copy an approved sale, create shoppers, let them all buy at once, and report
#[derive(Args)]
pub struct Rehearse {
    /// The slug of an approved hosted sale
    #[arg(long)]
    sale: String,
    /// How many shoppers to create, signed in and registered; each presses Buy once
    #[arg(long)]
    shoppers: i32,
    /// How many units of the sale's first item are on sale
    #[arg(long)]
    units: i32,
    /// Only prepare, for another load generator; prints the rehearsal's slug
    #[arg(long, requires_all = ["tokens", "plan"])]
    prepare_only: bool,
    /// Where to write the sessions' tokens, one per line
    #[arg(long, requires = "prepare_only")]
    tokens: Option<PathBuf>,
    /// Where to write the request that one shopper makes to buy, as JSON
    #[arg(long, requires = "prepare_only")]
    plan: Option<PathBuf>,
}

/// Prepares a rehearsal. Unless told only to prepare, runs it against the server at this
/// installation's address and prints the report as JSON.
pub async fn run(platform: &Platform, args: &Rehearse) -> anyhow::Result<()> {
    let told = |error| anyhow::anyhow!("{}", rehearsal::describe(&error));
    if let (Some(tokens), Some(plan)) = (&args.tokens, &args.plan) {
        let prepared = rehearsal::prepare(platform, &args.sale, args.shoppers, args.units)
            .await
            .map_err(told)?;
        let lines: String =
            prepared.tokens.iter().flat_map(|token| [token.as_str(), "\n"]).collect();
        std::fs::write(tokens, lines)
            .with_context(|| format!("cannot write {}", tokens.display()))?;
        std::fs::write(plan, serde_json::to_string_pretty(&prepared.buy_request(platform))? + "\n")
            .with_context(|| format!("cannot write {}", plan.display()))?;
        println!("{}", prepared.slug);
        return Ok(());
    }
    let healthz = platform.public_url(PublicPath::Health);
    let up = reqwest::get(&healthz).await.is_ok_and(|answer| answer.status().is_success());
    anyhow::ensure!(
        up,
        "no server answers at {healthz}; start one (`smp serve` or `smp-demo`), \
         or use --prepare-only"
    );
    let report =
        rehearsal::rehearse(platform, &args.sale, args.shoppers, args.units).await.map_err(told)?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    anyhow::ensure!(
        report.oversold == 0 && report.agrees && report.receipt == "holds",
        "the rehearsal has found a defect; see the report"
    );
    Ok(())
}
