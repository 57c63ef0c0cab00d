//! Properties of prices.

use proptest::prelude::*;

use super::{
    Component, ComponentKind, Discount, Fee, Payer, PriceAmount, Quote, QuoteInput, QuoteLine,
    Rounding, ShippingCharge, TaxRule, apportion, quote,
};
use crate::kernel::{
    HoldId, TenantId,
    limits::{AMOUNT_MINOR_MAX, ORDER_LINES_MAX, PRICE_MINOR_MAX, SUM_MAX, UNITS_PER_SHOPPER_MAX},
};

fn line(tenant: TenantId, unit_price_minor: i64, quantity: i32) -> QuoteLine {
    QuoteLine { hold: HoldId::new(), tenant, quantity, unit_price_minor }
}

fn rate_or_fixed() -> impl Strategy<Value = PriceAmount> {
    prop_oneof![
        (0_i64..3_000_000).prop_map(PriceAmount::Fixed),
        (0_i32..=1_000_000).prop_map(PriceAmount::Rate),
    ]
}

fn payer() -> impl Strategy<Value = Payer> {
    prop_oneof![Just(Payer::Shopper), Just(Payer::Provider), Just(Payer::Smp)]
}

/// Checkouts with lines of three providers. What names a provider names one that sells.
fn checkout() -> impl Strategy<Value = QuoteInput> {
    let lines = prop::collection::vec((0_usize..3, 0_i64..2_000_000, 1_i32..20), 1..8);
    let discounts = prop::collection::vec((any::<bool>(), 0_usize..8, rate_or_fixed()), 0..4);
    let shipping = prop::collection::vec((0_usize..8, payer(), 0_i64..50_000), 0..3);
    let taxes = prop::collection::vec((0_usize..8, 0_i32..=1_000_000, any::<bool>()), 0..3);
    let fees = prop::collection::vec((0_usize..9, payer(), rate_or_fixed()), 0..3);
    (lines, discounts, shipping, taxes, fees).prop_map(
        |(lines, discounts, shipping, taxes, fees)| {
            let tenants = [TenantId::new(), TenantId::new(), TenantId::new()];
            let lines: Vec<QuoteLine> = lines
                .into_iter()
                .map(|(nth, price, units)| line(tenants[nth], price, units))
                .collect();
            let seller = |nth: usize| lines[nth % lines.len()].tenant;
            QuoteInput {
                discounts: discounts
                    .into_iter()
                    .map(|(by_smp, nth, amount)| Discount {
                        payer: if by_smp { Payer::Smp } else { Payer::Provider },
                        tenant: (!by_smp).then(|| seller(nth)),
                        amount,
                    })
                    .collect(),
                shipping: shipping
                    .into_iter()
                    .map(|(nth, payer, amount_minor)| ShippingCharge {
                        tenant: seller(nth),
                        payer,
                        amount_minor,
                    })
                    .collect(),
                taxes: taxes
                    .into_iter()
                    .map(|(nth, rate_ppm, included)| TaxRule {
                        tenant: seller(nth),
                        rate_ppm,
                        included,
                    })
                    .collect(),
                fees: fees
                    .into_iter()
                    .map(|(nth, payer, amount)| Fee {
                        tenant: if nth == 8 { TenantId::PLATFORM } else { seller(nth) },
                        payer,
                        amount,
                    })
                    .collect(),
                lines,
            }
        },
    )
}

fn of_line(quote: &Quote, hold: HoldId) -> i64 {
    let parts = quote.components().iter().filter(|part| part.hold == Some(hold));
    parts.map(Component::charged_minor).sum()
}

