//! The rule of prices.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    component::{Component, ComponentKind, Payer, Rounding},
    share::apportion,
};
use crate::kernel::{
    HoldId, Result, TenantId,
    limits::{AMOUNT_MINOR_MAX, ORDER_LINES_MAX, SUM_MAX},
};

/// A whole, in the millionths that rates are given in.
const WHOLE_PPM: i32 = 1_000_000;

/// What is to be priced, in one currency.
#[derive(Debug, Clone, Default)]
pub struct QuoteInput {
    /// At most `ORDER_LINES_MAX`, in any order.
    pub lines: Vec<QuoteLine>,
    /// Each takes its part of what the ones before it left.
    pub discounts: Vec<Discount>,
    pub shipping: Vec<ShippingCharge>,
    pub taxes: Vec<TaxRule>,
    pub fees: Vec<Fee>,
}

/// Units of one item.
#[derive(Debug, Clone, Copy)]
pub struct QuoteLine {
    /// A line is known by its hold, which it has before there is an order.
    pub hold: HoldId,
    pub tenant: TenantId,
    pub quantity: i32,
    pub unit_price_minor: i64,
}

/// An amount of a discount or a fee.
#[derive(Debug, Clone, Copy)]
pub enum PriceAmount {
    /// Minor units.
    Fixed(i64),
    /// Millionths of the lines, less what was taken off them before.
    Rate(i32),
}

/// Taken off the lines of a provider (None: of all), in proportion to what is left of each, never
/// more than there is.
#[derive(Debug, Clone, Copy)]
pub struct Discount {
    /// Who bears it: the provider or SMP.
    pub payer: Payer,
    pub tenant: Option<TenantId>,
    pub amount: PriceAmount,
}

/// What sending the parcel of a provider costs.
#[derive(Debug, Clone, Copy)]
pub struct ShippingCharge {
    pub tenant: TenantId,
    pub payer: Payer,
    /// Minor units.
    pub amount_minor: i64,
}

/// A tax on what the shopper pays for the lines and the shipping of a provider.
#[derive(Debug, Clone, Copy)]
pub struct TaxRule {
    pub tenant: TenantId,
    pub rate_ppm: i32,
    /// The prices contain it already.
    pub included: bool,
}

/// A fee on the lines of a provider, or with [`TenantId::PLATFORM`] on all lines.
#[derive(Debug, Clone, Copy)]
pub struct Fee {
    pub tenant: TenantId,
    pub payer: Payer,
    pub amount: PriceAmount,
}

/// A price by its components. They come in one order, whatever the order of the lines was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quote {
    components: Vec<Component>,
}

impl Quote {
    /// The quote that an order keeps.
    pub fn frozen(components: Vec<Component>) -> Self {
        Self { components }
    }

    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// The lines alone, without anything taken off or added; minor units.
    pub fn subtotal_minor(&self) -> i64 {
        self.sum(|part| if part.kind == ComponentKind::Line { part.amount_minor } else { 0 })
    }

    /// What the shopper pays, in minor units.
    pub fn total_minor(&self) -> i64 {
        self.sum(Component::charged_minor)
    }

    /// What the shopper pays for what one provider sells, in minor units.
    pub fn total_of_minor(&self, tenant: TenantId) -> i64 {
        self.sum(|part| if part.tenant == tenant { part.charged_minor() } else { 0 })
    }

    /// Unit price times quantity of a line, in minor units.
    pub fn line_minor(&self, hold: HoldId) -> i64 {
        let is_of = |part: &Component| part.kind == ComponentKind::Line && part.hold == Some(hold);
        self.sum(|part| if is_of(part) { part.amount_minor } else { 0 })
    }

    fn sum(&self, amount: impl Fn(&Component) -> i64) -> i64 {
        self.components.iter().map(amount).fold(0, i64::saturating_add)
    }
}

/// Unit price times quantity, in minor units.
pub fn line_minor(unit_price_minor: i64, quantity: i32) -> i64 {
    unit_price_minor.saturating_mul(i64::from(quantity))
}

