//! The history of an order as its readers see it: its shopper, the provider of a parcel, SMP's team.

use std::collections::HashMap;

use poem_openapi::Object;
use serde::Serialize;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    history::{self, HistoryKind, HistoryRow},
    history_words::{Reader, sentence},
    parcels,
    store::{self, Order},
};
use crate::{
    access::{self, Actor},
    kernel::{AccountId, ParcelId, Result, TenantId},
    platform::Platform,
};

/// A step in the history of an order.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "OrderHistoryEntry")]
pub struct HistoryEntryView {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    pub kind: HistoryKind,
    /// What happened, in words for the reader.
    pub text: String,
    /// Who did it, in words for the reader: `You`, a name, an API key or `SMP`.
    pub by: String,
    /// What the shopper reads about it; null where a shopper or a provider looks.
    pub shopper_text: Option<String>,
}

/// What happened to one of the shopper's own orders, oldest first.
pub async fn history_of_shopper(
    platform: &Platform,
    account: AccountId,
    number: &str,
) -> Result<Vec<HistoryEntryView>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let order = store::of_account(&mut tx, account, number).await?;
    let rows = history::of_order(&mut tx, order.id).await?;
    let by = |row: &HistoryRow| match row.actor {
        Actor::Account(id) if id == order.account => "You".to_owned(),
        _ if is_by_seller(row) => "The seller".to_owned(),
        _ => "SMP".to_owned(),
    };
    Ok(entries(&rows, Reader::Shopper, by))
}

/// What happened to a provider's own parcel, oldest first.
pub async fn history_of_parcel(
    platform: &Platform,
    tenant: TenantId,
    parcel: ParcelId,
) -> Result<Vec<HistoryEntryView>> {
    let mut tx = platform.db.tenant(tenant).await?;
    let parcel = parcels::find_parcel(&mut tx, tenant, parcel).await?;
    drop(tx);
    // An order's history belongs to no tenant; what concerns the parcel is chosen below.
    let mut tx = platform.db.platform("history of a parcel").await?;
    let mut rows = history::of_order(&mut tx, parcel.order).await?;
    rows.retain(|row| row.concerns(parcel.id));
    let names = names(&mut tx, &rows).await?;
    let by = |row: &HistoryRow| match row.actor {
        Actor::Account(id) if id == parcel.account => "The shopper".to_owned(),
        actor if is_by_seller(row) => named(&names, actor),
        _ => "SMP".to_owned(),
    };
    Ok(entries(&rows, Reader::Provider, by))
}

/// What happened to any order, oldest first, for SMP's team.
pub async fn history_for_staff(platform: &Platform, number: &str) -> Result<Vec<HistoryEntryView>> {
    let mut tx = platform.db.platform("history of an order").await?;
    let order: Order = store::by_number(&mut tx, number).await?;
    let rows = history::of_order(&mut tx, order.id).await?;
    let names = names(&mut tx, &rows).await?;
    let views = entries(&rows, Reader::Staff, |row| named(&names, row.actor));
    let told = rows.iter().map(|row| sentence(row.kind, &row.details, Reader::Shopper));
    // Nothing is hidden from staff, so that there is an entry for each row.
    Ok(views
        .into_iter()
        .zip(told)
        .map(|(view, shopper_text)| HistoryEntryView { shopper_text, ..view })
        .collect())
}

fn entries(
    rows: &[HistoryRow],
    reader: Reader,
    by: impl Fn(&HistoryRow) -> String,
) -> Vec<HistoryEntryView> {
    let entry = |row: &HistoryRow| {
        Some(HistoryEntryView {
            at: row.at,
            kind: row.kind,
            text: sentence(row.kind, &row.details, reader)?,
            by: by(row),
            shopper_text: None,
        })
    };
    rows.iter().filter_map(entry).collect()
}

/// Whether it is done by the provider of a parcel: its people, its API key or its carrier.
fn is_by_seller(row: &HistoryRow) -> bool {
    matches!(
        row.kind,
        HistoryKind::Shipped
            | HistoryKind::InTransit
            | HistoryKind::Delivered
            | HistoryKind::ReturnedToSender
    )
}

async fn names(conn: &mut PgConnection, rows: &[HistoryRow]) -> Result<HashMap<Actor, String>> {
    let actors: Vec<Actor> = rows.iter().map(|row| row.actor).collect();
    access::actor_names(conn, &actors).await
}

fn named(names: &HashMap<Actor, String>, actor: Actor) -> String {
    names.get(&actor).cloned().unwrap_or_else(|| "Someone who has left".to_owned())
}
