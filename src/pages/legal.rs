//! The pages that the law asks for, and the list of public pages for search engines. The texts of the
//! installation are templates of its theme; those of a seller come from its pack and its profile.

use std::{collections::BTreeSet, fmt::Write};

use poem::{Response, handler, web::Path};
use serde::Serialize;

use super::{
    context::{Seller, SellerPage},
    errors::PageError,
    files::{FOR_A_DAY, file},
    request::{PageRequest, PageSpec},
    wording::{country_name, paragraphs},
};
use crate::{
    kernel::{Error, Result, TenantId},
    platform::PublicPath,
    sales,
};

/// Has no fields of its own.
#[derive(Serialize)]
struct LegalPage {}

#[handler]
pub async fn privacy_page(request: &PageRequest) -> Result<Response, PageError> {
    show(request, "pages/privacy").await
}

#[handler]
pub async fn terms_page(request: &PageRequest) -> Result<Response, PageError> {
    show(request, "pages/terms").await
}

#[handler]
pub async fn imprint_page(request: &PageRequest) -> Result<Response, PageError> {
    show(request, "pages/imprint").await
}

async fn show(request: &PageRequest, template: &'static str) -> Result<Response, PageError> {
    let spec = PageSpec { noindex: false, ..request.page(template) };
    request.show(spec, &LegalPage {}).await
}

/// Who sells: the provider's legal notice and terms. What its pack does not say is taken from its
/// profile, and the page says what neither has.
#[handler]
pub async fn seller_page(
    request: &PageRequest,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let mut tx = request.platform().db.shopper(None).await?;
    let row = sqlx::query!(
        r#"
        SELECT tenant_id AS "tenant: TenantId", name, country, about, registration_number,
               support_email, support_phone, support_url
        FROM providers WHERE slug = $1 AND state IN ('approved', 'suspended')
        "#,
        slug
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(Error::NotFound("seller"))?;
    drop(tx);
    let mut tx = request.platform().db.platform("seller page").await?;
    let branding = request.pages.themes.branding_of(&mut tx, row.tenant).await?;
    drop(tx);
    let is_followed = match request.account() {
        Some(account) => {
            let mut tx = request.platform().db.shopper(Some(account)).await?;
            sales::is_following(&mut tx, row.tenant, account).await?
        }
        None => false,
    };
    let legal = branding.settings.legal.clone().unwrap_or_default();
    let lines = |text: String| text.lines().map(|line| line.trim().to_owned()).collect();
    let seller = Seller {
        name: row.name,
        about: Some(row.about).filter(|about| !about.is_empty()),
        company: legal.company,
        address: legal.address.map(lines).unwrap_or_default(),
        country: country_name(&row.country),
        represented_by: legal.represented_by,
        register: legal.register.or(row.registration_number),
        vat_id: legal.vat_id,
        support_email: row.support_email,
        support_phone: row.support_phone,
        support_url: row.support_url,
        terms: legal.terms.as_deref().map(paragraphs).unwrap_or_default(),
    };
    let spec = PageSpec { branding, noindex: false, ..request.page("pages/seller") };
    let page = SellerPage { slug, is_followed, seller };
    request.show(spec, &page).await
}

/// `/sitemap.xml`: the home page, the sales on it with their sellers, and the pages about this site.
#[handler]
pub async fn sitemap(request: &PageRequest) -> Result<Response, PageError> {
    let sales = request.pages.home_listing.sales().await?;
    let about = [
        PublicPath::Home,
        PublicPath::Help,
        PublicPath::Privacy,
        PublicPath::Terms,
        PublicPath::Imprint,
    ];
    let listed = sales.iter().map(|snapshot| PublicPath::Sale { slug: &snapshot.sale.slug });
    let sellers: BTreeSet<&str> =
        sales.iter().map(|snapshot| snapshot.sale.provider_slug.as_str()).collect();
    let sellers = sellers.into_iter().map(|slug| PublicPath::Seller { provider_slug: slug });
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
        .to_owned();
    for path in about.into_iter().chain(listed).chain(sellers) {
        let url = handlebars::html_escape(&request.platform().public_url(path));
        let _ = writeln!(xml, "<url><loc>{url}</loc></url>");
    }
    xml.push_str("</urlset>\n");
    Ok(file("application/xml; charset=utf-8", FOR_A_DAY, xml.into_bytes()))
}
