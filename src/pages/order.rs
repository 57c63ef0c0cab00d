//! An order's page, which is its confirmation too, and where its parcels are.

use std::collections::{HashMap, HashSet};

use poem::{Response, handler, web::Path};
use serde::Serialize;
use time::OffsetDateTime;
use url::form_urlencoded;

use super::{
    context::{
        Address, Line, Order, OrderPage, Parcel, Payment, Picture, Refund, Shipment, ShipmentEvent,
        TrackingPage, VoucherCode,
    },
    failure::Failure,
    flash, present,
    view::{View, see_other},
    words::{country_name, day},
};
use crate::{
    kernel::{AccountId, Error, Money, ParcelId, Result, SaleId},
    orders::{self, OrderLineView, OrderParcelView, OrderView, ParcelState},
    payments::PaymentState,
    platform::Platform,
    sales::{self, PublishedSale},
};

/// Size of a picture whose sale is no longer published.
const PICTURE_PX: (i32, i32) = (480, 384);

#[handler]
pub async fn order_page(view: &View, Path(number): Path<String>) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let order = orders::order_view(view.platform(), account, &number).await?;
    let fresh = flash::take_paid(view, &number);
    let about = About::read(view.platform(), account, std::slice::from_ref(&order)).await?;
    let vouchers = if order.vouchers.is_empty() {
        vec![]
    } else {
        orders::voucher_codes(view.platform(), account, &number).await?
    };
    let order =
        Order { vouchers: vouchers.into_iter().map(voucher).collect(), ..about.order(order) };
    view.show(view.sheet("pages/order"), &OrderPage { order, fresh }).await
}

