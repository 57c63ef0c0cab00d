//! What the API of statistics answers.

use poem_openapi::Object;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    overview::SaleSummary,
    sale_report::{AccessPointTotals, ItemStock, ReportedSale, SaleTotals, SeriesPoint},
};
use crate::{
    kernel::{Money, SaleId, TenantId},
    sales::{Phase, SaleMode},
};

#[derive(Object)]
#[oai(rename = "StatisticsSummary")]
pub struct StatisticsSummaryView {
    pub visits: i64,
    pub purchases: i64,
    /// One amount for each currency.
    pub revenue: Vec<Money>,
    pub live_sales: i64,
    pub open_reviews: i64,
    pub orders_to_ship: i64,
    pub sales: Vec<SaleSummaryView>,
}

#[derive(Object)]
#[oai(rename = "StatisticsProvider")]
pub struct ProviderStatisticsView {
    pub live_sales: i64,
    pub parcels_to_ship: i64,
    pub sales: Vec<SaleSummaryView>,
}

#[derive(Object)]
#[oai(rename = "StatisticsSaleRow")]
pub struct SaleSummaryView {
    sale_id: SaleId,
    tenant_id: TenantId,
    title: String,
    provider_name: String,
    mode: SaleMode,
    phase: Phase,
    visits: i64,
    favourites: i64,
    shares: i64,
    purchases: i64,
    units: i64,
    revenue: Money,
}

impl From<SaleSummary> for SaleSummaryView {
    fn from(sale: SaleSummary) -> Self {
        Self {
            sale_id: sale.sale,
            tenant_id: sale.tenant,
            title: sale.title,
            provider_name: sale.provider_name,
            mode: sale.mode,
            phase: sale.phase,
            visits: sale.visits,
            favourites: sale.favourites,
            shares: sale.shares,
            purchases: sale.purchases,
            units: sale.units,
            revenue: Money::new(sale.revenue_minor, sale.currency),
        }
    }
}

#[derive(Object)]
#[oai(rename = "StatisticsSale")]
pub struct SaleStatisticsView {
    pub sale: ReportedSaleView,
    pub totals: SaleTotalsView,
    /// The steps from a visit to a purchase, in order.
    pub funnel: Vec<FunnelStepView>,
    pub by_access_point: Vec<AccessPointTotalsView>,
    pub series: Vec<SeriesPointView>,
    /// Hosted sales only; empty otherwise.
    pub stock: Vec<ItemStockView>,
}

#[derive(Object)]
#[oai(rename = "StatisticsSaleHead")]
pub struct ReportedSaleView {
    title: String,
    provider_name: String,
    mode: SaleMode,
    phase: Phase,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
}

impl ReportedSaleView {
    pub fn new(sale: ReportedSale, phase: Phase) -> Self {
        Self {
            title: sale.title,
            provider_name: sale.provider_name,
            mode: sale.mode,
            phase,
            starts_at: sale.starts_at,
            ends_at: sale.ends_at,
        }
    }
}

#[derive(Object)]
#[oai(rename = "StatisticsTotals")]
pub struct SaleTotalsView {
    visits: i64,
    visitors: i64,
    favourites: i64,
    shares: i64,
    average_seconds_on_page: i64,
    click_outs: i64,
    holds: i64,
    checkouts: i64,
    addresses: i64,
    payments: i64,
    purchases: i64,
    units: i64,
    revenue: Money,
    refunds: i64,
    refunded: Money,
    conversions: i64,
    reversals: i64,
    /// Shoppers who are registered now.
    registered: i64,
}

impl SaleTotalsView {
    pub fn new(totals: &SaleTotals, currency: &str) -> Self {
        Self {
            visits: totals.visits,
            visitors: totals.visitors,
            favourites: totals.favourites,
            shares: totals.shares,
            average_seconds_on_page: totals.average_seconds_on_page,
            click_outs: totals.click_outs,
            holds: totals.holds,
            checkouts: totals.checkouts,
            addresses: totals.addresses,
            payments: totals.payments,
            purchases: totals.purchases,
            units: totals.units,
            revenue: Money::new(totals.revenue_minor, currency),
            refunds: totals.refunds,
            refunded: Money::new(totals.refunded_minor, currency),
            conversions: totals.conversions,
            reversals: totals.reversals,
            registered: totals.registered,
        }
    }
}

#[derive(Object)]
#[oai(rename = "FunnelStep")]
pub struct FunnelStepView {
    step: String,
    label: String,
    count: i64,
}

/// The funnel of a sale: the steps differ by its mode.
pub fn funnel(mode: SaleMode, totals: &SaleTotals) -> Vec<FunnelStepView> {
    let steps: &[(&str, &str, i64)] = match mode {
        SaleMode::Hosted => &[
            ("visit", "Visits", totals.visits),
            ("hold", "Added to cart", totals.holds),
            ("checkout", "Started checkout", totals.checkouts),
            ("address", "Entered address", totals.addresses),
            ("payment", "Tried to pay", totals.payments),
            ("purchase", "Bought", totals.purchases),
        ],
        SaleMode::Redirect => &[
            ("visit", "Visits", totals.visits),
            ("click_out", "Went to the provider", totals.click_outs),
            ("conversion", "Bought there", totals.conversions),
        ],
    };
    let step = |(step, label, count): &(&str, &str, i64)| FunnelStepView {
        step: (*step).to_owned(),
        label: (*label).to_owned(),
        count: *count,
    };
    steps.iter().map(step).collect()
}

#[derive(Object)]
#[oai(rename = "StatisticsAccessPoint")]
pub struct AccessPointTotalsView {
    /// Null: visits that came through no access point.
    access_point_id: Option<Uuid>,
    name: String,
    placement: Option<String>,
    visits: i64,
    purchases: i64,
    units: i64,
    revenue: Money,
}

impl AccessPointTotalsView {
    pub fn new(totals: AccessPointTotals, currency: &str) -> Self {
        Self {
            access_point_id: totals.access_point_id,
            name: totals.name,
            placement: totals.placement,
            visits: totals.visits,
            purchases: totals.purchases,
            units: totals.units,
            revenue: Money::new(totals.revenue_minor, currency),
        }
    }
}

#[derive(Object)]
#[oai(rename = "StatisticsPoint")]
pub struct SeriesPointView {
    at: OffsetDateTime,
    visits: i64,
    purchases: i64,
}

impl From<SeriesPoint> for SeriesPointView {
    fn from(point: SeriesPoint) -> Self {
        Self { at: point.at, visits: point.visits, purchases: point.purchases }
    }
}

#[derive(Object)]
#[oai(rename = "StatisticsStock")]
pub struct ItemStockView {
    item_name: String,
    capacity: i32,
    held: i32,
    sold: i32,
}

impl From<ItemStock> for ItemStockView {
    fn from(level: ItemStock) -> Self {
        Self {
            item_name: level.item_name,
            capacity: level.capacity,
            held: level.held,
            sold: level.sold,
        }
    }
}
