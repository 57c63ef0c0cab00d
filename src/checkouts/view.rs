//! A checkout as its shopper sees it, priced as it would be ordered now.

use std::collections::HashMap;

use poem_openapi::Object;
use time::OffsetDateTime;

use super::{
    fields::TypedFields,
    state::CheckoutState,
    store::{CheckoutRow, list_open},
};
use crate::{
    kernel::{AccountId, CheckoutId, HoldId, Money, Result, SaleItemId},
    platform::Platform,
    pricing::{self, Component, ComponentKind, Payer, Quote, QuoteInput, QuoteLine, Rounding},
    sales::PublishedSale,
    stock::{self, Hold},
};

/// Holds that are to be ordered together, with what was typed on the way.
#[derive(Debug, Object)]
#[oai(rename = "Checkout")]
pub struct CheckoutView {
    id: CheckoutId,
    state: CheckoutState,
    /// ISO 4217.
    currency: String,
    /// Goes up when something is typed.
    version: i32,
    /// What was typed, by field: `email`, `phone`, `vat_id`, `billing_same` (`no`: the order is billed
    /// to another address), `payment_method`, and the parts of the addresses: `shipping.city`,
    /// `billing.city`, and so on, as an order's address has them.
    fields: TypedFields,
    /// What is held of it still, oldest first.
    items: Vec<CheckoutItemView>,
    /// Holds that are not held any more.
    ended_hold_ids: Vec<HoldId>,
    /// When the first of its holds expires whose clock runs; null while none runs.
    expires_at: Option<OffsetDateTime>,
    /// Of what is held still.
    price: CheckoutPriceView,
    /// What the shopper pays if it is placed now.
    total: Money,
    /// Of the order that it became; null until it is placed.
    order_number: Option<String>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    /// The server's time, to compute the time left from.
    server_time: OffsetDateTime,
}

/// Units that are held.
#[derive(Debug, Object)]
#[oai(rename = "CheckoutItem")]
struct CheckoutItemView {
    hold_id: HoldId,
    sale_slug: String,
    sale_item_id: SaleItemId,
    title: String,
    item_name: String,
    quantity: i32,
    /// At the time of the hold.
    unit_price: Money,
    /// Unit price times quantity.
    total: Money,
    /// While its clock stands still: when it would have expired.
    expires_at: OffsetDateTime,
    /// Since when its clock stands still; null while it runs.
    stopped_at: Option<OffsetDateTime>,
}

/// A checkout's price by its components. Those that are not `included` add up to the total.
#[derive(Debug, Object)]
#[oai(rename = "CheckoutPrice")]
struct CheckoutPriceView {
    /// The lines, before anything is taken off or added.
    subtotal: Money,
    components: Vec<CheckoutComponentView>,
}

/// A part of a checkout's price.
#[derive(Debug, Object)]
#[oai(rename = "CheckoutPriceComponent")]
struct CheckoutComponentView {
    kind: ComponentKind,
    /// Who bears it; of a discount, who lets the shopper off.
    payer: Payer,
    /// Null: it is for all that one provider sells in it.
    hold_id: Option<HoldId>,
    /// Negative for discounts alone.
    amount: Money,
    /// The other amounts contain it; it is not added to them.
    included: bool,
    /// Millionths: 190000 is 19 %. Null for what is no percentage.
    rate_ppm: Option<i32>,
    rounding: Rounding,
}

/// What a shopper holds, with the sales as they were then.
struct CheckoutHolds {
    holds: Vec<Hold>,
    sales: HashMap<HoldId, PublishedSale>,
    now: OffsetDateTime,
}

/// A checkout of this account.
pub async fn one(
    platform: &Platform,
    account: AccountId,
    row: CheckoutRow,
) -> Result<CheckoutView> {
    let held = CheckoutHolds::read(platform, account).await?;
    held.view(row)
}

/// The account's open checkouts, the one that was changed last first.
pub async fn open_ones(platform: &Platform, account: AccountId) -> Result<Vec<CheckoutView>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let rows = list_open(&mut tx, account).await?;
    drop(tx);
    let held = CheckoutHolds::read(platform, account).await?;
    rows.into_iter().map(|row| held.view(row)).collect()
}

impl CheckoutHolds {
    async fn read(platform: &Platform, account: AccountId) -> Result<Self> {
        let now = platform.clock.now();
        let mut tx = platform.db.shopper(Some(account)).await?;
        let holds = stock::held_by(&mut tx, account, now).await?;
        let sales = stock::sales_as_held(&mut tx, &holds).await?;
        Ok(Self { holds, sales, now })
    }

    fn view(&self, row: CheckoutRow) -> Result<CheckoutView> {
        let holds: Vec<&Hold> = self.holds.iter().filter(|hold| row.has(hold.id)).collect();
        let ended = row.hold_ids.iter().filter(|id| holds.iter().all(|hold| hold.id.0 != **id));
        let running = holds.iter().filter(|hold| hold.stopped_at.is_none());
        let quote = self.quote(&holds)?;
        let money = |amount: i64| Money::new(amount, &row.currency);
        Ok(CheckoutView {
            id: row.id,
            state: row.state,
            version: row.version,
            ended_hold_ids: ended.map(|id| HoldId(*id)).collect(),
            expires_at: running.map(|hold| hold.expires_at).min(),
            price: price(&quote, &row.currency),
            total: money(quote.total_minor()),
            items: holds.iter().filter_map(|hold| self.item(hold, &quote)).collect(),
            order_number: row.order_number,
            created_at: row.created_at,
            updated_at: row.updated_at,
            server_time: self.now,
            fields: row.fields.0,
            currency: row.currency,
        })
    }

    fn quote(&self, holds: &[&Hold]) -> Result<Quote> {
        let line = |hold: &&Hold| {
            let item = self.sales.get(&hold.id)?.item(hold.sale_item_id)?;
            Some(QuoteLine {
                hold: hold.id,
                tenant: hold.tenant,
                quantity: hold.quantity,
                unit_price_minor: item.price_minor,
            })
        };
        let lines = holds.iter().filter_map(line).collect();
        pricing::quote(&QuoteInput { lines, ..QuoteInput::default() })
    }

    fn item(&self, hold: &Hold, quote: &Quote) -> Option<CheckoutItemView> {
        let sale = self.sales.get(&hold.id)?;
        let item = sale.item(hold.sale_item_id)?;
        let currency = &sale.content.currency;
        Some(CheckoutItemView {
            hold_id: hold.id,
            sale_slug: sale.slug.clone(),
            sale_item_id: hold.sale_item_id,
            title: sale.content.title.clone(),
            item_name: item.name.clone(),
            quantity: hold.quantity,
            unit_price: Money::new(item.price_minor, currency),
            total: Money::new(quote.line_minor(hold.id), currency),
            expires_at: hold.expires_at,
            stopped_at: hold.stopped_at,
        })
    }
}

/// A price as the shopper sees it. What somebody else pays is left out.
fn price(quote: &Quote, currency: &str) -> CheckoutPriceView {
    let is_shown =
        |part: &&Component| part.payer == Payer::Shopper || part.kind == ComponentKind::Discount;
    let view = |part: &Component| CheckoutComponentView {
        kind: part.kind,
        payer: part.payer,
        hold_id: part.hold,
        amount: Money::new(part.amount_minor, currency),
        included: part.included,
        rate_ppm: part.rate_ppm,
        rounding: part.rounding,
    };
    CheckoutPriceView {
        subtotal: Money::new(quote.subtotal_minor(), currency),
        components: quote.components().iter().filter(is_shown).map(view).collect(),
    }
}
