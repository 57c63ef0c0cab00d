//! Which invoice or credit note follows from which event. An event that is delivered twice asks for it
//! once, and events of one order may come in any order.

use std::time::Duration;

use serde::Deserialize;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    duty::{self, DutyState, InvoiceDuty},
    invoice::InvoiceKind,
    issue,
    profile::{self, InvoicedBy},
};
use crate::{
    events::Event,
    kernel::{OrderId, ParcelId, RefundId, Result, TenantId},
    orders::{self, SoldParcel},
    platform::Platform,
};

/// The event that a provider changed how its invoices are made.
pub const PROFILE_CHANGED: &str = "invoicing.changed";

/// Waiting invoices that are read at once.
const WAITING_AT_ONCE: i64 = 100;
/// After this long the rest is left to the event's next delivery.
const WAITING_LIMIT: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct OrderNews {
    order_id: OrderId,
}

#[derive(Deserialize)]
struct RefundNews {
    order_id: OrderId,
    refund_id: RefundId,
    /// The provider's share.
    amount_minor: i64,
    /// Empty when what was returned had paid for nothing.
    lines: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct ReturnNews {
    order_id: OrderId,
    parcel_id: ParcelId,
}

/// Issues what follows from an event, or notes that it waits for the provider's data.
pub async fn on_event(platform: &Platform, event: &Event) -> Result<()> {
    match event.kind.as_str() {
        "order.confirmed" | "order.rest_paid" => {
            let news: OrderNews = read(event)?;
            follow(platform, event.tenant_id, news.order_id, None).await
        }
        "refund.succeeded" => {
            let news: RefundNews = read(event)?;
            if news.lines.is_empty() || news.amount_minor <= 0 {
                return Ok(());
            }
            let back = TakenBack { cause: news.refund_id.0, amount_minor: Some(news.amount_minor) };
            follow(platform, event.tenant_id, news.order_id, Some(back)).await
        }
        // Refused at the door, or cancelled before it was sent. What was paid is refunded; what was to be
        // paid in cash is not.
        "payment.refused" | "order.withdrawn" | "order.called_off" => {
            let news: ReturnNews = read(event)?;
            let back = TakenBack { cause: news.parcel_id.0, amount_minor: None };
            follow(platform, event.tenant_id, news.order_id, Some(back)).await
        }
        PROFILE_CHANGED => issue_waiting(platform, event.tenant_id).await,
        _ => Ok(()),
    }
}

fn read<'de, T: Deserialize<'de>>(event: &'de Event) -> Result<T> {
    Ok(T::deserialize(&event.payload).map_err(anyhow::Error::from)?)
}

/// What of an order is taken back.
struct TakenBack {
    cause: Uuid,
    /// Minor units; None: all that is left.
    amount_minor: Option<i64>,
}

/// Notes what a provider's part of an order asks for, and issues what can be issued. A part that is not
/// paid in full asks for nothing yet; what of its deposit is refunded is credited once there is an invoice.
async fn follow(
    platform: &Platform,
    tenant: TenantId,
    order: OrderId,
    back: Option<TakenBack>,
) -> Result<()> {
    let now = platform.clock.now();
    let mut tx = platform.db.platform("invoices").await?;
    let Some(mut sold) = orders::sold_parcel(&mut tx, order, tenant).await? else { return Ok(()) };
    if let Some(back) = back.as_ref().filter(|back| is_of_deposit(&sold, back)) {
        duty::note(&mut tx, &credit_note_to_come(tenant, &sold, back, now)).await?;
        tx.commit().await?;
        // The rest may have been paid meanwhile, and its invoice issued without this credit note.
        tx = platform.db.platform("invoices").await?;
        let again = orders::sold_parcel(&mut tx, order, tenant).await?;
        let Some(again) = again else { return Ok(()) };
        sold = again;
    }
    if !sold.is_settled || sold.lines.iter().all(|line| line.charged_minor == 0) {
        return Ok(());
    }
    profile::keep(&mut tx, tenant).await?;
    let asked = invoice_asked(&mut tx, tenant, &sold, now).await?;
    let is_ours = matches!(asked.state, DutyState::Waiting | DutyState::Issued);
    // Money that was taken back has a refund, with an amount.
    let counts = |back: &TakenBack| is_ours && (back.amount_minor.is_some() || sold.is_cash);
    if let Some(back) = back.filter(counts) {
        let note = InvoiceDuty {
            kind: InvoiceKind::CreditNote,
            cause: back.cause,
            amount_minor: back.amount_minor,
            state: DutyState::Waiting,
            since: now,
            ..asked
        };
        duty::note(&mut tx, &note).await?;
    }
    issue::issue_due(&mut tx, tenant, sold.parcel, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether money is taken back of an order whose rest is not paid yet.
fn is_of_deposit(sold: &SoldParcel, back: &TakenBack) -> bool {
    !sold.is_settled && sold.confirmed_at.is_some() && back.amount_minor.is_some()
}

/// The duty to credit what was taken back before there was an invoice.
fn credit_note_to_come(
    tenant: TenantId,
    sold: &SoldParcel,
    back: &TakenBack,
    now: OffsetDateTime,
) -> InvoiceDuty {
    InvoiceDuty {
        tenant,
        kind: InvoiceKind::CreditNote,
        cause: back.cause,
        parcel: sold.parcel,
        order: sold.order,
        account: sold.account,
        amount_minor: back.amount_minor,
        // A credit note has the rates of its invoice.
        tax_rate_ppm: None,
        state: DutyState::Waiting,
        since: now,
    }
}

/// The duty to invoice a part of an order, which is noted now if it was not before. Locked.
async fn invoice_asked(
    conn: &mut PgConnection,
    tenant: TenantId,
    sold: &SoldParcel,
    now: OffsetDateTime,
) -> Result<InvoiceDuty> {
    let profile = profile::get(conn, tenant).await?;
    let new = InvoiceDuty {
        tenant,
        kind: InvoiceKind::Invoice,
        cause: sold.parcel.0,
        parcel: sold.parcel,
        order: sold.order,
        account: sold.account,
        amount_minor: None,
        tax_rate_ppm: profile.tax_rate_ppm,
        state: match profile.invoiced_by {
            InvoicedBy::Smp => DutyState::Waiting,
            InvoicedBy::Provider => DutyState::Provider,
        },
        since: now,
    };
    duty::note(conn, &new).await?;
    Ok(duty::lock_of_parcel(conn, tenant, sold.parcel).await?.unwrap_or(new))
}

/// Issues what waits for a provider's data, each in a transaction of its own. What takes too long goes on
/// with the event's next delivery.
async fn issue_waiting(platform: &Platform, tenant: TenantId) -> Result<()> {
    let (mut after, began) = ((OffsetDateTime::UNIX_EPOCH, Uuid::nil()), platform.clock.now());
    loop {
        let mut tx = platform.db.platform("waiting invoices").await?;
        if profile::get(&mut tx, tenant).await?.issuer().is_none() {
            return Ok(());
        }
        let waiting = duty::waiting(&mut tx, tenant, after, WAITING_AT_ONCE).await?;
        drop(tx);
        let Some(last) = waiting.last() else { return Ok(()) };
        after = (last.since, last.cause);
        for duty in &waiting {
            let mut tx = platform.db.platform("waiting invoice").await?;
            issue::issue_due(&mut tx, tenant, duty.parcel, platform.clock.now()).await?;
            tx.commit().await?;
        }
        if platform.clock.now() - began > WAITING_LIMIT {
            return Err(anyhow::anyhow!("more invoices wait; the next delivery goes on").into());
        }
    }
}
