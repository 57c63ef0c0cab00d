//! Fulfilment: a provider sends its parcels and says where they are. This slice owns shipments and
//! their events; parcels themselves are the orders slice's, which also reads shipments for those
//! who look at an order.

pub mod api;
mod parcel;
mod shipment;

pub use parcel::{Parcel, parcel_list, parcel_view};
pub use shipment::{NewShipment, add_event, ship};
