//! Starting a rehearsal from the portal, and its report.

use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};
use time::OffsetDateTime;

use super::{Rehearsal, RehearsalState, Report};
use crate::{
    access::{Member, api::Tag},
    kernel::{Error, Input, RehearsalId, Result, SaleId, TenantId},
    platform::Platform,
    sales,
};

pub struct RehearsalApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RehearsalInput {
    /// 1 to 100,000; each presses Buy once.
    shoppers: i32,
    /// Units of the sale's first item there are.
    units: i32,
}

#[derive(Object)]
#[oai(rename = "Rehearsal")]
struct RehearsalView {
    id: RehearsalId,
    sale_id: SaleId,
    shoppers: i32,
    units: i32,
    state: RehearsalState,
    /// Once done.
    report: Option<Report>,
    /// Why it did not come to its end, once failed.
    failure: Option<String>,
    started_at: OffsetDateTime,
    ended_at: Option<OffsetDateTime>,
}

impl From<Rehearsal> for RehearsalView {
    fn from(rehearsal: Rehearsal) -> Self {
        let Rehearsal { id, sale, shoppers, units, state, report, failure, started_at, ended_at } =
            rehearsal;
        Self {
            id,
            sale_id: sale,
            shoppers,
            units,
            state,
            report: report.map(|report| report.0),
            failure,
            started_at,
            ended_at,
        }
    }
}

#[derive(Object)]
struct Rehearsals {
    items: Vec<RehearsalView>,
}

#[derive(ApiResponse)]
enum RehearsalStarted {
    /// Started; look in again for the report.
    #[oai(status = 202)]
    Started(Json<RehearsalView>),
}

#[OpenApi(tag = "Tag::Stock")]
impl RehearsalApi {
    /// Rehearse the rush on a sale: a copy that no shopper sees, and shoppers made up for it
    #[oai(
        path = "/providers/:tenant/sales/:sale/rehearsals",
        method = "post",
        operation_id = "rehearsal_create"
    )]
    async fn rehearsal_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
        body: Input<RehearsalInput>,
    ) -> Result<RehearsalStarted> {
        let id = super::start(
            &self.platform,
            member.actor(),
            member.account(),
            tenant.0,
            sale.0,
            body.shoppers,
            body.units,
        )
        .await?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let rehearsal =
            super::find(&mut tx, member.tenant, id).await?.ok_or(Error::NotFound("rehearsal"))?;
        Ok(RehearsalStarted::Started(Json(rehearsal.into())))
    }

    /// The rehearsals of a sale with their reports, the latest first
    #[oai(
        path = "/providers/:tenant/sales/:sale/rehearsals",
        method = "get",
        operation_id = "rehearsal_list"
    )]
    async fn rehearsal_list(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        sale: Path<SaleId>,
    ) -> Result<Json<Rehearsals>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        sales::slug(&mut tx, member.tenant, sale.0).await?.ok_or(Error::NotFound("sale"))?;
        let items = super::list(&mut tx, member.tenant, sale.0)
            .await?
            .into_iter()
            .map(RehearsalView::from)
            .collect();
        Ok(Json(Rehearsals { items }))
    }
}
