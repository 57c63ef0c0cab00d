//! The API behind a sale's page: time in view, favourites, shares. Open to anyone; an anonymous
//! cookie tells visitors apart.

use poem::web::cookie::CookieJar;
use poem_openapi::{Object, OpenApi, param::Path, payload::Json};

use super::{
    interactions::ShareChannel,
    visits::{self, Share},
};
use crate::{
    access::{Anyone, Empty, Tag, limits::limit_tracking},
    kernel::{Error, FieldErrors, Input, Result, VisitId, limits::VISIT_SECONDS_MAX},
    platform::{Platform, broker::Notice},
    sales::{self, PublishedSale},
};

pub struct StatisticsPublicApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(rename = "VisitBeacon", deny_unknown_fields)]
struct VisitBeaconInput {
    /// From the page, which began the visit.
    visit_id: VisitId,
    /// How long the page has been in view so far, 0 to 86,400.
    seconds: i32,
}

#[derive(Object)]
#[oai(rename = "FavouriteState")]
struct FavouriteView {
    /// Whether this visitor has the sale among theirs.
    favourite: bool,
    /// Visitors who have the sale among their favourites.
    count: i64,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ShareInput {
    channel: ShareChannel,
}

#[OpenApi(tag = "Tag::Statistics")]
impl StatisticsPublicApi {
    /// Report time on a sale's page
    ///
    /// Adds up how long a visit had the page in view. The page sends it now and then; a smaller
    /// number than before changes nothing, so a repeat is harmless. An unknown visit is a 404.
    #[oai(
        path = "/sales/:slug/visits/beacon",
        method = "post",
        operation_id = "visit_beacon",
        transform = "limit_tracking"
    )]
    async fn visit_beacon(
        &self,
        _anyone: Anyone,
        slug: Path<String>,
        body: Input<VisitBeaconInput>,
    ) -> Result<Empty> {
        let mut fields = FieldErrors::default();
        fields.check(
            (0..=VISIT_SECONDS_MAX).contains(&body.seconds),
            "seconds",
            &format!("Must be from 0 to {VISIT_SECONDS_MAX}"),
        );
        fields.finish()?;
        let sale = self.sale(&slug.0).await?;
        let mut tx = self.platform.db.tenant(sale.tenant).await?;
        visits::record_seconds_on_page(&mut tx, sale.tenant, sale.id, body.visit_id, body.seconds)
            .await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }

    /// Add a sale to my favourites
    ///
    /// Marks the sale for this browser: an anonymous cookie, `smp_visitor`, tells visitors apart,
    /// and no account is needed. A repeat changes nothing.
    #[oai(
        path = "/sales/:slug/favourite",
        method = "post",
        operation_id = "favourite_add",
        transform = "limit_tracking"
    )]
    async fn favourite_add(
        &self,
        _anyone: Anyone,
        jar: &CookieJar,
        slug: Path<String>,
    ) -> Result<Json<FavouriteView>> {
        self.set_favourite(jar, &slug.0, true).await
    }

    /// Remove a sale from my favourites
    ///
    /// Takes the mark back for this browser. A repeat changes nothing.
    #[oai(
        path = "/sales/:slug/favourite",
        method = "delete",
        operation_id = "favourite_remove",
        transform = "limit_tracking"
    )]
    async fn favourite_remove(
        &self,
        _anyone: Anyone,
        jar: &CookieJar,
        slug: Path<String>,
    ) -> Result<Json<FavouriteView>> {
        self.set_favourite(jar, &slug.0, false).await
    }

    /// Record that a sale was shared. It counts once for each visitor and channel, and for visitors only
    ///
    /// A request without the visitor's cookie is answered the same and counts nothing. A repeat
    /// changes nothing.
    #[oai(
        path = "/sales/:slug/shares",
        method = "post",
        operation_id = "share_create",
        transform = "limit_tracking"
    )]
    async fn share_create(
        &self,
        _anyone: Anyone,
        jar: &CookieJar,
        slug: Path<String>,
        body: Input<ShareInput>,
    ) -> Result<Empty> {
        let sale = self.sale(&slug.0).await?;
        if let Some(visitor) = sales::visitor(jar) {
            let (visit, now) = (sales::visit(jar, sale.id), self.platform.clock.now());
            let mut tx = self.platform.db.tenant(sale.tenant).await?;
            let share = Share { sale: sale.id, visitor, visit, channel: body.channel, at: now };
            visits::record_share(&mut tx, sale.tenant, share).await?;
            tx.commit().await?;
        }
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
    ) -> Result<Json<FavouriteView>> {
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
        Ok(Json(FavouriteView { favourite: on, count }))
    }
}
