//! Looking at orders: loads everything an [`OrderView`] shows.

use std::{collections::HashMap, hash::Hash};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    clocks::OrderClocks,
    components,
    lines::{self, OrderLine},
    parcels::{self, Parcel},
    refund_lines, refund_view,
    shipments::{self, ShipmentView},
    state::{OrderState, ParcelState},
    status::{LineKind, ParcelStatus, order_status, parcel_status, was_called_off},
    store::{self, Order},
    view::{
        OrderLineView, OrderParcelView, OrderPriceView, OrderView, OrderVoucherView, PaymentView,
    },
    withdraw,
};
use crate::{
    kernel::{AccountId, HoldId, Money, OrderId, Page, PageQuery, ParcelId, Result, TenantId},
    payments::{self, CashOrders, CashOutcome, Payment, PaymentState, Refund, RefundState},
    platform::{Platform, Tx},
    pricing::Quote,
    providers::{self, Seller},
    vouchers,
};

/// One of the shopper's own orders.
pub async fn order_view(
    platform: &Platform,
    account: AccountId,
    number: &str,
) -> Result<OrderView> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let row = store::of_account(&mut tx, account, number).await?;
    one(platform, tx, row).await
}

/// The holds that one of the shopper's own orders was placed for.
pub async fn holds_of_order(
    conn: &mut PgConnection,
    account: AccountId,
    number: &str,
) -> Result<Vec<HoldId>> {
    let order = store::of_account(conn, account, number).await?;
    let lines = lines::of_orders(conn, &[order.id.0]).await?;
    Ok(lines.into_iter().map(|line| line.hold).collect())
}

/// A shopper's orders, newest first.
pub async fn order_list(
    platform: &Platform,
    account: AccountId,
    page: &PageQuery,
) -> Result<Page<OrderView>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let rows = store::list_of_account(&mut tx, account, page).await?;
    let (rows, next_cursor) = page.cut(rows, |row| (row.created_at, row.id.0));
    Ok(Page { items: views(platform, tx, rows).await?, next_cursor })
}

/// Any order, for SMP's team.
pub async fn staff_order_view(platform: &Platform, number: &str) -> Result<OrderView> {
    let mut tx = platform.db.platform("order").await?;
    let row = store::by_number(&mut tx, number).await?;
    let refunds = payments::refunds_of_orders(&mut tx, &[row.id.0]).await?;
    let mut order = one(platform, tx, row).await?;
    for refund in &mut order.refunds {
        refund.note = refunds.iter().find(|row| row.id == refund.id).map(|row| row.note.clone());
    }
    Ok(order)
}

/// Orders across providers, for SMP's team; `q` and `state` as in [`store::search`].
pub async fn staff_order_list(
    platform: &Platform,
    q: Option<&str>,
    state: Option<OrderState>,
    page: &PageQuery,
) -> Result<Page<OrderView>> {
    let mut tx = platform.db.platform("orders").await?;
    let rows = store::search(&mut tx, q, state, page).await?;
    let (rows, next_cursor) = page.cut(rows, |row| (row.created_at, row.id.0));
    Ok(Page { items: views(platform, tx, rows).await?, next_cursor })
}

/// Any order, for subscribers of events.
pub async fn order_view_by_id(platform: &Platform, id: OrderId) -> Result<OrderView> {
    let mut tx = platform.db.platform("order").await?;
    let row = store::by_id(&mut tx, id).await?;
    one(platform, tx, row).await
}

async fn one(platform: &Platform, tx: Tx, row: Order) -> Result<OrderView> {
    let view = views(platform, tx, vec![row]).await?.pop();
    Ok(view.ok_or_else(|| anyhow::anyhow!("an order has no view"))?)
}

