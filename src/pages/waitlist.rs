//! The waitlist on the product page: the shopper's position, leaving, accepting fewer units.

use poem::{
    Response, handler,
    web::{Form as Posted, Path},
};

use super::{
    board::Board,
    buy::{Typed, typed},
    context::WaitlistWidgetEntry,
    failure::Failure,
    flash,
    shoppers::Belongings,
    view::{View, see_other},
};
use crate::{
    kernel::{AccountId, Error, Result, WaitlistId},
    sales,
    stock::{self, EntryState, WaitlistEntry},
};

/// A chance from here on is called likely, and from here on possible.
const LIKELY: f64 = 0.7;
const POSSIBLE: f64 = 0.2;

/// A shopper's waitlist entries for a sale, oldest first.
pub async fn entries(
    view: &View,
    board: &Board,
    belongings: &Belongings,
) -> Result<Vec<WaitlistWidgetEntry>> {
    let mine: Vec<WaitlistEntry> = belongings.entries_of_sale(board.sale.id).cloned().collect();
    let outlooks = view.pages.waitlist_positions.outlooks(&mine).await?;
    let described = |entry: WaitlistEntry| {
        let outlook = outlooks.get(&entry.id)?;
        let chance = if outlook.chance >= LIKELY {
            "likely"
        } else if outlook.chance >= POSSIBLE {
            "possible"
        } else {
            "unlikely"
        };
        Some(WaitlistWidgetEntry {
            id: entry.id.0,
            item_name: board
                .sale
                .item(entry.sale_item_id)
                .map(|item| item.name.clone())
                .unwrap_or_default(),
            quantity: entry.quantity,
            accept_fewer: entry.accept_fewer,
            offered: entry.state == EntryState::Offered,
            offered_until: belongings.offered_until(&entry, view.now).map(Into::into),
            position: outlook.position,
            chance: chance.to_owned(),
        })
    };
    Ok(mine.into_iter().filter_map(described).collect())
}

/// Leaves the waitlist, without scripts.
#[handler]
pub async fn leave_waitlist(view: &View, Path(entry): Path<String>) -> Result<Response, Failure> {
    let (account, entry, back) = own_entry(view, &entry).await?;
    told(view, stock::leave(view.platform(), account, entry).await, "You have left the line.")?;
    Ok(see_other(&back))
}

/// Takes fewer, too, or waits for all.
#[handler]
pub async fn set_accept_fewer(
    view: &View,
    Path(entry): Path<String>,
    Posted(form): Typed,
) -> Result<Response, Failure> {
    let (account, entry, back) = own_entry(view, &entry).await?;
    let accept = typed(&form, "accept_fewer") == "true";
    let words =
        if accept { "Noted: you also take fewer." } else { "Noted: you take all of them or none." };
    told(view, stock::set_accept_fewer(view.platform(), account, entry, accept).await, words)?;
    Ok(see_other(&back))
}

fn told(view: &View, done: Result<()>, words: &str) -> Result<(), Failure> {
    match done {
        Ok(()) => flash::success(view, words),
        Err(Error::Conflict { detail, .. }) => flash::info(view, &detail),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// The shopper's own waitlist entry, and the address of its sale's page.
async fn own_entry(view: &View, entry: &str) -> Result<(AccountId, WaitlistId, String), Failure> {
    let account = view.signed_in()?.account.id;
    let id: WaitlistId = entry.parse().map_err(|_| Error::NotFound("waitlist entry"))?;
    let mut tx = view.platform().db.shopper(Some(account)).await?;
    let found = stock::entries_of(&mut tx, account).await?.into_iter().find(|entry| entry.id == id);
    let back = match found {
        Some(entry) => sales::published_by_id(&mut tx, entry.tenant, entry.sale_id)
            .await?
            .map(|sale| format!("/sales/{}", sale.slug)),
        None => None,
    };
    Ok((account, id, back.unwrap_or_else(|| "/account".to_owned())))
}
