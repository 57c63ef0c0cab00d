//! What each figure means. API, portal and CSV all take their figures from here.
//!
//! - **Visits** are looks at a sale's page by people (not by what `sales::is_robot` knows);
//!   **visitors** are the browsers behind them, each counted once a sale.
//! - A **purchase** is an order's part in a sale, paid, or a purchase that a provider reported. One
//!   whose units or whose money were given back wholly, by refunds or reversals, counts nowhere.
//! - **Units** are the units of purchases, less those that came back.
//! - **Revenue** is what purchases brought, less what was refunded of them, in the currency they were
//!   made in. Amounts of two currencies are never added, nor are hosted and reported ones. An order
//!   with a deposit brings the deposit, then the rest once it is paid. One whose rest is never paid is no
//!   purchase, though its deposit may be kept.
//! - **Buyers** are the visitors behind purchases; the **conversion rate** is buyers among visitors.
//!
//! A figure of a period covers the visits and the purchases that were made in it. What is given back
//! later is taken off the period of its purchase.

use std::collections::HashMap;

use poem_openapi::Object;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::kernel::{Money, Result, SaleId, TenantId, limits::SUM_MAX};

/// Which sales and which time figures are of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extent {
    /// None: all providers.
    pub tenant: Option<TenantId>,
    /// None: all sales.
    pub sale: Option<SaleId>,
    /// None: from the beginning.
    pub since: Option<OffsetDateTime>,
}

/// What purchases brought, less what was refunded or reversed; one amount for each currency.
#[derive(Debug, Default, Clone, PartialEq, Eq, Object)]
#[oai(rename = "StatisticsRevenue")]
pub struct Revenue {
    /// Through SMP's own cart.
    pub hosted: Vec<Money>,
    /// In providers' carts, as they reported it.
    pub reported: Vec<Money>,
}

/// The figures of purchases.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct PurchaseFigures {
    pub purchases: i64,
    pub units: i64,
    pub buyers: i64,
    pub revenue: Revenue,
}

/// The figures of one sale, or their sums over several.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Figures {
    pub visits: i64,
    pub visitors: i64,
    pub favourites: i64,
    pub shares: i64,
    pub bought: PurchaseFigures,
}

impl Revenue {
    fn add(&mut self, other: &Self) {
        add_amounts(&mut self.hosted, &other.hosted);
        add_amounts(&mut self.reported, &other.reported);
    }
}

/// The sum of two sums, cut where `bounded_sum` cuts each.
fn bounded(sum: i64, more: i64) -> i64 {
    sum.saturating_add(more).clamp(-SUM_MAX, SUM_MAX)
}

/// Adds amounts, each to the one of its currency.
fn add_amounts(sums: &mut Vec<Money>, amounts: &[Money]) {
    for amount in amounts {
        match sums.iter_mut().find(|sum| sum.currency == amount.currency) {
            Some(sum) => sum.amount = bounded(sum.amount, amount.amount),
            None => sums.push(Money::new(bounded(0, amount.amount), amount.currency.clone())),
        }
    }
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        let sums = [
            (&mut self.visits, other.visits),
            (&mut self.visitors, other.visitors),
            (&mut self.favourites, other.favourites),
            (&mut self.shares, other.shares),
            (&mut self.bought.purchases, other.bought.purchases),
            (&mut self.bought.units, other.bought.units),
            (&mut self.bought.buyers, other.bought.buyers),
        ];
        for (sum, value) in sums {
            *sum = bounded(*sum, value);
        }
        self.bought.revenue.add(&other.bought.revenue);
    }

    pub fn conversion_rate_percent(&self) -> Option<f64> {
        conversion_rate_percent(self.bought.buyers, self.visitors)
    }
}

/// Buyers among visitors, in per cent with one decimal; None without visitors.
#[expect(clippy::cast_precision_loss, reason = "a share, rounded to a tenth of a per cent")]
pub fn conversion_rate_percent(buyers: i64, visitors: i64) -> Option<f64> {
    (visitors > 0).then(|| (buyers as f64 / visitors as f64 * 1000.0).round() / 10.0)
}

