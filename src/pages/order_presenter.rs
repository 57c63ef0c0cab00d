//! Orders as templates want them.

use std::collections::{HashMap, HashSet};

use time::{Date, OffsetDateTime};

use super::{
    context::{
        Address, Order, OrderRest, Parcel, ParcelLine, Payment, Picture, Refund, RefundedUnits,
        Shipment, ShipmentEvent,
    },
    present,
    wording::{country_name, day, method_brand, wire_name},
};
use crate::{
    kernel::{AccountId, Money, Result, SaleId},
    orders::{
        self, CancelReason, OrderLineView, OrderParcelView, OrderState, OrderStatus, OrderView,
        ParcelState,
    },
    platform::Platform,
    sales::{self, PublishedSale},
};

/// Size of a picture whose sale is no longer published.
const PICTURE_PX: (i32, i32) = (480, 384);

/// Turns orders into what templates are given, with what pages show besides the orders themselves:
/// their sales, and whether the shopper gave feedback.
pub struct OrderPresenter {
    sales: HashMap<SaleId, PublishedSale>,
    sales_with_feedback: HashSet<SaleId>,
}

impl OrderPresenter {
    /// Loads what is needed for some orders of one account.
    pub async fn load(
        platform: &Platform,
        account: AccountId,
        orders: &[OrderView],
    ) -> Result<Self> {
        let lines = orders.iter().flat_map(|order| &order.parcels).flat_map(|parcel| &parcel.lines);
        let ids: HashSet<SaleId> = lines.map(|line| line.sale_id).collect();
        let ids: Vec<SaleId> = ids.into_iter().collect();
        let mut tx = platform.db.shopper(Some(account)).await?;
        let sales = sales::published_by_ids(&mut tx, &ids)
            .await?
            .into_iter()
            .map(|sale| (sale.id, sale))
            .collect();
        Ok(Self { sales, sales_with_feedback: sales_with_feedback(&mut tx, account).await? })
    }

    /// An order as templates want it.
    pub fn order(&self, order: OrderView) -> Order {
        let (pay_by, rest) = (pay_by(&order), rest(&order));
        // The rest comes after the deposit.
        let settled = order.payments.iter().rfind(|p| p.state.is_settled());
        let shown = settled.or_else(|| order.payments.iter().rev().find(|p| p.state.is_open()));
        let refund = |refund: &orders::RefundView| Refund {
            amount: refund.amount.clone(),
            state: wire_name(&refund.state),
            reason: refund.reason.clone(),
            created_at: refund.created_at.into(),
            settled_at: refund.settled_at.map(Into::into),
            destination: destination(refund),
            units: refunded_units(&order, refund),
        };
        Order {
            state: wire_name(&order.state),
            status: wire_name(&order.status),
            partly_refunded: order.refunded.amount > 0 && order.status != OrderStatus::Refunded,
            payment: shown.map(payment),
            refunds: order.refunds.iter().filter(|refund| !refund.retried).map(refund).collect(),
            has_shipments: order.parcels.iter().any(|parcel| !parcel.shipments.is_empty()),
            vouchers: vec![],
            vouchers_only: is_vouchers_only(&order),
            nothing_to_ship: order.parcels.iter().all(has_nothing_to_ship),
            fully_refunded: order.status == OrderStatus::Refunded,
            parcels: order
                .parcels
                .into_iter()
                .map(|parcel| self.parcel(parcel, &order.number))
                .collect(),
            refunded: Some(order.refunded).filter(|refunded| refunded.amount > 0),
            rest,
            cancelled_by_shopper: order.cancel_reason == Some(CancelReason::Shopper),
            cash_due: order.cash_due,
            shipping_address: address(order.shipping_address),
            phone: order.phone,
            billing_address: order.billing_address.map(address),
            vat_id: order.vat_id,
            number: order.number,
            email: order.email,
            created_at: order.created_at.into(),
            confirmed_at: order.confirmed_at.map(Into::into),
            pay_by: pay_by.map(Into::into),
            total: order.total,
        }
    }

    fn parcel(&self, parcel: OrderParcelView, number: &str) -> Parcel {
        let has_left = matches!(parcel.state, ParcelState::Shipped | ParcelState::Delivered);
        Parcel {
            id: parcel.id.to_string(),
            provider_name: parcel.provider_name,
            provider_slug: parcel.provider_slug,
            state: wire_name(&parcel.status),
            subtotal: parcel.subtotal,
            lines: parcel
                .lines
                .into_iter()
                .map(|line| self.line(line, has_left.then_some(number)))
                .collect(),
            shipments: parcel.shipments.into_iter().map(shipment).collect(),
            promised_ship_by: parcel.promised_ship_by.map(Into::into),
            promise_missed: parcel.promise_missed_at.is_some(),
            refund_offered: parcel.refund_offered,
        }
    }

    /// `order` is the order to give feedback on, once the goods have been shipped.
    fn line(&self, line: OrderLineView, order: Option<&str>) -> ParcelLine {
        let url = self.sales.get(&line.sale_id).map(|sale| format!("/sales/{}", sale.slug));
        let feedback =
            order.filter(|_| !self.sales_with_feedback.contains(&line.sale_id)).zip(url.as_ref());
        ParcelLine {
            id: line.id.to_string(),
            image: self.picture(&line),
            total: line.total,
            feedback_url: feedback.map(|(number, url)| format!("{url}/feedback?order={number}")),
            sale_url: url.unwrap_or_else(|| "/".to_owned()),
            title: line.title,
            item_name: line.item_name,
            sku: line.sku,
            quantity: line.quantity,
            unit_price: line.unit_price,
            slot_starts_on: line.slot_starts_on.map(day),
            slot_ends_on: line.slot_ends_on.map(day),
            voucher_valid_days: line.voucher_valid_days,
        }
    }

