//! The sale of held units, as it was when they were held.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::Hold;
use crate::{
    kernel::{HoldId, Result, RevisionId, SaleId},
    sales::{self, PublishedSale},
};

/// For each hold its sale with the price, terms and countries under which the units were held, and
/// under which they are sold. A hold without a published sale is left out.
pub async fn sales_as_held(
    conn: &mut PgConnection,
    holds: &[Hold],
) -> Result<HashMap<HoldId, PublishedSale>> {
    let mut revisions: Vec<RevisionId> = holds.iter().filter_map(|hold| hold.revision).collect();
    revisions.sort_unstable();
    revisions.dedup();
    let as_held: HashMap<RevisionId, PublishedSale> = sales::published_at(conn, &revisions)
        .await?
        .into_iter()
        .map(|sale| (sale.revision, sale))
        .collect();
    let older: Vec<SaleId> =
        holds.iter().filter(|hold| hold.revision.is_none()).map(|hold| hold.sale_id).collect();
    let mut as_now: HashMap<SaleId, PublishedSale> = HashMap::new();
    if !older.is_empty() {
        let published = sales::published_by_ids(conn, &older).await?;
        as_now.extend(published.into_iter().map(|sale| (sale.id, sale)));
    }
    let sale = |hold: &Hold| match hold.revision {
        Some(revision) => as_held.get(&revision).cloned(),
        None => as_now.get(&hold.sale_id).cloned(),
    };
    Ok(holds.iter().filter_map(|hold| Some((hold.id, sale(hold)?))).collect())
}
