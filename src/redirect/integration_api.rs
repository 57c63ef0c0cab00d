//! The API for a provider's team: trying the cart with test clicks, what was received, imports of
//! files, and confirming a purchase.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::{Json, PlainText},
};

use super::{
    click_out,
    conversion::{self, ConversionView},
    import::{self, Import},
    pixel,
    receive::{Received, Reporter, receive},
    report::NewReport,
    reports::{self, ReportFilter, ReportView},
    rules::{Said, Update},
    states::{Channel, Standing},
};
use crate::{
    access::{Member, Tag, audit},
    kernel::{
        ClickOutId, ConversionId, CsvInput, Error, Input, Money, Page, PageQuery, Result, SaleId,
        TenantId, limits::CLICK_DAYS_MAX,
    },
    platform::{Platform, urls::API_PREFIX},
};

pub struct IntegrationApi {
    pub platform: Platform,
}

/// What a provider needs to report from its cart.
#[derive(Object)]
struct Integration {
    /// Where postbacks go: `<api_url>/postbacks/purchases`, `…/updates`, `…/reversals`.
    api_url: String,
    /// The address of the provider's pixel. Add
    /// `?click=…&reference=…&quantity=…&amount=…&currency=…`.
    pixel_url: String,
    /// Days after a click within which its purchase is made.
    click_days: i32,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct TestClickInput {
    /// A sale of the mode `redirect`, published or not.
    sale_id: SaleId,
}

/// A click of the provider itself.
#[derive(Object)]
#[oai(rename = "TestClick")]
struct TestClickView {
    id: ClickOutId,
    click_token: String,
    /// What the unit costs, for the report of its purchase.
    price: Money,
    /// Where a shopper would be sent, with the token, the item and the quantity 1.
    url: String,
}

#[derive(ApiResponse)]
enum TestClickCreated {
    /// Made.
    #[oai(status = 201)]
    Created(Json<TestClickView>),
}

#[derive(ApiResponse)]
enum ReportsCsv {
    /// The header of the file, without lines.
    #[oai(status = 200, content_type = "text/csv")]
    Csv(PlainText<String>, #[oai(header = "Content-Disposition")] String),
}

#[OpenApi(tag = "Tag::Redirect")]
impl IntegrationApi {
    /// How to report from a provider's own cart
    ///
    /// The addresses that a provider's cart reports to. The address of the pixel is the provider's
    /// own; it authorizes nothing, because whoever sees the page that has it can load it.
    #[oai(
        path = "/providers/:tenant/integration",
        method = "get",
        operation_id = "integration_get"
    )]
    async fn integration_get(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<Integration>> {
        let config = &self.platform.config;
        let pixel = pixel::pixel_path(&config.keyring, tenant.0);
        Ok(Json(Integration {
            api_url: format!("{}{API_PREFIX}", config.base_url),
            pixel_url: format!("{}{pixel}", config.base_url),
            click_days: CLICK_DAYS_MAX,
        }))
    }

    /// Make a test click
    ///
    /// A click of the provider itself, on one unit of the first item of a redirect sale, to try the
    /// cart and its reports with. What is reported of it is shown in the lists as a test, and
    /// counts in no figure and against no guarantee; nobody gets an email. Written to the audit
    /// log.
    ///
    /// A sale that is bought at SMP is a 422 on `sale_id`.
    #[oai(
        path = "/providers/:tenant/test-clicks",
        method = "post",
        operation_id = "test_click_create"
    )]
    async fn test_click_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: Input<TestClickInput>,
    ) -> Result<TestClickCreated> {
        let click =
            click_out::test_click(&self.platform, tenant.0, body.sale_id, member.actor()).await?;
        Ok(TestClickCreated::Created(Json(TestClickView {
            id: click.id,
            click_token: click.token,
            price: click.price,
            url: click.url.into(),
        })))
    }

    /// What a provider reported, newest first
    ///
    /// Every report as it was received, whether it counts or not, with the reason if it does not.
    /// One that was sent again is counted, not listed again. Reports that never found their
    /// purchase are deleted after 90 days.
    ///
    /// A postback that cannot be read, such as JSON that is none or a missing field, is
    /// `unreadable`: `request` has its body, of which the first 4,096 bytes are kept, 500 of them a
    /// day.
    #[oai(path = "/providers/:tenant/reports", method = "get", operation_id = "report_list")]
    async fn report_list(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
        standing: Query<Option<Standing>>,
        /// Only reports of this order number of the provider.
        reference: Query<Option<String>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<ReportView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let filter = ReportFilter {
            standing: standing.0,
            reference: reference.0.as_deref().filter(|reference| !reference.is_empty()),
        };
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let keyring = &self.platform.config.keyring;
        let rows = reports::list(&mut tx, keyring, tenant.0, &filter, &page).await?;
        Ok(Json(page.page(rows, |row| (row.received_at, row.id.0), |row| row)))
    }

    /// The header of a file of reports
    ///
    /// A CSV file with the columns that `report_import` reads, to be filled in.
    #[oai(
        path = "/providers/:tenant/reports/template",
        method = "get",
        operation_id = "report_template"
    )]
    async fn report_template(
        &self,
        _member: Member,
        #[oai(name = "tenant")] _tenant: Path<TenantId>,
    ) -> Result<ReportsCsv> {
        Ok(ReportsCsv::Csv(
            PlainText(format!("{}\r\n", import::COLUMNS.join(","))),
            "attachment; filename=\"reports.csv\"".to_owned(),
        ))
    }

    /// Import a file of reports
    ///
    /// A CSV file in UTF-8 with a header: purchases, updates and reversals, one on a line, with the
    /// same fields as the postbacks and the column `kind`. Each line is a report of its own: good
    /// lines count even if others are refused, and each refused line is named. The same file again
    /// changes nothing. Written to the audit log.
    ///
    /// At most 1,000 lines and 256 KiB. A header with an unknown column, or without `kind` or
    /// `reference`, is a 422 on `body`, and nothing is read.
    #[oai(
        path = "/providers/:tenant/reports/import",
        method = "post",
        operation_id = "report_import"
    )]
    async fn report_import(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        body: CsvInput,
    ) -> Result<Json<Import>> {
        let by = Reporter { tenant: tenant.0, channel: Channel::Csv, actor: None };
        let done = import::import(&self.platform, by, &body.0).await?;
        let details = serde_json::json!({
            "counted": done.counted,
            "repeated": done.repeated,
            "waiting": done.waiting,
            "refused": done.refused.len(),
        });
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let actor = member.actor();
        audit::record(&mut tx, actor, tenant.0, "report_import", "reports", &details).await?;
        tx.commit().await?;
        Ok(Json(done))
    }

    /// Confirm a purchase
    ///
    /// The provider stands by a purchase. One that only the pixel reported counts from then on. A
    /// purchase that is confirmed stays as it is. Written to the audit log.
    #[oai(
        path = "/providers/:tenant/conversions/:conversion/confirm",
        method = "post",
        operation_id = "conversion_confirm"
    )]
    async fn conversion_confirm(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        conversion: Path<ConversionId>,
    ) -> Result<Json<ConversionView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let row = conversion::get(&mut tx, tenant.0, conversion.0).await?;
        drop(tx);
        if row.confirmed_at.is_some() {
            return Ok(Json(row.into()));
        }
        let by =
            Reporter { tenant: tenant.0, channel: Channel::Portal, actor: Some(member.actor()) };
        let update = Update {
            occurred_at: self.platform.clock.now(),
            tracking_url: None,
            ships_on: None,
            code: None,
            confirmed: true,
            confirmation_number: None,
        };
        let report = NewReport {
            reference: row.reference.clone(),
            own_key: format!("portal {}", conversion.0),
            said: Said::Update(update),
        };
        match receive(&self.platform, by, report).await {
            Ok(Received::New(view) | Received::Repeated(view)) => Ok(Json(view)),
            Ok(Received::Waiting(_)) => Ok(Json(row.into())),
            // Pressed twice at once: the first press confirmed it.
            Err(Error::Conflict { .. }) => {
                let mut tx = self.platform.db.tenant(tenant.0).await?;
                Ok(Json(conversion::get(&mut tx, tenant.0, conversion.0).await?.into()))
            }
            Err(error) => Err(error),
        }
    }
}
