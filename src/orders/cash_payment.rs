//! What a provider notes of a parcel that was to be paid in cash at the door.
//!
//! A refused parcel comes back: its shipments end as returned to their sender, and it is cancelled. Its
//! units do not go back on sale by themselves, as with everything that was shipped, and nothing is
//! refunded, as nothing was paid.

use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    history::{self, HistoryKind},
    parcels::{self, Parcel},
    postings,
    shipments::{self, ShipmentState},
    state::ParcelState,
};
use crate::{
    access::{Actor, audit},
    events,
    kernel::{Error, Money, ParcelId, Result, TenantId},
    payments::{self, CashCollection, CashOutcome},
    platform::Platform,
};

const RETURN_NOTE: &str = "Refused at the door";

/// Notes whether the cash for a parcel was collected or the parcel refused. A repeat changes nothing.
pub async fn note_cash(
    platform: &Platform,
    tenant: TenantId,
    by: Actor,
    parcel: ParcelId,
    outcome: CashOutcome,
) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("note cash").await?;
    let parcel = parcels::lock_parcel(&mut tx, tenant, parcel).await?;
    let payment = payments::cash_payment_of(&mut tx, parcel.order).await?;
    let Some(payment) = payment else {
        return Err(Error::conflict(
            "not_cash",
            "This parcel is not paid in cash on delivery, so there is nothing to collect.",
        ));
    };
    let known = payments::cash_orders(&mut tx, &[parcel.order.0]).await?;
    if let Some(noted) = known.outcome(parcel.order, parcel.id) {
        return repeat(noted, outcome);
    }
    let was_sent = was_sent(&mut tx, &parcel).await?;
    check_state(parcel.state, was_sent)?;
    let collection = CashCollection {
        tenant,
        parcel: parcel.id,
        order: parcel.order,
        payment,
        account: parcel.account,
        outcome,
        amount: Money::new(parcel.subtotal_minor, parcel.currency.clone()),
    };
    payments::note_collection(&mut tx, &collection, now).await?;
    if outcome == CashOutcome::Refused {
        take_back(&mut tx, &parcel, now).await?;
    }
    if is_settled(&mut tx, &parcel).await? {
        payments::settle_cash(&mut tx, payment, now).await?;
    }
    tell(&mut tx, by, &parcel, &collection).await?;
    postings::cash_noted(&mut tx, &collection, now).await?;
    tx.commit().await?;
    Ok(())
}

fn repeat(noted: CashOutcome, outcome: CashOutcome) -> Result<()> {
    if noted == outcome {
        return Ok(());
    }
    Err(Error::conflict(
        "cash_noted",
        "The other outcome was noted for this parcel already. Write to SMP to have it corrected.",
    ))
}

/// Whether a parcel was handed to a carrier once, whatever became of it.
async fn was_sent(conn: &mut PgConnection, parcel: &Parcel) -> Result<bool> {
    Ok(!shipments::shipment_states(conn, parcel).await?.is_empty())
}

fn check_state(state: ParcelState, was_sent: bool) -> Result<()> {
    match state {
        ParcelState::Cancelled | ParcelState::AwaitingPayment => Err(Error::conflict(
            "parcel_cancelled",
            "This parcel was cancelled, so nothing is to be collected for it.",
        )),
        _ if !was_sent => Err(Error::conflict(
            "not_shipped",
            "This parcel was not shipped yet. Add its shipment first, then note what became of it.",
        )),
        ParcelState::ToShip | ParcelState::Shipped | ParcelState::Delivered => Ok(()),
    }
}

/// The parcel comes back to its sender.
async fn take_back(conn: &mut PgConnection, parcel: &Parcel, now: OffsetDateTime) -> Result<()> {
    let found = shipments::shipments_of_parcels(conn, &[parcel.order.0], &[parcel.id.0]).await?;
    let back = ShipmentState::ReturnedToSender;
    for shipment in found.into_values().flatten().filter(|shipment| shipment.state != back) {
        shipments::insert_shipment_event(conn, parcel, shipment.id, back, RETURN_NOTE, now).await?;
        shipments::move_shipment(conn, parcel.tenant, shipment.id, back).await?;
    }
    parcels::move_parcel(conn, parcel, ParcelState::Cancelled).await
}

/// Whether nothing of the order is to be collected any more.
async fn is_settled(conn: &mut PgConnection, parcel: &Parcel) -> Result<bool> {
    let order = parcel.order;
    let known = payments::cash_orders(&mut *conn, &[order.0]).await?;
    let all = parcels::of_orders(conn, &[order.0]).await?;
    Ok(all.iter().all(|other| {
        other.state == ParcelState::Cancelled || known.outcome(order, other.id).is_some()
    }))
}

async fn tell(
    conn: &mut PgConnection,
    by: Actor,
    parcel: &Parcel,
    noted: &CashCollection,
) -> Result<()> {
    let kind = match noted.outcome {
        CashOutcome::Collected => "payment.collected",
        CashOutcome::Refused => "payment.refused",
    };
    let payload = json!({
        "order_id": parcel.order,
        "order_number": parcel.order_number,
        "account_id": parcel.account,
        "parcel_id": parcel.id,
        "payment_id": noted.payment,
        "amount_minor": noted.amount.amount,
        "currency": noted.amount.currency,
    });
    events::publish(conn, parcel.tenant, kind, &payload).await?;
    let step = match noted.outcome {
        CashOutcome::Collected => HistoryKind::CashCollected,
        CashOutcome::Refused => HistoryKind::RefusedAtDoor,
    };
    history::record(conn, parcel.order, by, step, payload).await?;
    let details = json!({
        "outcome": noted.outcome,
        "order_number": parcel.order_number,
        "amount_minor": noted.amount.amount,
        "currency": noted.amount.currency,
    });
    let subject = format!("parcel {}", parcel.id);
    audit::record(conn, by, parcel.tenant, "parcel_cash_note", &subject, &details).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cash_is_noted_once_and_for_what_was_sent() {
        let code = |outcome: Result<()>| match outcome {
            Err(Error::Conflict { code, .. }) => code,
            Ok(()) => "ok",
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(code(repeat(CashOutcome::Refused, CashOutcome::Refused)), "ok");
        assert_eq!(code(repeat(CashOutcome::Refused, CashOutcome::Collected)), "cash_noted");
        assert_eq!(code(check_state(ParcelState::ToShip, false)), "not_shipped");
        // Its carrier brought it back.
        assert_eq!(code(check_state(ParcelState::ToShip, true)), "ok");
        assert_eq!(code(check_state(ParcelState::Delivered, true)), "ok");
        assert_eq!(code(check_state(ParcelState::Delivered, false)), "not_shipped");
        assert_eq!(code(check_state(ParcelState::Cancelled, true)), "parcel_cancelled");
    }
}
