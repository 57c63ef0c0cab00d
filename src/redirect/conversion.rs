//! Conversions: purchases that a provider reported. A row is what follows from the reports of its
//! reference (`rules`), stored for lists and figures.

use std::collections::HashMap;

use poem_openapi::Object;
use serde::Serialize;
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use super::{
    codes,
    report::Reported,
    states::{Channel, ConversionState},
};
use crate::{
    kernel::{
        AccountId, ClickOutId, ConversionId, Error, Money, PageQuery, Result, SaleId, SaleItemId,
        TenantId, iso_date,
    },
    platform::Platform,
    providers,
    sales::{self, PublishedSale, SaleKind},
};

/// Conversions shown to a shopper, at most: the newest.
const MINE_MAX: i64 = 100;

/// A purchase that a provider reported.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "Conversion")]
pub struct ConversionView {
    pub id: ConversionId,
    /// The provider's own order number.
    pub reference: String,
    pub sale_id: SaleId,
    pub sale_item_id: SaleItemId,
    /// Units bought, those that were reversed included.
    pub quantity: i32,
    /// What was paid, without what was given back.
    pub amount: Money,
    pub state: ConversionState,
    /// How the purchase was reported.
    pub channel: Channel,
    /// It follows a test click: no figures, no emails.
    pub test: bool,
    pub tracking_url: Option<String>,
    #[serde(with = "iso_date::option")]
    pub ships_on: Option<Date>,
    pub confirmation_number: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub confirmed_at: Option<OffsetDateTime>,
    /// A code was reported; only the shopper sees it.
    pub has_code: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub reported_at: OffsetDateTime,
    pub reversed_quantity: i32,
    /// What was given back of the amount.
    pub reversed: Money,
    /// When something was given back last.
    #[serde(with = "time::serde::rfc3339::option")]
    pub reversed_at: Option<OffsetDateTime>,
    pub reversal_reason: Option<String>,
}

