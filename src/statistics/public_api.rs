//! What a sale's page reports by itself: time in view, favourites, shares. Anyone may; a cookie
//! that names no person tells visitors apart.

use poem::web::cookie::CookieJar;
use poem_openapi::{Enum, Object, OpenApi, param::Path, payload::Json};

use super::visits;
use crate::{
    access::{
        Anyone,
        api::{Empty, Tag},
    },
    kernel::{Error, FieldErrors, Input, Result, VisitId},
    platform::{Platform, broker::Notice},
    sales::{self, PublishedSale},
};

pub struct StatisticsPublicApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct VisitBeacon {
    visit_id: VisitId,
    /// How long the page has been in view so far, 0 to 86,400.
    seconds: i32,
}

#[derive(Object)]
struct FavouriteState {
    favourite: bool,
    /// Visitors whose favourite it is.
    count: i64,
}

#[derive(Enum, Clone, Copy)]
#[oai(rename_all = "snake_case")]
enum ShareChannel {
    Copy,
    Native,
    Email,
    Facebook,
    X,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ShareInput {
    channel: ShareChannel,
}

#[OpenApi(tag = "Tag::Statistics")]
impl StatisticsPublicApi {
    /// Report time on a sale's page
    #[oai(path = "/sales/:slug/visits/beacon", method = "post", operation_id = "visit_beacon")]
    async fn visit_beacon(
        &self,
        _anyone: Anyone,
        slug: Path<String>,
        body: Input<VisitBeacon>,
    ) -> Result<Empty> {
        let mut fields = FieldErrors::default();
        fields.check(
            (0..=visits::SECONDS_MAX).contains(&body.seconds),
            "seconds",
            &format!("Must be from 0 to {}", visits::SECONDS_MAX),
        );
        fields.finish()?;
        let sale = self.sale(&slug.0).await?;
        let mut tx = self.platform.db.tenant(sale.tenant).await?;
        visits::note_seconds(&mut tx, sale.tenant, sale.id, body.visit_id, body.seconds).await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }

    /// Make a sale a favourite
    #[oai(path = "/sales/:slug/favourite", method = "post", operation_id = "favourite_add")]
    async fn favourite_add(
        &self,
        _anyone: Anyone,
        jar: &CookieJar,
        slug: Path<String>,
    ) -> Result<Json<FavouriteState>> {
        self.set_favourite(jar, &slug.0, true).await
    }

    /// Make a sale no longer a favourite
    #[oai(path = "/sales/:slug/favourite", method = "delete", operation_id = "favourite_remove")]
    async fn favourite_remove(
        &self,
        _anyone: Anyone,
        jar: &CookieJar,
        slug: Path<String>,
    ) -> Result<Json<FavouriteState>> {
        self.set_favourite(jar, &slug.0, false).await
    }

    /// Note that a sale was shared
    #[oai(path = "/sales/:slug/shares", method = "post", operation_id = "share_create")]
    async fn share_create(
        &self,
        _anyone: Anyone,
        jar: &CookieJar,
        slug: Path<String>,
        body: Input<ShareInput>,
    ) -> Result<Empty> {
        // Every channel counts the same; naming it keeps the door open to telling them apart
        // without a change for callers.
        let _: ShareChannel = body.channel;
        let sale = self.sale(&slug.0).await?;
        let mut tx = self.platform.db.tenant(sale.tenant).await?;
        visits::note_share(&mut tx, sale.tenant, sale.id, sales::visit(jar, sale.id)).await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }
}

impl StatisticsPublicApi {
    async fn sale(&self, slug: &str) -> Result<PublishedSale> {
        let mut tx = self.platform.db.shopper(None).await?;
        sales::published(&mut tx, slug).await?.ok_or(Error::NotFound("sale"))
    }

    async fn set_favourite(
        &self,
        jar: &CookieJar,
        slug: &str,
        on: bool,
    ) -> Result<Json<FavouriteState>> {
        let sale = self.sale(slug).await?;
        let visitor = sales::visitor_or_new(jar, self.platform.config.secure_cookies());
        let visit = sales::visit(jar, sale.id);
        let mut tx = self.platform.db.tenant(sale.tenant).await?;
        let count = visits::set_favourite(
            &mut tx,
            sale.tenant,
            sale.id,
            visitor,
            visit,
            on,
            self.platform.clock.now(),
        )
        .await?;
        tx.commit().await?;
        self.platform.broker.publish(Notice::FavouritesChanged { visitor }).await;
        Ok(Json(FavouriteState { favourite: on, count }))
    }
}
