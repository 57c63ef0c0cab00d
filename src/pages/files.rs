//! A theme's files, the icon, and what robots are told.

use poem::{
    Response, handler,
    http::{StatusCode, header},
    web::Path,
};

use super::{failure::Failure, view::View};
use crate::{
    kernel::Error,
    providers::themes::{self, accent},
};

const FOREVER: &str = "public, max-age=31536000, immutable";
const FOR_A_DAY: &str = "public, max-age=86400";

/// A file of a theme, under a hash of all of them; or a tenant's accent colours.
#[handler]
pub async fn theme_file(
    view: &View,
    Path((hash, path)): Path<(String, String)>,
) -> Result<Response, Failure> {
    if path.ends_with("/accent.css") && path.matches('/').count() == 1 {
        return accent_css(view, &hash).await;
    }
    let themes = &view.pages.themes;
    // While a new version rolls out, a page of the old one may ask this node: it gets today's file,
    // and may not keep it.
    let (theme, lifetime) = themes.by_hash(&hash).map_or_else(
        || (themes.default_look().theme.clone(), "no-cache"),
        |theme| (theme, FOREVER),
    );
    let bytes = theme.asset(&path).ok_or(Error::NotFound("file"))?.to_vec();
    Ok(file(content_type(&path), lifetime, bytes))
}

async fn accent_css(view: &View, slug: &str) -> Result<Response, Failure> {
    let themes = &view.pages.themes;
    let look = if slug == themes::DEFAULT {
        themes.default_look().clone()
    } else {
        let mut tx = view.platform().db.shopper(None).await?;
        themes.of_slug(&mut tx, slug).await?.ok_or(Error::NotFound("file"))?
    };
    // An address of an older colour is answered with today's, which a page of today asks for by
    // another.
    let lifetime = if look.accent_url() == view.path() { FOREVER } else { "no-cache" };
    let colour = accent::parse(&look.settings.accent)
        .ok_or_else(|| anyhow::anyhow!("{slug}: accent cannot be read"))
        .map_err(Error::from)?;
    Ok(file("text/css; charset=utf-8", lifetime, accent::css(colour).into_bytes()))
}

#[handler]
pub fn favicon(view: &View) -> Result<Response, Failure> {
    let icon = view
        .pages
        .themes
        .default_look()
        .theme
        .asset("icons/favicon.svg")
        .ok_or(Error::NotFound("file"))?
        .to_vec();
    Ok(file("image/svg+xml", FOR_A_DAY, icon))
}

#[handler]
pub fn robots(view: &View) -> Response {
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
    let text = format!("# {}\nUser-agent: *\n{lines}", view.platform().config.base_url);
    file("text/plain; charset=utf-8", FOR_A_DAY, text.into_bytes())
}

fn file(content_type: &str, lifetime: &str, bytes: Vec<u8>) -> Response {
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
