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
    figures::Extent,
    funnel, hours,
    overview::{self, Overview},
    sale_report,
    views::{
        AccessPointTotalsView, FunnelStepView, ItemStockView, ProviderStatisticsView,
        ReportedSaleView, SaleStatisticsView, SaleSummaryView, SeriesPointView,
        StatisticsSummaryView,
    },
};
use crate::{
    access::{Member, Staff, Tag},
    kernel::{FieldError, Result, SaleId, TenantId, limits::REPORT_DAYS_MAX},
    platform::Platform,
    sales::{self, SaleMode},
};

/// A summary looks back this far by default, in days.
const DAYS_DEFAULT: u32 = 30;

pub struct StatisticsApi {
    pub platform: Platform,
}

#[derive(ApiResponse)]
enum StatisticsCsv {
    /// One line a measure: of the sale, then of each access point, then of each hour in UTC. UTF-8
    /// with a byte order mark.
    #[oai(status = 200, content_type = "text/csv")]
    Csv(PlainText<String>, #[oai(header = "Content-Disposition")] String),
}

#[OpenApi(tag = "Tag::Statistics")]
impl StatisticsApi {
    /// Figures across all providers: of the visits and purchases of the last days, 30 by default
    ///
    /// Sums over all providers for the last `days` (1 to 366, 30 by default), what waits for SMP,
    /// and the figures of each sale. Figures are counted from events and follow within seconds.
    /// Each sum of money is in minor units of one currency; currencies are never added up.
    #[oai(path = "/statistics/summary", method = "get", operation_id = "statistics_summary")]
    async fn statistics_summary(
        &self,
        _staff: Staff,
        days: Query<Option<u32>>,
    ) -> Result<Json<StatisticsSummaryView>> {
        let days = days.0.unwrap_or(DAYS_DEFAULT);
        if !(1..=REPORT_DAYS_MAX).contains(&days) {
            let message = format!("Must be from 1 to {REPORT_DAYS_MAX}");
            return Err(FieldError::new("days", message).into());
        }
        let now = self.platform.clock.now();
        let since = Some(now - Duration::days(i64::from(days)));
        let mut tx = self.platform.db.platform("statistics").await?;
        let extent = Extent { since, ..Extent::default() };
        let Overview { sum, sales } = overview::overview(&mut tx, extent, now).await?;
        Ok(Json(StatisticsSummaryView {
            sum: sum.into(),
            live_sales: overview::live_sales(&mut tx, None, now).await?,
            open_reviews: overview::open_reviews(&mut tx).await?,
            orders_to_ship: overview::parcels_to_ship(&mut tx, None).await?,
            sales: sales.into_iter().map(SaleSummaryView::from).collect(),
        }))
    }

    /// Figures of a provider's sales, from their beginning
    ///
    /// What runs and what has to be shipped, and the figures of each of the provider's sales since
    /// they began. Money is in minor units of the sale's currency.
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
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let extent = Extent { tenant: Some(member.tenant), ..Extent::default() };
        let sales = overview::overview(&mut tx, extent, now).await?.sales;
        Ok(Json(ProviderStatisticsView {
            live_sales: overview::live_sales(&mut tx, Some(member.tenant), now).await?,
            parcels_to_ship: overview::parcels_to_ship(&mut tx, Some(member.tenant)).await?,
            sales: sales.into_iter().map(SaleSummaryView::from).collect(),
        }))
    }

    /// Figures of one sale, from its beginning
    ///
    /// The funnel from visit to payment, totals, figures of each access point and of each hour, and
    /// the stock of a hosted sale. Money is in minor units of the sale's currency. Figures are
    /// counted from events and follow within seconds.
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
        let funnel = funnel::funnel(&mut tx, tenant_id, id, sale.mode, sale.starts_at).await?;
        let phase = sales::phase(sale.starts_at, sale.ends_at, sale.registration, now, left);
        Ok(Json(SaleStatisticsView {
            funnel: funnel.into_iter().map(FunnelStepView::from).collect(),
            totals: totals.into(),
            by_access_point: access_points.into_iter().map(AccessPointTotalsView::from).collect(),
            series: series.into_iter().map(SeriesPointView::from).collect(),
            sale: ReportedSaleView::new(sale, phase),
            stock: stock.into_iter().map(ItemStockView::from).collect(),
        }))
    }

    /// Figures of one sale, as CSV: of the sale, of each access point, of each hour
    ///
    /// The same figures for a spreadsheet: UTF-8 with a byte order mark, one measure a line, money
    /// in minor units, hours in UTC.
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
        sale_report::sale(&mut tx, tenant_id, id).await?;
        let totals = sale_report::totals(&mut tx, tenant_id, id).await?;
        let access_points = sale_report::by_access_point(&mut tx, tenant_id, id).await?;
        let hours = hours::by_hour(&mut tx, tenant_id, id).await?;
        Ok(StatisticsCsv::Csv(
            PlainText(export::csv(&totals, &access_points, &hours)?),
            format!("attachment; filename=\"sale-{id}.csv\""),
        ))
    }
}
