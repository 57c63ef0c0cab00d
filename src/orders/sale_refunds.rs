//! A sale that was cancelled, or that missed a target below which it refunds: what was paid for it and
//! not shipped goes back, order by order and in batches. Each order is refunded once for each sale,
//! however often it is looked at.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    call_off::{self, CalledOff},
    given_back,
    lines::{self, OrderLine},
    of_sale,
    refund::{self, ApprovedRefund},
    refund_by_lines, refund_lines, refund_parts,
    refund_units::{self, ChosenUnits, LineStanding},
    state::{CancelReason, OrderState},
    store::{self, Order},
};
use crate::{
    access::Actor,
    events::{self, Event},
    kernel::{OrderId, ParcelId, RefundId, Result, SaleId, TenantId},
    payments::{self, Refund},
    payouts,
    platform::{Platform, Tx},
    pricing::apportion,
    sales,
};

/// The job that refunds the orders of a cancelled sale: a [`SaleRefund`].
pub const SALE_REFUND: &str = "sale_refund";
/// Orders that one run of the job refunds at most.
const BATCH: i64 = 100;
/// The reasons of the refunds, for their shoppers.
const CANCELLED: &str = "The sale was cancelled.";
const TARGET_MISSED: &str = "The sale did not reach its target.";

/// Orders of a cancelled sale that are to be refunded.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SaleRefund {
    pub tenant_id: TenantId,
    pub sale_id: SaleId,
    /// It missed its target; otherwise it was cancelled.
    pub target_missed: bool,
    /// This order alone; None: a batch of them.
    pub order_id: Option<OrderId>,
    /// The last order of the batch before; the nil id: none.
    pub after: OrderId,
}

#[derive(Deserialize)]
struct CancelledSale {
    sale_id: SaleId,
}

#[derive(Deserialize)]
struct ConfirmedOrder {
    order_id: OrderId,
    lines: Vec<ConfirmedLine>,
}

#[derive(Deserialize)]
struct ConfirmedLine {
    sale_id: SaleId,
}

