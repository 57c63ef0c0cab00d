//! An order with its parcels, lines, shipments, payments and refunds: one shape for the API, pages
//! and emails.

use poem_openapi::{Enum, Object};
use serde::Serialize;
use time::{Date, OffsetDateTime};

use super::{
    address::Address,
    lines::OrderLine,
    refund_lines::RefundLineView,
    shipments::ShipmentView,
    state::{CancelReason, OrderState, ParcelState},
    status::{LineKind, OrderStatus, ParcelStatus},
};
use crate::{
    kernel::{LineId, Money, ParcelId, PaymentId, RefundId, SaleId, VoucherId, iso_date},
    payments::{Payment, PaymentPart, PaymentState, Refund, RefundState, gateway::NextAction},
    platform::{Platform, PublicPath},
    pricing::{ComponentKind, Payer, Rounding},
    vouchers::{Voucher, VoucherState},
};

/// An order.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Order")]
pub struct OrderView {
    pub number: String,
    pub state: OrderState,
    /// Where it stands, with its shipments and refunds.
    pub status: OrderStatus,
    pub email: String,
    pub shipping_address: Address,
    /// Of the customer, in E.164; null when none was given.
    pub phone: Option<String>,
    /// Null: the shipping address.
    pub billing_address: Option<Address>,
    /// Of the customer; null when none was given. Its form is checked, and not whether an authority
    /// knows it.
    pub vat_id: Option<String>,
    pub total: Money,
    /// What the total is made of, as it was when the order was placed.
    pub price: OrderPriceView,
    /// What its first payment is of: the total, or its deposits and the whole of what has none.
    pub due_now: Money,
    /// What is due after that; null when the total is due at once.
    pub rest: Option<Money>,
    #[serde(with = "iso_date::option")]
    pub rest_due_on: Option<Date>,
    /// What was due at once is paid, and the rest is not. For 3 days after `rest_due_on` it can still be
    /// paid; then the order is cancelled.
    pub rest_is_due: bool,
    /// What of the deposits is not refunded when the rest is not paid, or the shopper cancels; null when there
    /// is no rest.
    pub kept_if_unpaid: Option<Money>,
    /// What was paid, in one or two payments or in cash. Refunds are not taken off.
    pub paid: Money,
    /// Refunds that succeeded or are on their way.
    pub refunded: Money,
    /// What is to be paid in cash when it is delivered; null when nothing is, or not any more.
    pub cash_due: Option<Money>,
    /// Until when it can be paid: when the first of its holds expires.
    #[serde(with = "time::serde::rfc3339")]
    pub pay_by: OffsetDateTime,
    /// It can be paid for longer: a sale in it is halted, and the clocks of its holds stand still.
    pub clock_stopped: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub confirmed_at: Option<OffsetDateTime>,
    /// Its shopper may cancel it: it is not paid, or it is paid and only has goods of which nothing
    /// was shipped.
    pub cancel_offered: bool,
    /// Pages say it; it is no part of the API.
    #[oai(skip)]
    pub cancel_reason: Option<CancelReason>,
    /// One for each provider.
    pub parcels: Vec<OrderParcelView>,
    /// Oldest first.
    pub payments: Vec<PaymentView>,
    /// Oldest first.
    pub refunds: Vec<RefundView>,
    /// One for each unit of its voucher lines. Only the shopper sees their codes.
    pub vouchers: Vec<OrderVoucherView>,
}

/// An order's price by its components. Those that are not `included` add up to the total.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "OrderPrice")]
pub struct OrderPriceView {
    /// The lines, before anything is taken off or added.
    pub subtotal: Money,
    pub components: Vec<PriceComponentView>,
    /// What the shopper pays.
    pub total: Money,
}

/// A part of an order's price.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "PriceComponent")]
pub struct PriceComponentView {
    pub kind: ComponentKind,
    /// Who bears it; of a discount, who lets the shopper off.
    pub payer: Payer,
    /// The provider's part of the order; null: SMP charges it.
    pub parcel_id: Option<ParcelId>,
    /// Null: it is for everything in the parcel, or in the order.
    pub line_id: Option<LineId>,
    /// Negative for discounts alone.
    pub amount: Money,
    /// The other amounts contain it, as prices contain a tax; it is not added to them.
    pub included: bool,
    /// Millionths: 190000 is 19 %. Null for what is no percentage.
    pub rate_ppm: Option<i32>,
    pub rounding: Rounding,
}

