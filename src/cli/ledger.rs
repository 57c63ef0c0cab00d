//! `smp ledger check` and `smp ledger reconcile`.

use std::process::ExitCode;

use clap::Subcommand;

use crate::{
    kernel::Money,
    ledger::{self, FoundDifference},
    payments,
    platform::Platform,
};

#[derive(Subcommand)]
pub enum LedgerCommand {
    /// Recount the ledger and compare it with payments and refunds; exits 1 if anything differs
    Check,
    /// Compare the gateways' own reports of the last days with payments and refunds, and keep what differs;
    /// exits 1 if anything does
    Reconcile,
}

/// Runs the command, and prints what differs.
pub async fn run(platform: &Platform, command: &LedgerCommand) -> anyhow::Result<ExitCode> {
    let found = match command {
        LedgerCommand::Check => ledger::check(platform).await?,
        LedgerCommand::Reconcile => payments::reconcile(platform).await?,
    };
    for difference in &found {
        println!("{}", line(difference));
    }
    if found.is_empty() {
        println!("nothing differs");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

fn line(difference: &FoundDifference) -> String {
    let money = |amount: Option<i64>| {
        amount.map_or_else(
            || "nothing".to_owned(),
            |amount| Money::new(amount, &difference.currency).to_string(),
        )
    };
    format!(
        "{} {}: expected {}, found {}",
        <&str>::from(difference.kind),
        difference.subject,
        money(difference.expected_minor),
        money(difference.found_minor)
    )
}