/// Has the orders of a sale refunded once it was cancelled or missed its target, and those that are paid
/// after that. It comes after all who tell of the cancellation, because they write to those who are not
/// refunded yet.
pub async fn follow_cancelled_sale(platform: &Platform, event: &Event) -> Result<()> {
    let is_ended = ["sale.cancelled", "sale.target_missed"].contains(&event.kind.as_str());
    if !is_ended && event.kind != "order.confirmed" {
        return Ok(());
    }
    let tenant_id = event.tenant_id;
    let after = OrderId(Uuid::nil());
    let mut jobs: Vec<SaleRefund> = vec![];
    let mut tx = platform.db.platform("refunds of a cancelled sale").await?;
    if is_ended {
        let CancelledSale { sale_id } = read(event)?;
        let target_missed = event.kind == "sale.target_missed";
        jobs.push(SaleRefund { tenant_id, sale_id, target_missed, order_id: None, after });
    } else {
        let order: ConfirmedOrder = read(event)?;
        let ids: Vec<SaleId> = order.lines.iter().map(|line| line.sale_id).collect();
        let refunded = sales::refunded_among(&mut tx, tenant_id, &ids).await?;
        jobs.extend(refunded.into_iter().map(|sale| SaleRefund {
            tenant_id,
            sale_id: sale.id,
            target_missed: sale.target_missed,
            order_id: Some(order.order_id),
            after,
        }));
    }
    for job in &jobs {
        events::enqueue(&mut tx, SALE_REFUND, job).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(event: &Event) -> Result<T> {
    Ok(serde_json::from_value(event.payload.clone()).map_err(anyhow::Error::from)?)
}

/// Refunds an order of a cancelled sale, or the next batch of them; the job behind [`SALE_REFUND`]. The
/// jobs of the refunds settle them. An order that fails is left to a job of its own.
pub async fn refund_cancelled_sale(platform: &Platform, job: SaleRefund) -> Result<()> {
    if let Some(order) = job.order_id {
        return refund_order(platform, job, order).await;
    }
    let mut tx = platform.db.platform("orders of a cancelled sale").await?;
    let found =
        of_sale::paid_with_sale(&mut tx, job.tenant_id, job.sale_id, job.after, BATCH).await?;
    drop(tx);
    let Some(last) = found.last().map(|order| order.id) else { return Ok(()) };
    let mut next = vec![SaleRefund { after: last, ..job }];
    for order in &found {
        if let Err(error) = refund_order(platform, job, order.id).await {
            tracing::warn!(?error, order = %order.id, "a cancelled sale could not be refunded");
            next.push(SaleRefund { order_id: Some(order.id), ..job });
        }
    }
    let mut tx = platform.db.platform("orders of a cancelled sale").await?;
    for job in &next {
        events::enqueue(&mut tx, SALE_REFUND, job).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What of an order is refunded.
struct CancelledShare<'l> {
    amount: i64,
    /// All of this parcel, or (None) of the order, unless it has units.
    parcel: Option<ParcelId>,
    units: Vec<ChosenUnits<'l>>,
}

async fn refund_order(platform: &Platform, job: SaleRefund, id: OrderId) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("refund a cancelled sale").await?;
    let order = store::lock(&mut tx, id).await?;
    let refund = refund::keyed(&order, &format!("cancelled sale {}", job.sale_id));
    let all = payments::refunds_of_orders(&mut tx, &[order.id.0]).await?;
    let is_over = order.state == OrderState::Cancelled
        || order.confirmed_at.is_none()
        || all.iter().any(|row| row.id == refund);
    if is_over {
        return Ok(());
    }
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    let of_sale = units_of_sale(&mut tx, &order, &lines, &all, job).await?;
    if of_sale.due.is_empty() {
        return Ok(());
    }
    let is_paid = !payments::paid_parts(&mut tx, order.id).await?.is_empty();
    if is_paid {
        payouts::require_undisputed(&mut tx, order.id).await?;
    }
    let left = given_back::left(&mut tx, &order).await?;
    if !is_paid || (left.minor == 0 && left.lost_minor > 0) {
        return call_off_units(platform, tx, &order, &of_sale, job).await;
    }
    let share = share(&mut tx, &order, &lines, &all, &of_sale).await?;
    let share = share.map(|share| share.at_most(left.minor));
    let Some(share) = share.filter(|share| share.amount > 0) else { return Ok(()) };
    if order.rest_is_unpaid() && share.parcel.is_some() {
        // Its rest would still be of everything that was ordered.
        tracing::warn!(order = %order.id, "a part of an order with a deposit is left to support");
        return Ok(());
    }
    let parts = refund_parts::of(&mut tx, &order, refund, share.amount).await?;
    let approved = ApprovedRefund {
        id: refund,
        amount: share.amount,
        reason: if job.target_missed { TARGET_MISSED } else { CANCELLED },
        note: "",
        restock: None,
        by: order.account,
        actor: Actor::System,
        parcel: share.parcel,
    };
    refund::request(&mut tx, &order, approved, now).await?;
    let amounts: Vec<(RefundId, i64)> = parts.iter().map(|part| (part.id, part.amount)).collect();
    let rows = refund_units::rows_of(&share.units, &amounts);
    refund_lines::insert_all(&mut tx, order.account, &rows).await?;
    tx.commit().await?;
    Ok(())
}

/// Calls off what of an order is of the sale, was not shipped, and has nothing to be given back for.
async fn call_off_units(
    platform: &Platform,
    mut tx: Tx,
    order: &Order,
    of_sale: &UnitsOfSale<'_>,
    job: SaleRefund,
) -> Result<()> {
    let now = platform.clock.now();
    let Some(parcel) = of_sale.parcel() else { return Ok(()) };
    if of_sale.staying.iter().any(|standing| standing.line.parcel == parcel) {
        // The cash for a parcel is collected as a whole.
        tracing::warn!(order = %order.id, "a part of a parcel in cash is left to support");
        return Ok(());
    }
    let called_off = CalledOff {
        units: &of_sale.due,
        reason: if job.target_missed {
            CancelReason::TargetMissed
        } else {
            CancelReason::SaleCancelled
        },
        was_charged: given_back::lost_minor(&mut tx, order).await? > 0,
    };
    let notices = call_off::call_off(&mut tx, order, &called_off, now).await?;
    tx.commit().await?;
    for notice in notices {
        platform.broker.publish(notice).await;
    }
    Ok(())
}

/// What of an order is of the sale and was not shipped, and what is not given back.
struct UnitsOfSale<'l> {
    due: Vec<LineStanding<'l>>,
    staying: Vec<LineStanding<'l>>,
}

impl UnitsOfSale<'_> {
    /// A provider has one parcel in an order, and a sale has one provider. None: nothing is due.
    fn parcel(&self) -> Option<ParcelId> {
        self.due.first().map(|standing| standing.line.parcel)
    }
}

