//! A shopper cancels a paid order, as long as nothing of it was shipped. The order and its parcels
//! are cancelled under the order's lock, which shipping takes too: either the parcel is shipped, or
//! the order is cancelled. The money goes back as any refund does, and its units return with it. What the
//! terms of its deposits keep stays with the providers.

use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    given_back,
    lines::{self, OrderLine},
    parcels::{self, Parcel},
    pending_events::{self, PendingEvent},
    postings,
    refund::{self, ApprovedRefund},
    refund_effects::{self, Units},
    refund_lines, shipments,
    state::{CancelReason, OrderState, ParcelState},
    status::LineKind,
    store::{self, Order},
    view::{OrderLineView, OrderParcelView},
};
use crate::{
    access::Actor,
    kernel::{Error, RefundId, Result},
    ledger::CashNotDue,
    payments, payouts,
    platform::{Platform, Tx, broker::Notice},
    pricing::line_minor,
};

/// The reason of the refund, for its shopper.
pub const CANCEL_REASON: &str = "You cancelled the order.";

/// What follows once a paid order was cancelled.
#[derive(Debug)]
pub(super) struct Withdrawn {
    /// The refunds that [`refund::settle_refund`] finishes, one for each payment; none when nothing was
    /// paid.
    pub refunds: Vec<RefundId>,
    /// For all nodes: whose stock came back, and which shoppers were offered it.
    pub notices: Vec<Notice>,
}

/// Cancels a locked, paid order in its transaction, and ends that. The answer to a shopper who may
/// not cancel is a conflict that says what to do instead.
pub(super) async fn withdraw(platform: &Platform, mut tx: Tx, order: &Order) -> Result<Withdrawn> {
    let now = platform.clock.now();
    let lines = lines::of_orders(&mut tx, &[order.id.0]).await?;
    let rows = parcels::of_orders(&mut tx, &[order.id.0]).await?;
    check(&mut tx, order, &lines, &rows).await?;
    payouts::require_undisputed(&mut tx, order.id).await?;
    let of_order = given_back::left(&mut tx, order).await?;
    let left = of_order.minor;
    if left == 0 && order.total_minor > 0 {
        let refunded = "This order is refunded in full already, so nothing is left to cancel.";
        return Err(of_order.none_left(&order.currency, refunded));
    }
    let is_paid = !payments::paid_parts(&mut tx, order.id).await?.is_empty();
    // As far as an earlier refund did not close them.
    let was_open = |line: &&OrderLine| rows.iter().any(|row| row.id == line.parcel && is_open(row));
    let refunded = refund_lines::refunded_units(&mut tx, &[order.id.0]).await?;
    let left_of =
        |line: &OrderLine| line.quantity - refunded.get(&line.id).copied().unwrap_or_default();
    let open = lines.iter().filter(was_open).map(|line| (line, left_of(line)));
    let open: Vec<Units<'_>> = open.filter(|(_, quantity)| *quantity > 0).collect();
    // What was refunded with its deposit has none that could stay.
    let deposits: i64 = open
        .iter()
        .map(|(line, quantity)| line_minor(line.deposit_minor.unwrap_or_default(), *quantity))
        .sum();
    let back = (left - order.kept_minor.min(deposits)).max(0);
    cancel_confirmed(&mut tx, order, CancelReason::Shopper).await?;
    payments::cancel_due(&mut tx, order.id, now).await?;
    let mut withdrawn = Withdrawn { refunds: vec![], notices: vec![] };
    // A refund of everything brings the units back by itself.
    let units_come_first = order.keeps_when_cancelled() || !is_paid || left == 0;
    if is_paid && back > 0 {
        let approved = ApprovedRefund {
            id: RefundId::new(),
            amount: back,
            reason: CANCEL_REASON,
            note: "",
            restock: Some(!units_come_first),
            by: order.account,
            actor: Actor::Account(order.account),
            parcel: None,
        };
        withdrawn.refunds = refund::request(&mut tx, order, approved, now).await?;
    }
    if units_come_first {
        withdrawn.notices = refund_effects::return_units_to_stock(&mut tx, &open, now).await?;
    }
    let told = if order.keeps_when_cancelled() { open } else { vec![] };
    publish(&mut tx, order, &lines, &told).await?;
    postings::cash_withdrawn(&mut tx, order, CashNotDue::Cancelled, now).await?;
    tx.commit().await?;
    Ok(withdrawn)
}

fn is_open(parcel: &Parcel) -> bool {
    parcel.state != ParcelState::Cancelled
}

/// Whether its shopper may cancel a paid order, as pages and API offer it. [`check`] decides.
pub(super) fn is_offered(state: OrderState, left_minor: i64, parcels: &[OrderParcelView]) -> bool {
    let kinds: Vec<LineKind> =
        parcels.iter().flat_map(|parcel| &parcel.lines).map(OrderLineView::kind).collect();
    let states: Vec<(ParcelState, bool)> =
        parcels.iter().map(|parcel| (parcel.state, !parcel.shipments.is_empty())).collect();
    state == OrderState::Confirmed && left_minor > 0 && is_unsent(&kinds, &states)
}

/// Whether there are goods only, of which something is to be shipped and nothing was; a parcel
/// comes with whether it has shipments.
fn is_unsent(kinds: &[LineKind], parcels: &[(ParcelState, bool)]) -> bool {
    let waits = |parcel: &(ParcelState, bool)| *parcel == (ParcelState::ToShip, false);
    let is_closed = |parcel: &(ParcelState, bool)| parcel.0 == ParcelState::Cancelled;
    kinds.iter().all(|kind| !kind.is_voucher && !kind.is_reservation)
        && parcels.iter().any(waits)
        && parcels.iter().all(|parcel| waits(parcel) || is_closed(parcel))
}