/// Takes the offer of a refund for a parcel whose promised date was missed.
#[handler]
pub async fn refund_parcel(
    view: &View,
    Path((number, parcel)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let account = view.account().ok_or_else(|| Failure::sign_in(&format!("/orders/{number}")))?;
    let parcel: ParcelId = parcel.parse().map_err(|_| Error::NotFound("parcel"))?;
    match orders::refund_missed_parcel(view.platform(), account, &number, parcel).await {
        Ok(_) => flash::success(
            view,
            "Your money is on its way back. Nothing will be sent for it any more.",
        ),
        Err(Error::Conflict { detail, .. }) => flash::info(view, &detail),
        Err(error) => return Err(error.into()),
    }
    Ok(see_other(&order_url(&number)))
}

/// Who comes to the form's address by link is shown its page.
#[handler]
pub fn back_to_order(Path((number, _)): Path<(String, String)>) -> Response {
    see_other(&order_url(&number))
}

fn order_url(number: &str) -> String {
    format!("/orders/{}", form_urlencoded::byte_serialize(number.as_bytes()).collect::<String>())
}

fn voucher(voucher: orders::VoucherCodeView) -> VoucherCode {
    VoucherCode {
        title: voucher.title,
        item_name: voucher.item_name,
        code: voucher.code,
        state: word(&voucher.state),
        valid_until: voucher.valid_until.into(),
    }
}

#[handler]
pub async fn tracking_page(view: &View, Path(number): Path<String>) -> Result<Response, Failure> {
    let account = view.signed_in()?.account.id;
    let order = orders::order_view(view.platform(), account, &number).await?;
    let about = About::read(view.platform(), account, std::slice::from_ref(&order)).await?;
    view.show(view.sheet("pages/tracking"), &TrackingPage { order: about.order(order) }).await
}

/// What pages say of orders beside the orders themselves: of their sales, and whether feedback was
/// given.
pub struct About {
    sales: HashMap<SaleId, PublishedSale>,
    given: HashSet<SaleId>,
}

impl About {
    /// Reads it for some orders of one account.
    pub async fn read(
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
        Ok(Self { sales, given: given(&mut tx, account).await? })
    }

    /// An order as templates want it.
    pub fn order(&self, order: OrderView) -> Order {
        let counts = order.payments.iter().find(|payment| payment.state == PaymentState::Succeeded);
        let counts =
            counts.or_else(|| order.payments.iter().rev().find(|payment| payment.state.is_open()));
        let refund = |refund: &orders::RefundView| Refund {
            amount: refund.amount.clone(),
            state: word(&refund.state),
            reason: refund.reason.clone(),
            created_at: refund.created_at.into(),
        };
        Order {
            state: word(&order.state),
            payment: counts.map(payment),
            refunds: order.refunds.iter().map(refund).collect(),
            has_shipments: order.parcels.iter().any(|parcel| !parcel.shipments.is_empty()),
            vouchers: vec![],
            vouchers_only: order
                .parcels
                .iter()
                .flat_map(|parcel| &parcel.lines)
                .all(|line| line.voucher_valid_days.is_some()),
            parcels: order
                .parcels
                .into_iter()
                .map(|parcel| self.parcel(parcel, &order.number))
                .collect(),
            fully_refunded: order.refunded.amount > 0
                && order.refunded.amount >= order.total.amount,
            refunded: Some(order.refunded).filter(|refunded| refunded.amount > 0),
            shipping_address: address(order.shipping_address),
            number: order.number,
            email: order.email,
            created_at: order.created_at.into(),
            confirmed_at: order.confirmed_at.map(Into::into),
            pay_by: order.pay_by.into(),
            total: order.total,
        }
    }

    fn parcel(&self, parcel: OrderParcelView, number: &str) -> Parcel {
        let has_left = matches!(parcel.state, ParcelState::Shipped | ParcelState::Delivered);
        Parcel {
            id: parcel.id.to_string(),
            provider_name: parcel.provider_name,
            provider_slug: parcel.provider_slug,
            state: word(&parcel.state),
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

    /// `order` is the order to give feedback on, once the goods are on their way.
    fn line(&self, line: OrderLineView, order: Option<&str>) -> Line {
        let url = self.sales.get(&line.sale_id).map(|sale| format!("/sales/{}", sale.slug));
        let feedback = order.filter(|_| !self.given.contains(&line.sale_id)).zip(url.as_ref());
        Line {
            id: line.id.to_string(),
            total: Money::new(
                line.unit_price.amount * i64::from(line.quantity),
                &line.unit_price.currency,
            ),
            image: self.picture(&line),
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

    /// The picture of a line.
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

    pub fn is_given(&self, sale: SaleId) -> bool {
        self.given.contains(&sale)
    }
}

/// The sales an account gave feedback on.
async fn given(conn: &mut sqlx::PgConnection, account: AccountId) -> Result<HashSet<SaleId>> {
    let rows = sqlx::query_scalar!(
        r#"SELECT sale_id AS "sale: SaleId" FROM feedback WHERE account_id = $1 LIMIT 10000"#,
        account.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().collect())
}

fn payment(payment: &orders::PaymentView) -> Payment {
    Payment {
        state: word(&payment.state),
        amount: payment.amount.clone(),
        card_brand: payment.card_brand.as_deref().map(brand),
        card_last4: payment.card_last4.clone(),
    }
}

/// A card's brand as it is written on the card.
pub fn brand(brand: &str) -> String {
    match brand {
        "visa" => "Visa",
        "mastercard" => "Mastercard",
        "amex" => "American Express",
        _ => "Card",
    }
    .to_owned()
}

fn shipment(shipment: orders::ShipmentView) -> Shipment {
    let event = |event: orders::ShipmentEventView| ShipmentEvent {
        state: word(&event.state),
        note: event.note,
        created_at: event.created_at.into(),
    };
    Shipment {
        id: shipment.id.to_string(),
        carrier: shipment.carrier,
        tracking_number: shipment.tracking_number,
        tracking_url: shipment.tracking_url,
        state: word(&shipment.state),
        created_at: shipment.created_at.into(),
        events: shipment.events.into_iter().map(event).collect(),
    }
}

fn address(address: orders::Address) -> Address {
    Address {
        country_name: country_name(&address.country),
        name: address.name,
        line1: address.line1,
        line2: address.line2,
        postal_code: address.postal_code,
        city: address.city,
        region: address.region,
        phone: address.phone,
    }
}

/// A state as templates name it: its word on the wire.
pub fn word(state: &impl Serialize) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Whether an order can still be paid.
pub fn is_payable(order: &OrderView, now: OffsetDateTime) -> bool {
    order.state == orders::OrderState::AwaitingPayment && now < order.pay_by
}
