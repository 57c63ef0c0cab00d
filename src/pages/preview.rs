//! The preview of a revision, exactly as it was submitted, for SMP's team and the provider's
//! members. For anybody else it does not exist.

use poem::{Response, handler, web::Path};
use sqlx::types::Json;

use super::{
    context::{Favourite, Preview, SalePage, Share},
    errors::PageError,
    present,
    request::{PageRequest, PageSpec},
    sale_snapshot,
};
use crate::{
    access::second_factor,
    kernel::{Error, RevisionId, SaleId, TenantId},
    platform::PortalPath,
    sales::{Content, ContentItem, SaleMode, StockLevel},
};

#[handler]
pub async fn preview_page(
    request: &PageRequest,
    Path((tenant, revision)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let not_found = || Error::NotFound("page");
    let (tenant, revision): (TenantId, RevisionId) =
        (tenant.parse().map_err(|_| not_found())?, revision.parse().map_err(|_| not_found())?);
    let grants = || request.session.iter().flat_map(|session| &session.roles);
    let is_member = grants().any(|grant| grant.tenant.as_ref().is_some_and(|of| of.id == tenant));
    let is_staff = grants().any(|grant| grant.tenant.is_none());
    if !is_member && !is_staff {
        return Err(not_found().into());
    }
    if let Some(session) = &request.session {
        second_factor::require_set_up(request.platform(), session)?;
    }
    let mut tx = request.platform().db.tenant(tenant).await?;
    let row = sqlx::query!(
        r#"
        SELECT r.number, r.state, r.content AS "content: Json<Content>", r.submitted_at,
               a.name AS "submitted_by?", r.sale_id, s.slug,
               p.name AS provider, p.slug AS provider_slug
        FROM revisions r
        JOIN sales s ON s.tenant_id = r.tenant_id AND s.id = r.sale_id
        JOIN providers p ON p.tenant_id = r.tenant_id
        LEFT JOIN accounts a ON a.id = r.submitted_by
        WHERE r.tenant_id = $1 AND r.id = $2
        "#,
        tenant.0,
        revision.0,
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or_else(not_found)?;
    let seller = sale_snapshot::seller(&mut tx, tenant).await?;
    let branding = request.pages.themes.branding_of(&mut tx, tenant).await?;
    drop(tx);
    let content = row.content.0;
    let unsold = |item: &ContentItem| StockLevel {
        verified: item.capacity,
        sale_item_id: item.sale_item_id,
        capacity: item.capacity,
        held: 0,
        sold: 0,
    };
    let levels: Vec<StockLevel> = content.items.iter().map(unsold).collect();
    let levels = (content.mode == SaleMode::Hosted).then_some(levels.as_slice());
    let portal_url = if is_staff {
        PortalPath::StaffReview { tenant, sale: SaleId(row.sale_id), revision }
    } else {
        PortalPath::ProviderRevision {
            provider_slug: &row.provider_slug,
            sale: SaleId(row.sale_id),
            revision,
        }
    };
    let portal_url = portal_url.to_string();
    let provider = present::provider(&row.provider, &row.provider_slug, &seller, &content);
    let page = SalePage {
        sale: present::content(&content, &row.slug, provider, "live", levels, None, request.now),
        registered: false,
        must_register: false,
        reminder: None,
        refused_country: None,
        held: None,
        waitlist: vec![],
        favourite: Favourite { on: false, count: 0 },
        share: Share { url: String::new(), email_url: String::new() },
        visit_id: None,
        idempotency_key: String::new(),
        preview: Some(Preview {
            revision_number: row.number,
            state: row.state,
            submitted_at: row.submitted_at.into(),
            submitted_by_name: row.submitted_by.unwrap_or_else(|| "a former member".to_owned()),
            portal_url,
        }),
    };
    request.show(PageSpec { branding, ..request.page("pages/sale") }, &page).await
}
