//! Orders: what a shopper bought, one parcel per provider. Checkout turns holds into an order; a
//! payment that succeeds turns the holds into sold units.
//!
//! Owns the tables `orders`, `order_lines`, `order_components`, `parcels`, `shipments` and
//! `shipment_events`, and the sequence `order_numbers`. `fulfilment` moves parcels and shipments
//! through the functions exported here.

mod address;
mod api;
mod cancel;
mod chosen;
mod clocks;
mod codes;
mod components;
mod lines;
mod lookup;
mod parcels;
mod pay;
mod pending_events;
mod place;
mod promise;
mod refund;
mod rules;
mod shipments;
mod state;
mod status;
mod store;
mod view;

pub use address::Address;
pub use api::OrdersApi;
pub use cancel::{PAYMENT_VOID, cancel, cancel_overdue};
pub use codes::{VoucherCodeView, voucher_codes};
pub use lines::OrderLine;
pub use lookup::{
    holds_of_order, order_list, order_view, order_view_by_id, staff_order_view, status_of,
};
pub use parcels::{
    Parcel, find_parcel, lines_of_parcels, lock_parcel, move_parcel, search_parcels,
};
pub use pay::{authenticate, pay, void_payment};
pub use place::{Checkout, place};
pub use promise::{flag_missed_promises, refund_missed_parcel};
pub use refund::{REFUND_SETTLE, RefundRequest, refund, settle_refund};
pub use shipments::{
    SHIPMENTS_MAX, ShipmentDetails, ShipmentEventView, ShipmentState, ShipmentView, find_shipment,
    insert_shipment, insert_shipment_event, move_shipment, shipment_states, shipments_of_parcels,
};
pub use state::{CancelReason, OrderState, ParcelState};
pub use status::{OrderStatus, ParcelStatus};
pub use store::{newest_order_with_sale, order_and_sole_provider, paid_with_sale};
pub use view::{
    OrderLineView, OrderParcelView, OrderView, OrderVoucherView, PaymentView, RefundView,
};
