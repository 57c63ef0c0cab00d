//! Opening a checkout, and keeping what is typed in it.

use std::collections::BTreeSet;

use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    fields::{self, TypedFields},
    state::CheckoutState,
    store::{self, CheckoutRow},
    view::{self, CheckoutView},
};
use crate::{
    kernel::{
        AccountId, ChangedMeanwhile, CheckoutId, Error, FieldError, HoldId, Result, SeenVersion,
    },
    orders,
    platform::Platform,
    stock::{self, Hold},
};

/// Opens a checkout of some of a shopper's holds, or returns the one that is open for exactly these.
/// A hold that is not open is an error of its own; prices in two currencies are a conflict.
pub async fn open(
    platform: &Platform,
    account: AccountId,
    holds: &[HoldId],
) -> Result<CheckoutView> {
    if holds.is_empty() {
        return Err(FieldError::new("hold_ids", "Name at least one hold").into());
    }
    let now = platform.clock.now();
    let mut tx = platform.db.shopper(Some(account)).await?;
    let held = stock::held_by(&mut tx, account, now).await?;
    let chosen = orders::chosen_holds(&mut tx, account, held, holds).await?;
    let currencies = currencies(&mut tx, &chosen).await?;
    let mut found = currencies.into_iter();
    let (Some(currency), None) = (found.next(), found.next()) else {
        return Err(Error::conflict(
            "mixed_currencies",
            "These holds have prices in several currencies, which cannot be paid together. Open a \
             checkout for each currency.",
        ));
    };
    let row = find_or_make(&mut tx, account, currency, &chosen, now).await?;
    tx.commit().await?;
    view::one(platform, account, row).await
}

/// The same for what a page shows: of what is held, the holds in `ids` (None: all) that are priced in
/// `currency` (None: any). None if nothing is left, or several currencies are.
pub async fn open_for(
    platform: &Platform,
    account: AccountId,
    ids: Option<&[HoldId]>,
    currency: Option<&str>,
) -> Result<Option<CheckoutRow>> {
    let now = platform.clock.now();
    let mut tx = platform.db.shopper(Some(account)).await?;
    let mut chosen = stock::held_by(&mut tx, account, now).await?;
    chosen.retain(|hold| ids.is_none_or(|ids| ids.contains(&hold.id)));
    let sales = stock::sales_as_held(&mut tx, &chosen).await?;
    chosen.retain(|hold| {
        let priced_in = sales.get(&hold.id).map(|sale| sale.content.currency.as_str());
        priced_in.is_some_and(|code| currency.is_none_or(|only| only == code))
    });
    let currencies: BTreeSet<String> = chosen
        .iter()
        .filter_map(|hold| sales.get(&hold.id))
        .map(|sale| sale.content.currency.clone())
        .collect();
    let mut found = currencies.into_iter();
    let (Some(currency), None) = (found.next(), found.next()) else { return Ok(None) };
    let row = find_or_make(&mut tx, account, currency, &chosen, now).await?;
    tx.commit().await?;
    Ok(Some(row))
}

async fn currencies(conn: &mut PgConnection, holds: &[Hold]) -> Result<BTreeSet<String>> {
    let sales = stock::sales_as_held(conn, holds).await?;
    Ok(sales.into_values().map(|sale| sale.content.currency).collect())
}

/// The open checkout of exactly these holds. A new one begins with what was typed in the last one,
/// unless that was placed, and takes the place of open ones that share a hold with it.
async fn find_or_make(
    conn: &mut PgConnection,
    account: AccountId,
    currency: String,
    holds: &[Hold],
    now: OffsetDateTime,
) -> Result<CheckoutRow> {
    let ids: BTreeSet<Uuid> = holds.iter().map(|hold| hold.id.0).collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    if let Some(row) = store::open_with(conn, account, &ids).await? {
        return Ok(row);
    }
    store::lock(conn, account).await?;
    if let Some(row) = store::open_with(conn, account, &ids).await? {
        return Ok(row);
    }
    let last = store::newest(conn, account).await?;
    let typed = last.filter(|last| last.state != CheckoutState::Placed).map(|last| last.fields.0);
    let row = CheckoutRow {
        id: CheckoutId::new(),
        state: CheckoutState::Open,
        currency,
        hold_ids: ids,
        fields: Json(typed.unwrap_or_default()),
        version: 1,
        order_number: None,
        created_at: now,
        updated_at: now,
    };
    store::insert(conn, account, &row).await?;
    store::abandon_others(conn, account, &row).await?;
    Ok(row)
}

/// Keeps what a page sent, as far as a checkout has its fields. Nothing happens if the checkout is
/// placed or unknown.
pub async fn save(
    platform: &Platform,
    account: AccountId,
    id: CheckoutId,
    typed: TypedFields,
) -> Result<()> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    store::save(&mut tx, account, id, &fields::kept(typed), platform.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes some fields of a checkout that is not placed; the others stay. With `seen`, nothing changes if
/// it is not the newest version.
pub async fn update(
    platform: &Platform,
    account: AccountId,
    id: CheckoutId,
    typed: &TypedFields,
    seen: Option<SeenVersion>,
) -> Result<CheckoutView> {
    fields::check(typed)?;
    let mut tx = platform.db.shopper(Some(account)).await?;
    let row = store::lock_of_account(&mut tx, account, id).await?;
    require_unplaced(&row)?;
    if seen.is_some_and(|seen| seen.0 != row.version) {
        let differs = |(field, text): &(&String, &String)| row.fields.0.get(*field) != Some(*text);
        let changed = typed.iter().filter(differs).map(|(field, _)| format!("fields.{field}"));
        return Err(Error::Changed(Box::new(ChangedMeanwhile {
            version: row.version,
            by: None,
            at: Some(row.updated_at),
            fields: changed.collect(),
        })));
    }
    if !typed.is_empty() {
        store::save(&mut tx, account, id, typed, platform.clock.now()).await?;
    }
    let row = store::of_account(&mut tx, account, id).await?;
    tx.commit().await?;
    view::one(platform, account, row).await
}

/// Ends an open checkout; its holds stay. One that is abandoned already stays so.
pub async fn abandon(platform: &Platform, account: AccountId, id: CheckoutId) -> Result<()> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let row = store::lock_of_account(&mut tx, account, id).await?;
    require_unplaced(&row)?;
    store::set_abandoned(&mut tx, account, id).await?;
    tx.commit().await?;
    Ok(())
}

/// A conflict if the checkout became an order.
fn require_unplaced(row: &CheckoutRow) -> Result<()> {
    if row.state != CheckoutState::Placed {
        return Ok(());
    }
    let number = row.order_number.as_deref().unwrap_or_default();
    Err(Error::conflict(
        "checkout_placed",
        format!("This checkout is order {number} already. Change the order instead."),
    ))
}

/// A conflict unless the checkout is open.
pub fn require_open(row: &CheckoutRow) -> Result<()> {
    match row.state {
        CheckoutState::Open => Ok(()),
        CheckoutState::Placed => require_unplaced(row),
        CheckoutState::Abandoned => Err(Error::conflict(
            "checkout_abandoned",
            "This checkout is over, because nothing in it is held any more, you ended it, or another \
             one took its place. Nothing was charged. Open a new one; it begins with what was typed.",
        )),
    }
}
