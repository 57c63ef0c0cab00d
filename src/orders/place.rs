//! Checkout: what a shopper holds, or chose of it, becomes one unpaid order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::{PgConnection, types::Json};
use time::{Duration, OffsetDateTime};

use super::{
    address::Address,
    billing::{Billing, BillingInput},
    cancel,
    chosen::chosen,
    components,
    deposit::Split,
    earlier::EarlierOrders,
    lines::OrderLine,
    new_orders::{self, NewOrder, NewParcel},
    pending_events, shown,
    state::{CancelReason, OrderState},
    store::{self, Order},
    unpaid,
    view::OrderView,
};
use crate::{
    access::accounts,
    kernel::{
        AccountId, Country, Error, FieldErrors, HoldId, LineId, Money, OrderId, ParcelId, Result,
        validate,
    },
    platform::{
        Platform,
        hot_path::{GroupAnswers, Grouped, firsts, refusal, submit},
    },
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
    pub billing: BillingInput<'a>,
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
    let Checkout { address, email, billing, currency, hold_ids, expected_total_minor } = checkout;
    let mut fields = FieldErrors::default();
    let address = address.checked(&platform.addresses, &mut fields, "shipping_address");
    let email = email
        .map(str::trim)
        .filter(|email| !email.is_empty())
        .map(|email| validate::email(&mut fields, "email", email));
    let billing = billing.checked(&platform.addresses, &mut fields, &address);
    fields.finish()?;

    let placement = CheckedCheckout {
        account,
        address,
        email,
        billing,
        currency: currency.map(str::to_owned),
        hold_ids: hold_ids.map(<[HoldId]>::to_vec),
        expected_total_minor,
    };
    let order = submit(&platform.groups, platform, placement).await?;
    shown::order(platform, order).await
}

/// A checkout whose fields were checked.
struct CheckedCheckout {
    account: AccountId,
    address: Address,
    email: Option<String>,
    billing: Billing,
    currency: Option<String>,
    hold_ids: Option<Vec<HoldId>>,
    expected_total_minor: Option<i64>,
}

impl Grouped for CheckedCheckout {
    type Answer = OrderId;
    type Context = Platform;
    const NAME: &'static str = "checkouts";

    async fn commit(platform: &Platform, group: &[Self]) -> Result<GroupAnswers<OrderId>> {
        place_all(platform, group).await
    }

    async fn alone(platform: &Platform, member: &Self) -> Result<OrderId> {
        let answer = place_all(platform, std::slice::from_ref(member)).await?.pop().flatten();
        answer.unwrap_or_else(|| Err(anyhow::anyhow!("a checkout has no answer").into()))
    }
}

/// An order that is about to be placed for a member of a group.
struct Placing<'a> {
    /// Which member.
    nth: usize,
    placement: &'a CheckedCheckout,
    email: String,
    draft: OrderDraft,
}

/// Places the orders of a group. One that finds an earlier order in its way, which it keeps or
/// replaces, leaves the group; so does the second of an account.
async fn place_all(
    platform: &Platform,
    group: &[CheckedCheckout],
) -> Result<GroupAnswers<OrderId>> {
    let now = platform.clock.now();
    let mut answers: GroupAnswers<OrderId> = group.iter().map(|_| None).collect();
    let firsts = firsts(group.iter().map(|placement| placement.account));
    let members: Vec<(usize, &CheckedCheckout)> =
        group.iter().enumerate().filter(|(nth, _)| firsts[*nth]).collect();
    let mut tx = platform.groups.db().platform("place orders").await?;
    let accounts: Vec<AccountId> = members.iter().map(|(_, placement)| placement.account).collect();
    store::lock_checkouts(&mut tx, &accounts).await?;
    let placing = draft_all(&mut tx, &members, &mut answers, now).await?;
    let accounts: Vec<AccountId> =
        placing.iter().map(|placing| placing.placement.account).collect();
    let mut earlier = EarlierOrders::lock(&mut tx, &accounts).await?;

    let (mut placed, mut new, mut events) = (vec![], vec![], vec![]);
    for Placing { nth, placement, email, draft } in placing {
        let (same, stale) =
            earlier.in_the_way(placement.account, &draft.holds(), &draft.quote, &draft.currency);
        if group.len() > 1 && (same.is_some() || !stale.is_empty()) {
            continue;
        }
        if !stale.is_empty() {
            let reason = CancelReason::Replaced;
            events.extend(cancel::cancel_locked(&mut tx, &stale, reason, now).await?);
        }
        if let Some(order) = same {
            let (address, pay_by) = (&placement.address, draft.pay_by);
            unpaid::readdress(&mut tx, &order, address, &email, pay_by).await?;
            unpaid::rebill(&mut tx, &order, &placement.billing).await?;
            placed.push((nth, order.id));
        } else {
            let order = draft.into_order(placement, email, now);
            events.extend(order.placed_events());
            placed.push((nth, order.order.id));
            new.push(order);
        }
    }
    if placed.is_empty() {
        return Ok(answers);
    }
    if !new.is_empty() {
        new_orders::insert_all(&mut tx, &mut new).await?;
    }
    pending_events::publish(&mut tx, events).await?;
    tx.commit().await?;
    for (nth, order) in placed {
        answers[nth] = Some(Ok(order));
    }
    Ok(answers)
}

