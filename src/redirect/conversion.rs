//! Conversions: purchases a provider reports by postback, and their reversals. The provider's own
//! order number makes a report idempotent.

use std::collections::HashMap;

use poem_openapi::{Enum, Object};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    click_out::{self, ClickOut},
    report::{self, PurchaseReport},
};
use crate::{
    access::{Actor, api_keys::ApiKeyInfo, audit},
    events,
    kernel::{
        AccountId, ClickOutId, ConversionId, Error, FieldErrors, Money, PageQuery, Result, SaleId,
        TenantId, validate,
    },
    platform::Platform,
    providers,
    sales::{self, PublishedSale},
};

/// Conversions shown to a shopper, at most: the newest.
const MINE_MAX: i64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum, Serialize, Deserialize, sqlx::Type)]
#[oai(rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ConversionState {
    Reported,
    Confirmed,
    Reversed,
}

/// A purchase that a provider reported.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Conversion")]
pub struct ConversionView {
    pub id: ConversionId,
    /// The provider's own order number.
    pub reference: String,
    pub sale_id: SaleId,
    pub quantity: i32,
    pub amount: Money,
    pub state: ConversionState,
    pub tracking_url: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub reported_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub reversed_at: Option<OffsetDateTime>,
    pub reversal_reason: Option<String>,
}

/// A purchase, as the shopper sees it.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "MyConversion")]
pub struct MyConversionView {
    pub title: String,
    pub sale_slug: String,
    pub provider_name: String,
    pub provider_support: ProviderSupport,
    #[oai(flatten)]
    #[serde(flatten)]
    pub conversion: ConversionView,
}

/// How to reach the provider, who answers for the purchase.
#[derive(Debug, Clone, Default, Object, Serialize)]
pub struct ProviderSupport {
    pub email: Option<String>,
    pub phone: Option<String>,
    pub url: Option<String>,
}

struct Conversion {
    tenant: TenantId,
    id: ConversionId,
    click_out: ClickOutId,
    sale: SaleId,
    account: Option<AccountId>,
    reference: String,
    quantity: i32,
    amount_minor: i64,
    currency: String,
    tracking_url: Option<String>,
    state: ConversionState,
    reported_at: OffsetDateTime,
    reversed_at: Option<OffsetDateTime>,
    reversal_reason: Option<String>,
}

impl From<Conversion> for ConversionView {
    fn from(row: Conversion) -> Self {
        Self {
            id: row.id,
            reference: row.reference,
            sale_id: row.sale,
            quantity: row.quantity,
            amount: Money::new(row.amount_minor, row.currency),
            state: row.state,
            tracking_url: row.tracking_url,
            reported_at: row.reported_at,
            reversed_at: row.reversed_at,
            reversal_reason: row.reversal_reason,
        }
    }
}

macro_rules! conversion_rows {
    ($rest:tt $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Conversion,
            r#"SELECT tenant_id AS "tenant: TenantId", id AS "id: ConversionId",
               click_out_id AS "click_out: ClickOutId", sale_id AS "sale: SaleId",
               account_id AS "account: AccountId", reference, quantity, amount_minor, currency,
               tracking_url, state AS "state: ConversionState", reported_at, reversed_at,
               reversal_reason FROM conversions "# + $rest
            $(, $arg)*
        )
    };
}

