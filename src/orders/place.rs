//! Checkout: what a shopper holds, or chose of it, becomes one unpaid order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::json;
use sqlx::{PgConnection, types::Json};
use time::{Duration, OffsetDateTime};

use super::{
    address::Address,
    cancel,
    chosen::chosen,
    components,
    deposit::Split,
    lines::{self, OrderLine},
    lookup,
    pending_events::{self, PendingEvent},
    state::{CancelReason, OrderState},
    store::{self, NewParcel, Order},
    unpaid,
    view::OrderView,
};
use crate::{
    access::accounts,
    kernel::{
        AccountId, Country, Error, FieldErrors, HoldId, LineId, Money, OrderId, ParcelId, Result,
        validate,
    },
    platform::Platform,
    pricing::Quote,
    sales::{ContentAsset, PublishedSale},
    stock::{self, Hold},
};

/// How long after its end a hold still counts as the reason for an empty cart.
const EXPIRED_MENTIONED: Duration = Duration::hours(1);
/// Narrowest picture that an order line shows well, in pixels.
const LINE_IMAGE_MIN_PX: i32 = 160;

/// What is to be ordered, and where it goes.
#[derive(Debug)]
pub struct Checkout<'a> {
    pub address: Address,
    /// The account's own by default.
    pub email: Option<&'a str>,
    /// With it, only what is priced in this currency (ISO 4217) is ordered; without, prices in two
    /// currencies are a conflict.
    pub currency: Option<&'a str>,
    /// The holds to order; None: all.
    pub hold_ids: Option<&'a [HoldId]>,
    /// The total that the shopper was shown, in minor units. Another is a conflict.
    pub expected_total_minor: Option<i64>,
}

/// Places an order for what the account holds. Going back and forth in checkout keeps the same
/// order as long as the holds and the price are the same; when they changed, a new order replaces the old
/// one. An unpaid order for other holds stays.
pub async fn place(
    platform: &Platform,
    account: AccountId,
    checkout: Checkout<'_>,
) -> Result<OrderView> {
    let Checkout { address, email, currency, hold_ids, expected_total_minor } = checkout;
    let mut fields = FieldErrors::default();
    let address = address.checked(&platform.addresses, &mut fields, "shipping_address");
    let email = email
        .map(str::trim)
        .filter(|email| !email.is_empty())
        .map(|email| validate::email(&mut fields, "email", email));
    fields.finish()?;

    let now = platform.clock.now();
    let mut tx = platform.db.platform("place order").await?;
    store::lock_checkout(&mut tx, account).await?;
    let mut holds = stock::held_by(&mut tx, account, now).await?;
    if let Some(ids) = hold_ids {
        holds = chosen(&mut tx, account, holds, ids).await?;
    }
    if holds.is_empty() {
        return Err(nothing_held(&mut tx, account, now).await?);
    }
    let email = match email {
        Some(email) => email,
        None => accounts::by_id(&mut tx, account).await?.email,
    };
    // As they were when the units were held: what is held is sold at its price and terms, even while
    // its sale is halted.
    let mut sales = stock::sales_as_held(&mut tx, &holds).await?;
    if let Some(currency) = currency {
        sales.retain(|_, sale| sale.content.currency == currency);
        holds.retain(|hold| sales.contains_key(&hold.id));
        if holds.is_empty() {
            return Err(nothing_held(&mut tx, account, now).await?);
        }
    }
    check_countries(&sales, &address)?;
    let draft = OrderDraft::new(holds, &sales)?;
    draft.require_total(expected_total_minor)?;
    let (same, mut events) = reuse(&mut tx, account, &draft, now).await?;
    let order = match same {
        Some(order) => {
            unpaid::readdress(&mut tx, &order, &address, &email, draft.pay_by).await?;
            order.number
        }
        None => insert(&mut tx, account, draft, address, email, now, &mut events).await?,
    };
    pending_events::publish(&mut tx, events).await?;
    let row = store::of_account(&mut tx, account, &order).await?;
    tx.commit().await?;
    let tx = platform.db.shopper(Some(account)).await?;
    let view = lookup::views(platform, tx, vec![row]).await?.pop();
    Ok(view.ok_or_else(|| anyhow::anyhow!("an order has no view"))?)
}

