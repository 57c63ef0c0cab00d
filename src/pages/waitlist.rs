//! The waitlist on the product page: the shopper's position, leaving, accepting fewer units.

use poem::{
    Response, handler,
    web::{Form as Posted, Path},
};

use super::{
    context::WaitlistWidgetEntry,
    errors::PageError,
    form::{FormValues, form_value},
    request::PageRequest,
    response::see_other,
    sale_snapshot::SaleSnapshot,
    shopper_cache::ShopperState,
    text_me,
};
use crate::{
    access::preferences::MessageKind,
    kernel::{AccountId, Error, Result, WaitlistId},
    sales,
    stock::{self, EntryState, WaitlistEntry},
};

/// From these chances up, a shopper's chance is called likely, or possible.
const LIKELY: f64 = 0.7;
const POSSIBLE: f64 = 0.2;

/// The shopper's entries on the waitlists of a sale, oldest first.
pub async fn entries(
    request: &PageRequest,
    snapshot: &SaleSnapshot,
    shopper: &ShopperState,
) -> Result<Vec<WaitlistWidgetEntry>> {
    // Nobody waits for a sale that is over; an offer stands until its time is up.
    let is_over = matches!(snapshot.phase(request.now), "ended" | "cancelled");
    let own: Vec<WaitlistEntry> = shopper
        .waitlist(snapshot.sale.id)
        .filter(|entry| !is_over || entry.state == EntryState::Offered)
        .cloned()
        .collect();
    let outlooks = request.pages.waitlist_positions.outlooks(&own).await?;
    let described = |entry: WaitlistEntry| {
        let outlook = outlooks.get(&entry.id)?;
        let chance = if outlook.chance >= LIKELY {
            "likely"
        } else if outlook.chance >= POSSIBLE {
            "possible"
        } else {
            "unlikely"
        };
        let item = snapshot.sale.item(entry.sale_item_id);
        let (offered_until, time_left) = shopper.offered_until(&entry, request.now).unzip();
        Some(WaitlistWidgetEntry {
            id: entry.id.0,
            item_name: item.map(|item| item.name.clone()).unwrap_or_default(),
            quantity: entry.quantity,
            accept_fewer: entry.accept_fewer,
            offered: entry.state == EntryState::Offered,
            offered_until: offered_until.map(Into::into),
            time_left: time_left.flatten(),
            position: outlook.position,
            chance: chance.to_owned(),
        })
    };
    Ok(own.into_iter().filter_map(described).collect())
}

/// Leaves the waitlist.
#[handler]
pub async fn leave_waitlist(
    request: &PageRequest,
    Path(entry): Path<String>,
) -> Result<Response, PageError> {
    let (account, entry, sale_url) = own_entry(request, &entry).await?;
    let left = stock::leave(request.platform(), account, entry).await;
    flash_result(request, left, "You have left the waitlist.")?;
    Ok(see_other(&sale_url))
}

/// Has the shopper told of an offer by SMS as well.
#[handler]
pub async fn text_me_at_offer(
    request: &PageRequest,
    Path(entry): Path<String>,
) -> Result<Response, PageError> {
    let (account, _, sale_url) = own_entry(request, &entry).await?;
    Ok(text_me::ask_and_answer(request, account, MessageKind::Waitlist, &sale_url).await?)
}

/// Accepts fewer units, or waits for all of them.
#[handler]
pub async fn set_accept_fewer(
    request: &PageRequest,
    Path(entry): Path<String>,
    Posted(form): Posted<FormValues>,
) -> Result<Response, PageError> {
    let (account, entry, sale_url) = own_entry(request, &entry).await?;
    let accept_fewer = form_value(&form, "accept_fewer") == "true";
    let text = if accept_fewer {
        "Saved: you’ll accept fewer."
    } else {
        "Saved: you want all of them or none."
    };
    let saved = stock::set_accept_fewer(request.platform(), account, entry, accept_fewer).await;
    flash_result(request, saved, text)?;
    Ok(see_other(&sale_url))
}

fn flash_result(request: &PageRequest, done: Result<()>, text: &str) -> Result<(), PageError> {
    match done {
        Ok(()) => request.flash().success(text),
        Err(Error::Conflict { detail, .. }) => request.flash().info(&detail),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// A waitlist entry of the signed-in shopper, and the address of its sale.
async fn own_entry(
    request: &PageRequest,
    entry: &str,
) -> Result<(AccountId, WaitlistId, String), PageError> {
    let account = request.signed_in()?.account.id;
    let id: WaitlistId = entry.parse().map_err(|_| Error::NotFound("waitlist entry"))?;
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let found = stock::entries_of(&mut tx, account).await?.into_iter().find(|entry| entry.id == id);
    let sale_url = match found {
        Some(entry) => sales::published_by_id(&mut tx, entry.tenant, entry.sale_id)
            .await?
            .map(|sale| format!("/sales/{}", sale.slug)),
        None => None,
    };
    Ok((account, id, sale_url.unwrap_or_else(|| "/account".to_owned())))
}