/// Runs a query over purchases, one row each: `purchases (tenant_id, sale_id, reported, currency,
/// bought_at, visit_id, units, revenue)`. The query goes on after that common table expression; its
/// own arguments begin with `$4`.
macro_rules! purchases_query {
    ($row:ident, $extent:expr, $rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            $row,
            r#"
            WITH purchases AS (
                SELECT i.tenant_id, i.sale_id, bool_or(i.kind = 'conversion') AS reported,
                       min(i.currency) AS currency,
                       min(i.created_at) FILTER (WHERE i.sign = 1) AS bought_at,
                       (array_agg(i.visit_id) FILTER (WHERE i.sign = 1))[1] AS visit_id,
                       sum(i.sign * i.quantity) AS units,
                       sum(i.sign * i.amount_minor::numeric) AS revenue
                FROM (
                    SELECT *, CASE WHEN kind IN ('purchase', 'conversion') THEN 1 ELSE -1 END AS sign
                    FROM interactions
                    WHERE kind IN ('purchase', 'refund', 'conversion', 'reversal')
                ) i
                JOIN sales s ON s.tenant_id = i.tenant_id AND s.id = i.sale_id AND NOT s.rehearsal
                WHERE ($1::uuid IS NULL OR i.tenant_id = $1)
                  AND ($2::uuid IS NULL OR i.sale_id = $2)
                GROUP BY i.tenant_id, i.sale_id, coalesce(i.subject_id, i.id)
                HAVING bool_or(i.sign = 1)
                   AND sum(i.sign * i.quantity) > 0
                   AND (sum(i.sign * i.amount_minor::numeric) > 0
                        OR NOT bool_or(i.sign = -1 AND i.amount_minor > 0))
                   AND ($3::timestamptz IS NULL
                        OR min(i.created_at) FILTER (WHERE i.sign = 1) >= $3)
            )"# + $rest,
            $extent.tenant.map(|tenant| tenant.0),
            $extent.sale.map(|sale| sale.0),
            $extent.since
            $(, $arg)*
        )
    };
}
pub(super) use purchases_query;

/// The sums of a group of purchases: over all of them, then for each currency and way to buy.
struct PurchaseSums {
    key: Option<Uuid>,
    is_total: bool,
    reported: Option<bool>,
    currency: Option<String>,
    purchases: i64,
    units: i64,
    buyers: i64,
    revenue_minor: i64,
}

/// Gathers the sums of each group.
fn gather(rows: Vec<PurchaseSums>) -> HashMap<Option<Uuid>, PurchaseFigures> {
    let mut groups: HashMap<Option<Uuid>, PurchaseFigures> = HashMap::new();
    for row in rows {
        let group = groups.entry(row.key).or_default();
        if row.is_total {
            (group.purchases, group.units, group.buyers) = (row.purchases, row.units, row.buyers);
        } else if let Some(currency) = row.currency {
            let reported = row.reported.unwrap_or(false);
            let revenue = &mut group.revenue;
            let way = if reported { &mut revenue.reported } else { &mut revenue.hosted };
            way.push(Money::new(row.revenue_minor, currency));
        }
    }
    groups
}

/// The figures of each sale that has any. Sums of all sales are sums of these.
pub async fn by_sale(conn: &mut PgConnection, extent: Extent) -> Result<HashMap<SaleId, Figures>> {
    let seen = sqlx::query!(
        r#"
        SELECT a.sale_id AS "sale_id!", bounded_sum(sum(a.visits)) AS "visits!",
               bounded_sum(sum(a.visitors)) AS "visitors!",
               bounded_sum(sum(a.favourites)) AS "favourites!",
               bounded_sum(sum(a.shares)) AS "shares!"
        FROM (
            SELECT v.tenant_id, v.sale_id, count(*) AS visits,
                   count(DISTINCT v.visitor_id) AS visitors, 0 AS favourites, 0 AS shares
            FROM visits v
            LEFT JOIN visit_archives a ON a.tenant_id = v.tenant_id AND a.sale_id = v.sale_id
            WHERE ($1::uuid IS NULL OR v.tenant_id = $1) AND ($2::uuid IS NULL OR v.sale_id = $2)
              AND ($3::timestamptz IS NULL OR v.started_at >= $3)
              AND (a.until IS NULL OR v.started_at >= a.until)
            GROUP BY 1, 2
            UNION ALL
            -- Older than any period a report is about.
            SELECT tenant_id, sale_id, visits, visitors, 0, 0 FROM visit_archives
            WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ($2::uuid IS NULL OR sale_id = $2)
              AND $3::timestamptz IS NULL
            UNION ALL
            SELECT tenant_id, sale_id, 0, 0, count(*), 0 FROM favourites
            WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ($2::uuid IS NULL OR sale_id = $2)
              AND ($3::timestamptz IS NULL OR created_at >= $3)
            GROUP BY 1, 2
            UNION ALL
            SELECT tenant_id, sale_id, 0, 0, 0, count(*) FROM interactions
            WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ($2::uuid IS NULL OR sale_id = $2)
              AND ($3::timestamptz IS NULL OR created_at >= $3) AND kind = 'share'
            GROUP BY 1, 2
        ) a
        JOIN sales s ON s.tenant_id = a.tenant_id AND s.id = a.sale_id AND NOT s.rehearsal
        GROUP BY a.sale_id
        "#,
        extent.tenant.map(|tenant| tenant.0),
        extent.sale.map(|sale| sale.0),
        extent.since,
    )
    .fetch_all(&mut *conn)
    .await?;
    let bought = purchases_query!(
        PurchaseSums,
        extent,
        r#"
        SELECT p.sale_id AS key, grouping(p.currency) = 1 AS "is_total!", p.reported, p.currency,
               count(*) AS "purchases!", bounded_sum(sum(p.units)) AS "units!",
               count(DISTINCT v.visitor_id) AS "buyers!",
               bounded_sum(sum(p.revenue)) AS "revenue_minor!"
        FROM purchases p LEFT JOIN visits v ON v.tenant_id = p.tenant_id AND v.id = p.visit_id
        GROUP BY GROUPING SETS ((p.sale_id), (p.sale_id, p.reported, p.currency))
        ORDER BY p.currency
        "#
    )
    .fetch_all(conn)
    .await?;
    let mut figures: HashMap<SaleId, Figures> = HashMap::new();
    for row in seen {
        let sale = figures.entry(SaleId(row.sale_id)).or_default();
        (sale.visits, sale.visitors) = (row.visits, row.visitors);
        (sale.favourites, sale.shares) = (row.favourites, row.shares);
    }
    for (sale, bought) in gather(bought) {
        let Some(sale) = sale else { continue };
        figures.entry(SaleId(sale)).or_default().bought = bought;
    }
    Ok(figures)
}

