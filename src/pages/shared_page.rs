//! Answers with a page that many shoppers share: the cached page, with the shopper's own parts
//! filled in. The header, held units, waitlist positions, flash, visit id, idempotency key and the
//! server's time are one shopper's own.

use std::sync::Arc;

use poem::{
    Response,
    http::{StatusCode, header},
};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    context::{CartBadge, Common, Flash, HeldUnits, Instant, WaitlistWidgetEntry},
    page_cache::{CachedPage, PageWriter, Piece, Placeholder, key},
    request::{PageRequest, PageSpec, with_common},
    response::respond,
};
use crate::{
    kernel::{Result, token},
    providers::Branding,
};

/// How long a browser may show its own copy again, in seconds. The copy contains the server's time.
const COPY_SECONDS_MAX: i64 = 10;
/// Hexadecimal digits of a visit's hash in an `ETag`.
const VISIT_HASH_CHARS: usize = 8;

/// The values of a page's placeholders for one shopper.
#[derive(Debug, Default, Clone)]
pub struct PlaceholderValues<'a> {
    pub cart: Option<CartBadge>,
    pub held: Option<HeldUnits>,
    pub waitlist: &'a [WaitlistWidgetEntry],
    pub flash: Option<Flash>,
    pub visit_id: &'a str,
    pub idempotency_key: &'a str,
}

/// Stands for any shopper's held units: a shared page only shows that there are some.
pub fn some_held_units() -> HeldUnits {
    HeldUnits { quantity: 0, expires_at: OffsetDateTime::UNIX_EPOCH.into(), time_left: None }
}

/// Stands for any shopper's waitlist entry.
pub fn some_waitlist_entry() -> WaitlistWidgetEntry {
    WaitlistWidgetEntry {
        id: Uuid::nil(),
        item_name: String::new(),
        quantity: 0,
        accept_fewer: false,
        offered: false,
        offered_until: None,
        time_left: None,
        position: 0,
        chance: String::new(),
    }
}

/// The page under `key`, which must name everything the page depends on. `page` says what to render
/// and is called only when the page is not cached. `adjust` sets in the common context what shapes
/// the page, such as whether the shopper is signed in. With `own_header` the header is a
/// placeholder; else it is rendered as `adjust` leaves it.
pub async fn get<P: Serialize>(
    request: &PageRequest,
    key: &str,
    page: impl FnOnce() -> (PageSpec, P) + Send,
    adjust: impl FnOnce(&mut Common) + Send,
    own_header: bool,
) -> Result<Arc<CachedPage>> {
    let cache = &request.pages.page_cache;
    let render = async || {
        let (spec, context) = {
            let (spec, page) = page();
            let mut common = Common {
                server_time: cache.mark(Placeholder::ServerTime),
                ..request.common(&spec)
            };
            adjust(&mut common);
            (spec, with_common(&common, &page)?)
        };
        let templates = cache.templates(&spec.branding.theme, own_header).await?;
        let html = templates.render(spec.template, &context);
        Ok(html.map_err(|error| anyhow::anyhow!("{}: {error}", spec.template))?)
    };
    cache.get_or_render(key, render).await
}