/// Prices a checkout. Fails on what no checkout has: amounts below zero, rates above the whole, a
/// line that is named twice, more lines or sums than `kernel::limits` allows.
pub fn quote(input: &QuoteInput) -> Result<Quote> {
    check(input)?;
    let mut lines = input.lines.clone();
    lines.sort_by_key(|line| (line.tenant, line.hold));
    let mut draft = QuoteDraft {
        left: lines.iter().map(|line| line_minor(line.unit_price_minor, line.quantity)).collect(),
        lines,
        shipped: BTreeMap::new(),
        components: vec![],
    };
    draft.add_lines();
    for discount in &input.discounts {
        draft.take_off(discount);
    }
    for charge in &input.shipping {
        draft.ship(charge);
    }
    for tax in &input.taxes {
        draft.tax(tax);
    }
    for fee in &input.fees {
        draft.charge(fee);
    }
    let sum: i128 = draft.components.iter().map(|part| i128::from(part.amount_minor).abs()).sum();
    require(sum <= i128::from(SUM_MAX), "the price is above the largest sum")?;
    Ok(Quote { components: draft.components })
}

fn require(ok: bool, problem: &str) -> Result<()> {
    if ok { Ok(()) } else { Err(anyhow::anyhow!("no quote: {problem}").into()) }
}

fn check(input: &QuoteInput) -> Result<()> {
    let limit = usize::try_from(ORDER_LINES_MAX).unwrap_or(usize::MAX);
    let counts = [
        input.lines.len(),
        input.discounts.len(),
        input.shipping.len(),
        input.taxes.len(),
        input.fees.len(),
    ];
    require(counts.into_iter().all(|count| count <= limit), "more parts than an order has")?;
    let holds: BTreeSet<HoldId> = input.lines.iter().map(|line| line.hold).collect();
    require(holds.len() == input.lines.len(), "a line is named twice")?;
    let tenants: BTreeSet<TenantId> = input.lines.iter().map(|line| line.tenant).collect();
    let sells = |tenant: TenantId| tenants.contains(&tenant);
    for line in &input.lines {
        require(line.quantity > 0, "a line without units")?;
        let amount = line_minor(line.unit_price_minor, line.quantity);
        require(is_amount(amount), "a line that costs less than nothing or too much")?;
    }
    for discount in &input.discounts {
        require(discount.payer != Payer::Shopper, "a discount that the shopper bears")?;
        require(discount.tenant.is_none_or(sells), "a discount on nothing")?;
        require(is_in_range(discount.amount), "a discount out of range")?;
    }
    for charge in &input.shipping {
        require(sells(charge.tenant), "shipping of nothing")?;
        require(is_amount(charge.amount_minor), "shipping out of range")?;
    }
    for tax in &input.taxes {
        require(sells(tax.tenant), "a tax on nothing")?;
        require((0..=WHOLE_PPM).contains(&tax.rate_ppm), "a tax above the whole price")?;
    }
    for fee in &input.fees {
        require(fee.tenant == TenantId::PLATFORM || sells(fee.tenant), "a fee on nothing")?;
        require(is_in_range(fee.amount), "a fee out of range")?;
    }
    Ok(())
}

fn is_amount(amount_minor: i64) -> bool {
    (0..=AMOUNT_MINOR_MAX).contains(&amount_minor)
}

fn is_in_range(amount: PriceAmount) -> bool {
    match amount {
        PriceAmount::Fixed(amount) => is_amount(amount),
        PriceAmount::Rate(rate) => (0..=WHOLE_PPM).contains(&rate),
    }
}

/// `numerator / denominator` of `base`, rounded half up.
fn portion(base: i64, numerator: i32, denominator: i32) -> i64 {
    let (numerator, denominator) = (i128::from(numerator), i128::from(denominator));
    let doubled = 2 * i128::from(base) * numerator + denominator;
    i64::try_from(doubled / (2 * denominator)).unwrap_or(i64::MAX)
}

/// A quote in the making.
struct QuoteDraft {
    lines: Vec<QuoteLine>,
    /// What the shopper pays for each line, less what was taken off it.
    left: Vec<i64>,
    /// What the shopper pays for shipping.
    shipped: BTreeMap<TenantId, i64>,
    components: Vec<Component>,
}

