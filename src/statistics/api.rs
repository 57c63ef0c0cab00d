//! The API of dashboards: statistics across tenants for SMP, of a provider, of one sale, and as
//! CSV.

use poem_openapi::{
    ApiResponse, OpenApi,
    param::{Path, Query},
    payload::{Json, PlainText},
};
use time::Duration;

use super::{
    export,
    overview::{self, SaleSummary},
    sale_report,
    views::{
        AccessPointTotalsView, ItemStockView, ProviderStatisticsView, ReportedSaleView,
        SaleStatisticsView, SaleSummaryView, SaleTotalsView, SeriesPointView,
        StatisticsSummaryView, funnel,
    },
};
use crate::{
    access::{Member, Staff, Tag},
    kernel::{FieldError, Money, Result, SaleId, TenantId},
    platform::Platform,
    sales::{self, Phase, SaleMode},
};

/// An overview looks back this far at most, in days.
const DAYS_MAX: u32 = 366;

pub struct StatisticsApi {
    pub platform: Platform,
}

#[derive(ApiResponse)]
enum StatisticsCsv {
    /// One line a measure: of the sale, then of each access point.
    #[oai(status = 200, content_type = "text/csv")]
    Csv(PlainText<String>, #[oai(header = "Content-Disposition")] String),
}

#[OpenApi(tag = "Tag::Statistics")]
impl StatisticsApi {
    /// Numbers across all providers
    #[oai(path = "/statistics/summary", method = "get", operation_id = "statistics_summary")]
    async fn statistics_summary(
        &self,
        _staff: Staff,
        days: Query<Option<u32>>,
    ) -> Result<Json<StatisticsSummaryView>> {
        let days = days.0.unwrap_or(30);
        if !(1..=DAYS_MAX).contains(&days) {
            return Err(FieldError::new("days", format!("Must be from 1 to {DAYS_MAX}")).into());
        }
        let now = self.platform.clock.now();
        let since = now - Duration::days(i64::from(days));
        let mut tx = self.platform.db.platform("statistics").await?;
        let sales = overview::sales(&mut tx, None, since, now).await?;
        Ok(Json(StatisticsSummaryView {
            visits: sales.iter().map(|sale| sale.visits).sum(),
            purchases: sales.iter().map(|sale| sale.purchases).sum(),
            revenue: revenue(&sales),
            live_sales: live(&sales),
            open_reviews: overview::open_reviews(&mut tx).await?,
            orders_to_ship: overview::parcels_to_ship(&mut tx, None).await?,
            sales: sales.into_iter().map(SaleSummaryView::from).collect(),
        }))
    }

    /// Numbers of a provider's sales
    #[oai(
        path = "/providers/:tenant/statistics",
        method = "get",
        operation_id = "statistics_provider"
    )]
    async fn statistics_provider(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<ProviderStatisticsView>> {
        let now = self.platform.clock.now();
        let since = now - Duration::days(i64::from(DAYS_MAX));
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sales = overview::sales(&mut tx, Some(member.tenant), since, now).await?;
        Ok(Json(ProviderStatisticsView {
            live_sales: live(&sales),
            parcels_to_ship: overview::parcels_to_ship(&mut tx, Some(member.tenant)).await?,
            sales: sales.into_iter().map(SaleSummaryView::from).collect(),
        }))
    }

    /// Numbers of one sale
    #[oai(
        path = "/providers/:tenant/sales/:sale/statistics",
        method = "get",
        operation_id = "statistics_sale"
    )]
    async fn statistics_sale(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<Json<SaleStatisticsView>> {
        let (tenant_id, id, now) = (member.tenant, sale.0, self.platform.clock.now());
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sale = sale_report::sale(&mut tx, tenant_id, id).await?;
        let totals = sale_report::totals(&mut tx, tenant_id, id).await?;
        let access_points = sale_report::by_access_point(&mut tx, tenant_id, id).await?;
        let series = sale_report::series(&mut tx, tenant_id, id, &sale, now).await?;
        let stock = if sale.mode == SaleMode::Hosted {
            sale_report::stock(&mut tx, tenant_id, id).await?
        } else {
            vec![]
        };
        let left = stock.iter().map(|level| i64::from(level.available())).sum();
        let left = Some(left).filter(|_| !stock.is_empty());
        let phase = sales::phase(sale.starts_at, sale.ends_at, sale.registration, now, left);
        Ok(Json(SaleStatisticsView {
            funnel: funnel(sale.mode, &totals),
            totals: SaleTotalsView::new(&totals, &sale.currency),
            by_access_point: access_points
                .into_iter()
                .map(|point| AccessPointTotalsView::new(point, &sale.currency))
                .collect(),
            series: series.into_iter().map(SeriesPointView::from).collect(),
            sale: ReportedSaleView::new(sale, phase),
            stock: stock.into_iter().map(ItemStockView::from).collect(),
        }))
    }

    /// Numbers of one sale, as CSV: every measure of the sale, then what each access point brought
    #[oai(
        path = "/providers/:tenant/sales/:sale/statistics.csv",
        method = "get",
        operation_id = "statistics_sale_csv"
    )]
    async fn statistics_sale_csv(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<StatisticsCsv> {
        let (tenant_id, id) = (member.tenant, sale.0);
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sale = sale_report::sale(&mut tx, tenant_id, id).await?;
        let totals = sale_report::totals(&mut tx, tenant_id, id).await?;
        let access_points = sale_report::by_access_point(&mut tx, tenant_id, id).await?;
        Ok(StatisticsCsv::Csv(
            PlainText(export::csv(&totals, &access_points, &sale.currency)?),
            format!("attachment; filename=\"sale-{id}.csv\""),
        ))
    }
}

fn live(sales: &[SaleSummary]) -> i64 {
    let is_live = |sale: &&SaleSummary| matches!(sale.phase, Phase::Live | Phase::SoldOut);
    i64::try_from(sales.iter().filter(is_live).count()).unwrap_or(i64::MAX)
}

/// The revenue of all sales, one amount for each currency.
fn revenue(sales: &[SaleSummary]) -> Vec<Money> {
    let mut revenue: Vec<Money> = vec![];
    for sale in sales {
        match revenue.iter_mut().find(|money| money.currency == sale.currency) {
            Some(money) => money.amount += sale.revenue_minor,
            None => revenue.push(Money::new(sale.revenue_minor, sale.currency.clone())),
        }
    }
    revenue
}
