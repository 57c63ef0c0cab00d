//! Looking through all payments, for SMP's team.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::state::PaymentState;
use crate::kernel::{OrderId, PageQuery, PaymentId, Result};

/// Which payments a list shows; None leaves a condition out.
#[derive(Debug, Default)]
pub struct PaymentFilter<'a> {
    pub state: Option<PaymentState>,
    /// The gateway's name.
    pub gateway: Option<&'a str>,
    pub order: Option<OrderId>,
}

/// A payment that was found.
#[derive(Debug)]
pub struct FoundPayment {
    pub id: PaymentId,
    pub order: OrderId,
    pub created_at: OffsetDateTime,
}

/// The payments of a page, newest first. Needs the platform's scope.
pub async fn search(
    conn: &mut PgConnection,
    filter: &PaymentFilter<'_>,
    page: &PageQuery,
) -> Result<Vec<FoundPayment>> {
    let found = sqlx::query_as!(
        FoundPayment,
        r#"SELECT id AS "id: PaymentId", order_id AS "order: OrderId", created_at FROM payments
           WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR gateway = $2)
             AND ($3::uuid IS NULL OR order_id = $3) AND (created_at, id) < ($4, $5)
           ORDER BY created_at DESC, id DESC LIMIT $6"#,
        filter.state as Option<PaymentState>,
        filter.gateway,
        filter.order.map(|order| order.0),
        page.before_at(),
        page.before_id(),
        page.fetch(),
    );
    Ok(found.fetch_all(conn).await?)
}
