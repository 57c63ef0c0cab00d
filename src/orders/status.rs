//! Where an order and its parcels stand, in the words that pages, emails, the API and the portal
//! share. Derived here from states, shipments and refunds, and nowhere else.

use poem_openapi::Enum;
use serde::Serialize;

use super::{
    shipments::ShipmentState,
    state::{OrderState, ParcelState},
};
use crate::payments::CashOutcome;

/// Where a parcel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ParcelStatus {
    AwaitingPayment,
    /// Its deposit is paid. It is neither shipped nor booked before the rest is.
    AwaitingRest,
    ToShip,
    Shipped,
    Delivered,
    /// Everything that was shipped came back; it is to be shipped again or refunded.
    ReturnedToSender,
    /// Vouchers: the codes are issued, and there is nothing to ship.
    Issued,
    /// A reservation: it is confirmed, and there is nothing to ship.
    Booked,
    /// Refunded before it was shipped: it will not be sent.
    Refunded,
    /// Not taken and not paid at the door: it went back, and will not be sent again.
    RefusedAtDoor,
    /// Nothing was paid for it: its order was never paid, or it was called off before its cash was collected.
    Cancelled,
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    AwaitingPayment,
    /// Its deposit is paid; the rest is due by its date.
    DepositPaid,
    /// Paid, and nothing has been shipped.
    Confirmed,
    PartlyShipped,
    Shipped,
    Delivered,
    /// A parcel came back to its sender.
    ReturnedToSender,
    /// Vouchers only: the codes are issued.
    Complete,
    /// Reservations, or reservations and vouchers: there is nothing to ship.
    Booked,
    /// The whole amount was refunded.
    Refunded,
    /// To be paid in cash on delivery, and no parcel of it was taken.
    RefusedAtDoor,
    /// Never paid, or its rest was not paid, or called off before its cash was collected, or cancelled by its
    /// shopper after it was paid while the refund has failed so far.
    Cancelled,
}

/// What the lines of a parcel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineKind {
    pub is_voucher: bool,
    pub is_reservation: bool,
}

/// What is known of an order's money, in minor units.
#[derive(Debug, Clone, Copy)]
pub struct OrderMoney {
    /// What it was paid with, once it is confirmed.
    pub paid: i64,
    pub refunded: i64,
    /// Its deposit is paid, and the rest is not.
    pub rest_is_due: bool,
}

/// Where a parcel stands, by its order's state and whether it has a rest that is not paid, its own
/// state, its lines and its shipments.
pub fn parcel_status(
    order: OrderState,
    rest_is_unpaid: bool,
    parcel: ParcelState,
    lines: &[LineKind],
    shipments: &[ShipmentState],
) -> ParcelStatus {
    let nothing_to_ship = lines.iter().all(|line| line.is_voucher || line.is_reservation);
    match parcel {
        // Cancelling an unpaid order leaves its parcels as they are.
        ParcelState::AwaitingPayment if order == OrderState::Cancelled => ParcelStatus::Cancelled,
        ParcelState::AwaitingPayment => ParcelStatus::AwaitingPayment,
        ParcelState::Cancelled => ParcelStatus::Refunded,
        ParcelState::Shipped => ParcelStatus::Shipped,
        ParcelState::ToShip if rest_is_unpaid => ParcelStatus::AwaitingRest,
        ParcelState::ToShip | ParcelState::Delivered if nothing_to_ship => {
            if lines.iter().all(|line| line.is_voucher) {
                ParcelStatus::Issued
            } else {
                ParcelStatus::Booked
            }
        }
        ParcelState::ToShip if shipments.contains(&ShipmentState::ReturnedToSender) => {
            ParcelStatus::ReturnedToSender
        }
        ParcelState::ToShip => ParcelStatus::ToShip,
        ParcelState::Delivered => ParcelStatus::Delivered,
    }
}

