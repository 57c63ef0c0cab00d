//! A theme's files, the icon, and robots.txt.

use poem::{
    Response, handler,
    http::{StatusCode, header},
    web::Path,
};

use super::{errors::PageError, request::PageRequest};
use crate::{
    kernel::Error,
    providers::{DEFAULT_PACK, accent},
};

const FOREVER: &str = "public, max-age=31536000, immutable";
pub const FOR_A_DAY: &str = "public, max-age=86400";

/// A file of a theme, under the hash of all its files; or the stylesheet of a tenant's accent
/// colour.
#[handler]
pub async fn theme_file(
    request: &PageRequest,
    Path((hash, path)): Path<(String, String)>,
) -> Result<Response, PageError> {
    if path.ends_with("/accent.css") && path.matches('/').count() == 1 {
        return accent_css(request, &hash).await;
    }
    let themes = &request.pages.themes;
    // While a new version is rolled out, a page of the old version may ask this node for a file. It
    // gets the file of this version, which the browser must not keep.
    let (theme, lifetime) = themes.by_hash(&hash).map_or_else(
        || (themes.default_branding().theme.clone(), "no-cache"),
        |theme| (theme, FOREVER),
    );
    let bytes = theme.asset(&path).ok_or(Error::NotFound("file"))?.to_vec();
    Ok(file(content_type(&path), lifetime, bytes))
}

async fn accent_css(request: &PageRequest, slug: &str) -> Result<Response, PageError> {
    let themes = &request.pages.themes;
    let branding = if slug == DEFAULT_PACK {
        themes.default_branding().clone()
    } else {
        let mut tx = request.platform().db.shopper(None).await?;
        themes.branding_of_slug(&mut tx, slug).await?.ok_or(Error::NotFound("file"))?
    };
    // The address contains a hash of the colour. An address with an older hash gets the present
    // colour, which the browser must not keep.
    let lifetime = if branding.accent_url() == request.path() { FOREVER } else { "no-cache" };
    let colour = accent::parse(&branding.settings.accent)
        .ok_or_else(|| anyhow::anyhow!("{slug}: the accent is not a colour like #8a3a22"))
        .map_err(Error::from)?;
    Ok(file("text/css; charset=utf-8", lifetime, accent::css(colour).into_bytes()))
}

#[handler]
pub fn favicon(request: &PageRequest) -> Result<Response, PageError> {
    let icon = request
        .pages
        .themes
        .default_branding()
        .theme
        .asset("icons/favicon.svg")
        .ok_or(Error::NotFound("file"))?
        .to_vec();
    Ok(file("image/svg+xml", FOR_A_DAY, icon))
}

#[handler]
pub fn robots(request: &PageRequest) -> Response {
    let hidden = [
        "/account",
        "/api/",
        "/cart",
        "/checkout",
        "/conversations/",
        "/dev/",
        "/orders/",
        "/portal/",
        "/preview/",
        "/sign-in",
        "/sign-up",
    ];
    let lines = hidden.map(|path| format!("Disallow: {path}\n")).concat();
    let base = &request.platform().config.base_url;
    let text = format!("User-agent: *\n{lines}\nSitemap: {base}/sitemap.xml\n");
    file("text/plain; charset=utf-8", FOR_A_DAY, text.into_bytes())
}

/// A file that browsers may keep as `lifetime` says.
pub fn file(content_type: &str, lifetime: &str, bytes: Vec<u8>) -> Response {
    Response::builder()
        .status(StatusCode::OK)
        .content_type(content_type)
        .header(header::CACHE_CONTROL, lifetime)
        .body(bytes)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    }
}