/// Checks that a locked, paid order may be cancelled by its shopper.
async fn check(
    conn: &mut PgConnection,
    order: &Order,
    lines: &[OrderLine],
    rows: &[Parcel],
) -> Result<()> {
    // After a deposit, codes are issued with the rest.
    let are_issued = !order.rest_is_unpaid();
    if are_issued && lines.iter().any(|line| line.voucher_valid_days.is_some()) {
        return Err(Error::conflict(
            "vouchers_issued",
            "The voucher codes of this order are issued, so it cannot be cancelled here. Contact \
             us from the order’s page and we’ll look for a way.",
        ));
    }
    if lines.iter().any(|line| line.slot_starts_on.is_some()) {
        return Err(Error::conflict(
            "reservation_confirmed",
            "This order has a reservation, so it cannot be cancelled here once anything is paid. \
             Contact us from the order’s page and we’ll ask the provider.",
        ));
    }
    let ids: Vec<Uuid> = rows.iter().map(|parcel| parcel.id.0).collect();
    let shipped = shipments::shipments_of_parcels(conn, &[order.id.0], &ids).await?;
    let (mut left, mut waiting) = (0, 0);
    for parcel in rows.iter().filter(|row| is_open(row)) {
        match parcel.state {
            ParcelState::ToShip if !shipped.contains_key(&parcel.id) => waiting += 1,
            _ => left += 1,
        }
    }
    match (left, waiting) {
        (0, 1..) => Ok(()),
        (0, 0) => Err(Error::conflict(
            "already_refunded",
            "Every parcel of this order was refunded already, so nothing is left to cancel.",
        )),
        (_, 0) => Err(Error::conflict(
            "already_shipped",
            "This order was shipped already, so it cannot be cancelled. Contact us from the order’s \
             page to send it back.",
        )),
        _ => Err(Error::conflict(
            "partly_shipped",
            "A part of this order was shipped already, so it cannot be cancelled here. Contact us \
             from the order’s page about the rest.",
        )),
    }
}

/// Confirmed, or fulfilled with nothing to ship → `cancelled`, with every parcel that was not shipped; the
/// order is locked. Records it.
pub(super) async fn cancel_confirmed(
    conn: &mut PgConnection,
    order: &Order,
    reason: CancelReason,
) -> Result<()> {
    sqlx::query!(
        "UPDATE orders SET state = 'cancelled', cancel_reason = $2, rest_next_on = NULL
         WHERE id = $1 AND state IN ('confirmed', 'fulfilled')",
        order.id.0,
        reason as CancelReason,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE parcels SET state = 'cancelled'
         WHERE state = 'to_ship' AND (tenant_id, order_id) IN (
             SELECT tenant_id, order_id FROM order_lines WHERE order_id = $1)",
        order.id.0,
    )
    .execute(&mut *conn)
    .await?;
    store::record_cancelled(conn, std::slice::from_ref(order), reason).await
}

/// Tells the provider of each parcel that was to be shipped, and the shopper. `came_back`: the lines whose units
/// no refund tells of, because it is not of everything.
async fn publish(
    conn: &mut PgConnection,
    order: &Order,
    lines: &[OrderLine],
    came_back: &[Units<'_>],
) -> Result<()> {
    let units = |line: &OrderLine| {
        let (_, quantity) = came_back.iter().find(|(row, _)| row.id == line.id)?;
        Some(json!({
            "sale_id": line.sale,
            "visit_id": line.visit,
            "quantity": quantity,
            "amount_minor": 0,
        }))
    };
    let events = lines.chunk_by(|a, b| a.tenant == b.tenant).map(|lines| PendingEvent {
        tenant: lines[0].tenant,
        kind: "order.withdrawn",
        payload: json!({
            "order_id": order.id,
            "order_number": order.number,
            "account_id": order.account,
            "parcel_id": lines[0].parcel,
            "currency": order.currency,
            "lines": lines.iter().filter_map(&units).collect::<Vec<_>>(),
        }),
    });
    pending_events::publish(conn, events.collect()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_goods_of_which_nothing_left_are_offered_to_be_cancelled() {
        use ParcelState::{Cancelled, Delivered, Shipped, ToShip};
        const GOODS: LineKind = LineKind { is_voucher: false, is_reservation: false };
        const VOUCHER: LineKind = LineKind { is_voucher: true, is_reservation: false };
        const STAY: LineKind = LineKind { is_voucher: false, is_reservation: true };
        let of_goods = |parcels: &[(ParcelState, bool)]| is_unsent(&[GOODS, GOODS], parcels);
        assert!(of_goods(&[(ToShip, false), (ToShip, false)]));
        assert!(of_goods(&[(ToShip, false), (Cancelled, false)]));
        assert!(!of_goods(&[(Cancelled, false)]));
        assert!(!of_goods(&[(ToShip, false), (Shipped, true)]));
        assert!(!of_goods(&[(Delivered, true)]));
        assert!(!of_goods(&[(ToShip, true)]), "it came back to its sender");
        assert!(!is_unsent(&[GOODS, VOUCHER], &[(ToShip, false)]));
        assert!(!is_unsent(&[GOODS, STAY], &[(ToShip, false)]));
    }
}