/// Drafts the orders of the members of a group; those that are refused get their answer.
async fn draft_all<'a>(
    conn: &mut PgConnection,
    members: &[(usize, &'a CheckedCheckout)],
    answers: &mut [Option<Result<OrderId>>],
    now: OffsetDateTime,
) -> Result<Vec<Placing<'a>>> {
    let accounts: Vec<AccountId> = members.iter().map(|(_, placement)| placement.account).collect();
    let mut held = stock::held_by_each(conn, &accounts, now).await?;
    let (mut chosen_holds, mut without) = (vec![], vec![]);
    for (nth, placement) in members {
        let mut holds = held.remove(&placement.account).unwrap_or_default();
        if let Some(ids) = &placement.hold_ids {
            match refusal(chosen(conn, placement.account, holds, ids).await)? {
                Ok(chosen) => holds = chosen,
                Err(refused) => {
                    answers[*nth] = Some(Err(refused));
                    continue;
                }
            }
        }
        if holds.is_empty() {
            without.push((*nth, placement.account));
        } else {
            chosen_holds.push((*nth, *placement, holds));
        }
    }
    let all: Vec<Hold> = chosen_holds.iter().flat_map(|(.., holds)| holds).cloned().collect();
    // As they were when the units were held: what is held is sold at its price and terms, even while
    // its sale is halted.
    let mut as_held = stock::sales_as_held(conn, &all).await?;
    let unnamed: Vec<AccountId> = chosen_holds
        .iter()
        .filter(|(_, placement, _)| placement.email.is_none())
        .map(|(_, placement, _)| placement.account)
        .collect();
    let emails = accounts::emails_of(conn, &unnamed).await?;
    let mut placing = vec![];
    for (nth, placement, mut holds) in chosen_holds {
        let mut sales: HashMap<HoldId, PublishedSale> =
            holds.iter().filter_map(|hold| Some((hold.id, as_held.remove(&hold.id)?))).collect();
        if let Some(currency) = &placement.currency {
            sales.retain(|_, sale| sale.content.currency == *currency);
            holds.retain(|hold| sales.contains_key(&hold.id));
        }
        if holds.is_empty() {
            without.push((nth, placement.account));
            continue;
        }
        let given = placement.email.as_ref().or_else(|| emails.get(&placement.account));
        let drafted = given
            .ok_or(Error::NotFound("account"))
            .and_then(|email| Ok((email.clone(), draft(placement, holds, &sales)?)));
        match refusal(drafted)? {
            Ok((email, draft)) => placing.push(Placing { nth, placement, email, draft }),
            Err(refused) => answers[nth] = Some(Err(refused)),
        }
    }
    refuse_empty(conn, &without, answers, now).await?;
    Ok(placing)
}

/// The order for some holds, if it can be placed as its shopper was shown it.
fn draft(
    placement: &CheckedCheckout,
    holds: Vec<Hold>,
    sales: &HashMap<HoldId, PublishedSale>,
) -> Result<OrderDraft> {
    check_countries(sales, &placement.address)?;
    let draft = OrderDraft::new(holds, sales)?;
    draft.require_total(placement.expected_total_minor)?;
    Ok(draft)
}

/// Tells members why there is nothing to order: nothing was held, or the holds ran out.
async fn refuse_empty(
    conn: &mut PgConnection,
    members: &[(usize, AccountId)],
    answers: &mut [Option<Result<OrderId>>],
    now: OffsetDateTime,
) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    let accounts: Vec<AccountId> = members.iter().map(|(_, account)| *account).collect();
    let since = now - EXPIRED_MENTIONED;
    let expired = stock::with_expired_since(conn, &accounts, since, now).await?;
    for (nth, account) in members {
        answers[*nth] = Some(Err(if expired.contains(account) {
            hold_expired()
        } else {
            Error::conflict(
                "cart_empty",
                "Your cart is empty, so there is nothing to order. Choose something in a sale first.",
            )
        }));
    }
    Ok(())
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

    fn into_order(
        self,
        placement: &CheckedCheckout,
        email: String,
        now: OffsetDateTime,
    ) -> NewOrder {
        let order = Order {
            id: self.lines.first().map_or_else(OrderId::new, |line| line.order),
            account: placement.account,
            number: String::new(), // it is given one when it is inserted
            state: OrderState::AwaitingPayment,
            email,
            shipping_address: Json(placement.address.clone()),
            phone: placement.billing.phone.clone(),
            billing_address: placement.billing.address.clone().map(Json),
            vat_id: placement.billing.vat_id.clone(),
            currency: self.currency,
            total_minor: self.quote.total_minor(),
            rest_minor: self.split.rest_minor,
            rest_due_on: self.split.rest_due_on,
            rest_paid_at: None,
            kept_minor: self.split.kept_minor,
            refunded_minor: 0,
            pay_by: self.pay_by,
            created_at: now,
            confirmed_at: None,
            cancel_reason: None,
        };
        NewOrder { order, quote: self.quote, parcels: self.parcels, lines: self.lines }
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