proptest! {
    #[test]
    fn sums_agree_and_nothing_is_negative(input in checkout()) {
        let quote = quote(&input).unwrap();
        let mut tenants: Vec<TenantId> = input.lines.iter().map(|line| line.tenant).collect();
        tenants.push(TenantId::PLATFORM);
        tenants.sort();
        tenants.dedup();
        let of_tenants: i64 = tenants.iter().map(|tenant| quote.total_of_minor(*tenant)).sum();
        prop_assert_eq!(of_tenants, quote.total_minor());
        let lines: i64 = input.lines.iter().map(|line| quote.line_minor(line.hold)).sum();
        prop_assert_eq!(lines, quote.subtotal_minor());
        let own: i64 =
            input.lines.iter().map(|line| line.unit_price_minor * i64::from(line.quantity)).sum();
        prop_assert_eq!(lines, own);
        for line in &input.lines {
            prop_assert!(of_line(&quote, line.hold) >= 0);
        }
        for tenant in tenants {
            prop_assert!(quote.total_of_minor(tenant) >= 0);
        }
        for part in quote.components() {
            let is_discount = part.kind == ComponentKind::Discount;
            prop_assert_eq!(is_discount, part.amount_minor < 0);
        }
    }

    #[test]
    fn the_order_of_lines_does_not_matter(input in checkout(), turn in 0_usize..8) {
        let mut turned = input.clone();
        let by = turn % turned.lines.len();
        turned.lines.rotate_left(by);
        prop_assert_eq!(quote(&turned).unwrap(), quote(&input).unwrap());
        turned.lines.reverse();
        prop_assert_eq!(quote(&turned).unwrap(), quote(&input).unwrap());
    }

    #[test]
    fn shares_add_up(
        weights in prop::collection::vec(0_i64..=AMOUNT_MINOR_MAX, 1..100),
        millionths in 0_i128..=1_000_000,
    ) {
        let sum: i64 = weights.iter().sum();
        let amount = i64::try_from(i128::from(sum) * millionths / 1_000_000).unwrap();
        let shares = apportion(&weights, amount);
        prop_assert_eq!(shares.iter().sum::<i64>(), amount);
        for (share, weight) in shares.iter().zip(&weights) {
            prop_assert!((0..=*weight).contains(share));
        }
    }

    #[test]
    fn a_percentage_off_is_what_it_says_to_a_minor_unit(
        prices in prop::collection::vec(1_i64..1_000_000, 1..8),
        rate in 0_i32..=1_000_000,
    ) {
        let tenant = TenantId::new();
        let lines: Vec<QuoteLine> = prices.iter().map(|price| line(tenant, *price, 1)).collect();
        let discount =
            Discount { payer: Payer::Smp, tenant: None, amount: PriceAmount::Rate(rate) };
        let input = QuoteInput { lines, discounts: vec![discount], ..QuoteInput::default() };
        let quote = quote(&input).unwrap();
        let off = i128::from(quote.subtotal_minor() - quote.total_minor());
        let exact = i128::from(quote.subtotal_minor()) * i128::from(rate);
        prop_assert!((off * 1_000_000 - exact).abs() <= 500_000);
    }
}

#[test]
fn the_dearest_order_has_a_price() {
    let tenant = TenantId::new();
    let lines: Vec<QuoteLine> = (0..ORDER_LINES_MAX)
        .map(|_| line(tenant, PRICE_MINOR_MAX, UNITS_PER_SHOPPER_MAX))
        .collect();
    let whole = AMOUNT_MINOR_MAX * ORDER_LINES_MAX;
    let input = QuoteInput {
        lines,
        discounts: vec![Discount {
            payer: Payer::Provider,
            tenant: Some(tenant),
            amount: PriceAmount::Rate(500_000),
        }],
        shipping: vec![ShippingCharge {
            tenant,
            payer: Payer::Shopper,
            amount_minor: AMOUNT_MINOR_MAX,
        }],
        taxes: vec![TaxRule { tenant, rate_ppm: 1_000_000, included: false }],
        fees: vec![],
    };
    let quoted = quote(&input).unwrap();
    assert_eq!(quoted.subtotal_minor(), whole);
    assert_eq!(quoted.total_minor(), 2 * (whole / 2 + AMOUNT_MINOR_MAX));
    assert!(quoted.total_minor() <= SUM_MAX);

    let taxes = vec![TaxRule { tenant, rate_ppm: 1_000_000, included: false }; 100];
    assert!(quote(&QuoteInput { taxes, ..input }).is_err(), "above the largest sum");
}

