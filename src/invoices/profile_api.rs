//! The API of how a provider's invoices are made: who issues them, and what they say of it.

use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path},
    payload::Json,
};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    duty,
    input::InvoicingInput,
    invoice,
    profile::{self, InvoicedBy, InvoicingProfile},
    profile_rules, subscriber,
};
use crate::{
    access::{Member, Tag, audit},
    events,
    kernel::{Input, Result, SeenVersion, TenantId},
    platform::Platform,
    providers,
};

pub struct InvoicingApi {
    pub platform: Platform,
}

/// How a provider's invoices are made.
#[derive(Object)]
#[oai(rename = "Invoicing")]
struct InvoicingView {
    invoiced_by: InvoicedBy,
    /// Texts are empty while they were not entered.
    legal_name: String,
    line1: String,
    line2: String,
    postal_code: String,
    city: String,
    /// ISO 3166-1.
    country: String,
    /// A VAT id, or another number of the tax office.
    tax_id: String,
    /// The register's entry, such as `HRB 12345, Berlin`.
    register: String,
    /// What its invoices' numbers begin with.
    number_prefix: Option<String>,
    /// Invoices have it, so it stays.
    prefix_is_final: bool,
    /// Millionths, contained in its prices: 190000 is 19 %. Null: invoices show no tax.
    tax_rate_ppm: Option<i32>,
    /// The fields without which SMP issues no invoice, of those that are empty.
    missing: Vec<String>,
    /// Invoices that wait for them.
    waiting: i64,
    /// Send it in `If-Match` when you change it; 0 before the first change.
    version: i32,
}

#[OpenApi(tag = "Tag::Invoices")]
impl InvoicingApi {
    /// How a provider's invoices are made
    ///
    /// Who issues them, what they say of the provider, what is missing, and how many wait for that.
    #[oai(path = "/providers/:tenant/invoicing", method = "get", operation_id = "invoicing_get")]
    async fn invoicing_get(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<InvoicingView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        Ok(Json(view(&mut tx, member.tenant).await?))
    }

    /// Set how a provider's invoices are made
    ///
    /// Replaces who issues the provider's invoices and what they say of it. SMP issues what waits as soon as
    /// nothing is missing; what waits when the provider takes over is left to the provider. A tax rate is in
    /// effect for what is paid from then on. Invoices that were issued stay as they are. Written to the
    /// audit log.
    ///
    /// A provider that SMP rejected cannot be changed: 409 `urn:smp:provider_rejected`.
    ///
    /// When someone changed it after you read it, nothing is changed (412).
    #[oai(path = "/providers/:tenant/invoicing", method = "put", operation_id = "invoicing_set")]
    async fn invoicing_set(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        #[oai(name = "If-Match")] seen: Header<SeenVersion>,
        body: Input<InvoicingInput>,
    ) -> Result<Json<InvoicingView>> {
        let mut tx = self.platform.db.tenant(tenant.0).await?;
        let provider = providers::require_open(&mut tx, member.tenant).await?;
        // The first edit has no row of its own to lock.
        profile::lock(&mut tx, member.tenant).await?;
        let stored = profile::get(&mut tx, member.tenant).await?;
        let has_numbers = invoice::has_any(&mut tx, member.tenant).await?;
        let new = profile_rules::profile(&body, &stored, has_numbers)?;
        let fields = profile_rules::differing(&new, &stored);
        let last = profile::last_edit(&mut tx, member.tenant).await?;
        last.require(&mut tx, seen.0, &fields).await?;
        let now = self.platform.clock.now();
        profile::put(&mut tx, member.tenant, &new, member.account(), now).await?;
        if new.invoiced_by == InvoicedBy::Provider {
            duty::leave_to_provider(&mut tx, member.tenant).await?;
        }
        events::publish(&mut tx, member.tenant, subscriber::PROFILE_CHANGED, &json!({})).await?;
        let invoiced_by: &str = new.invoiced_by.into_str();
        let details = json!({
            "invoiced_by": invoiced_by,
            "legal_name": new.legal_name,
            "number_prefix": new.number_prefix,
            "tax_id": new.tax_id,
            "tax_rate_ppm": new.tax_rate_ppm,
            "changed": fields,
        });
        let subject = format!("provider {}", provider.slug);
        audit::record(&mut tx, member.actor(), member.tenant, "invoicing_set", &subject, &details)
            .await?;
        let view = view(&mut tx, member.tenant).await?;
        tx.commit().await?;
        Ok(Json(view))
    }
}

async fn view(conn: &mut PgConnection, tenant: TenantId) -> Result<InvoicingView> {
    let profile: InvoicingProfile = profile::get(conn, tenant).await?;
    let missing = profile.missing().into_iter().map(str::to_owned).collect();
    Ok(InvoicingView {
        prefix_is_final: invoice::has_any(conn, tenant).await?,
        waiting: duty::count_waiting(conn, tenant).await?,
        missing,
        invoiced_by: profile.invoiced_by,
        legal_name: profile.legal_name,
        line1: profile.line1,
        line2: profile.line2,
        postal_code: profile.postal_code,
        city: profile.city,
        country: profile.country,
        tax_id: profile.tax_id,
        register: profile.register,
        number_prefix: profile.number_prefix,
        tax_rate_ppm: profile.tax_rate_ppm,
        version: profile.version,
    })
}