/// Loads what the views of some orders show. Ends the transaction before it loads the providers'
/// names, because a shopper's scope may not see them.
pub async fn views(platform: &Platform, mut tx: Tx, rows: Vec<Order>) -> Result<Vec<OrderView>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let parcels = parcels::of_orders(&mut tx, &ids).await?;
    let lines = lines::of_orders(&mut tx, &ids).await?;
    let clocks = OrderClocks::read(&mut tx, &rows, &lines).await?;
    let quotes = components::of_orders(&mut tx, &ids, &lines).await?;
    let prices = prices(&rows, &quotes, &lines);
    let mut lines = group_by(lines, |line| line.parcel);
    let parcel_ids: Vec<Uuid> = parcels.iter().map(|parcel| parcel.id.0).collect();
    let mut shipments = shipments::shipments_of_parcels(&mut tx, &ids, &parcel_ids).await?;
    let mut payments =
        group_by(payments::of_orders(&mut tx, &ids).await?, |payment| payment.order_id);
    let mut refunds =
        group_by(payments::refunds_of_orders(&mut tx, &ids).await?, |refund| refund.order_id);
    let refund_rows = refund_lines::of_orders(&mut tx, &ids).await?;
    let refunded_units = refund_lines::refunded_units(&mut tx, &ids).await?;
    let cash = payments::cash_orders(&mut tx, &ids).await?;
    let mut vouchers = group_by(vouchers::of_orders(&mut tx, &ids).await?, |voucher| voucher.order);
    drop(tx);
    let tenants: Vec<TenantId> = parcels.iter().map(|parcel| parcel.tenant).collect();
    let providers = providers::sellers_behind(platform, &tenants).await?;
    let mut parcels = group_by(parcels, |parcel| parcel.order);

    let view = |(row, price): (Order, OrderPriceView)| {
        let money = |amount: i64| Money::new(amount, row.currency.clone());
        let refunds = refunds.remove(&row.id).unwrap_or_default();
        let names_lines = |refund: &Refund| refund_rows.iter().any(|row| row.refund == refund.id);
        let is_refunded = |id: ParcelId| {
            let mut whole = refunds.iter().filter(|refund| !names_lines(refund));
            whole.any(|refund| refund.parcel == Some(id) && refund.state != RefundState::Failed)
        };
        let payments = payments.remove(&row.id).unwrap_or_default();
        let was_paid = payments.iter().any(|payment| payment.state.is_paid());
        let parcels = parcels.remove(&row.id).unwrap_or_default().into_iter().map(|parcel| {
            let lines: Vec<OrderLineView> = lines
                .remove(&parcel.id)
                .unwrap_or_default()
                .into_iter()
                .map(|line| {
                    let refunded = refunded_units.get(&line.id).copied().unwrap_or_default();
                    OrderLineView::new(line, &row.currency, refunded)
                })
                .collect();
            let offers_refund = !cash.contain(row.id) && !is_refunded(parcel.id);
            let at_door = AtDoor::of(&parcel, &cash, was_paid);
            let shipments = shipments.remove(&parcel.id).unwrap_or_default();
            let provider = providers.get(&parcel.tenant);
            let view = parcel_view(&row, &parcel, provider, lines, shipments, at_door);
            OrderParcelView { refund_offered: view.refund_offered && offers_refund, ..view }
        });
        let parcels: Vec<OrderParcelView> = parcels.collect();
        let statuses: Vec<ParcelStatus> = parcels.iter().map(|parcel| parcel.status).collect();
        let due = parcels.iter().filter(|parcel| {
            parcel.state != ParcelState::Cancelled && cash.outcome(row.id, parcel.id).is_none()
        });
        let due: i64 = due.map(|parcel| parcel.subtotal.amount).sum();
        let clock = clocks.of(&row);
        let cancel_offered = row.state == OrderState::AwaitingPayment
            || withdraw::is_offered(row.state, row.paid_minor() - row.refunded_minor, &parcels);
        let vouchers = vouchers.remove(&row.id).unwrap_or_default();
        let paid = paid_minor(row.id, &payments, &parcels, &cash);
        OrderView {
            state: row.state,
            status: order_status(row.state, row.money(), &statuses),
            total: money(row.total_minor),
            price,
            due_now: money(row.due_now_minor()),
            rest: (row.rest_minor > 0).then(|| money(row.rest_minor)),
            rest_due_on: row.rest_due_on,
            rest_is_due: row.rest_is_due(),
            kept_if_unpaid: (row.rest_minor > 0).then(|| money(row.kept_minor)),
            paid: money(paid),
            refunded: money(row.refunded_minor),
            cash_due: (cash.contain(row.id) && due > 0).then(|| money(due)),
            pay_by: clock.pay_by,
            clock_stopped: clock.stopped,
            created_at: row.created_at,
            confirmed_at: row.confirmed_at,
            cancel_offered,
            cancel_reason: row.cancel_reason,
            parcels,
            refunds: refunds
                .into_iter()
                .map(|refund| refund_view::view(refund, &payments, &refund_rows))
                .collect(),
            payments: payments
                .into_iter()
                .map(|payment| PaymentView::new(platform, &row.number, payment))
                .collect(),
            vouchers: OrderVoucherView::all(vouchers, platform.clock.now()),
            email: row.email,
            shipping_address: row.shipping_address.0,
            phone: Some(row.phone).filter(|phone| !phone.is_empty()),
            billing_address: row.billing_address.map(|address| address.0),
            vat_id: Some(row.vat_id).filter(|id| !id.is_empty()),
            number: row.number,
        }
    };
    Ok(rows.into_iter().zip(prices).map(view).collect())
}