/// Records a reported purchase; the second value is false when it was reported before.
pub async fn report_purchase(
    platform: &Platform,
    key: &ApiKeyInfo,
    purchase: PurchaseReport,
) -> Result<(ConversionView, bool)> {
    let mut tx = platform.db.tenant(key.tenant).await?;
    let keyring = &platform.config.keyring;
    let click = click_out::of_token(&mut tx, keyring, key.tenant, &purchase.click_token).await?;
    let currency = match &click {
        Some(click) => Some(currency_of(&mut tx, key.tenant, click).await?),
        None => None,
    };
    let report = report::check(&purchase, click.as_ref(), currency.as_deref())?;
    let (click, currency) = click.zip(currency).ok_or(Error::NotFound("click"))?;
    let repeated = |row: &Conversion| {
        row.click_out == click.id
            && row.quantity == purchase.quantity
            && row.amount_minor == purchase.amount_minor
            && row.tracking_url == report.tracking_url
    };
    if let Some(row) = by_reference(&mut tx, key.tenant, &report.reference).await? {
        return if repeated(&row) {
            Ok((row.into(), false))
        } else {
            Err(reference_used(&report.reference))
        };
    }
    report::check_rest(purchase.quantity, &click, units_of(&mut tx, key.tenant, click.id).await?)?;

    let id = ConversionId::new();
    let inserted = sqlx::query!(
        "INSERT INTO conversions (tenant_id, id, click_out_id, sale_id, account_id, reference,
             quantity, amount_minor, currency, tracking_url, reported_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT ON CONSTRAINT conversions_reference_key DO NOTHING",
        key.tenant.0,
        id.0,
        click.id.0,
        click.sale.0,
        click.account.map(|account| account.0),
        report.reference,
        purchase.quantity,
        purchase.amount_minor,
        currency,
        report.tracking_url,
        platform.clock.now(),
    )
    .execute(&mut *tx)
    .await?;
    if inserted.rows_affected() == 0 {
        // Of another click, and reported in the meantime.
        return Err(reference_used(&report.reference));
    }
    let row = by_reference(&mut tx, key.tenant, &report.reference)
        .await?
        .ok_or(Error::NotFound("purchase"))?;
    publish(&mut tx, &row, click.visit, "conversion.reported").await?;
    let details = json!({
        "reference": report.reference,
        "amount_minor": purchase.amount_minor,
        "currency": row.currency,
    });
    audit::record(
        &mut tx,
        Actor::ApiKey(key.id),
        key.tenant,
        "postback_purchase",
        &format!("conversion {id}"),
        &details,
    )
    .await?;
    tx.commit().await?;
    Ok((row.into(), true))
}

/// The currency of a click's sale when the shopper left for the cart.
async fn currency_of(
    conn: &mut PgConnection,
    tenant: TenantId,
    click: &ClickOut,
) -> Result<String> {
    if let Some(currency) = &click.currency {
        return Ok(currency.clone());
    }
    let sale = sales::published_by_id(conn, tenant, click.sale).await?;
    Ok(sale.ok_or(Error::NotFound("sale"))?.content.currency)
}

fn reference_used(reference: &str) -> Error {
    let detail = format!(
        "{reference:?} was reported before with other values. Use a reference of its own for each \
         order; to take a purchase back, report a reversal."
    );
    Error::conflict("reference_used", detail)
}

/// Units of a click that are reported as bought and not reversed.
async fn units_of(conn: &mut PgConnection, tenant: TenantId, click: ClickOutId) -> Result<i64> {
    let units = sqlx::query_scalar!(
        r#"SELECT bounded_sum(sum(quantity)) AS "units!" FROM conversions
           WHERE tenant_id = $1 AND click_out_id = $2 AND state <> 'reversed'"#,
        tenant.0,
        click.0,
    )
    .fetch_one(conn)
    .await?;
    Ok(units)
}