#[test]
fn an_order_of_today_is_its_lines() {
    let (north, south) = (TenantId::new(), TenantId::new());
    let lines = vec![line(south, 4900, 1), line(north, 4900, 2), line(north, 8900, 1)];
    let quote = quote(&QuoteInput { lines: lines.clone(), ..QuoteInput::default() }).unwrap();
    assert_eq!(quote.total_minor(), 2 * 4900 + 8900 + 4900);
    assert_eq!(quote.total_of_minor(north), 2 * 4900 + 8900);
    assert_eq!(quote.total_of_minor(south), 4900);
    assert_eq!(quote.line_minor(lines[1].hold), 9800);
    assert_eq!(quote.components().len(), 3);
    assert!(quote.components().iter().all(|part| {
        part.kind == ComponentKind::Line
            && part.payer == Payer::Shopper
            && part.rounding == Rounding::Exact
            && !part.included
    }));
}

#[test]
fn what_others_bear_and_what_prices_contain_is_not_charged() {
    let tenant = TenantId::new();
    let input = QuoteInput {
        lines: vec![line(tenant, 11_900, 1)],
        shipping: vec![ShippingCharge { tenant, payer: Payer::Provider, amount_minor: 490 }],
        taxes: vec![TaxRule { tenant, rate_ppm: 190_000, included: true }],
        fees: vec![Fee { tenant, payer: Payer::Provider, amount: PriceAmount::Rate(125_000) }],
        ..QuoteInput::default()
    };
    let quote = quote(&input).unwrap();
    assert_eq!(quote.total_minor(), 11_900);
    let amounts: Vec<_> =
        quote.components().iter().map(|part| (part.kind, part.amount_minor)).collect();
    assert_eq!(
        amounts,
        [
            (ComponentKind::Line, 11_900),
            (ComponentKind::Shipping, 490),
            (ComponentKind::Tax, 1_900),
            (ComponentKind::Fee, 1_488),
        ]
    );
}

#[test]
fn left_over_units_go_to_the_largest_remainders() {
    let tenant = TenantId::new();
    let mut lines = vec![line(tenant, 100, 1), line(tenant, 100, 1), line(tenant, 100, 1)];
    lines.sort_by_key(|line| line.hold);
    let discount = Discount { payer: Payer::Smp, tenant: None, amount: PriceAmount::Fixed(100) };
    let input = QuoteInput { lines, discounts: vec![discount], ..QuoteInput::default() };
    let quote = quote(&input).unwrap();
    let off: Vec<i64> = quote.components()[3..].iter().map(|part| part.amount_minor).collect();
    assert_eq!(off, [-34, -33, -33]);
}

#[test]
fn nonsense_has_no_price() {
    let tenant = TenantId::new();
    let good = line(tenant, 100, 1);
    let with = |input: QuoteInput| quote(&QuoteInput { lines: vec![good], ..input }).is_err();
    for bad in [
        vec![line(tenant, -1, 1)],
        vec![line(tenant, 100, 0)],
        vec![line(tenant, AMOUNT_MINOR_MAX + 1, 1)],
        vec![line(tenant, i64::MAX, i32::MAX)],
        vec![good, good],
        (0..=ORDER_LINES_MAX).map(|_| line(tenant, 1, 1)).collect(),
    ] {
        assert!(quote(&QuoteInput { lines: bad, ..QuoteInput::default() }).is_err());
    }
    let discount = |payer, amount| {
        let discounts = vec![Discount { payer, tenant: Some(tenant), amount }];
        QuoteInput { discounts, ..QuoteInput::default() }
    };
    assert!(!with(discount(Payer::Smp, PriceAmount::Fixed(500))), "it takes what there is");
    assert!(with(discount(Payer::Shopper, PriceAmount::Fixed(5))));
    assert!(with(discount(Payer::Smp, PriceAmount::Fixed(-5))));
    assert!(with(discount(Payer::Smp, PriceAmount::Rate(1_000_001))));
    let stranger = TenantId::new();
    let tax = TaxRule { tenant: stranger, rate_ppm: 1, included: false };
    assert!(with(QuoteInput { taxes: vec![tax], ..QuoteInput::default() }));
    let shipping = ShippingCharge { tenant, payer: Payer::Shopper, amount_minor: -1 };
    assert!(with(QuoteInput { shipping: vec![shipping], ..QuoteInput::default() }));
}
