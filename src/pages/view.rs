//! A request for a page: who asks, and what every page is given.

use std::{collections::BTreeMap, sync::Arc};

use poem::{
    Body, FromRequest, Request, RequestBody, Response,
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    web::cookie::CookieJar,
};
use serde::Serialize;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Pages,
    context::{
        Brand, CartBadge, Common, Flash, Form, PageContext, SocialCard, ThemeContext, Viewer,
    },
    failure::Failure,
    flash, packed,
};
use crate::{
    access::{Session, caller},
    kernel::{AccountId, Result},
    platform::{Mailer, Platform},
    providers::themes::{Look, Settings},
};

/// A request for a page.
pub struct View {
    pub pages: Pages,
    pub session: Option<Arc<Session>>,
    pub jar: CookieJar,
    uri: Uri,
    is_form: bool,
    pub query: BTreeMap<String, String>,
    pub locale: &'static str,
    pub now: OffsetDateTime,
    pub if_none_match: Option<HeaderValue>,
    user_agent: Option<HeaderValue>,
    pub takes_gzip: bool,
}

/// How a page differs from the plainest one.
pub struct Sheet {
    pub template: &'static str,
    pub status: StatusCode,
    pub look: Look,
    pub noindex: bool,
    pub image: Option<SocialCard>,
    pub form: Form,
}

impl View {
    pub async fn of(request: &Request, jar: CookieJar, pages: &Pages) -> Result<Self> {
        let uri = request.uri();
        let header = |name| {
            request
                .headers()
                .get::<HeaderName>(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let query = uri
            .query()
            .map(|query| url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
            .unwrap_or_default();
        Ok(Self {
            pages: pages.clone(),
            session: caller::session_of(request, &pages.access).await?,
            jar,
            uri: uri.clone(),
            is_form: request.method() != Method::GET,
            query,
            locale: locale(header(header::ACCEPT_LANGUAGE)),
            now: pages.platform.clock.now(),
            if_none_match: request.headers().get(header::IF_NONE_MATCH).cloned(),
            user_agent: request.headers().get(header::USER_AGENT).cloned(),
            takes_gzip: packed::takes_gzip(header(header::ACCEPT_ENCODING)),
        })
    }

    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// Where one comes back to after signing in: this page with its query; a form's own page for a
    /// form.
    pub fn back(&self) -> &str {
        if self.is_form {
            self.path()
        } else {
            self.uri.path_and_query().map_or("/", |path| path.as_str())
        }
    }

    pub fn user_agent(&self) -> &str {
        self.user_agent.as_ref().and_then(|agent| agent.to_str().ok()).unwrap_or_default()
    }

    pub fn platform(&self) -> &Platform {
        &self.pages.platform
    }

    pub fn account(&self) -> Option<AccountId> {
        self.session.as_ref().map(|session| session.account.id)
    }

    /// The session; who has none is sent to sign in and comes back here.
    pub fn signed_in(&self) -> Result<&Arc<Session>, Failure> {
        self.session.as_ref().ok_or_else(|| Failure::sign_in(self.back()))
    }

    /// A page in SMP's own look, not for search engines.
    pub fn sheet(&self, template: &'static str) -> Sheet {
        Sheet {
            template,
            status: StatusCode::OK,
            look: self.pages.themes.default_look().clone(),
            noindex: true,
            image: None,
            form: Form::default(),
        }
    }

    /// Renders a page with everything it is given, for this shopper alone.
    pub async fn show(&self, sheet: Sheet, page: &impl Serialize) -> Result<Response, Failure> {
        let flash = flash::take(self);
        let cart = self.cart().await?;
        let html = self.whole(&sheet, page, cart, flash)?;
        Ok(respond(sheet.status, html))
    }

    /// The page's HTML.
    pub fn whole(
        &self,
        sheet: &Sheet,
        page: &impl Serialize,
        cart: Option<CartBadge>,
        flash: Option<Flash>,
    ) -> Result<String> {
        let common = Common { viewer: self.viewer(), cart, flash, ..self.common(sheet) };
        sheet.look.theme.render(sheet.template, &with_common(&common, page)?)
    }

    /// What every page is given, without what is the shopper's own.
    pub fn common(&self, sheet: &Sheet) -> Common {
        let pages = &self.pages;
        Common {
            lang: "en".to_owned(),
            locale: self.locale.to_owned(),
            base_url: pages.platform.config.base_url.clone(),
            server_time: self.now.format(&Rfc3339).unwrap_or_default(),
            dev: has_outbox(&pages.platform),
            theme: ThemeContext {
                slug: sheet.look.slug.clone(),
                accent_url: sheet.look.accent_url(),
            },
            brand: brand(&pages.themes.default_look().settings),
            page: PageContext {
                url: pages.platform.url(self.path()),
                path: self.path().to_owned(),
                noindex: sheet.noindex,
                image: sheet.image.clone(),
            },
            viewer: None,
            cart: None,
            flash: None,
            form: sheet.form.clone(),
        }
    }

    pub fn viewer(&self) -> Option<Viewer> {
        self.session.as_ref().map(|session| Viewer {
            name: session.account.name.clone(),
            email: session.account.email.clone(),
        })
    }

    /// The units this shopper holds, over all sales.
    pub async fn cart(&self) -> Result<Option<CartBadge>> {
        let Some(account) = self.account() else { return Ok(None) };
        Ok(self.pages.shoppers.belongings(account).await?.cart(self.now))
    }
}

impl<'a> FromRequest<'a> for &'a View {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let view = request.data::<Arc<View>>().map(AsRef::as_ref);
        Ok(view.ok_or_else(|| {
            crate::kernel::Error::Internal(anyhow::anyhow!("no View among the request's data"))
        })?)
    }
}

/// The page's own fields beside the common ones.
pub fn with_common(common: &Common, page: &impl Serialize) -> Result<Value> {
    let mut all = serde_json::to_value(common).map_err(anyhow::Error::from)?;
    if let (Value::Object(all), Value::Object(own)) =
        (&mut all, serde_json::to_value(page).map_err(anyhow::Error::from)?)
    {
        all.extend(own);
    }
    Ok(all)
}

/// Headers of a page, with those that are added around it.
const HEADERS: usize = 12;

/// A page for whoever asked, and no one else.
pub fn respond(status: StatusCode, html: impl Into<Body>) -> Response {
    let mut response = Response::from(html.into());
    response.set_status(status);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "Cookie, Accept-Language, Accept-Encoding"),
    ];
    response.headers_mut().reserve(HEADERS);
    response
        .headers_mut()
        .extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