/// Records the reversal of a reported purchase. A repeated report changes nothing.
pub async fn report_reversal(
    platform: &Platform,
    key: &ApiKeyInfo,
    reference: &str,
    reason: &str,
) -> Result<ConversionView> {
    let mut fields = FieldErrors::default();
    let reference = validate::text(&mut fields, "reference", reference, 1, 120);
    let reason = validate::text(&mut fields, "reason", reason, 1, 500);
    fields.finish()?;
    let now = platform.clock.now();
    let mut tx = platform.db.tenant(key.tenant).await?;
    let moved = sqlx::query!(
        "UPDATE conversions SET state = 'reversed', reversed_at = $3, reversal_reason = $4
         WHERE tenant_id = $1 AND reference = $2 AND state <> 'reversed'",
        key.tenant.0,
        reference,
        now,
        reason,
    )
    .execute(&mut *tx)
    .await?;
    let row =
        by_reference(&mut tx, key.tenant, &reference).await?.ok_or(Error::NotFound("purchase"))?;
    if moved.rows_affected() == 1 {
        let visit = click_out::visit_of(&mut tx, key.tenant, row.click_out).await?;
        publish(&mut tx, &row, visit, "conversion.reversed").await?;
        let details = json!({"reference": reference, "reason": reason});
        audit::record(
            &mut tx,
            Actor::ApiKey(key.id),
            key.tenant,
            "postback_reversal",
            &format!("conversion {}", row.id),
            &details,
        )
        .await?;
        tx.commit().await?;
    }
    Ok(row.into())
}

async fn by_reference(
    conn: &mut PgConnection,
    tenant: TenantId,
    reference: &str,
) -> Result<Option<Conversion>> {
    Ok(conversion_rows!("WHERE tenant_id = $1 AND reference = $2", tenant.0, reference)
        .fetch_optional(conn)
        .await?)
}

async fn publish(
    conn: &mut PgConnection,
    row: &Conversion,
    visit: Option<uuid::Uuid>,
    kind: &str,
) -> Result<()> {
    let payload = json!({
        "sale_id": row.sale,
        "visit_id": visit,
        "conversion_id": row.id,
        "quantity": row.quantity,
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "account_id": row.account,
    });
    events::publish(conn, row.tenant, kind, &payload).await
}

/// A provider's conversions, of one sale or of all, newest first; one more than fits the page.
pub(super) async fn list(
    conn: &mut PgConnection,
    tenant: TenantId,
    sale: Option<SaleId>,
    page: &PageQuery,
) -> Result<Vec<ConversionView>> {
    let rows = conversion_rows!(
        "WHERE tenant_id = $1 AND ($2::uuid IS NULL OR sale_id = $2)
           AND (reported_at, id) < ($3, $4) ORDER BY reported_at DESC, id DESC LIMIT $5",
        tenant.0,
        sale.map(|sale| sale.0),
        page.before_at(),
        page.before_id(),
        page.fetch(),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(ConversionView::from).collect())
}

/// An account's purchases in providers' own shops, as far as the providers reported them; newest
/// first.
pub async fn my_conversions(
    platform: &Platform,
    account: AccountId,
) -> Result<Vec<MyConversionView>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let rows = conversion_rows!(
        "WHERE account_id = $1 ORDER BY reported_at DESC, id DESC LIMIT $2",
        account.0,
        MINE_MAX
    )
    .fetch_all(&mut *tx)
    .await?;
    drop(tx);
    let sale_ids: Vec<SaleId> = rows.iter().map(|row| row.sale).collect();
    let mut tx = platform.db.platform("titles of sales").await?;
    let sales: HashMap<SaleId, PublishedSale> = sales::published_by_ids(&mut tx, &sale_ids)
        .await?
        .into_iter()
        .map(|sale| (sale.id, sale))
        .collect();
    drop(tx);
    let tenants: Vec<TenantId> = rows.iter().map(|row| row.tenant).collect();
    let providers = providers::sellers_behind(platform, &tenants).await?;
    let to_view = |row: Conversion| {
        let sale = sales.get(&row.sale);
        let provider = providers.get(&row.tenant).cloned();
        MyConversionView {
            title: sale.map(|sale| sale.content.title.clone()).unwrap_or_default(),
            sale_slug: sale.map(|sale| sale.slug.clone()).unwrap_or_default(),
            provider_name: provider.as_ref().map(|p| p.name.clone()).unwrap_or_default(),
            provider_support: provider
                .map(|p| ProviderSupport {
                    email: p.support_email,
                    phone: p.support_phone,
                    url: p.support_url,
                })
                .unwrap_or_default(),
            conversion: row.into(),
        }
    };
    Ok(rows.into_iter().map(to_view).collect())
}
