//! The price that an order keeps, by its components.

use std::collections::{BTreeMap, HashMap};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    lines::OrderLine,
    rules::RefundablePart,
    view::{OrderPriceView, PriceComponentView},
};
use crate::{
    kernel::{HoldId, LineId, Money, OrderId, ParcelId, Result, TenantId},
    pricing::{self, Component, ComponentKind, Payer, Quote, QuoteInput, QuoteLine, Rounding},
};

/// Components read of some orders, at most.
const COMPONENTS_MAX: i64 = 50_000;

/// The price of lines that are about to be ordered.
pub fn quote(lines: &[OrderLine]) -> Result<Quote> {
    let line = |line: &OrderLine| QuoteLine {
        hold: line.hold,
        tenant: line.tenant,
        quantity: line.quantity,
        unit_price_minor: line.unit_price_minor,
    };
    let lines = lines.iter().map(line).collect();
    pricing::quote(&QuoteInput { lines, ..QuoteInput::default() })
}

/// Freezes the prices of orders whose lines are inserted: of each its id, price and lines.
pub async fn insert_all(
    conn: &mut PgConnection,
    orders: &[(OrderId, &Quote, &[OrderLine])],
) -> Result<()> {
    let ids: HashMap<(OrderId, HoldId), LineId> = orders
        .iter()
        .flat_map(|(order, _, lines)| lines.iter().map(|line| ((*order, line.hold), line.id)))
        .collect();
    let mut parts: Vec<(OrderId, i32, &Component)> = vec![];
    for (order, quote, _) in orders {
        parts.extend((0..).zip(quote.components()).map(|(nth, part)| (*order, nth, part)));
    }
    let order_ids: Vec<Uuid> = parts.iter().map(|(order, ..)| order.0).collect();
    let positions: Vec<i32> = parts.iter().map(|(_, nth, _)| *nth).collect();
    let tenants: Vec<Uuid> = parts.iter().map(|(.., part)| part.tenant.0).collect();
    let line_ids: Vec<Option<Uuid>> =
        parts.iter().map(|(order, _, part)| Some(ids.get(&(*order, part.hold?))?.0)).collect();
    let kinds: Vec<&str> = parts.iter().map(|(.., part)| part.kind.into()).collect();
    let payers: Vec<&str> = parts.iter().map(|(.., part)| part.payer.into()).collect();
    let amounts: Vec<i64> = parts.iter().map(|(.., part)| part.amount_minor).collect();
    let included: Vec<bool> = parts.iter().map(|(.., part)| part.included).collect();
    let rates: Vec<Option<i32>> = parts.iter().map(|(.., part)| part.rate_ppm).collect();
    let roundings: Vec<&str> = parts.iter().map(|(.., part)| part.rounding.into()).collect();
    sqlx::query!(
        "INSERT INTO order_components (tenant_id, order_id, position, account_id, kind, payer,
             line_id, amount_minor, included, rate_ppm, rounding)
         SELECT c.tenant_id, o.id, c.position, o.account_id, c.kind, c.payer, c.line_id, c.amount,
             c.included, c.rate, c.rounding
         FROM UNNEST($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::uuid[],
                     $7::bigint[], $8::bool[], $9::int[], $10::text[])
              AS c (order_id, position, tenant_id, kind, payer, line_id, amount, included, rate,
                    rounding)
         JOIN orders o ON o.id = c.order_id",
        &order_ids,
        &positions,
        &tenants,
        &kinds as &[&str],
        &payers as &[&str],
        &line_ids as &[Option<Uuid>],
        &amounts,
        &included,
        &rates as &[Option<i32>],
        &roundings as &[&str],
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct ComponentRow {
    order: OrderId,
    tenant: TenantId,
    kind: ComponentKind,
    payer: Payer,
    line: Option<LineId>,
    amount_minor: i64,
    included: bool,
    rate_ppm: Option<i32>,
    rounding: Rounding,
}

/// The prices of some orders with these lines, as they were frozen. An order that a node of an
/// earlier release placed has none, and costs what its lines do.
pub async fn of_orders(
    conn: &mut PgConnection,
    orders: &[Uuid],
    lines: &[OrderLine],
) -> Result<HashMap<OrderId, Quote>> {
    let rows = sqlx::query_as!(
        ComponentRow,
        r#"SELECT order_id AS "order: OrderId", tenant_id AS "tenant: TenantId",
                  kind AS "kind: ComponentKind", payer AS "payer: Payer",
                  line_id AS "line: LineId", amount_minor, included, rate_ppm,
                  rounding AS "rounding: Rounding"
           FROM order_components WHERE order_id = ANY($1)
           ORDER BY order_id, position LIMIT $2"#,
        orders,
        COMPONENTS_MAX,
    )
    .fetch_all(conn)
    .await?;
    let holds: HashMap<LineId, HoldId> = lines.iter().map(|line| (line.id, line.hold)).collect();
    let mut frozen: HashMap<OrderId, Vec<Component>> = HashMap::new();
    for row in rows {
        frozen.entry(row.order).or_default().push(Component {
            tenant: row.tenant,
            kind: row.kind,
            payer: row.payer,
            hold: row.line.and_then(|line| holds.get(&line).copied()),
            amount_minor: row.amount_minor,
            included: row.included,
            rate_ppm: row.rate_ppm,
            rounding: row.rounding,
        });
    }
    let mut quotes: HashMap<OrderId, Quote> =
        frozen.into_iter().map(|(order, parts)| (order, Quote::frozen(parts))).collect();
    let mut unfrozen: HashMap<OrderId, Vec<OrderLine>> = HashMap::new();
    for line in lines.iter().filter(|line| !quotes.contains_key(&line.order)) {
        unfrozen.entry(line.order).or_default().push(line.clone());
    }
    for (order, lines) in unfrozen {
        quotes.insert(order, quote(&lines)?);
    }
    Ok(quotes)
}

/// The price of one order with these lines, as it was frozen.
pub async fn of_order(
    conn: &mut PgConnection,
    order: OrderId,
    lines: &[OrderLine],
) -> Result<Quote> {
    Ok(of_orders(conn, &[order.0], lines).await?.remove(&order).unwrap_or_default())
}

/// A part of an order that refunds are shared out over.
pub struct PricedPart<'l> {
    pub tenant: TenantId,
    /// None: what SMP charges for the order.
    pub parcel: Option<ParcelId>,
    /// None: what is charged for all of a provider's lines, such as shipping.
    pub line: Option<&'l OrderLine>,
    /// What the shopper paid for it, in minor units.
    pub price_minor: i64,
}