/// A purchase, as the shopper sees it.
#[derive(Debug, Clone, Object, Serialize)]
#[oai(rename = "MyConversion")]
pub struct MyConversionView {
    pub title: String,
    /// What was bought of the sale.
    pub item_name: String,
    pub sale_slug: String,
    pub kind: SaleKind,
    /// The days of a reservation.
    #[serde(with = "iso_date::option")]
    pub slot_starts_on: Option<Date>,
    #[serde(with = "iso_date::option")]
    pub slot_ends_on: Option<Date>,
    /// The date by which the provider promises to ship; made-to-order sales only.
    #[serde(with = "time::serde::rfc3339::option")]
    pub promised_ship_by: Option<OffsetDateTime>,
    /// What the provider issued, such as a voucher's code. Anyone who has it can use it.
    pub code: Option<String>,
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

#[derive(Debug, Clone)]
pub(super) struct Conversion {
    pub tenant: TenantId,
    pub id: ConversionId,
    pub click_out: ClickOutId,
    pub sale: SaleId,
    pub item: SaleItemId,
    pub account: Option<AccountId>,
    pub reference: String,
    pub quantity: i32,
    pub amount_minor: i64,
    pub currency: String,
    pub tracking_url: Option<String>,
    pub ships_on: Option<Date>,
    pub code_sealed: Option<Vec<u8>>,
    pub confirmation_number: Option<String>,
    pub confirmed_at: Option<OffsetDateTime>,
    pub channel: Channel,
    pub counted: bool,
    pub test: bool,
    pub state: ConversionState,
    pub reported_at: OffsetDateTime,
    pub reversed_quantity: i32,
    pub reversed_minor: i64,
    pub reversed_at: Option<OffsetDateTime>,
    pub reversal_reason: Option<String>,
}

impl From<Conversion> for ConversionView {
    fn from(row: Conversion) -> Self {
        Self {
            id: row.id,
            reference: row.reference,
            sale_id: row.sale,
            sale_item_id: row.item,
            quantity: row.quantity,
            amount: Money::new(row.amount_minor, &row.currency),
            state: row.state,
            channel: row.channel,
            test: row.test,
            tracking_url: row.tracking_url,
            ships_on: row.ships_on,
            confirmation_number: row.confirmation_number,
            confirmed_at: row.confirmed_at,
            has_code: row.code_sealed.is_some(),
            reported_at: row.reported_at,
            reversed_quantity: row.reversed_quantity,
            reversed: Money::new(row.reversed_minor, row.currency),
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
               sale_item_id AS "item: SaleItemId", account_id AS "account: AccountId", reference,
               quantity, amount_minor, currency, tracking_url, ships_on, code_sealed,
               confirmation_number, confirmed_at, channel AS "channel: Channel", counted, test,
               state AS "state: ConversionState", reported_at, reversed_quantity, reversed_minor,
               reversed_at, reversal_reason FROM conversions "# + $rest
            $(, $arg)*
        )
    };
}

/// Stores a conversion as it stands now.
pub(super) async fn store(conn: &mut PgConnection, row: &Conversion) -> Result<()> {
    sqlx::query!(
        "INSERT INTO conversions (tenant_id, id, click_out_id, sale_id, sale_item_id, account_id,
             reference, quantity, amount_minor, currency, tracking_url, ships_on, code_sealed,
             confirmation_number, confirmed_at, channel, counted, test, state, reported_at,
             reversed_quantity, reversed_minor, reversed_at, reversal_reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
             $19, $20, $21, $22, $23, $24)
         ON CONFLICT ON CONSTRAINT conversions_reference_key DO UPDATE SET
             click_out_id = excluded.click_out_id, sale_id = excluded.sale_id,
             sale_item_id = excluded.sale_item_id, account_id = excluded.account_id,
             quantity = excluded.quantity, amount_minor = excluded.amount_minor,
             currency = excluded.currency, tracking_url = excluded.tracking_url,
             ships_on = excluded.ships_on, code_sealed = excluded.code_sealed,
             confirmation_number = excluded.confirmation_number,
             confirmed_at = excluded.confirmed_at, channel = excluded.channel,
             counted = excluded.counted, test = excluded.test, state = excluded.state,
             reversed_quantity = excluded.reversed_quantity,
             reversed_minor = excluded.reversed_minor, reversed_at = excluded.reversed_at,
             reversal_reason = excluded.reversal_reason",
        row.tenant.0,
        row.id.0,
        row.click_out.0,
        row.sale.0,
        row.item.0,
        row.account.map(|account| account.0),
        row.reference,
        row.quantity,
        row.amount_minor,
        row.currency,
        row.tracking_url,
        row.ships_on,
        row.code_sealed,
        row.confirmation_number,
        row.confirmed_at,
        <&str>::from(row.channel),
        row.counted,
        row.test,
        <&str>::from(row.state),
        row.reported_at,
        row.reversed_quantity,
        row.reversed_minor,
        row.reversed_at,
        row.reversal_reason,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was reported of a click, without what only the pixel said, and without one reference.
pub(super) async fn reported_of(
    conn: &mut PgConnection,
    tenant: TenantId,
    click: ClickOutId,
    except: &str,
) -> Result<Reported> {
    let reported = sqlx::query_as!(
        Reported,
        r#"SELECT count(*) AS "count!",
                  bounded_sum(sum(quantity - reversed_quantity) FILTER (
                      WHERE counted AND state <> 'reversed'
                  )) AS "units!"
           FROM conversions WHERE tenant_id = $1 AND click_out_id = $2 AND reference <> $3"#,
        tenant.0,
        click.0,
        except,
    )
    .fetch_one(conn)
    .await?;
    Ok(reported)
}

/// The conversion of a reference.
pub(super) async fn by_reference(
    conn: &mut PgConnection,
    tenant: TenantId,
    reference: &str,
) -> Result<Option<Conversion>> {
    Ok(conversion_rows!("WHERE tenant_id = $1 AND reference = $2", tenant.0, reference)
        .fetch_optional(conn)
        .await?)
}

/// One conversion of a provider.
pub(super) async fn get(
    conn: &mut PgConnection,
    tenant: TenantId,
    id: ConversionId,
) -> Result<Conversion> {
    conversion_rows!("WHERE tenant_id = $1 AND id = $2", tenant.0, id.0)
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("conversion"))
}

/// A purchase as its shopper sees it, and who that is. None if it was not made while signed in, or
/// is a test.
pub async fn shoppers_conversion(
    platform: &Platform,
    tenant: TenantId,
    id: ConversionId,
) -> Result<Option<(AccountId, MyConversionView)>> {
    let mut tx = platform.db.tenant(tenant).await?;
    let row = get(&mut tx, tenant, id).await?;
    drop(tx);
    let Some(account) = row.account.filter(|_| !row.test) else { return Ok(None) };
    let view = to_mine(platform, vec![row]).await?.pop();
    Ok(view.map(|view| (account, view)))
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
        "WHERE account_id = $1 AND NOT test ORDER BY reported_at DESC, id DESC LIMIT $2",
        account.0,
        MINE_MAX
    )
    .fetch_all(&mut *tx)
    .await?;
    drop(tx);
    to_mine(platform, rows).await
}

/// Conversions with what shoppers know them by.
async fn to_mine(platform: &Platform, rows: Vec<Conversion>) -> Result<Vec<MyConversionView>> {
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
        let item = sale.and_then(|sale| sale.item(row.item));
        let slot = item.and_then(|item| item.slot);
        let provider = providers.get(&row.tenant).cloned();
        let keyring = &platform.config.keyring;
        let code = row.code_sealed.as_deref();
        MyConversionView {
            title: sale.map(|sale| sale.content.title.clone()).unwrap_or_default(),
            item_name: item.map(|item| item.name.clone()).unwrap_or_default(),
            sale_slug: sale.map(|sale| sale.slug.clone()).unwrap_or_default(),
            kind: sale.map_or(SaleKind::WhileSuppliesLast, |sale| sale.content.kind),
            slot_starts_on: slot.map(|slot| slot.starts_on),
            slot_ends_on: slot.map(|slot| slot.ends_on),
            promised_ship_by: sale.and_then(|sale| sale.content.promised_ship_by()),
            code: code.and_then(|code| codes::open(keyring, row.tenant, &row.reference, code)),
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