/// Goes on elsewhere after a form.
pub fn see_other(location: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, location)
        .header(header::CACHE_CONTROL, "no-store")
        .finish()
}

/// Whether mail is kept and may be read at `/dev/outbox`.
pub fn has_outbox(platform: &Platform) -> bool {
    !platform.config.production && matches!(platform.mailer, Mailer::Kept)
}

fn brand(settings: &Settings) -> Brand {
    let phone = settings.support.phone.clone();
    Brand {
        name: settings.name.clone(),
        tagline: settings.tagline.clone(),
        support_email: settings.support.email.clone(),
        support_phone_href: phone.as_deref().map(|phone| {
            format!(
                "tel:{}",
                phone.chars().filter(|c| *c == '+' || c.is_ascii_digit()).collect::<String>()
            )
        }),
        support_phone: phone,
        support_hours: settings.support.hours.clone(),
        social: settings.social.clone(),
    }
}

/// The pages' words are English, so only its two ways of writing dates are told apart: whichever
/// the reader's browser names first.
fn locale(accept_language: &str) -> &'static str {
    let english = accept_language
        .split(',')
        .map(|part| part.split(';').next().unwrap_or_default().trim())
        .find(|tag| tag.to_lowercase().starts_with("en"));
    if english.is_some_and(|tag| tag.eq_ignore_ascii_case("en-US")) { "en-US" } else { "en-GB" }
}
