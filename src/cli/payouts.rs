//! `smp payouts transfer` and `smp payouts reverse`.

use anyhow::Context;
use clap::Subcommand;

use crate::{
    kernel::{PaymentId, TenantId},
    orders,
    payments::{self, PaymentState},
    payouts::{self, ReversalOrder, TransferOrder},
    platform::Platform,
    providers,
};

#[derive(Subcommand)]
pub enum PayoutsCommand {
    /// Transfer a provider's share of an order to its account at Stripe; repeated, it is made once
    Transfer {
        /// The order's number
        #[arg(long)]
        order: String,
        /// The provider's id
        #[arg(long)]
        provider: TenantId,
        /// Minor units of the order's currency
        #[arg(long)]
        amount: i64,
        /// The payment it is a share of; needed where the order was paid in two
        #[arg(long)]
        payment: Option<PaymentId>,
    },
    /// Take a part of a transfer back
    Reverse {
        /// Stripe's id of the transfer
        #[arg(long)]
        transfer: String,
        /// Minor units of the transfer's currency
        #[arg(long)]
        amount: i64,
        /// What the reversal is for; the same one is made once
        #[arg(long)]
        key: String,
    },
}

/// Runs the command; returns Stripe's id of what was made.
pub async fn run(platform: &Platform, command: &PayoutsCommand) -> anyhow::Result<String> {
    match command {
        PayoutsCommand::Transfer { order: number, provider, amount, payment } => {
            let order = orders::staff_order_view(platform, number).await?;
            let mut paid: Vec<PaymentId> = order
                .payments
                .iter()
                .filter(|one| one.state == PaymentState::Succeeded)
                .map(|one| one.id)
                .collect();
            paid.retain(|id| payment.is_none_or(|wanted| wanted == *id));
            anyhow::ensure!(paid.len() < 2, "this order was paid in two; name one with --payment");
            let paid = paid.pop().context("this order was not paid so")?;
            let mut tx = platform.db.platform("transfer").await?;
            let slug = providers::get(&mut tx, *provider).await?.slug;
            let payment = payments::find(&mut tx, paid).await?;
            drop(tx);
            anyhow::ensure!(
                order.parcels.iter().any(|parcel| parcel.provider_slug == slug),
                "{slug} has no parcel of this order"
            );
            let share = TransferOrder {
                tenant: *provider,
                order_number: &order.number,
                payment: &payment,
                amount_minor: *amount,
            };
            Ok(payouts::transfer(platform, &share).await?)
        }
        PayoutsCommand::Reverse { transfer, amount, key } => {
            let order = ReversalOrder { transfer, amount_minor: *amount, key };
            Ok(payouts::reverse(platform, &order).await?)
        }
    }
}