/// Answers with a page and the shopper's own values in it. A page without a session or a flash gets
/// an `ETag`, so that the browser can show its own copy again for a few seconds.
pub fn answer(
    request: &PageRequest,
    page: &CachedPage,
    branding: &Branding,
    values: &PlaceholderValues<'_>,
) -> Result<Response> {
    if request.session.is_some() || values.flash.is_some() {
        return fill(request, page, branding, values);
    }
    let now = request.now.unix_timestamp();
    let visit_hash = token::content_hash(values.visit_id.as_bytes());
    let hash = format!("{}{}", page.hash, &visit_hash[..VISIT_HASH_CHARS]);
    let is_fresh = |tag: &str| {
        let tag = tag.trim().trim_start_matches("W/").trim_matches('"');
        tag.split_once('.').is_some_and(|(of, at)| {
            let age = at.parse::<i64>().map(|at| now - at);
            of == hash && age.is_ok_and(|age| (0..=COPY_SECONDS_MAX).contains(&age))
        })
    };
    let fresh_tag = request
        .if_none_match
        .as_ref()
        .and_then(|tags| tags.to_str().ok())
        .and_then(|tags| tags.split(',').find(|tag| is_fresh(tag)));
    let mut response = match fresh_tag {
        Some(_) => respond(StatusCode::NOT_MODIFIED, String::new()),
        None => fill(request, page, branding, values)?,
    };
    let tag = fresh_tag.map_or_else(|| format!("W/\"{hash}.{now}\""), |tag| tag.trim().to_owned());
    if let Ok(tag) = tag.parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn fill(
    request: &PageRequest,
    page: &CachedPage,
    branding: &Branding,
    values: &PlaceholderValues<'_>,
) -> Result<Response> {
    let cache = &request.pages.page_cache;
    let server_time = request.now.format(&Rfc3339).unwrap_or_default();
    let cart = values
        .cart
        .as_ref()
        .map_or_else(String::new, |cart| units(cart.count, cart.expires_at, false));
    let theme = [branding.theme.hash.as_str(), &branding.slug, request.locale, request.path()];
    let part = |partial: &'static str, own: &[&str]| {
        let key = key(&[&[partial], theme.as_slice(), own].concat());
        let time_mark = cache.mark(Placeholder::ServerTime);
        cache.part_or_render(key, || render(partial, &time_mark, request, branding, values))
    };
    let mut writer = PageWriter::new(page, request.takes_gzip);
    for piece in &page.pieces {
        match piece {
            Piece::Placeholder(Placeholder::Header) => {
                let (name, email) = request
                    .session
                    .as_ref()
                    .map_or(("", ""), |session| (&session.account.name, &session.account.email));
                let header = part("header", &[name, email, &cart])?;
                fill_values(&mut writer, &header, request, &server_time, values);
            }
            Piece::Placeholder(Placeholder::HeldUnits) => {
                let held = values.held.as_ref().map_or_else(String::new, |held| {
                    units(held.quantity, held.expires_at, held.time_left.is_some())
                });
                let widget = part("widget-held", &[&cart, &held])?;
                fill_values(&mut writer, &widget, request, &server_time, values);
            }
            // These two are not cached: each shopper's position is different, and a flash is shown
            // once.
            Piece::Placeholder(Placeholder::Waitlist) => {
                let widget = render("widget-waitlist", &server_time, request, branding, values)?;
                writer.value(&widget);
            }
            Piece::Placeholder(Placeholder::Flash) if values.flash.is_some() => {
                writer.value(&render("flash", &server_time, request, branding, values)?);
            }
            other => fill_value(&mut writer, other, request, &server_time, values),
        }
    }
    Ok(writer.finish())
}

/// Writes a part of a page, which has no parts of its own.
fn fill_values(
    writer: &mut PageWriter,
    part: &CachedPage,
    request: &PageRequest,
    server_time: &str,
    values: &PlaceholderValues<'_>,
) {
    for piece in &part.pieces {
        fill_value(writer, piece, request, server_time, values);
    }
}

fn fill_value(
    writer: &mut PageWriter,
    piece: &Piece,
    request: &PageRequest,
    server_time: &str,
    values: &PlaceholderValues<'_>,
) {
    let account = request.session.as_ref().map(|session| &session.account);
    let placeholder = match piece {
        Piece::Text(text) => return writer.text(text),
        Piece::Placeholder(placeholder) => *placeholder,
    };
    match placeholder {
        Placeholder::ViewerName => {
            writer.value(&handlebars::html_escape(account.map_or("", |account| &account.name)));
        }
        Placeholder::ViewerEmail => {
            writer.value(&handlebars::html_escape(account.map_or("", |account| &account.email)));
        }
        Placeholder::VisitId => writer.value(values.visit_id),
        Placeholder::IdempotencyKey => writer.value(values.idempotency_key),
        Placeholder::ServerTime => writer.value(server_time),
        Placeholder::Header
        | Placeholder::Flash
        | Placeholder::HeldUnits
        | Placeholder::Waitlist => {}
    }
}

/// Units in a cache key.
fn units(count: i64, expires_at: Instant, stopped: bool) -> String {
    format!("{count} {} {stopped}", expires_at.0.unix_timestamp_nanos())
}

/// Renders a partial with the shopper's own values.
fn render(
    partial: &'static str,
    server_time: &str,
    request: &PageRequest,
    branding: &Branding,
    values: &PlaceholderValues<'_>,
) -> Result<String> {
    #[derive(Serialize)]
    struct PartContext<'a> {
        #[serde(flatten)]
        common: Common,
        held: &'a Option<HeldUnits>,
        waitlist: &'a [WaitlistWidgetEntry],
    }
    let spec = PageSpec { branding: branding.clone(), ..request.page(partial) };
    let common = Common {
        viewer: request.viewer(),
        cart: values.cart.clone(),
        flash: values.flash.clone(),
        server_time: server_time.to_owned(),
        ..request.common(&spec)
    };
    let context = PartContext { common, held: &values.held, waitlist: values.waitlist };
    branding.theme.render(partial, &context)
}