/// Why there is nothing to order: nothing was held, or the holds ran out.
async fn nothing_held(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<Error> {
    if stock::expired_since(conn, account, now - EXPIRED_MENTIONED, now).await? {
        return Ok(hold_expired());
    }
    Ok(Error::conflict(
        "cart_empty",
        "Your cart is empty, so there is nothing to order. Choose something in a sale first.",
    ))
}

pub(super) fn hold_expired() -> Error {
    Error::conflict(
        "hold_expired",
        "Your hold on these units ran out, so they went back on sale. Nothing was charged. If any \
         are left, press Buy again.",
    )
}

/// Checks that every sale ships to the address; else an error on its country.
pub(super) fn check_countries(
    sales: &HashMap<HoldId, PublishedSale>,
    address: &Address,
) -> Result<()> {
    let closed: BTreeMap<&str, &[String]> = sales
        .values()
        .filter(|sale| !sale.content.ships_to(&address.country))
        .map(|sale| (sale.content.title.as_str(), sale.content.countries.as_slice()))
        .collect();
    let mut fields = FieldErrors::default();
    for (title, countries) in closed {
        let countries: Vec<&str> = countries.iter().map(|code| Country::name_of(code)).collect();
        let message = format!(
            "{title:?} does not ship to {}; it ships to {}. Use an address there, or remove it \
             from your cart",
            Country::name_of(&address.country),
            countries.join(", ")
        );
        fields.add("shipping_address.country", message);
    }
    fields.finish()
}

/// An order that is not inserted yet.
struct OrderDraft {
    currency: String,
    quote: Quote,
    split: Split,
    pay_by: OffsetDateTime,
    parcels: Vec<NewParcel>,
    lines: Vec<OrderLine>,
}

impl OrderDraft {
    fn new(mut holds: Vec<Hold>, sales: &HashMap<HoldId, PublishedSale>) -> Result<Self> {
        holds.sort_by_key(|hold| (hold.tenant, hold.sale_item_id, hold.id));
        let mut draft = Self {
            currency: String::new(),
            quote: Quote::default(),
            split: Split::default(),
            pay_by: OffsetDateTime::UNIX_EPOCH,
            parcels: vec![],
            lines: vec![],
        };
        draft.pay_by = holds.iter().map(|hold| hold.expires_at).min().unwrap_or(draft.pay_by);
        let order = OrderId::new();
        for hold in holds {
            let sale =
                sales.get(&hold.id).ok_or_else(|| anyhow::anyhow!("a hold without its sale"))?;
            draft.use_currency(&sale.content.currency)?;
            draft.add(order, &hold, sale)?;
        }
        draft.quote = components::quote(&draft.lines)?;
        draft.split = draft.split.within(draft.quote.total_minor());
        for parcel in &mut draft.parcels {
            parcel.subtotal_minor = draft.quote.total_of_minor(parcel.tenant);
        }
        Ok(draft)
    }

    /// A conflict if the shopper was shown another total.
    fn require_total(&self, expected_minor: Option<i64>) -> Result<()> {
        let total_minor = self.quote.total_minor();
        let Some(expected) = expected_minor.filter(|expected| *expected != total_minor) else {
            return Ok(());
        };
        let (old, new) =
            (Money::new(expected, &self.currency), Money::new(total_minor, &self.currency));
        let detail = format!(
            "The total is {new} and not {old}, so nothing was ordered. Check what you order, then \
             order it at the new total."
        );
        Err(Error::conflict("price_changed", detail))
    }

    fn use_currency(&mut self, currency: &str) -> Result<()> {
        if self.currency.is_empty() {
            currency.clone_into(&mut self.currency);
        }
        if self.currency == currency {
            return Ok(());
        }
        let detail = format!(
            "Your cart has prices in {} and in {currency}, which cannot be paid together. Remove \
             the items of one currency, order the others, then come back.",
            self.currency
        );
        Err(Error::conflict("mixed_currencies", detail))
    }

    fn add(&mut self, order: OrderId, hold: &Hold, sale: &PublishedSale) -> Result<()> {
        let Some(item) = sale.item(hold.sale_item_id) else {
            let detail = format!(
                "An item of {:?} is no longer on sale. Remove it from your cart to continue; nothing \
                 was charged.",
                sale.content.title
            );
            return Err(Error::conflict("ended", detail));
        };
        let parcel = match self.parcels.last() {
            Some(parcel) if parcel.tenant == hold.tenant => parcel.id,
            _ => {
                let id = ParcelId::new();
                self.parcels.push(NewParcel {
                    tenant: hold.tenant,
                    id,
                    subtotal_minor: 0,
                    promised_ship_by: None,
                });
                id
            }
        };
        let line = OrderLine {
            tenant: hold.tenant,
            id: LineId::new(),
            parcel,
            order,
            sale: hold.sale_id,
            sale_item: hold.sale_item_id,
            hold: hold.id,
            visit: hold.visit_id,
            title: sale.content.title.clone(),
            item_name: item.name.clone(),
            sku: item.sku.clone(),
            image_key: sale.content.assets.iter().find_map(line_image),
            quantity: hold.quantity,
            unit_price_minor: item.price_minor,
            deposit_minor: item.deposit.map(|deposit| deposit.amount_minor),
            rest_due_on: item.deposit.map(|deposit| deposit.rest_due_on),
            slot_starts_on: item.slot.map(|slot| slot.starts_on),
            slot_ends_on: item.slot.map(|slot| slot.ends_on),
            voucher_valid_days: sale.content.terms_of_kind.voucher_valid_days,
        };
        if let Some(parcel) = self.parcels.last_mut() {
            // One date for the parcel: the earliest that any of its sales promises.
            parcel.promised_ship_by = [parcel.promised_ship_by, sale.content.promised_ship_by()]
                .into_iter()
                .flatten()
                .min();
        }
        self.split.add(item.deposit, item.price_minor, hold.quantity);
        self.lines.push(line);
        Ok(())
    }

    fn holds(&self) -> BTreeSet<HoldId> {
        self.lines.iter().map(|line| line.hold).collect()
    }
}

fn line_image(asset: &ContentAsset) -> Option<String> {
    let images =
        || asset.renditions.iter().filter(|rendition| rendition.content_type.starts_with("image/"));
    images()
        .find(|rendition| rendition.width_px >= LINE_IMAGE_MIN_PX)
        .or_else(|| images().next_back())
        .map(|rendition| rendition.object_key.clone())
}

/// The unpaid order for exactly these holds at this price, if there is one. Other unpaid orders
/// for any of these holds are cancelled; the second value is their events.
async fn reuse(
    conn: &mut PgConnection,
    account: AccountId,
    draft: &OrderDraft,
    now: OffsetDateTime,
) -> Result<(Option<Order>, Vec<PendingEvent>)> {
    let unpaid = store::lock_unpaid(conn, account).await?;
    if unpaid.is_empty() {
        return Ok((None, vec![]));
    }
    let ids: Vec<uuid::Uuid> = unpaid.iter().map(|order| order.id.0).collect();
    let lines = lines::of_orders(conn, &ids).await?;
    let quotes = components::of_orders(conn, &ids, &lines).await?;
    let mut holds: HashMap<OrderId, BTreeSet<HoldId>> = HashMap::new();
    for line in lines {
        holds.entry(line.order).or_default().insert(line.hold);
    }
    let (wanted, mut same, mut stale) = (draft.holds(), None, vec![]);
    for order in unpaid {
        let has = holds.remove(&order.id).unwrap_or_default();
        if same.is_none()
            && has == wanted
            && quotes.get(&order.id) == Some(&draft.quote)
            && order.currency == draft.currency
        {
            same = Some(order);
        } else if !has.is_disjoint(&wanted) {
            stale.push(order);
        }
    }
    let events = cancel::cancel_locked(conn, &stale, CancelReason::Replaced, now).await?;
    Ok((same, events))
}

async fn insert(
    conn: &mut PgConnection,
    account: AccountId,
    draft: OrderDraft,
    address: Address,
    email: String,
    now: OffsetDateTime,
    events: &mut Vec<PendingEvent>,
) -> Result<String> {
    let order = Order {
        id: draft.lines.first().map_or_else(OrderId::new, |line| line.order),
        account,
        number: String::new(), // it is given one when it is inserted
        state: OrderState::AwaitingPayment,
        email,
        shipping_address: Json(address),
        currency: draft.currency,
        total_minor: draft.quote.total_minor(),
        rest_minor: draft.split.rest_minor,
        rest_due_on: draft.split.rest_due_on,
        rest_paid_at: None,
        kept_minor: draft.split.kept_minor,
        refunded_minor: 0,
        pay_by: draft.pay_by,
        created_at: now,
        confirmed_at: None,
        cancel_reason: None,
    };
    let number = store::insert(conn, &order, &draft.parcels, &draft.lines).await?;
    components::insert(conn, order.id, account, &draft.quote, &draft.lines).await?;
    for lines in draft.lines.chunk_by(|a, b| a.tenant == b.tenant) {
        let placed = |line: &OrderLine| {
            json!({
                "sale_id": line.sale,
                "visit_id": line.visit,
                "quantity": line.quantity,
            })
        };
        let ordered: Vec<_> = lines.iter().map(placed).collect();
        events.push(PendingEvent {
            tenant: lines[0].tenant,
            kind: "order.placed",
            payload: json!({"order_id": order.id, "lines": ordered}),
        });
    }
    Ok(number)
}