/// What of a parcel in cash is known.
#[derive(Clone, Copy)]
struct AtDoor {
    outcome: Option<CashOutcome>,
    /// It was cancelled before anything was paid for it.
    called_off: bool,
}

impl AtDoor {
    /// `was_paid`: something of the order was.
    fn of(parcel: &Parcel, cash: &CashOrders, was_paid: bool) -> Self {
        let outcome = cash.outcome(parcel.order, parcel.id);
        let in_cash = cash.contain(parcel.order);
        let called_off = was_called_off(parcel.state, outcome, in_cash, was_paid);
        Self { outcome, called_off }
    }
}

/// A parcel of an order, with `refund_offered` as far as the parcel itself decides it.
fn parcel_view(
    row: &Order,
    parcel: &Parcel,
    provider: Option<&Seller>,
    lines: Vec<OrderLineView>,
    shipments: Vec<ShipmentView>,
    at_door: AtDoor,
) -> OrderParcelView {
    let status = match at_door.outcome {
        Some(CashOutcome::Refused) => ParcelStatus::RefusedAtDoor,
        None if at_door.called_off => ParcelStatus::Cancelled,
        _ => status_of(row.state, row.rest_is_unpaid(), parcel.state, &lines, &shipments),
    };
    let cancelled = status == ParcelStatus::Cancelled;
    OrderParcelView {
        refund_offered: parcel.state == ParcelState::ToShip
            && parcel.promise_missed_at.is_some()
            && row.refunded_minor < row.paid_minor(),
        promised_ship_by: parcel.promised_ship_by,
        promise_missed_at: parcel.promise_missed_at,
        id: parcel.id,
        provider_name: provider.map(|p| p.name.clone()).unwrap_or_default(),
        provider_slug: provider.map(|p| p.slug.clone()).unwrap_or_default(),
        state: if cancelled { ParcelState::Cancelled } else { parcel.state },
        subtotal: Money::new(parcel.subtotal_minor, row.currency.clone()),
        status,
        lines,
        shipments,
    }
}

/// What was paid for an order, in minor units: what gateways took, and what was collected at the door.
fn paid_minor(
    order: OrderId,
    payments: &[Payment],
    parcels: &[OrderParcelView],
    cash: &CashOrders,
) -> i64 {
    let charged = payments
        .iter()
        .filter(|payment| payment.state == PaymentState::Succeeded)
        .map(|payment| payment.amount_minor);
    let collected = parcels
        .iter()
        .filter(|parcel| cash.outcome(order, parcel.id) == Some(CashOutcome::Collected))
        .map(|parcel| parcel.subtotal.amount);
    charged.chain(collected).sum()
}

/// The prices of some orders, in their order.
fn prices(
    rows: &[Order],
    quotes: &HashMap<OrderId, Quote>,
    lines: &[OrderLine],
) -> Vec<OrderPriceView> {
    let none = Quote::default();
    let price = |row: &Order| {
        let of_order: Vec<&OrderLine> = lines.iter().filter(|line| line.order == row.id).collect();
        components::price_view(quotes.get(&row.id).unwrap_or(&none), &of_order, &row.currency)
    };
    rows.iter().map(price).collect()
}

/// Where a parcel stands, by what its view shows.
pub fn status_of(
    order: OrderState,
    rest_is_unpaid: bool,
    parcel: ParcelState,
    lines: &[OrderLineView],
    shipments: &[ShipmentView],
) -> ParcelStatus {
    let kinds: Vec<LineKind> = lines.iter().map(OrderLineView::kind).collect();
    let states: Vec<_> = shipments.iter().map(|shipment| shipment.state).collect();
    parcel_status(order, rest_is_unpaid, parcel, &kinds, &states)
}

fn group_by<K: Hash + Eq, R>(rows: Vec<R>, key: impl Fn(&R) -> K) -> HashMap<K, Vec<R>> {
    let mut map: HashMap<K, Vec<R>> = HashMap::new();
    for row in rows {
        map.entry(key(&row)).or_default().push(row);
    }
    map
}