/// What an order with this price was charged for, by tenant: each line with all that belongs to it,
/// then what the tenant charges for them together. `lines` come as from `lines::of_orders`.
pub fn parts<'l>(quote: &Quote, lines: &'l [OrderLine]) -> Vec<PricedPart<'l>> {
    let mut of_lines: HashMap<HoldId, i64> = HashMap::new();
    let mut of_tenants: BTreeMap<TenantId, i64> = BTreeMap::new();
    for part in quote.components() {
        let sum = match part.hold {
            Some(hold) => of_lines.entry(hold).or_default(),
            None => of_tenants.entry(part.tenant).or_default(),
        };
        *sum += part.charged_minor();
    }
    let mut parts = vec![];
    for lines in lines.chunk_by(|a, b| a.tenant == b.tenant) {
        let (tenant, parcel) = (lines[0].tenant, Some(lines[0].parcel));
        parts.extend(lines.iter().map(|line| PricedPart {
            tenant,
            parcel,
            line: Some(line),
            price_minor: of_lines.get(&line.hold).copied().unwrap_or_default(),
        }));
        if let Some(price_minor) = of_tenants.remove(&tenant).filter(|price| *price > 0) {
            parts.push(PricedPart { tenant, parcel, line: None, price_minor });
        }
    }
    let rest = of_tenants.into_iter().filter(|(_, price)| *price > 0);
    parts.extend(rest.map(|(tenant, price_minor)| PricedPart {
        tenant,
        parcel: None,
        line: None,
        price_minor,
    }));
    parts
}

/// The parts of an order, as the rules of refunds see them.
pub fn refundable(parts: &[PricedPart<'_>]) -> Vec<RefundablePart> {
    let refundable = |part: &PricedPart<'_>| RefundablePart {
        price_minor: part.price_minor,
        parcel: part.parcel,
    };
    parts.iter().map(refundable).collect()
}

