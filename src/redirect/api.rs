//! The API of redirect sales for shoppers: click-outs; and the lists of conversions.

use poem::web::cookie::CookieJar;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    click_out::click_out,
    conversion::{self, ConversionView, MyConversionView, my_conversions},
};
use crate::{
    access::{Anyone, Member, SignedIn, Tag, limits::limit_tracking},
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
    /// registered shoppers can buy, `urn:smp:sold_out` where purchases of all that the provider
    /// guarantees are reported and the sale stops there, and the types of a sale that is not open.
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

    /// Purchases a provider reported, newest first
    ///
    /// Purchases that the provider reported, however it did, with their state; `sale` restricts
    /// them to one sale. A state follows from all reports of a reference, in whatever order they
    /// came. Amounts are in minor units.
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
    /// first, at most 100, with how to reach the provider and with the codes it issued. Of a
    /// purchase that only the pixel reported, the state is `unconfirmed`: the provider has not
    /// confirmed it.
    #[oai(path = "/me/conversions", method = "get", operation_id = "my_conversion_list")]
    async fn my_conversion_list(&self, caller: SignedIn) -> Result<Json<MyConversionList>> {
        Ok(Json(MyConversionList {
            items: my_conversions(&self.platform, caller.account()).await?,
        }))
    }
}