/// What a provider kept of a line whose units were refunded stays kept.
async fn units_of_sale<'l>(
    conn: &mut PgConnection,
    order: &Order,
    lines: &'l [OrderLine],
    refunds: &[Refund],
    job: SaleRefund,
) -> Result<UnitsOfSale<'l>> {
    let rows = refund_lines::of_orders(conn, &[order.id.0]).await?;
    let standings = refund_by_lines::standings(conn, order, lines, refunds, &rows).await?;
    let is_due = |standing: &LineStanding<'l>| {
        let line = standing.line;
        standing.unredeemed() > 0
            && !standing.was_shipped
            && line.tenant == job.tenant_id
            && line.sale == job.sale_id
    };
    let (due, others): (Vec<_>, Vec<_>) = standings.into_iter().partition(is_due);
    let stays = |standing: &LineStanding<'l>| standing.units_left > 0 || standing.left_minor > 0;
    Ok(UnitsOfSale { due, staying: others.into_iter().filter(stays).collect() })
}

impl CancelledShare<'_> {
    /// The same of no more than this, when a shopper's bank has paid a part back.
    fn at_most(self, left_minor: i64) -> Self {
        if self.amount <= left_minor {
            return self;
        }
        let amounts: Vec<i64> = self.units.iter().map(|units| units.amount_minor).collect();
        let shares = apportion(&amounts, left_minor);
        let units = self.units.into_iter().zip(shares);
        Self {
            amount: left_minor,
            parcel: self.parcel,
            units: units
                .map(|(units, amount_minor)| ChosenUnits { amount_minor, ..units })
                .collect(),
        }
    }
}

/// What of an order was paid for the sale and is not shipped; None: nothing. With everything that is left
/// of a parcel or of the order, its shipping is refunded too.
async fn share<'l>(
    conn: &mut PgConnection,
    order: &Order,
    lines: &'l [OrderLine],
    refunds: &[Refund],
    of_sale: &UnitsOfSale<'l>,
) -> Result<Option<CancelledShare<'l>>> {
    let UnitsOfSale { due, staying } = of_sale;
    let Some(parcel) = of_sale.parcel() else { return Ok(None) };
    let mut others: Vec<ParcelId> =
        lines.iter().map(|line| line.parcel).filter(|other| *other != parcel).collect();
    others.sort_unstable();
    others.dedup();
    let is_unused = due.iter().all(|standing| standing.redeemed == 0);
    let mut is_everything = staying.is_empty() && is_unused;
    for other in others {
        is_everything = is_everything
            && refund_by_lines::left_of_parcel(conn, order, lines, refunds, other).await? == 0;
    }
    if is_everything {
        let amount = order.paid_minor() - order.refunded_minor;
        return Ok(Some(CancelledShare { amount, parcel: None, units: vec![] }));
    }
    if is_unused && staying.iter().all(|standing| standing.line.parcel != parcel) {
        let amount = refund_by_lines::left_of_parcel(conn, order, lines, refunds, parcel).await?;
        return Ok(Some(CancelledShare { amount, parcel: Some(parcel), units: vec![] }));
    }
    let chosen = |standing: &LineStanding<'l>| {
        let quantity = standing.unredeemed();
        let LineStanding { left_minor, units_left, .. } = *standing;
        ChosenUnits {
            line: standing.line,
            quantity,
            amount_minor: refund_units::amount_of(left_minor, units_left, quantity),
            restock: refund_lines::LineRestock::NeverSold,
        }
    };
    let units: Vec<ChosenUnits<'l>> = due.iter().map(chosen).collect();
    let amount = units.iter().map(|units| units.amount_minor).sum();
    Ok(Some(CancelledShare { amount, parcel: Some(parcel), units }))
}
