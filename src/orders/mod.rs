//! Orders: what a shopper bought, one parcel per provider. Checkout turns holds into an order; a
//! payment that succeeds turns the holds into sold units.
//!
//! Owns the tables `orders`, `order_lines`, `order_components`, `order_history`, `refund_lines`, `parcels`,
//! `shipments` and `shipment_events`. `fulfilment` moves parcels and shipments through the functions exported here.

mod address;
mod api;
mod attempts;
mod begin;
mod billing;
mod call_off;
mod cancel;
mod cash_payment;
mod chosen;
mod clocks;
mod codes;
mod components;
mod deposit;
mod deposit_policy;
mod dispute_evidence_api;
mod dispute_prefill;
mod disputes;
mod earlier;
mod given_back;
mod history;
mod history_view;
mod history_words;
mod issued_vouchers;
mod lines;
mod look_up;
mod lookup;
mod new_orders;
mod number;
mod of_sale;
mod outcome;
mod parcels;
mod pay;
mod payment_api;
mod payment_list;
mod pending_events;
mod personal_data;
mod place;
mod postings;
mod promise;
mod readdress;
mod records_api;
mod redeemable;
mod refund;
mod refund_by_lines;
mod refund_effects;
mod refund_events;
mod refund_failures;
mod refund_history;
mod refund_limits;
mod refund_lines;
mod refund_parts;
mod refund_undone;
mod refund_units;
mod refund_view;
mod refunds_api;
mod refused;
mod rest;
mod rest_clock;
mod rules;
mod sale_refunds;
mod settle;
mod settlement;
mod shipments;
mod shown;
mod sold;
mod state;
mod status;
mod store;
mod unpaid;
mod vat_id;
mod view;
mod withdraw;

pub use address::Address;
pub use api::OrdersApi;
pub use attempts::{AppliedOutcome, PAYMENT_VOID};
pub use billing::BillingInput;
pub use cancel::{cancel, cancel_even_paid, cancel_overdue};
pub use cash_payment::note_cash;
pub use chosen::chosen as chosen_holds;
pub use codes::{VoucherCodeView, voucher_codes};
pub use deposit::Split;
pub use deposit_policy::last_day as last_day_of_rest;
pub use dispute_evidence_api::DisputeEvidenceApi;
pub use disputes::on_event;
pub use history::{HistoryKind, HistoryStep, record as record_history};
pub use history_view::{HistoryEntryView, history_of_parcel, history_of_shopper};
pub use lines::OrderLine;
pub use look_up::{hear, look_up_due, look_up_returned, void_payment};
pub use lookup::{
    holds_of_order, order_list, order_view, order_view_by_id, staff_order_view, status_of,
};
pub use of_sale::{newest_order_with_sale, paid_with_sale};
pub use outcome::apply;
pub use parcels::{
    Parcel, find_parcel, lines_of_parcels, lock_parcel, move_parcel, parcel_of_order,
    search_parcels,
};
pub use pay::{PaymentRequest, pay, payment_methods, payment_view, resend_code, submit_code};
pub use payment_api::PaymentsApi;
pub use personal_data::{erase as erase_personal_data, export_of, unsettled_of};
pub use place::{Checkout, place};
pub use promise::{flag_missed_promises, refund_missed_parcel};
pub use readdress::{countries_of_order, readdress};
pub use records_api::OrderRecordsApi;
pub use redeemable::{is_given_back, is_redeemable, lock_order};
pub use refund::{REFUND_SETTLE, RefundRequest, refund, settle_refund};
pub use refund_failures::failed_refunds_since;
pub use refund_lines::{LineRestock, RefundLineView, refunded_units};
pub use refunds_api::RefundsApi;
pub use rest::{RestOfOrder, refuse_unpaid_rest, rests_of_orders};
pub use rest_clock::{LAPSE_REASON, run_rest_clock};
pub use sale_refunds::{SALE_REFUND, SaleRefund, follow_cancelled_sale, refund_cancelled_sale};
pub use shipments::{
    SHIPMENTS_MAX, ShipmentDetails, ShipmentEventView, ShipmentState, ShipmentView, find_shipment,
    insert_shipment, insert_shipment_event, move_shipment, shipment_states, shipments_of_parcels,
};
pub use sold::{
    SoldLine, SoldParcel, order_id_by_number, order_id_of_account, refunded_of_lines, sold_parcel,
};
pub use state::{CancelReason, OrderState, ParcelState};
pub use status::{OrderStatus, ParcelStatus, was_called_off};
pub use store::order_and_sole_provider;
pub use view::{
    OrderLineView, OrderParcelView, OrderView, OrderVoucherView, PaymentActionKind,
    PaymentActionView, PaymentFormField, PaymentView, RefundView,
};
pub use withdraw::CANCEL_REASON;
