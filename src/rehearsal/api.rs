//! The API of rehearsals: starting one, and its report.

use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};
use time::OffsetDateTime;

use super::{
    record::{self, NewRehearsal, Rehearsal, RehearsalState},
    report::RehearsalReport,
    run::start,
};
use crate::{
    access::{Member, Tag},
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
    /// 1 to 100,000; each buys once.
    shoppers: i32,
    /// Units of the sale's first item, 1 to 1,000,000.
    units: i32,
}

#[derive(Object)]
#[oai(rename = "Rehearsal")]
struct RehearsalView {
    id: RehearsalId,
    sale_id: SaleId,
    /// Made-up shoppers, each of whom buys once.
    shoppers: i32,
    /// Units there were for them.
    units: i32,
    state: RehearsalState,
    /// Once done.
    report: Option<RehearsalReport>,
    /// What went wrong, once failed.
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
#[oai(rename = "Rehearsals")]
struct RehearsalList {
    items: Vec<RehearsalView>,
}

#[derive(ApiResponse)]
enum RehearsalStarted {
    /// Started. List the rehearsals to see the report once it is done.
    #[oai(status = 202)]
    Started(Json<RehearsalView>),
}

#[OpenApi(tag = "Tag::Stock")]
impl RehearsalApi {
    /// Rehearse the rush on a sale: made-up shoppers buy from a copy that no shopper can see
    ///
    /// Starts a rush of made-up shoppers on a copy of the sale, with the same allocator and the
    /// same database as the real one; real stock, statistics and emails stay untouched. The answer
    /// comes at once; the report is in the list when the rehearsal is `done`. Written to the audit
    /// log.
    ///
    /// Refused with 409: `urn:smp:not_published` before an approval, `urn:smp:redirect_sale`,
    /// `urn:smp:rehearsal_running` while another one of the provider runs.
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
        let new = NewRehearsal {
            sale: sale.0,
            shoppers: body.shoppers,
            units: body.units,
            started_by: member.account(),
        };
        let id = start(&self.platform, member.actor(), tenant.0, &new).await?;
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let rehearsal =
            record::find(&mut tx, member.tenant, id).await?.ok_or(Error::NotFound("rehearsal"))?;
        Ok(RehearsalStarted::Started(Json(rehearsal.into())))
    }

    /// The rehearsals of a sale with their reports, the latest first
    ///
    /// The last 50 rehearsals, with state and, once done, the report: who got units, how long the
    /// answers took (milliseconds), and whether the stock agreed.
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
    ) -> Result<Json<RehearsalList>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        sales::slug(&mut tx, member.tenant, sale.0).await?.ok_or(Error::NotFound("sale"))?;
        let items = record::list(&mut tx, member.tenant, sale.0)
            .await?
            .into_iter()
            .map(RehearsalView::from)
            .collect();
        Ok(Json(RehearsalList { items }))
    }
}
