//! The pages that the law asks for, and the list of public pages for search engines. Their texts are
//! templates of the installation's theme.

use std::fmt::Write;

use poem::{Response, handler};
use serde::Serialize;

use super::{
    errors::PageError,
    files::{FOR_A_DAY, file},
    request::{PageRequest, PageSpec},
};
use crate::{kernel::Result, platform::PublicPath};

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

/// `/sitemap.xml`: the home page, the sales on it, and the pages about this site.
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
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n"
        .to_owned();
    for path in about.into_iter().chain(listed) {
        let url = handlebars::html_escape(&request.platform().public_url(path));
        let _ = writeln!(xml, "<url><loc>{url}</loc></url>");
    }
    xml.push_str("</urlset>\n");
    Ok(file("application/xml; charset=utf-8", FOR_A_DAY, xml.into_bytes()))
}