/// Whether a parcel of a confirmed order was cancelled before anything was paid for it. `outcome`: at the
/// door; `in_cash`: nothing else of the order is paid otherwise; `was_paid`: something of the order was.
pub fn was_called_off(
    parcel: ParcelState,
    outcome: Option<CashOutcome>,
    in_cash: bool,
    was_paid: bool,
) -> bool {
    parcel == ParcelState::Cancelled && outcome.is_none() && (in_cash || !was_paid)
}

/// Where an order stands, by its state, its money and its parcels.
pub fn order_status(state: OrderState, money: OrderMoney, parcels: &[ParcelStatus]) -> OrderStatus {
    match state {
        OrderState::AwaitingPayment => return OrderStatus::AwaitingPayment,
        _ if money.refunded > 0 && money.refunded >= money.paid => return OrderStatus::Refunded,
        OrderState::Cancelled => return OrderStatus::Cancelled,
        _ if money.rest_is_due => return OrderStatus::DepositPaid,
        OrderState::Confirmed | OrderState::Fulfilled | OrderState::Closed => {}
    }
    let is_over = |parcel: &ParcelStatus| {
        use ParcelStatus::{Cancelled, Refunded, RefusedAtDoor};
        matches!(parcel, Refunded | RefusedAtDoor | Cancelled)
    };
    let open: Vec<ParcelStatus> =
        parcels.iter().copied().filter(|parcel| !is_over(parcel)).collect();
    let to_send: Vec<ParcelStatus> = open
        .iter()
        .copied()
        .filter(|parcel| !matches!(parcel, ParcelStatus::Issued | ParcelStatus::Booked))
        .collect();
    let has_left =
        |parcel: &ParcelStatus| matches!(parcel, ParcelStatus::Shipped | ParcelStatus::Delivered);
    if open.is_empty() && parcels.contains(&ParcelStatus::RefusedAtDoor) {
        OrderStatus::RefusedAtDoor
    } else if open.is_empty() {
        // Every parcel was refunded, each on its own.
        OrderStatus::Refunded
    } else if to_send.is_empty() {
        let codes_only = open.iter().all(|parcel| *parcel == ParcelStatus::Issued);
        if codes_only { OrderStatus::Complete } else { OrderStatus::Booked }
    } else if to_send.contains(&ParcelStatus::ReturnedToSender) {
        OrderStatus::ReturnedToSender
    } else if to_send.iter().all(|parcel| *parcel == ParcelStatus::Delivered) {
        OrderStatus::Delivered
    } else if to_send.iter().all(has_left) {
        OrderStatus::Shipped
    } else if to_send.iter().any(has_left) {
        OrderStatus::PartlyShipped
    } else {
        OrderStatus::Confirmed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOODS: LineKind = LineKind { is_voucher: false, is_reservation: false };
    const VOUCHER: LineKind = LineKind { is_voucher: true, is_reservation: false };
    const STAY: LineKind = LineKind { is_voucher: false, is_reservation: true };

    #[test]
    fn a_parcel_stands_where_its_shipments_and_lines_say() {
        use ParcelState::{AwaitingPayment, Cancelled, Delivered, Shipped, ToShip};
        let paid = |parcel, lines: &[LineKind], shipments: &[ShipmentState]| {
            parcel_status(OrderState::Confirmed, false, parcel, lines, shipments)
        };
        assert_eq!(paid(ToShip, &[GOODS], &[]), ParcelStatus::ToShip);
        let returned = [ShipmentState::ReturnedToSender];
        assert_eq!(paid(ToShip, &[GOODS], &returned), ParcelStatus::ReturnedToSender);
        assert_eq!(paid(Shipped, &[GOODS, VOUCHER], &[]), ParcelStatus::Shipped);
        assert_eq!(paid(Delivered, &[GOODS], &[]), ParcelStatus::Delivered);
        assert_eq!(paid(Delivered, &[VOUCHER], &[]), ParcelStatus::Issued);
        assert_eq!(paid(ToShip, &[STAY], &[]), ParcelStatus::Booked);
        assert_eq!(paid(Cancelled, &[STAY], &[]), ParcelStatus::Refunded);
        let of_rest =
            |parcel, lines| parcel_status(OrderState::Confirmed, true, parcel, lines, &[]);
        assert_eq!(of_rest(ToShip, &[GOODS]), ParcelStatus::AwaitingRest);
        assert_eq!(of_rest(ToShip, &[STAY]), ParcelStatus::AwaitingRest);
        assert_eq!(of_rest(Cancelled, &[STAY]), ParcelStatus::Refunded);
        let unpaid = |order| parcel_status(order, false, AwaitingPayment, &[GOODS], &[]);
        assert_eq!(unpaid(OrderState::AwaitingPayment), ParcelStatus::AwaitingPayment);
        assert_eq!(unpaid(OrderState::Cancelled), ParcelStatus::Cancelled);
    }

    #[test]
    fn what_nothing_was_paid_for_is_called_off_and_not_refunded() {
        let cancelled = ParcelState::Cancelled;
        assert!(was_called_off(cancelled, None, true, false));
        assert!(was_called_off(cancelled, None, true, true), "another parcel's cash was collected");
        assert!(was_called_off(cancelled, None, false, false), "the order is cancelled");
        assert!(!was_called_off(cancelled, None, false, true));
        assert!(!was_called_off(cancelled, Some(CashOutcome::Refused), true, false));
        assert!(!was_called_off(ParcelState::ToShip, None, true, false));
    }

    #[test]
    fn an_order_stands_where_its_parcels_and_its_money_say() {
        use ParcelStatus::{
            AwaitingRest, Booked, Delivered, Issued, Refunded, RefusedAtDoor, ReturnedToSender,
            Shipped, ToShip,
        };
        let paid = |refunded, parcels: &[ParcelStatus]| {
            let money = OrderMoney { paid: 1000, refunded, rest_is_due: false };
            order_status(OrderState::Confirmed, money, parcels)
        };
        assert_eq!(paid(0, &[ToShip]), OrderStatus::Confirmed);
        assert_eq!(paid(0, &[ToShip, Shipped]), OrderStatus::PartlyShipped);
        assert_eq!(paid(0, &[Delivered, Shipped]), OrderStatus::Shipped);
        assert_eq!(paid(300, &[Refunded, Delivered]), OrderStatus::Delivered);
        assert_eq!(paid(0, &[ReturnedToSender, Delivered]), OrderStatus::ReturnedToSender);
        assert_eq!(paid(0, &[Issued, Delivered]), OrderStatus::Delivered);
        assert_eq!(paid(0, &[Issued]), OrderStatus::Complete);
        assert_eq!(paid(0, &[Issued, Booked]), OrderStatus::Booked);
        assert_eq!(paid(1000, &[Delivered]), OrderStatus::Refunded);
        assert_eq!(paid(0, &[RefusedAtDoor]), OrderStatus::RefusedAtDoor);
        assert_eq!(paid(0, &[RefusedAtDoor, Delivered]), OrderStatus::Delivered);
        assert_eq!(paid(0, &[ParcelStatus::Cancelled, Shipped]), OrderStatus::Shipped);
        let of_rest = |state| {
            let money = OrderMoney { paid: 1000, refunded: 0, rest_is_due: true };
            order_status(state, money, &[AwaitingRest])
        };
        assert_eq!(of_rest(OrderState::Confirmed), OrderStatus::DepositPaid);
        assert_eq!(of_rest(OrderState::Cancelled), OrderStatus::Cancelled);
        let unpaid = OrderMoney { paid: 0, refunded: 0, rest_is_due: false };
        assert_eq!(
            order_status(OrderState::Cancelled, unpaid, &[ParcelStatus::Cancelled]),
            OrderStatus::Cancelled
        );
        assert_eq!(
            order_status(OrderState::AwaitingPayment, unpaid, &[]),
            OrderStatus::AwaitingPayment
        );
    }
}
