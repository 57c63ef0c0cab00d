//! `smp stock check` and `smp receipt verify`.

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use serde::Serialize;

use crate::{
    kernel::Error,
    platform::Platform,
    sales,
    stock::{self, ItemCheck, ReceiptSummary},
};

/// The stock of one sale or of all, and whether it is the sum of its holds.
#[derive(Serialize, Default)]
struct Totals {
    capacity: i64,
    held: i64,
    sold: i64,
    /// Entries on the waitlist.
    waiting: i64,
    agrees: bool,
}

#[derive(Serialize)]
struct ItemReport<'a> {
    #[serde(flatten)]
    item: &'a ItemCheck,
    agrees: bool,
}

#[derive(Serialize)]
struct SaleReport<'a> {
    sale: &'a str,
    #[serde(flatten)]
    totals: Totals,
    items: Vec<ItemReport<'a>>,
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    totals: Totals,
    sales: Vec<SaleReport<'a>>,
}

/// What a receipt adds up to, after the word that says that it does.
#[derive(Serialize)]
struct VerifiedReceipt<'a> {
    verdict: &'static str,
    #[serde(flatten)]
    summary: &'a ReceiptSummary,
}

fn totals(items: &[ItemCheck]) -> Totals {
    let mut totals = Totals { agrees: true, ..Totals::default() };
    for item in items {
        totals.capacity += item.capacity;
        totals.held += item.held;
        totals.sold += item.sold;
        totals.waiting += item.waiting;
        totals.agrees &= item.agrees();
    }
    totals
}

/// Prints the check; fails when a stock row is not the sum of its holds.
pub async fn check(
    platform: &Platform,
    sale: Option<&str>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let items = match stock::check(platform, sale, None).await {
        Ok(items) => items,
        Err(Error::NotFound(_)) => anyhow::bail!(
            "no sale has the slug {:?}, or it has no stock; the slug is the last part of the sale's URL",
            sale.unwrap_or_default()
        ),
        Err(error) => return Err(anyhow::anyhow!("{error:?}")),
    };
    let sales = items.chunk_by(|a, b| a.slug == b.slug).map(|items| SaleReport {
        sale: &items[0].slug,
        totals: totals(items),
        items: items.iter().map(|item| ItemReport { agrees: item.agrees(), item }).collect(),
    });
    let report = Report { totals: totals(&items), sales: sales.collect() };
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!(
            "{:<32} {:<24} {:>9} {:>8} {:>8} {:>8}  recount",
            "sale", "item", "capacity", "held", "sold", "waiting"
        );
        for item in &items {
            let ItemCheck { slug, name, capacity, held, sold, waiting, .. } = item;
            let recount = if item.agrees() {
                "agrees".to_owned()
            } else {
                format!(
                    "DIFFERS: held {}, sold {}, waiting {}",
                    item.held_recounted, item.sold_recounted, item.waiting_recounted
                )
            };
            println!(
                "{slug:<32} {name:<24} {capacity:>9} {held:>8} {sold:>8} {waiting:>8}  {recount}"
            );
        }
    }
    Ok(if report.totals.agrees { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The receipt of a sale as it is now.
pub async fn receipt(platform: &Platform, slug: &str) -> anyhow::Result<String> {
    let read = async {
        let mut tx = platform.db.platform("receipt").await?;
        let sale =
            sales::published_or_rehearsed(&mut tx, slug).await?.ok_or(Error::NotFound("sale"))?;
        drop(tx);
        stock::receipt(platform, &sale).await
    };
    read.await.map_err(|error: Error| anyhow::anyhow!("{}", error.problem().detail))
}

/// Checks a receipt from the file alone.
pub fn verify(file: &Path) -> anyhow::Result<ExitCode> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    match stock::verify_receipt(&text) {
        Ok(summary) => {
            let verified = VerifiedReceipt { verdict: "holds", summary: &summary };
            println!("{}", serde_json::to_string_pretty(&verified)?);
            Ok(ExitCode::SUCCESS)
        }
        Err(wrong) => {
            eprintln!("{} does not hold: {wrong}", file.display());
            Ok(ExitCode::FAILURE)
        }
    }
}
