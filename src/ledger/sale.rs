//! What a sale posts: the parts of an order's price, by who gets them.

use std::collections::BTreeMap;

use super::{
    rules::{self, AccountStanding},
    transfer::{LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind},
};
use crate::{
    kernel::{HoldId, LineId, OrderId, ParcelId, PaymentId, TenantId},
    pricing::{Component, ComponentKind, Payer, Quote},
};

/// A line of an order that was confirmed.
#[derive(Debug, Clone, Copy)]
pub struct PostedLine {
    pub tenant: TenantId,
    pub parcel: ParcelId,
    pub line: LineId,
    pub hold: HoldId,
    /// Minor units.
    pub commission_minor: i64,
    /// What of it is due after the deposit, in minor units.
    pub rest_minor: i64,
}

/// A line with all that belongs to it, or what a tenant charges for all its lines together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoldPart {
    tenant: TenantId,
    parcel: Option<ParcelId>,
    line: Option<LineId>,
    main: LedgerAccount,
    others: Vec<AccountStanding>,
    price_minor: i64,
    rest_minor: i64,
}

/// How a sale was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaleMoney {
    /// A gateway took the whole, or a deposit.
    Taken,
    /// A gateway took the rest after a deposit.
    Rest,
    /// Providers collect it at the door.
    Due,
}

/// A payment that paid an order.
#[derive(Debug)]
pub struct PaidSale<'a> {
    pub order: OrderId,
    pub order_number: &'a str,
    pub payment: PaymentId,
    pub gateway: &'a str,
    pub currency: &'a str,
    /// Minor units.
    pub amount_minor: i64,
    pub money: SaleMoney,
    pub parts: &'a [SoldPart],
}

/// What commission is taken of: the line, less what its provider took off it. Minor units.
pub fn commission_base_minor(quote: &Quote, hold: HoldId) -> i64 {
    let is_provider = |part: &Component| match part.kind {
        ComponentKind::Line => true,
        ComponentKind::Discount => part.payer == Payer::Provider,
        ComponentKind::Shipping | ComponentKind::Tax | ComponentKind::Fee => false,
    };
    let of_line = quote.components().iter().filter(|part| part.hold == Some(hold));
    of_line.filter(|part| is_provider(part)).map(|part| part.amount_minor).sum()
}

/// The parts of an order with this price.
pub fn sold_parts(quote: &Quote, lines: &[PostedLine]) -> Vec<SoldPart> {
    let mut of_lines: BTreeMap<HoldId, Vec<&Component>> = BTreeMap::new();
    let mut of_tenants: BTreeMap<TenantId, Vec<&Component>> = BTreeMap::new();
    for part in quote.components() {
        match part.hold {
            Some(hold) => of_lines.entry(hold).or_default().push(part),
            None => of_tenants.entry(part.tenant).or_default().push(part),
        }
    }
    let mut parts = vec![];
    for line in lines {
        let components = of_lines.remove(&line.hold).unwrap_or_default();
        let mut part = part(line.tenant, &components);
        (part.parcel, part.line) = (Some(line.parcel), Some(line.line));
        part.rest_minor = line.rest_minor.clamp(0, part.price_minor.max(0));
        if line.commission_minor > 0 {
            part.others.push((LedgerAccount::Commission, -line.commission_minor));
        }
        parts.push(part);
    }
    for (tenant, components) in of_tenants {
        let mut part = part(tenant, &components);
        part.parcel = lines.iter().find(|line| line.tenant == tenant).map(|line| line.parcel);
        parts.push(part);
    }
    parts
}

/// What these components of a tenant bring it and SMP.
fn part(tenant: TenantId, components: &[&Component]) -> SoldPart {
    let mut others: Vec<AccountStanding> = vec![];
    let mut price_minor = 0;
    for component in components {
        price_minor += component.charged_minor();
        others.extend(beside(tenant, component));
    }
    let is_smp = tenant == TenantId::PLATFORM;
    let main = if is_smp { LedgerAccount::Rounding } else { LedgerAccount::ProviderPayable };
    SoldPart { tenant, parcel: None, line: None, main, others, price_minor, rest_minor: 0 }
}