/// A provider's part of an order.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "OrderParcel")]
pub struct OrderParcelView {
    pub id: ParcelId,
    pub provider_name: String,
    pub provider_slug: String,
    pub state: ParcelState,
    /// Where it stands, with its lines and shipments.
    pub status: ParcelStatus,
    pub subtotal: Money,
    pub lines: Vec<OrderLineView>,
    pub shipments: Vec<ShipmentView>,
    /// It is promised to ship by then; null when nothing was promised.
    #[serde(with = "time::serde::rfc3339::option")]
    pub promised_ship_by: Option<OffsetDateTime>,
    /// When the promised date was found to have passed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub promise_missed_at: Option<OffsetDateTime>,
    /// The promise was missed, and the shopper may take a refund for this parcel.
    pub refund_offered: bool,
}

/// A line of an order.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "OrderLine")]
pub struct OrderLineView {
    pub id: LineId,
    pub sale_id: SaleId,
    /// Of the sale, as approved when it was ordered.
    pub title: String,
    pub item_name: String,
    pub sku: String,
    pub quantity: i32,
    /// Of the quantity, the units that were refunded by line, or are about to be. Those that were not
    /// shipped yet are not sent.
    pub refunded_quantity: i32,
    pub unit_price: Money,
    /// Unit price times quantity.
    pub total: Money,
    /// What of the total is due later, by `rest_due_on`; null when all of it is due at once.
    pub rest: Option<Money>,
    #[serde(with = "iso_date::option")]
    pub rest_due_on: Option<Date>,
    /// A path on this server.
    pub image_url: Option<String>,
    /// The days of a reserved package.
    #[serde(with = "iso_date::option")]
    pub slot_starts_on: Option<Date>,
    #[serde(with = "iso_date::option")]
    pub slot_ends_on: Option<Date>,
    /// Days that its voucher codes are valid. Null: the line is shipped.
    pub voucher_valid_days: Option<i32>,
}

/// A voucher that was bought, without its code.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "OrderVoucher")]
pub struct OrderVoucherView {
    pub id: VoucherId,
    pub line_id: LineId,
    pub state: VoucherState,
    #[serde(with = "time::serde::rfc3339")]
    pub issued_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub valid_until: OffsetDateTime,
    /// When it was redeemed; null while it was not, or that was reversed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub redeemed_at: Option<OffsetDateTime>,
}

/// An attempt to pay.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Payment")]
pub struct PaymentView {
    pub id: PaymentId,
    pub gateway: String,
    pub state: PaymentState,
    /// What of the order it is for.
    pub part: PaymentPart,
    pub amount: Money,
    /// `visa`, `mastercard`, `amex`, `card`, or the gateway's word for a wallet or a bank.
    pub method_brand: Option<String>,
    pub method_last4: Option<String>,
    /// Why it failed, for the shopper.
    pub failure: Option<String>,
    /// What the shopper does next. Only the operations on payments tell it.
    #[serde(skip)]
    pub action: Option<PaymentActionView>,
    /// The page where the shopper goes on, while the payment is open.
    pub page_url: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// What a shopper does next.
#[derive(Clone, Object)]
#[oai(rename = "PaymentAction")]
pub struct PaymentActionView {
    pub kind: PaymentActionKind,
    /// `redirect` and `post_form`: where to go.
    pub url: Option<String>,
    /// `post_form`: what to send there.
    pub fields: Vec<PaymentFormField>,
    /// `card_form`: for the gateway's script, which makes the fields.
    pub client_secret: Option<String>,
    pub publishable_key: Option<String>,
    pub script_url: Option<String>,
    /// `code`: where the code was sent, masked.
    pub sent_to: Option<String>,
}

/// Without secrets and addresses that hold them.
impl std::fmt::Debug for PaymentActionView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.kind)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum PaymentActionKind {
    /// To the gateway's page.
    Redirect,
    /// To the gateway's page by a form.
    PostForm,
    /// The gateway's own fields on our page.
    CardForm,
    /// A code to type.
    Code,
}

/// A field of a form that is sent to a gateway.
#[derive(Debug, Clone, Object)]
pub struct PaymentFormField {
    pub name: String,
    pub value: String,
}

/// A refund.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Refund")]
pub struct RefundView {
    pub id: RefundId,
    pub amount: Money,
    pub state: RefundState,
    /// For the shopper, who gets it by email.
    pub reason: String,
    /// For SMP's team alone; null where a shopper looks.
    pub note: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When the money was sent, or the gateway refused it; null while that is not known.
    #[serde(with = "time::serde::rfc3339::option")]
    pub settled_at: Option<OffsetDateTime>,
    /// The parcel it is for; null: the whole order, or lines of several parcels.
    pub parcel_id: Option<ParcelId>,
    /// It failed, and another refund is the next try of it.
    pub retried: bool,
    /// The units it is for; empty for an amount, and for everything that was left.
    pub lines: Vec<RefundLineView>,
    /// Of the payment that the money goes back to.
    pub gateway: String,
    /// Of the payment that the money goes back to, as in `Payment`.
    pub method_brand: Option<String>,
    pub method_last4: Option<String>,
}

