//! Orders: what a shopper bought, one parcel per provider. Checkout turns holds into an order; a
//! payment that succeeds turns the holds into sold units.
//!
//! Owns the tables `orders`, `order_lines`, `order_history`, `parcels`, `shipments` and
//! `shipment_events`. `fulfilment` moves parcels and shipments through the functions exported here.

mod address;
mod api;
mod cancel;
mod clocks;
mod codes;
mod history;
mod history_view;
mod history_words;
mod lines;
mod lookup;
mod number;
mod parcels;
mod pay;
mod payment_list;
mod pending_events;
mod place;
mod promise;
mod readdress;
mod records_api;
mod refund;
mod refund_history;
mod rules;
mod shipments;
mod state;
mod status;
mod store;
mod unpaid;
mod view;
mod withdraw;

pub use address::Address;
pub use api::OrdersApi;
pub use cancel::{PAYMENT_VOID, cancel, cancel_even_paid, cancel_overdue};
pub use codes::{VoucherCodeView, voucher_codes};
pub use history::{HistoryKind, HistoryStep, record as record_history};
pub use history_view::{HistoryEntryView, history_of_parcel, history_of_shopper};
pub use lines::OrderLine;
pub use lookup::{order_list, order_view, order_view_by_id, staff_order_view, status_of};
pub use parcels::{
    Parcel, find_parcel, lines_of_parcels, lock_parcel, move_parcel, search_parcels,
};
pub use pay::{authenticate, pay, void_payment};
pub use place::place;
pub use promise::{flag_missed_promises, refund_missed_parcel};
pub use readdress::{countries_of_order, readdress};
pub use records_api::OrderRecordsApi;
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
pub use withdraw::CANCEL_REASON;
