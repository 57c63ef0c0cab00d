//! What the API of statistics answers.

use poem_openapi::Object;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    figures::{Figures, Revenue, conversion_rate_percent},
    funnel::FunnelStep,
    interactions::ShareChannel,
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
    /// Over all sales, those that are not listed included.
    #[oai(flatten)]
    pub sum: FiguresView,
    pub live_sales: i64,
    pub open_reviews: i64,
    pub orders_to_ship: i64,
    /// Sales that had not ended before the period or have figures in it: the 100 latest.
    pub sales: Vec<SaleSummaryView>,
}

#[derive(Object)]
#[oai(rename = "StatisticsProvider")]
pub struct ProviderStatisticsView {
    pub live_sales: i64,
    pub parcels_to_ship: i64,
    /// The 100 latest.
    pub sales: Vec<SaleSummaryView>,
}

/// The figures of one sale, or their sums over several.
#[derive(Object)]
#[oai(rename = "StatisticsFigures")]
pub struct FiguresView {
    /// Looks at the page by people. Link previews, crawlers and prefetching do not count.
    visits: i64,
    /// Browsers behind the visits, each counted once a sale.
    visitors: i64,
    favourites: i64,
    /// Shares of the sale; a visitor counts once for each channel.
    shares: i64,
    /// Orders paid and purchases reported, except those that were reversed or given back wholly.
    purchases: i64,
    /// Units of the purchases, less those that came back.
    units: i64,
    /// Visitors behind the purchases, as far as they are known.
    buyers: i64,
    /// Buyers among visitors, in per cent with one decimal; null without visitors.
    conversion_rate_percent: Option<f64>,
    /// What the purchases brought, less refunds.
    revenue: Revenue,
}

impl From<Figures> for FiguresView {
    fn from(figures: Figures) -> Self {
        Self {
            conversion_rate_percent: figures.conversion_rate_percent(),
            visits: figures.visits,
            visitors: figures.visitors,
            favourites: figures.favourites,
            shares: figures.shares,
            purchases: figures.bought.purchases,
            units: figures.bought.units,
            buyers: figures.bought.buyers,
            revenue: figures.bought.revenue,
        }
    }
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
    #[oai(flatten)]
    figures: FiguresView,
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
            figures: sale.figures.into(),
        }
    }
}

#[derive(Object)]
#[oai(rename = "StatisticsSale")]
pub struct SaleStatisticsView {
    pub sale: ReportedSaleView,
    pub totals: SaleTotalsView,
    /// The steps from a visit to a purchase, in order; no step has more visitors than the one before.
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
    #[oai(flatten)]
    figures: FiguresView,
    average_seconds_on_page: i64,
    click_outs: i64,
    holds: i64,
    checkouts: i64,
    addresses: i64,
    payments: i64,
    /// Orders paid, whatever became of them.
    orders_paid: i64,
    refunds: i64,
    /// Refunded and reversed; one amount for each currency.
    given_back: Vec<Money>,
    /// Purchases reported by the provider, whatever became of them.
    conversions: i64,
    reversals: i64,
    /// Shoppers who are registered now.
    registered: i64,
    /// Shares by channel, the most used first. Those from before channels were recorded are in
    /// `shares` only.
    shares_by_channel: Vec<ChannelSharesView>,
}

#[derive(Object)]
#[oai(rename = "StatisticsChannelShares")]
pub struct ChannelSharesView {
    channel: ShareChannel,
    shares: i64,
}

impl From<SaleTotals> for SaleTotalsView {
    fn from(totals: SaleTotals) -> Self {
        Self {
            figures: totals.figures.into(),
            average_seconds_on_page: totals.average_seconds_on_page,
            click_outs: totals.click_outs,
            holds: totals.holds,
            checkouts: totals.checkouts,
            addresses: totals.addresses,
            payments: totals.payments,
            orders_paid: totals.orders_paid,
            refunds: totals.refunds,
            given_back: totals.given_back,
            conversions: totals.conversions,
            reversals: totals.reversals,
            registered: totals.registered,
            shares_by_channel: totals
                .shares_by_channel
                .into_iter()
                .map(|(channel, shares)| ChannelSharesView { channel, shares })
                .collect(),
        }
    }
}

#[derive(Object)]
#[oai(rename = "FunnelStep")]
pub struct FunnelStepView {
    step: String,
    label: String,
    /// Visitors who took this step or one after it.
    count: i64,
}

impl From<FunnelStep> for FunnelStepView {
    fn from(step: FunnelStep) -> Self {
        Self { step: step.step.to_owned(), label: step.label.to_owned(), count: step.visitors }
    }
}

#[derive(Object)]
#[oai(rename = "StatisticsAccessPoint")]
pub struct AccessPointTotalsView {
    /// Null: visits that came through no access point.
    access_point_id: Option<Uuid>,
    name: String,
    placement: Option<String>,
    visits: i64,
    visitors: i64,
    purchases: i64,
    units: i64,
    /// Buyers among visitors, in per cent with one decimal; null without visitors.
    conversion_rate_percent: Option<f64>,
    revenue: Revenue,
}

impl From<AccessPointTotals> for AccessPointTotalsView {
    fn from(totals: AccessPointTotals) -> Self {
        Self {
            access_point_id: totals.access_point_id,
            name: totals.name,
            placement: totals.placement,
            visits: totals.visits,
            visitors: totals.visitors,
            purchases: totals.bought.purchases,
            units: totals.bought.units,
            conversion_rate_percent: conversion_rate_percent(totals.bought.buyers, totals.visitors),
            revenue: totals.bought.revenue,
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