impl OrderLineView {
    /// What it is, for the status of its parcel.
    pub fn kind(&self) -> LineKind {
        LineKind {
            is_voucher: self.voucher_valid_days.is_some(),
            is_reservation: self.slot_starts_on.is_some(),
        }
    }

    /// `refunded_quantity`: its units that were refunded by line.
    pub fn new(line: OrderLine, currency: &str, refunded_quantity: i32) -> Self {
        Self {
            total: Money::new(line.total_minor(), currency),
            rest: line.deposit_minor.map(|_| Money::new(line.rest_minor(), currency)),
            rest_due_on: line.rest_due_on,
            id: line.id,
            sale_id: line.sale,
            title: line.title,
            item_name: line.item_name,
            sku: line.sku,
            quantity: line.quantity,
            refunded_quantity,
            unit_price: Money::new(line.unit_price_minor, currency),
            image_url: line.image_key.map(|key| PublicPath::Media { object_key: &key }.to_string()),
            slot_starts_on: line.slot_starts_on,
            slot_ends_on: line.slot_ends_on,
            voucher_valid_days: line.voucher_valid_days,
        }
    }
}

impl OrderVoucherView {
    /// What a shopper sees of vouchers at a moment.
    pub(super) fn all(vouchers: Vec<Voucher>, now: OffsetDateTime) -> Vec<Self> {
        let view = |voucher: Voucher| Self {
            id: voucher.id,
            line_id: voucher.line,
            state: voucher.state_at(now),
            issued_at: voucher.issued_at,
            valid_until: voucher.valid_until,
            redeemed_at: voucher.redeemed_at,
        };
        vouchers.into_iter().map(view).collect()
    }
}

impl PaymentView {
    /// Without what the shopper does next.
    pub fn new(platform: &Platform, number: &str, row: Payment) -> Self {
        let page = row
            .state
            .is_open()
            .then_some(PublicPath::PaymentStep { order_number: number, payment: row.id })
            .map(|path| platform.public_url(path));
        Self {
            id: row.id,
            amount: row.amount(),
            gateway: row.gateway,
            state: row.state,
            part: row.part,
            method_brand: row.method_brand,
            method_last4: row.method_last4,
            failure: row.failure,
            action: None,
            page_url: page,
            created_at: row.created_at,
        }
    }

    /// For the shopper alone.
    pub fn with_action(platform: &Platform, number: &str, mut row: Payment) -> Self {
        let action = row.next_action.take().filter(|_| row.state == PaymentState::RequiresAction);
        let action = action.map(|action| PaymentActionView::from(action.0));
        Self { action, ..Self::new(platform, number, row) }
    }
}

impl From<NextAction> for PaymentActionView {
    fn from(action: NextAction) -> Self {
        let empty = |kind| Self {
            kind,
            url: None,
            fields: vec![],
            client_secret: None,
            publishable_key: None,
            script_url: None,
            sent_to: None,
        };
        match action {
            NextAction::Redirect { url } => {
                Self { url: Some(url), ..empty(PaymentActionKind::Redirect) }
            }
            NextAction::PostForm { url, fields } => Self {
                url: Some(url),
                fields: fields
                    .into_iter()
                    .map(|(name, value)| PaymentFormField { name, value })
                    .collect(),
                ..empty(PaymentActionKind::PostForm)
            },
            NextAction::CardForm { client_secret, publishable_key, script_url } => Self {
                client_secret: Some(client_secret),
                publishable_key: Some(publishable_key),
                script_url: Some(script_url),
                ..empty(PaymentActionKind::CardForm)
            },
            NextAction::Code { sent_to } => {
                Self { sent_to: Some(sent_to), ..empty(PaymentActionKind::Code) }
            }
        }
    }
}

/// Without its note, its lines and its payment, which `refund_view` adds.
impl From<Refund> for RefundView {
    fn from(row: Refund) -> Self {
        Self {
            id: row.id,
            amount: Money::new(row.amount_minor, row.currency),
            state: row.state,
            reason: row.reason,
            note: None,
            created_at: row.created_at,
            settled_at: row.settled_at,
            parcel_id: row.parcel,
            retried: row.retried,
            lines: vec![],
            gateway: String::new(),
            method_brand: None,
            method_last4: None,
        }
    }
}