/// What a component brings beside what its provider is owed. What the shopper pays a provider is owed to
/// it, taxes included.
fn beside(tenant: TenantId, component: &Component) -> Option<AccountStanding> {
    let account = match component.kind {
        ComponentKind::Line => return None,
        ComponentKind::Discount => LedgerAccount::Discounts,
        ComponentKind::Shipping => LedgerAccount::Shipping,
        ComponentKind::Tax => LedgerAccount::Tax,
        ComponentKind::Fee => LedgerAccount::Fees,
    };
    if component.included {
        return None;
    }
    let amount = component.amount_minor;
    let is_smp = tenant == TenantId::PLATFORM;
    let is_discount = component.kind == ComponentKind::Discount;
    let is_fee = component.kind == ComponentKind::Fee;
    match component.payer {
        // SMP pays the provider what it took off, or what is free for the shopper.
        Payer::Smp if is_discount => Some((account, -amount)),
        Payer::Smp => (!is_smp).then_some((account, amount)),
        Payer::Shopper => (is_smp && !is_discount).then_some((account, -amount)),
        Payer::Provider => (is_fee && !is_smp).then_some((account, -amount)),
    }
}

/// The transfer of a payment that paid an order. What of its amount the parts do not explain is rounding.
pub fn sale_transfer(sale: &PaidSale<'_>) -> LedgerTransfer {
    let mut entries = vec![];
    let mut to_collect: BTreeMap<(TenantId, Option<ParcelId>), i64> = BTreeMap::new();
    for part in sale.parts {
        let (moved, paid) = step(part, sale.money);
        *to_collect.entry((part.tenant, part.parcel)).or_default() += paid;
        entries.extend(moved.into_iter().map(|(account, amount_minor)| LedgerEntry {
            account,
            tenant: part.tenant,
            gateway: String::new(),
            parcel: part.parcel,
            line: part.line,
            amount_minor,
        }));
    }
    let explained: i64 = to_collect.values().sum();
    let (kind, key) = match sale.money {
        SaleMoney::Taken | SaleMoney::Rest => (TransferKind::Sale, "sale"),
        SaleMoney::Due => (TransferKind::CashDue, "cash-due"),
    };
    if kind == TransferKind::Sale {
        let cash = LedgerAccount::GatewayCash;
        entries.push(LedgerEntry::of_smp(cash, sale.gateway, sale.amount_minor));
        let left = explained - sale.amount_minor;
        entries.push(LedgerEntry::of_smp(LedgerAccount::Rounding, "", left));
    } else {
        entries.extend(to_collect.into_iter().map(|((tenant, parcel), amount_minor)| {
            LedgerEntry {
                tenant,
                parcel,
                ..LedgerEntry::of_smp(LedgerAccount::CashToCollect, "", amount_minor)
            }
        }));
    }
    let what = match sale.money {
        SaleMoney::Taken => "paid",
        SaleMoney::Rest => "rest paid",
        SaleMoney::Due => "to be paid in cash",
    };
    LedgerTransfer {
        key: format!("{key}:{}", sale.payment),
        kind,
        currency: sale.currency.to_owned(),
        order: Some(sale.order),
        payment: Some(sale.payment),
        note: format!("Order {}: {what}", sale.order_number),
        entries,
    }
}

