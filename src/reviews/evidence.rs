//! The evidence that a submission needs: for each item a statement, a document or a fresh stock figure.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    proof,
    stock_figure::{self, FRESH_FOR},
};
use crate::{
    kernel::{FieldErrors, Result},
    sales::{Content, ContentItem, Revision},
};

/// Checks that a submitted revision has evidence for each item, and opens the proofs. What is made to
/// order needs a statement of how it will be made.
pub async fn require(
    conn: &mut PgConnection,
    revision: &Revision,
    now: OffsetDateTime,
) -> Result<()> {
    let content = &revision.content.0;
    let skus: Vec<String> = content.items.iter().map(|item| item.sku.clone()).collect();
    let figures = stock_figure::list(conn, revision.tenant, Some(&skus)).await?;
    let is_reported = |item: &ContentItem| {
        let mut figures = figures.iter();
        figures.any(|figure| figure.sku == item.sku && figure.is_fresh(now))
    };
    let mut fields = FieldErrors::default();
    for (index, item) in content.items.iter().enumerate() {
        let field = format!("items.{index}.evidence");
        let has_statement = !item.evidence.is_empty();
        match proof::guaranteed(content, item) {
            None => fields.check(has_statement, &field, &made_to_order(content, item)),
            Some(quantity) => {
                let has_any =
                    has_statement || item.evidence_asset_id.is_some() || is_reported(item);
                let message = format!(
                    "Say how {quantity} of {} can be guaranteed, choose a document that proves it, \
                     or report its stock (a figure counts for {} days)",
                    item.name,
                    FRESH_FOR.whole_days()
                );
                fields.check(has_any, &field, &message);
            }
        }
    }
    fields.finish()?;
    proof::open(conn, revision).await
}

fn made_to_order(content: &Content, item: &ContentItem) -> String {
    let days = content.terms_of_kind.ship_max_days.unwrap_or_default();
    format!("Say how {} will be made and shipped within {days} days of the sale’s end", item.name)
}