impl QuoteDraft {
    fn add_lines(&mut self) {
        for (line, amount) in self.lines.iter().zip(&self.left) {
            self.components.push(Component {
                tenant: line.tenant,
                kind: ComponentKind::Line,
                payer: Payer::Shopper,
                hold: Some(line.hold),
                amount_minor: *amount,
                included: false,
                rate_ppm: None,
                rounding: Rounding::Exact,
            });
        }
    }

    /// What is left of the lines of a tenant (None: of all lines), and zero for the other lines.
    fn left_of(&self, tenant: Option<TenantId>) -> Vec<i64> {
        let is_of = |line: &QuoteLine| tenant.is_none_or(|tenant| tenant == line.tenant);
        self.lines
            .iter()
            .zip(&self.left)
            .map(|(l, left)| if is_of(l) { *left } else { 0 })
            .collect()
    }

    fn take_off(&mut self, discount: &Discount) {
        let weights = self.left_of(discount.tenant);
        let base = weights.iter().sum();
        let (amount, rate_ppm) = match discount.amount {
            PriceAmount::Fixed(amount) => (amount.min(base), None),
            PriceAmount::Rate(rate) => (portion(base, rate, WHOLE_PPM), Some(rate)),
        };
        for (index, share) in apportion(&weights, amount).into_iter().enumerate() {
            if share == 0 {
                continue;
            }
            self.left[index] -= share;
            self.components.push(Component {
                tenant: self.lines[index].tenant,
                kind: ComponentKind::Discount,
                payer: discount.payer,
                hold: Some(self.lines[index].hold),
                amount_minor: -share,
                included: false,
                rate_ppm,
                rounding: Rounding::LargestRemainder,
            });
        }
    }

    fn ship(&mut self, charge: &ShippingCharge) {
        if charge.payer == Payer::Shopper {
            *self.shipped.entry(charge.tenant).or_default() += charge.amount_minor;
        }
        self.components.push(Component {
            tenant: charge.tenant,
            kind: ComponentKind::Shipping,
            payer: charge.payer,
            hold: None,
            amount_minor: charge.amount_minor,
            included: false,
            rate_ppm: None,
            rounding: Rounding::Exact,
        });
    }

    /// The tax on the whole is rounded once, and shared out over lines and shipping.
    fn tax(&mut self, tax: &TaxRule) {
        let mut weights = self.left_of(Some(tax.tenant));
        weights.push(self.shipped.get(&tax.tenant).copied().unwrap_or_default());
        let base = weights.iter().sum();
        let whole = if tax.included { WHOLE_PPM + tax.rate_ppm } else { WHOLE_PPM };
        let shares = apportion(&weights, portion(base, tax.rate_ppm, whole));
        let holds = self.lines.iter().map(|line| Some(line.hold)).chain([None]);
        for ((hold, share), weight) in holds.zip(shares).zip(weights) {
            if weight == 0 {
                continue;
            }
            self.components.push(Component {
                tenant: tax.tenant,
                kind: ComponentKind::Tax,
                payer: Payer::Shopper,
                hold,
                amount_minor: share,
                included: tax.included,
                rate_ppm: Some(tax.rate_ppm),
                rounding: Rounding::LargestRemainder,
            });
        }
    }

    fn charge(&mut self, fee: &Fee) {
        let of = Some(fee.tenant).filter(|tenant| *tenant != TenantId::PLATFORM);
        let base = self.left_of(of).iter().sum();
        let (amount_minor, rate_ppm, rounding) = match fee.amount {
            PriceAmount::Fixed(amount) => (amount, None, Rounding::Exact),
            PriceAmount::Rate(rate) => {
                (portion(base, rate, WHOLE_PPM), Some(rate), Rounding::HalfUp)
            }
        };
        self.components.push(Component {
            tenant: fee.tenant,
            kind: ComponentKind::Fee,
            payer: fee.payer,
            hold: None,
            amount_minor,
            included: false,
            rate_ppm,
            rounding,
        });
    }
}