/// A price as the shopper sees it. What somebody else pays for the order is left out.
pub fn price_view(quote: &Quote, lines: &[&OrderLine], currency: &str) -> OrderPriceView {
    let money = |amount: i64| Money::new(amount, currency);
    let of_hold = |hold: HoldId| lines.iter().find(|line| line.hold == hold);
    let parcel_of = |tenant: TenantId| lines.iter().find(|line| line.tenant == tenant);
    let is_shown =
        |part: &&Component| part.payer == Payer::Shopper || part.kind == ComponentKind::Discount;
    let view = |part: &Component| PriceComponentView {
        kind: part.kind,
        payer: part.payer,
        parcel_id: parcel_of(part.tenant).map(|line| line.parcel),
        line_id: part.hold.and_then(of_hold).map(|line| line.id),
        amount: money(part.amount_minor),
        included: part.included,
        rate_ppm: part.rate_ppm,
        rounding: part.rounding,
    };
    OrderPriceView {
        subtotal: money(quote.subtotal_minor()),
        components: quote.components().iter().filter(is_shown).map(view).collect(),
        total: money(quote.total_minor()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        kernel::{SaleId, SaleItemId},
        orders::rules::{self, PriorRefund},
        pricing::{Discount, Fee, PriceAmount, ShippingCharge, TaxRule},
    };

    fn line(tenant: TenantId, parcel: ParcelId, unit_price_minor: i64, quantity: i32) -> OrderLine {
        OrderLine {
            tenant,
            id: LineId::new(),
            parcel,
            order: OrderId(Uuid::nil()),
            sale: SaleId::new(),
            sale_item: SaleItemId::new(),
            hold: HoldId::new(),
            visit: None,
            title: String::new(),
            item_name: String::new(),
            sku: String::new(),
            image_key: None,
            quantity,
            unit_price_minor,
            deposit_minor: None,
            rest_due_on: None,
            slot_starts_on: None,
            slot_ends_on: None,
            voucher_valid_days: None,
        }
    }

    /// A price with everything a price can have.
    fn full_quote(lines: &[OrderLine], rate_ppm: i32) -> Quote {
        let tenant = lines[0].tenant;
        let priced = lines.iter().map(|line| QuoteLine {
            hold: line.hold,
            tenant: line.tenant,
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
        });
        let input = QuoteInput {
            lines: priced.collect(),
            discounts: vec![Discount {
                payer: Payer::Smp,
                tenant: None,
                amount: PriceAmount::Rate(rate_ppm),
            }],
            shipping: vec![ShippingCharge { tenant, payer: Payer::Shopper, amount_minor: 499 }],
            taxes: vec![TaxRule { tenant, rate_ppm: 190_000, included: false }],
            fees: vec![Fee {
                tenant: TenantId::PLATFORM,
                payer: Payer::Shopper,
                amount: PriceAmount::Fixed(99),
            }],
        };
        pricing::quote(&input).unwrap()
    }

    proptest! {
        #[test]
        fn partial_refunds_add_up_to_the_whole(
            prices in prop::collection::vec((any::<bool>(), 0_i64..500_000, 1_i32..4), 1..8),
            rate_ppm in 0_i32..=1_000_000,
            amounts in prop::collection::vec(1_i64..400_000, 0..6),
            refunds_parcel in any::<bool>(),
        ) {
            let (tenants, parcels) =
                ([TenantId::new(), TenantId::new()], [ParcelId::new(), ParcelId::new()]);
            let mut lines: Vec<OrderLine> = prices
                .into_iter()
                .map(|(second, price, units)| {
                    line(tenants[usize::from(second)], parcels[usize::from(second)], price, units)
                })
                .collect();
            lines.sort_by_key(|line| (line.tenant, line.id));
            let quote = full_quote(&lines, rate_ppm);
            let parts = parts(&quote, &lines);
            let refundable = refundable(&parts);
            let whole: i64 = refundable.iter().map(|part| part.price_minor).sum();
            prop_assert_eq!(whole, quote.total_minor());

            let mut taken = vec![0_i64; parts.len()];
            let mut prior: Vec<PriorRefund<'static>> = vec![];
            let refund = |refund: PriorRefund<'static>, taken: &mut Vec<i64>, prior: &mut Vec<PriorRefund<'static>>| {
                let shares = rules::shares(&refundable, prior, refund);
                taken.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
                prior.push(refund);
            };
            if refunds_parcel {
                let parcel = lines[0].parcel;
                let left = rules::left_of_parcel(&refundable, &prior, parcel);
                prop_assert_eq!(left, quote.total_of_minor(lines[0].tenant));
                let of_parcel = PriorRefund { amount_minor: left, parcel: Some(parcel), of_parts: &[] };
                refund(of_parcel, &mut taken, &mut prior);
            }
            for amount in amounts {
                let left = whole - taken.iter().sum::<i64>();
                let some = PriorRefund { amount_minor: amount.min(left), parcel: None, of_parts: &[] };
                refund(some, &mut taken, &mut prior);
                for (taken, part) in taken.iter().zip(&parts) {
                    prop_assert!((0..=part.price_minor).contains(taken));
                }
            }
            let left = whole - taken.iter().sum::<i64>();
            refund(PriorRefund { amount_minor: left, parcel: None, of_parts: &[] }, &mut taken, &mut prior);
            for (taken, part) in taken.iter().zip(&parts) {
                prop_assert_eq!(*taken, part.price_minor);
            }
        }
    }
}