/// The purchases of one sale by the access point of their visit; None: through none.
pub async fn purchases_by_access_point(
    conn: &mut PgConnection,
    extent: Extent,
) -> Result<HashMap<Option<Uuid>, PurchaseFigures>> {
    let rows = purchases_query!(
        PurchaseSums,
        extent,
        r#"
        SELECT v.access_point_id AS "key?", grouping(p.currency) = 1 AS "is_total!", p.reported,
               p.currency, count(*) AS "purchases!", bounded_sum(sum(p.units)) AS "units!",
               count(DISTINCT v.visitor_id) AS "buyers!",
               bounded_sum(sum(p.revenue)) AS "revenue_minor!"
        FROM purchases p LEFT JOIN visits v ON v.tenant_id = p.tenant_id AND v.id = p.visit_id
        GROUP BY GROUPING SETS ((v.access_point_id), (v.access_point_id, p.reported, p.currency))
        ORDER BY p.currency
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(gather(rows))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn brought(hosted: &[(i64, &str)], reported: &[(i64, &str)]) -> Figures {
        let amounts = |amounts: &[(i64, &str)]| {
            amounts.iter().map(|(amount, currency)| Money::new(*amount, *currency)).collect()
        };
        let revenue = Revenue { hosted: amounts(hosted), reported: amounts(reported) };
        Figures {
            visitors: 3,
            bought: PurchaseFigures { purchases: 1, units: 1, buyers: 1, revenue },
            ..Figures::default()
        }
    }

    #[test]
    fn currencies_and_ways_to_buy_are_never_added() {
        let mut sum = brought(&[(100, "EUR")], &[(7, "EUR")]);
        sum.add(&brought(&[(50, "EUR"), (9_000, "JPY")], &[]));
        assert_eq!(
            sum.bought.revenue,
            brought(&[(150, "EUR"), (9_000, "JPY")], &[(7, "EUR")]).bought.revenue
        );
        assert_eq!(sum.conversion_rate_percent(), Some(33.3));
        sum.add(&brought(&[(i64::MAX, "EUR")], &[]));
        assert_eq!(sum.bought.revenue.hosted[0].amount, SUM_MAX, "a sum does not overflow");
        assert_eq!(Figures::default().conversion_rate_percent(), None);
    }

    proptest! {
        /// Whatever rows a database holds, their sums are numbers that every JSON reader takes.
        #[test]
        fn sums_of_anything_stay_exact(
            parts in prop::collection::vec((any::<i64>(), any::<i64>()), 1..200),
        ) {
            let mut sum = Figures::default();
            for (amount, visitors) in parts {
                let part = brought(&[(amount, "EUR")], &[(amount, "EUR")]);
                sum.add(&Figures { visitors, ..part });
                let [hosted, reported] =
                    [&sum.bought.revenue.hosted, &sum.bought.revenue.reported].map(|of| of[0].amount);
                prop_assert_eq!(hosted, reported);
                prop_assert!((-SUM_MAX..=SUM_MAX).contains(&hosted));
                prop_assert!((-SUM_MAX..=SUM_MAX).contains(&sum.visitors));
                let rate = sum.conversion_rate_percent();
                prop_assert!(rate.is_none_or(f64::is_finite));
            }
        }
    }
}
