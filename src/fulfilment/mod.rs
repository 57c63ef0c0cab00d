//! Fulfilment: a provider ships its parcels and reports their tracking. Owns no table: parcels and
//! shipments belong to the orders slice, which offers the functions that move them.

mod api;
mod cash;
mod parcel;
mod provider_order;
mod shipment;

pub use api::FulfilmentApi;
pub use cash::note_cash;
pub use parcel::{ParcelCashView, ParcelRestView, ParcelView, parcel_list, parcel_view};
pub use shipment::{NewShipment, add_event, ship};