    /// The picture of an order line: its sale's, or the one kept with the order.
    pub fn picture(&self, line: &OrderLineView) -> Option<Picture> {
        let published =
            self.sales.get(&line.sale_id).and_then(|sale| present::thumbnail(&sale.content));
        let kept = || {
            let (width, height) = PICTURE_PX;
            line.image_url.clone().map(|src| Picture {
                src,
                srcset: String::new(),
                width,
                height,
                alt: line.title.clone(),
            })
        };
        published.or_else(kept)
    }

    pub fn has_feedback(&self, sale: SaleId) -> bool {
        self.sales_with_feedback.contains(&sale)
    }
}

/// The sales an account has given feedback on.
async fn sales_with_feedback(
    conn: &mut sqlx::PgConnection,
    account: AccountId,
) -> Result<HashSet<SaleId>> {
    let rows = sqlx::query_scalar!(
        r#"SELECT sale_id AS "sale: SaleId" FROM feedback WHERE account_id = $1 LIMIT 10000"#,
        account.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Where the money of a refund goes, like "Visa ending in 4242"; None: unknown.
fn destination(refund: &orders::RefundView) -> Option<String> {
    let brand = method_brand(refund.method_brand.as_deref()?);
    Some(match refund.method_last4.as_deref().filter(|last4| !last4.is_empty()) {
        Some(last4) => format!("{brand} ending in {last4}"),
        None => brand,
    })
}

/// The units that a refund is of, by what they are.
fn refunded_units(order: &OrderView, refund: &orders::RefundView) -> Vec<RefundedUnits> {
    let lines = || order.parcels.iter().flat_map(|parcel| &parcel.lines);
    let unit = |row: &orders::RefundLineView| {
        let line = lines().find(|line| line.id == row.line_id)?;
        Some(RefundedUnits {
            quantity: row.quantity,
            title: line.title.clone(),
            item_name: line.item_name.clone(),
        })
    };
    refund.lines.iter().filter(|row| row.quantity > 0).filter_map(unit).collect()
}

fn payment(payment: &orders::PaymentView) -> Payment {
    Payment {
        state: wire_name(&payment.state),
        amount: payment.amount.clone(),
        method_brand: payment.method_brand.as_deref().map(method_brand),
        method_last4: payment.method_last4.clone(),
    }
}

fn shipment(shipment: orders::ShipmentView) -> Shipment {
    let event = |event: orders::ShipmentEventView| ShipmentEvent {
        state: wire_name(&event.state),
        note: event.note,
        created_at: event.created_at.into(),
    };
    Shipment {
        id: shipment.id.to_string(),
        carrier: shipment.carrier,
        tracking_number: shipment.tracking_number,
        tracking_url: shipment.tracking_url,
        state: wire_name(&shipment.state),
        created_at: shipment.created_at.into(),
        events: shipment.events.into_iter().map(event).collect(),
    }
}

fn address(address: orders::Address) -> Address {
    Address {
        country_name: country_name(&address.country),
        name: address.name,
        company: address.company,
        line1: address.line1,
        line2: address.line2,
        district: address.district,
        postal_code: address.postal_code,
        city: address.city,
        region: address.region,
        phone: address.phone,
    }
}

/// Whether an order can still be paid.
pub fn is_payable(order: &OrderView, now: OffsetDateTime) -> bool {
    order.state == OrderState::AwaitingPayment && (order.clock_stopped || now < order.pay_by)
}

/// Whether an order, or the rest of it, can be paid.
pub fn takes_payment(order: &OrderView, now: OffsetDateTime) -> bool {
    order.rest_is_due || is_payable(order, now)
}

/// What is left to pay of an order after its deposit; None when its total is due at once.
pub fn rest(order: &OrderView) -> Option<OrderRest> {
    let (rest, due_on) = order.rest.as_ref().zip(order.rest_due_on)?;
    let due = DueRest {
        amount: rest.amount,
        due_on,
        due_now: order.due_now.amount,
        kept: order.kept_if_unpaid.as_ref().map_or(0, |kept| kept.amount),
    };
    let is_paid = order.paid.amount >= order.total.amount;
    Some(OrderRest { is_due: order.rest_is_due, is_paid, ..due.view(&rest.currency) })
}

/// A rest in minor units, of an order or of what is about to be ordered.
pub struct DueRest {
    pub amount: i64,
    pub due_on: Date,
    pub due_now: i64,
    pub kept: i64,
}

impl DueRest {
    pub fn view(&self, currency: &str) -> OrderRest {
        let money = |amount: i64| Money::new(amount, currency);
        let terms = match self.kept {
            0 => "refunded",
            kept if kept == self.due_now => "kept",
            _ => "some",
        };
        OrderRest {
            amount: money(self.amount),
            due_now: money(self.due_now),
            due_on: day(self.due_on),
            last_day: day(orders::last_day_of_rest(self.due_on)),
            is_due: false,
            is_paid: false,
            terms: terms.to_owned(),
            kept: money(self.kept),
        }
    }
}

/// Until when an order can be paid; None while its clock stands still.
pub fn pay_by(order: &OrderView) -> Option<OffsetDateTime> {
    (!order.clock_stopped).then_some(order.pay_by)
}

fn has_nothing_to_ship(parcel: &OrderParcelView) -> bool {
    let mut kinds = parcel.lines.iter().map(OrderLineView::kind);
    kinds.all(|kind| kind.is_voucher || kind.is_reservation)
}

fn is_vouchers_only(order: &OrderView) -> bool {
    let mut lines = order.parcels.iter().flat_map(|parcel| &parcel.lines);
    lines.all(|line| line.voucher_valid_days.is_some())
}
