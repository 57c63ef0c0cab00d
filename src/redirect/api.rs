//! The API of redirect sales: click-outs, postbacks and the lists of conversions.

use poem::web::cookie::CookieJar;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    click_out::click_out,
    conversion::{
        self, ConversionView, MyConversionView, my_conversions, report_purchase, report_reversal,
    },
    report::PurchaseReport,
};
use crate::{
    access::{Anyone, KeyHolder, Member, SignedIn, Tag, limits::limit_tracking},
    kernel::{Input, Page, PageQuery, Result, SaleId, SaleItemId, TenantId},
    platform::Platform,
};

pub struct RedirectApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ClickOutInput {
    sale_item_id: SaleItemId,
    /// Units, 1 to the item's limit per shopper.
    quantity: i32,
}

/// Where to send the shopper.
#[derive(Object)]
#[oai(rename = "ClickOut")]
struct ClickOutView {
    /// The provider's cart, with the click token, the item and the quantity as query parameters.
    url: String,
}

#[derive(ApiResponse)]
enum ClickOutCreated {
    /// Recorded.
    #[oai(status = 201)]
    Created(Json<ClickOutView>),
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct PurchaseInput {
    /// From the address the shopper arrived at.
    click_token: String,
    /// The provider's own order number; a repeat with the same one changes nothing.
    reference: String,
    /// From 1 to the quantity of the click. Several purchases may share a click's units.
    quantity: i32,
    /// What the shopper paid for the sale's items, in minor units; at most ten times the price that
    /// the sale's page showed.
    amount_minor: i64,
    /// ISO 4217; the sale's when the shopper left for the cart.
    currency: String,
    /// Where the shopper can follow the parcel; https.
    tracking_url: Option<String>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ReversalInput {
    /// The provider's own order number, as it was reported.
    reference: String,
    /// 1 to 500 characters.
    reason: String,
}

#[derive(ApiResponse)]
enum PurchaseReported {
    /// Reported before, with the same values.
    #[oai(status = 200)]
    Known(Json<ConversionView>),
    /// Recorded.
    #[oai(status = 201)]
    Created(Json<ConversionView>),
}

#[derive(Object)]
struct MyConversionList {
    items: Vec<MyConversionView>,
}

#[OpenApi(tag = "Tag::Redirect")]
impl RedirectApi {
    /// Go to the provider's cart
    ///
    /// Records that the shopper leaves for the provider's cart, and answers with the address to go
    /// to: the one that SMP approved, with a signed click token, the item's SKU and id, and the
    /// quantity as query parameters. The token is what the provider reports a purchase with. Not
    /// idempotent: each request is another click.
    ///
    /// A quantity above the item's limit per shopper is a 422. Refused with 409:
    /// `urn:smp:hosted_sale` for a sale that is bought here, `urn:smp:not_registered` where only
    /// registered shoppers can buy, and the types of a sale that is not open.
    #[oai(
        path = "/sales/:slug/click-outs",
        method = "post",
        operation_id = "click_out_create",
        transform = "limit_tracking"
    )]
    async fn click_out_create(
        &self,
        caller: Anyone,
        slug: Path<String>,
        body: Input<ClickOutInput>,
        jar: &CookieJar,
    ) -> Result<ClickOutCreated> {
        let url = click_out(
            &self.platform,
            &slug.0,
            body.sale_item_id,
            body.quantity,
            caller.account(),
            jar,
        )
        .await?;
        Ok(ClickOutCreated::Created(Json(ClickOutView { url: url.into() })))
    }

    /// Report a purchase
    ///
    /// Records that a click led to a purchase in the provider's own cart. `reference` is the
    /// provider's order number: the same report again is a 200 and changes nothing, so send it
    /// until it was answered. Written to the audit log.
    ///
    /// Refused with 409 `urn:smp:reference_used` when the reference was reported with other values.
    /// A token that is not of this provider's click, a currency that is not the sale's, or more
    /// units than the click has left are a 422 on the field.
    #[oai(path = "/postbacks/purchases", method = "post", operation_id = "postback_purchase")]
    async fn postback_purchase(
        &self,
        key: KeyHolder,
        body: Input<PurchaseInput>,
    ) -> Result<PurchaseReported> {
        let body = body.0;
        let purchase = PurchaseReport {
            click_token: body.click_token,
            reference: body.reference,
            quantity: body.quantity,
            amount_minor: body.amount_minor,
            currency: body.currency,
            tracking_url: body.tracking_url,
        };
        let (conversion, new) = report_purchase(&self.platform, &key.0, purchase).await?;
        Ok(if new {
            PurchaseReported::Created(Json(conversion))
        } else {
            PurchaseReported::Known(Json(conversion))
        })
    }

    /// Report that a purchase was reversed
    ///
    /// Takes a reported purchase back, in full: a return, a cancellation, a fraud. A repeat changes
    /// nothing. An unknown reference is a 404. Written to the audit log.
    #[oai(path = "/postbacks/reversals", method = "post", operation_id = "postback_reversal")]
    async fn postback_reversal(
        &self,
        key: KeyHolder,
        body: Input<ReversalInput>,
    ) -> Result<Json<ConversionView>> {
        Ok(Json(report_reversal(&self.platform, &key.0, &body.reference, &body.reason).await?))
    }

    /// Purchases a provider reported, newest first
    ///
    /// Purchases that the provider reported by API key, with their state; `sale` restricts them to
    /// one sale. Amounts are in minor units.
    #[oai(
        path = "/providers/:tenant/conversions",
        method = "get",
        operation_id = "conversion_list"
    )]
    async fn conversion_list(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
        sale: Query<Option<SaleId>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ConversionView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let rows = conversion::list(&mut tx, tenant.0, sale.0, &page).await?;
        Ok(Json(page.page(rows, |row| (row.reported_at, row.id.0), |row| row)))
    }

    /// My purchases in providers' own shops
    ///
    /// Purchases that providers reported for clicks which the caller made while signed in, newest
    /// first, at most 100, with how to reach the provider.
    #[oai(path = "/me/conversions", method = "get", operation_id = "my_conversion_list")]
    async fn my_conversion_list(&self, caller: SignedIn) -> Result<Json<MyConversionList>> {
        Ok(Json(MyConversionList {
            items: my_conversions(&self.platform, caller.account()).await?,
        }))
    }
}
