//! Dashboards' numbers: for SMP across tenants, for a provider, for one sale, and as CSV.

use std::fmt::Write;

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::{Json, PlainText},
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::reports::{self, SaleHead, SaleRow, Totals};
use crate::{
    access::{Member, Staff, api::Tag},
    kernel::{FieldError, Money, Result, SaleId, TenantId},
    platform::Platform,
    sales::{Phase, SaleMode},
};

/// An overview looks back this far at most, in days.
const DAYS_MAX: u32 = 366;

pub struct StatisticsApi {
    pub platform: Platform,
}

#[derive(Object)]
struct StatisticsSummary {
    visits: i64,
    purchases: i64,
    /// One amount a currency.
    revenue: Vec<Money>,
    live_sales: i64,
    open_reviews: i64,
    orders_to_ship: i64,
    sales: Vec<StatisticsSaleRow>,
}

#[derive(Object)]
struct StatisticsProvider {
    live_sales: i64,
    parcels_to_ship: i64,
    sales: Vec<StatisticsSaleRow>,
}

#[derive(Object)]
struct StatisticsSaleRow {
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

impl From<SaleRow> for StatisticsSaleRow {
    fn from(row: SaleRow) -> Self {
        Self {
            sale_id: row.sale,
            tenant_id: row.tenant,
            title: row.title,
            provider_name: row.provider_name,
            mode: row.mode,
            phase: row.phase,
            visits: row.visits,
            favourites: row.favourites,
            shares: row.shares,
            purchases: row.purchases,
            units: row.units,
            revenue: Money::new(row.revenue_minor, row.currency),
        }
    }
}

#[derive(Object)]
struct StatisticsSale {
    sale: StatisticsSaleHead,
    totals: StatisticsTotals,
    /// The steps from a visit to a purchase, in order.
    funnel: Vec<FunnelStep>,
    by_access_point: Vec<StatisticsAccessPoint>,
    series: Vec<StatisticsPoint>,
    /// Hosted sales only; empty otherwise.
    stock: Vec<StatisticsStock>,
}

#[derive(Object)]
struct StatisticsSaleHead {
    title: String,
    provider_name: String,
    mode: SaleMode,
    phase: Phase,
    starts_at: OffsetDateTime,
    ends_at: OffsetDateTime,
}

#[derive(Object)]
struct StatisticsTotals {
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

#[derive(Object)]
struct FunnelStep {
    step: String,
    label: String,
    count: i64,
}

#[derive(Object)]
struct StatisticsAccessPoint {
    /// Null: came by itself.
    access_point_id: Option<Uuid>,
    name: String,
    placement: Option<String>,
    visits: i64,
    purchases: i64,
    units: i64,
    revenue: Money,
}

#[derive(Object)]
struct StatisticsPoint {
    at: OffsetDateTime,
    visits: i64,
    purchases: i64,
}

#[derive(Object)]
struct StatisticsStock {
    item_name: String,
    capacity: i32,
    held: i32,
    sold: i32,
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
    ) -> Result<Json<StatisticsSummary>> {
        let days = days.0.unwrap_or(30);
        if !(1..=DAYS_MAX).contains(&days) {
            return Err(FieldError::new("days", format!("Must be from 1 to {DAYS_MAX}")).into());
        }
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("statistics").await?;
        let sales =
            reports::overview(&mut tx, None, now - Duration::days(i64::from(days)), now).await?;
        let open_reviews = sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!" FROM revisions WHERE state = 'submitted'"#
        )
        .fetch_one(&mut *tx)
        .await?;
        let orders_to_ship =
            sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM parcels WHERE state = 'to_ship'"#)
                .fetch_one(&mut *tx)
                .await?;
        let mut revenue: Vec<Money> = vec![];
        for sale in &sales {
            match revenue.iter_mut().find(|money| money.currency == sale.currency) {
                Some(money) => money.amount += sale.revenue_minor,
                None => revenue.push(Money::new(sale.revenue_minor, sale.currency.clone())),
            }
        }
        Ok(Json(StatisticsSummary {
            visits: sales.iter().map(|s| s.visits).sum(),
            purchases: sales.iter().map(|s| s.purchases).sum(),
            revenue,
            live_sales: live(&sales),
            open_reviews,
            orders_to_ship,
            sales: sales.into_iter().map(StatisticsSaleRow::from).collect(),
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
    ) -> Result<Json<StatisticsProvider>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let sales = reports::overview(
            &mut tx,
            Some(member.tenant),
            now - Duration::days(i64::from(DAYS_MAX)),
            now,
        )
        .await?;
        let parcels_to_ship = sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!" FROM parcels WHERE tenant_id = $1 AND state = 'to_ship'"#,
            member.tenant.0
        )
        .fetch_one(&mut *tx)
        .await?;
        Ok(Json(StatisticsProvider {
            live_sales: live(&sales),
            parcels_to_ship,
            sales: sales.into_iter().map(StatisticsSaleRow::from).collect(),
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
    ) -> Result<Json<StatisticsSale>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let head = reports::head(&mut tx, member.tenant, sale.0).await?;
        let totals = reports::totals(&mut tx, member.tenant, sale.0).await?;
        let points = reports::by_access_point(&mut tx, member.tenant, sale.0).await?;
        let series = reports::series(&mut tx, member.tenant, sale.0, &head, now).await?;
        let stock = if head.mode == SaleMode::Hosted {
            stock(&mut tx, member.tenant, sale.0).await?
        } else {
            vec![]
        };
        let left = stock.iter().map(|s| i64::from(s.capacity - s.held - s.sold)).sum();
        let money = |amount| Money::new(amount, head.currency.clone());
        Ok(Json(StatisticsSale {
            funnel: funnel(&head, &totals),
            totals: totals_dto(&totals, &head.currency),
            by_access_point: points
                .into_iter()
                .map(|p| StatisticsAccessPoint {
                    access_point_id: p.access_point_id,
                    name: p.name,
                    placement: p.placement,
                    visits: p.visits,
                    purchases: p.purchases,
                    units: p.units,
                    revenue: money(p.revenue_minor),
                })
                .collect(),
            series: series
                .into_iter()
                .map(|p| StatisticsPoint { at: p.at, visits: p.visits, purchases: p.purchases })
                .collect(),
            sale: StatisticsSaleHead {
                phase: crate::sales::phase(
                    head.starts_at,
                    head.ends_at,
                    head.registration,
                    now,
                    Some(left).filter(|_| !stock.is_empty()),
                ),
                title: head.title,
                provider_name: head.provider_name,
                mode: head.mode,
                starts_at: head.starts_at,
                ends_at: head.ends_at,
            },
            stock,
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
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let head = reports::head(&mut tx, member.tenant, sale.0).await?;
        let totals = reports::totals(&mut tx, member.tenant, sale.0).await?;
        let mut csv = String::from("measure,access_point,placement,value,currency\r\n");
        let mut line = |measure: &str, access_point: &str, placement: &str, value: i64| {
            let currency = if measure.ends_with("_minor") { head.currency.as_str() } else { "" };
            let _ = write!(
                csv,
                "{measure},{},{placement},{value},{currency}\r\n",
                csv_field(access_point)
            );
        };
        for (measure, value) in measures(&totals) {
            line(measure, "", "", value);
        }
        for p in reports::by_access_point(&mut tx, member.tenant, sale.0).await? {
            for (measure, value) in [
                ("visits", p.visits),
                ("purchases", p.purchases),
                ("units", p.units),
                ("revenue_minor", p.revenue_minor),
            ] {
                line(measure, &p.name, p.placement.as_deref().unwrap_or(""), value);
            }
        }
        Ok(StatisticsCsv::Csv(
            PlainText(csv),
            format!("attachment; filename=\"sale-{}.csv\"", sale.0),
        ))
    }
}

/// What the file tells of a whole sale, a line each; sums of money end in `_minor` (minor units of
/// the currency).
fn measures(totals: &Totals) -> [(&'static str, i64); 18] {
    [
        ("visits", totals.visits),
        ("visitors", totals.visitors),
        ("favourites", totals.favourites),
        ("shares", totals.shares),
        ("average_seconds_on_page", totals.average_seconds_on_page),
        ("click_outs", totals.click_outs),
        ("holds", totals.holds),
        ("checkouts", totals.checkouts),
        ("addresses", totals.addresses),
        ("payments", totals.payments),
        ("purchases", totals.purchases),
        ("units", totals.units),
        ("revenue_minor", totals.revenue_minor),
        ("refunds", totals.refunds),
        ("refunded_minor", totals.refunded_minor),
        ("conversions", totals.conversions),
        ("reversals", totals.reversals),
        ("registered", totals.registered),
    ]
}

fn live(sales: &[SaleRow]) -> i64 {
    i64::try_from(sales.iter().filter(|s| matches!(s.phase, Phase::Live | Phase::SoldOut)).count())
        .unwrap_or(i64::MAX)
}

async fn stock(
    conn: &mut sqlx::PgConnection,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Vec<StatisticsStock>> {
    let rows = sqlx::query_as!(
        StatisticsStock,
        r#"
        SELECT i.name AS item_name, k.capacity, k.held, k.sold
        FROM stock k
        JOIN sale_items si ON si.tenant_id = k.tenant_id AND si.id = k.sale_item_id
        JOIN items i ON i.tenant_id = si.tenant_id AND i.id = si.item_id
        WHERE k.tenant_id = $1 AND k.sale_id = $2 ORDER BY si.position LIMIT 200
        "#,
        tenant.0,
        sale.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

fn totals_dto(totals: &Totals, currency: &str) -> StatisticsTotals {
    StatisticsTotals {
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

fn funnel(head: &SaleHead, totals: &Totals) -> Vec<FunnelStep> {
    let steps: &[(&str, &str, i64)] = match head.mode {
        SaleMode::Hosted => &[
            ("visit", "Visits", totals.visits),
            ("hold", "Put in cart", totals.holds),
            ("checkout", "Began checkout", totals.checkouts),
            ("address", "Gave address", totals.addresses),
            ("payment", "Tried to pay", totals.payments),
            ("purchase", "Bought", totals.purchases),
        ],
        SaleMode::Redirect => &[
            ("visit", "Visits", totals.visits),
            ("click_out", "Went to the provider", totals.click_outs),
            ("conversion", "Bought there", totals.conversions),
        ],
    };
    steps
        .iter()
        .map(|(step, label, count)| FunnelStep {
            step: (*step).to_owned(),
            label: (*label).to_owned(),
            count: *count,
        })
        .collect()
}

/// A field of CSV: quoted where it must be, and no spreadsheet formula.
fn csv_field(text: &str) -> String {
    let text =
        if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::csv_field;

    #[test]
    fn a_field_of_csv_is_quoted_and_no_formula() {
        assert_eq!(csv_field("Spring, \"big\""), "\"Spring, \"\"big\"\"\"");
        assert_eq!(csv_field("=1+1"), "'=1+1");
    }
}
