//! Feedback: a rating and comments for SMP's sales team, from shoppers who bought in a sale or were
//! sent to a provider's shop by it.

use std::collections::HashMap;

use poem_openapi::Object;
use serde::Serialize;
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::{
    access::accounts,
    events,
    kernel::{
        AccountId, Error, FeedbackId, FieldErrors, Page, PageQuery, Result, SaleId, TenantId,
        limits::COMMENTS_CHARS_MAX, validate,
    },
    orders,
    platform::Platform,
    providers, redirect, sales,
};

/// A shopper's feedback on a sale.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Feedback")]
pub struct FeedbackView {
    pub id: FeedbackId,
    pub sale_title: String,
    pub provider_name: String,
    pub customer_name: String,
    /// 1 to 5.
    pub rating: i32,
    /// May be empty.
    pub comments: String,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// What a shopper enters.
#[derive(Debug)]
pub struct NewFeedback<'a> {
    pub sale_slug: &'a str,
    /// The order it is about; the newest one with this sale when absent.
    pub order_number: Option<&'a str>,
    pub rating: i32,
    pub comments: &'a str,
}

struct Feedback {
    tenant: TenantId,
    id: FeedbackId,
    account: AccountId,
    sale: SaleId,
    rating: i32,
    comments: String,
    created_at: OffsetDateTime,
}

macro_rules! feedback_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Feedback,
            r#"SELECT tenant_id AS "tenant: TenantId", id AS "id: FeedbackId",
               account_id AS "account: AccountId", sale_id AS "sale: SaleId", rating, comments,
               created_at FROM feedback "# + $rest
            $(, $arg)*
        )
    };
}

/// Records feedback of a shopper who bought in the sale, or was sent to the provider's cart by it.
/// Once for each sale.
pub async fn give_feedback(
    platform: &Platform,
    account: AccountId,
    new: NewFeedback<'_>,
) -> Result<FeedbackView> {
    let mut fields = FieldErrors::default();
    fields.check((1..=5).contains(&new.rating), "rating", "Choose from 1 to 5");
    let comments = validate::text(&mut fields, "comments", new.comments, 0, COMMENTS_CHARS_MAX);
    fields.finish()?;
    let mut tx = platform.db.platform("give feedback").await?;
    let sale = sales::published(&mut tx, new.sale_slug).await?.ok_or(Error::NotFound("sale"))?;
    let number = new.order_number.map(str::trim).filter(|number| !number.is_empty());
    let order =
        orders::newest_order_with_sale(&mut tx, account, sale.tenant, sale.id, number).await?;
    if order.is_none()
        && (number.is_some()
            || !redirect::has_clicked_out(&mut tx, account, sale.tenant, sale.id).await?)
    {
        return Err(Error::conflict(
            "not_bought",
            "Feedback is for shoppers who bought in this sale. Sign in with the account you bought \
             with.",
        ));
    }
    let row = Feedback {
        tenant: sale.tenant,
        id: FeedbackId::new(),
        account,
        sale: sale.id,
        rating: new.rating,
        comments,
        created_at: platform.clock.now(),
    };
    sqlx::query!(
        "INSERT INTO feedback (tenant_id, id, account_id, sale_id, order_number, rating, comments,
             created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        row.tenant.0,
        row.id.0,
        row.account.0,
        row.sale.0,
        order,
        row.rating,
        row.comments,
        row.created_at,
    )
    .execute(&mut *tx)
    .await?;
    events::publish(
        &mut tx,
        sale.tenant,
        "feedback.received",
        &json!({"sale_id": sale.id, "rating": row.rating}),
    )
    .await?;
    tx.commit().await?;
    let view = views(platform, vec![row]).await?.pop();
    Ok(view.ok_or_else(|| anyhow::anyhow!("feedback has no view"))?)
}

/// The feedback of this account on a sale, if there is any.
pub async fn my_feedback(
    platform: &Platform,
    account: AccountId,
    tenant: TenantId,
    sale: SaleId,
) -> Result<Option<FeedbackView>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let row = feedback_rows!(
        "WHERE tenant_id = $1 AND sale_id = $2 AND account_id = $3",
        tenant.0,
        sale.0,
        account.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    drop(tx);
    Ok(views(platform, row.into_iter().collect()).await?.pop())
}

/// All feedback, newest first.
pub async fn feedback_list(platform: &Platform, page: &PageQuery) -> Result<Page<FeedbackView>> {
    let mut tx = platform.db.platform("feedback").await?;
    let rows = newest(&mut tx, page).await?;
    drop(tx);
    let (rows, next_cursor) = page.cut(rows, |row| (row.created_at, row.id.0));
    Ok(Page { items: views(platform, rows).await?, next_cursor })
}

async fn newest(conn: &mut PgConnection, page: &PageQuery) -> Result<Vec<Feedback>> {
    let rows = feedback_rows!(
        "WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3",
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

async fn views(platform: &Platform, rows: Vec<Feedback>) -> Result<Vec<FeedbackView>> {
    let mut tx = platform.db.platform("titles of sales").await?;
    let people: Vec<AccountId> = rows.iter().map(|row| row.account).collect();
    let names = accounts::names(&mut tx, &people).await?;
    let sale_ids: Vec<SaleId> = rows.iter().map(|row| row.sale).collect();
    let sales = sales::published_by_ids(&mut tx, &sale_ids).await?;
    let titles: HashMap<SaleId, String> =
        sales.into_iter().map(|sale| (sale.id, sale.content.title)).collect();
    drop(tx);
    let tenants: Vec<TenantId> = rows.iter().map(|row| row.tenant).collect();
    let providers = providers::sellers_behind(platform, &tenants).await?;
    let to_view = |row: Feedback| FeedbackView {
        id: row.id,
        sale_title: titles.get(&row.sale).cloned().unwrap_or_default(),
        provider_name: providers
            .get(&row.tenant)
            .map(|seller| seller.name.clone())
            .unwrap_or_default(),
        customer_name: names.get(&row.account).cloned().unwrap_or_default(),
        rating: row.rating,
        comments: row.comments,
        created_at: row.created_at,
    };
    Ok(rows.into_iter().map(to_view).collect())
}