/// What a payment moves for a part, and how much of its price it pays.
fn step(part: &SoldPart, money: SaleMoney) -> (Vec<AccountStanding>, i64) {
    let at = |paid| rules::standing_at(part.main, &part.others, part.price_minor, paid);
    let first = part.price_minor - part.rest_minor;
    match money {
        SaleMoney::Taken | SaleMoney::Due => (at(first), first),
        SaleMoney::Rest => {
            let moved = at(first).into_iter().zip(at(part.price_minor));
            let moved = moved.map(|((account, before), (_, after))| (account, after - before));
            (moved.collect(), part.rest_minor)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pricing::Rounding;

    const HOLD: fn(u128) -> HoldId = |nth| HoldId(uuid::Uuid::from_u128(nth));

    fn component(
        tenant: TenantId,
        kind: ComponentKind,
        payer: Payer,
        hold: Option<HoldId>,
        amount_minor: i64,
    ) -> Component {
        Component {
            tenant,
            kind,
            payer,
            hold,
            amount_minor,
            included: false,
            rate_ppm: None,
            rounding: Rounding::Exact,
        }
    }

    fn line(tenant: TenantId, hold: HoldId, commission_minor: i64, rest_minor: i64) -> PostedLine {
        let (parcel, line) = (ParcelId::new(), LineId::new());
        PostedLine { tenant, parcel, line, hold, commission_minor, rest_minor }
    }

    fn posted(parts: &[SoldPart], money: SaleMoney, amount_minor: i64) -> LedgerTransfer {
        let transfer = sale_transfer(&PaidSale {
            order: OrderId::new(),
            order_number: "SMP-1",
            payment: PaymentId::new(),
            gateway: "sandbox",
            currency: "EUR",
            amount_minor,
            money,
            parts,
        });
        assert_eq!(transfer.entries.iter().map(|entry| entry.amount_minor).sum::<i64>(), 0);
        transfer
    }

    fn sum(transfer: &LedgerTransfer, account: LedgerAccount) -> i64 {
        let of_account = transfer.entries.iter().filter(|entry| entry.account == account);
        of_account.map(|entry| entry.amount_minor).sum()
    }

    #[test]
    fn each_component_goes_to_whom_it_belongs() {
        let (seller, hold) = (TenantId::new(), HOLD(1));
        let quote = Quote::frozen(vec![
            component(seller, ComponentKind::Line, Payer::Shopper, Some(hold), 10_000),
            component(seller, ComponentKind::Discount, Payer::Smp, Some(hold), -1_000),
            component(seller, ComponentKind::Discount, Payer::Provider, Some(hold), -500),
            component(seller, ComponentKind::Shipping, Payer::Shopper, None, 499),
            component(TenantId::PLATFORM, ComponentKind::Fee, Payer::Shopper, None, 99),
        ]);
        assert_eq!(commission_base_minor(&quote, hold), 9_500);
        let parts = sold_parts(&quote, &[line(seller, hold, 950, 0)]);
        let transfer = posted(&parts, SaleMoney::Taken, quote.total_minor());
        assert_eq!(sum(&transfer, LedgerAccount::GatewayCash), 9_098);
        // The line less the provider's discount and the commission, and its shipping.
        assert_eq!(sum(&transfer, LedgerAccount::ProviderPayable), -(9_500 - 950 + 499));
        assert_eq!(sum(&transfer, LedgerAccount::Commission), -950);
        assert_eq!(sum(&transfer, LedgerAccount::Discounts), 1_000);
        assert_eq!(sum(&transfer, LedgerAccount::Fees), -99);
        assert_eq!(sum(&transfer, LedgerAccount::Rounding), 0);
    }

    #[test]
    fn a_deposit_and_its_rest_make_the_whole() {
        let (seller, hold) = (TenantId::new(), HOLD(1));
        let quote = Quote::frozen(vec![component(
            seller,
            ComponentKind::Line,
            Payer::Shopper,
            Some(hold),
            1_001,
        )]);
        let parts = sold_parts(&quote, &[line(seller, hold, 101, 801)]);
        let deposit = posted(&parts, SaleMoney::Taken, 200);
        let rest = posted(&parts, SaleMoney::Rest, 801);
        assert_eq!(sum(&deposit, LedgerAccount::Commission), -20);
        let both = |account| sum(&deposit, account) + sum(&rest, account);
        assert_eq!(both(LedgerAccount::Commission), -101);
        assert_eq!(both(LedgerAccount::ProviderPayable), -900);
    }

    #[test]
    fn cash_is_to_be_collected_by_each_provider() {
        let sellers = [TenantId::new(), TenantId::new()];
        let lines = [line(sellers[0], HOLD(1), 10, 0), line(sellers[1], HOLD(2), 0, 0)];
        let quote = Quote::frozen(vec![
            component(sellers[0], ComponentKind::Line, Payer::Shopper, Some(HOLD(1)), 100),
            component(sellers[1], ComponentKind::Line, Payer::Shopper, Some(HOLD(2)), 50),
        ]);
        let transfer = posted(&sold_parts(&quote, &lines), SaleMoney::Due, 150);
        assert_eq!(transfer.kind, TransferKind::CashDue);
        let collects: Vec<i64> = sellers
            .iter()
            .flat_map(|seller| transfer.entries.iter().filter(move |e| e.tenant == *seller))
            .filter(|entry| entry.account == LedgerAccount::CashToCollect)
            .map(|entry| entry.amount_minor)
            .collect();
        assert_eq!(collects, [100, 50]);
        assert_eq!(sum(&transfer, LedgerAccount::GatewayCash), 0);
    }
}
