//! Orders: what a shopper bought, one parcel per provider. A checkout turns held units into an
//! order; a payment that succeeds turns the holds into sales. This slice owns orders, parcels and
//! lines, and reads shipments for those who look at an order; `fulfilment` moves parcels on.

mod address;
pub mod api;
mod cancel;
mod codes;
pub mod parcels;
mod pay;
mod place;
mod promise;
mod refund;
mod rules;
mod store;
mod view;

pub use address::Address;
pub use cancel::{cancel, cancel_overdue};
pub use codes::{OrderVoucherCode, voucher_codes};
pub use pay::{authenticate, pay, void_payment};
pub use place::place;
pub use promise::{miss_due, refund_missed};
pub use refund::{RefundRequest, refund, settle_refund};
pub use store::{about, bought};
pub use view::{
    OrderLine, OrderParcel, OrderView, OrderVoucher, Payment, Refund, Shipment, ShipmentEvent,
    order_list, order_view, order_view_by_id, shipments_of, staff_order_view,
};

use poem_openapi::Enum;
use serde::{Deserialize, Serialize};

/// The job that finishes a refund: `{refund_id}`. The request tries at once; the job makes sure.
pub const REFUND_SETTLE: &str = "refund_settle";
/// The job that undoes a payment which was given up: `{payment_id}`.
pub const PAYMENT_VOID: &str = "payment_void";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum OrderState {
    AwaitingPayment,
    Confirmed,
    /// Every parcel was delivered.
    Fulfilled,
    Closed,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ParcelState {
    /// Not paid yet, so not the provider's work yet.
    AwaitingPayment,
    ToShip,
    Shipped,
    Delivered,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ShipmentState {
    Created,
    /// The carrier has it.
    HandedOver,
    InTransit,
    Delivered,
    ReturnedToSender,
}
