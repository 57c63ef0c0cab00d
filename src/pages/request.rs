//! A request for a page: who sent it, and what every page is given.

use std::{collections::BTreeMap, sync::Arc};

use poem::{
    FromRequest, Request, RequestBody, Response,
    http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    web::cookie::CookieJar,
};
use serde::Serialize;
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    compression,
    context::{
        Brand, CartBadge, Common, Flash, Form, PageContext, SocialCard, ThemeContext, Viewer,
    },
    errors::PageError,
    flash::FlashCookie,
    reader_locale,
    response::respond,
    state::Pages,
};
use crate::{
    access::{Session, caller},
    kernel::{AccountId, Locale, Result},
    platform::{Cookies, Mailer, Platform, PublicPath},
    providers::{Branding, TenantSettings},
    sales,
};

/// A request for a page.
pub struct PageRequest {
    pub pages: Pages,
    pub session: Option<Arc<Session>>,
    pub jar: CookieJar,
    uri: Uri,
    /// Only the headers of the page are asked for, or it is fetched ahead.
    is_unseen: bool,
    pub query: BTreeMap<String, String>,
    /// The tag of the reader's locale.
    pub locale: &'static str,
    pub now: OffsetDateTime,
    pub if_none_match: Option<HeaderValue>,
    user_agent: Option<HeaderValue>,
    pub takes_gzip: bool,
}

/// Which template a page is rendered from, and in which settings.
pub struct PageSpec {
    pub template: &'static str,
    pub status: StatusCode,
    pub branding: Branding,
    /// Keeps search engines away.
    pub noindex: bool,
    /// The picture of a shared link.
    pub image: Option<SocialCard>,
    pub form: Form,
}

impl PageRequest {
    pub async fn of(raw: &Request, jar: CookieJar, pages: &Pages) -> Result<Self> {
        let uri = raw.uri();
        let header = |name| {
            raw.headers()
                .get::<HeaderName>(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let query = uri
            .query()
            .map(|query| url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
            .unwrap_or_default();
        let session = caller::session_of(raw, &pages.access).await?;
        let locale = reader_locale::of_reader(
            session.as_ref().and_then(|session| session.locale.as_deref()),
            raw.headers().value(reader_locale::COOKIE).as_deref(),
            header(header::ACCEPT_LANGUAGE),
            pages,
        );
        Ok(Self {
            pages: pages.clone(),
            session,
            jar,
            uri: uri.clone(),
            is_unseen: raw.method() == Method::HEAD || sales::is_prefetch(raw.headers()),
            query,
            locale: locale.tag(),
            now: pages.platform.clock.now(),
            if_none_match: raw.headers().get(header::IF_NONE_MATCH).cloned(),
            user_agent: raw.headers().get(header::USER_AGENT).cloned(),
            takes_gzip: compression::takes_gzip(header(header::ACCEPT_ENCODING)),
        })
    }

    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The path with the query. A form has those of its page.
    pub fn path_and_query(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    pub fn user_agent(&self) -> &str {
        self.user_agent.as_ref().and_then(|agent| agent.to_str().ok()).unwrap_or_default()
    }

    /// Whether a person looks at the page, as far as the request tells: not a crawler, not the
    /// preview of a link, not a browser that fetches ahead.
    pub fn is_by_person(&self) -> bool {
        !self.is_unseen && !sales::is_robot(self.user_agent())
    }

    pub fn platform(&self) -> &Platform {
        &self.pages.platform
    }

    pub fn account(&self) -> Option<AccountId> {
        self.session.as_ref().map(|session| session.account.id)
    }

    /// The session. Without one the shopper is sent to sign in, and comes back here.
    pub fn signed_in(&self) -> Result<&Arc<Session>, PageError> {
        self.session.as_ref().ok_or_else(|| PageError::sign_in(self.path_and_query()))
    }

    /// A page with SMP's own branding, kept from search engines.
    pub fn page(&self, template: &'static str) -> PageSpec {
        PageSpec {
            template,
            status: StatusCode::OK,
            branding: self.pages.themes.default_branding().clone(),
            noindex: true,
            image: None,
            form: Form::default(),
        }
    }

    /// The message shown once after a redirect.
    pub fn flash(&self) -> FlashCookie<'_> {
        FlashCookie { jar: &self.jar, secure: self.secure_cookies() }
    }

    /// Whether browsers may send cookies over HTTPS only.
    pub fn secure_cookies(&self) -> bool {
        self.platform().config.secure_cookies()
    }

    /// Answers with a page rendered for this shopper alone.
    pub async fn show(&self, spec: PageSpec, page: &impl Serialize) -> Result<Response, PageError> {
        let flash = self.flash().take();
        let cart = self.cart().await?;
        let html = self.render(&spec, page, cart, flash)?;
        Ok(respond(spec.status, html))
    }

    /// The page's HTML.
    pub fn render(
        &self,
        spec: &PageSpec,
        page: &impl Serialize,
        cart: Option<CartBadge>,
        flash: Option<Flash>,
    ) -> Result<String> {
        let common = Common { viewer: self.viewer(), cart, flash, ..self.common(spec) };
        spec.branding.theme.render(spec.template, &with_common(&common, page)?)
    }

    /// What every page is given, except what is the shopper's own.
    pub fn common(&self, spec: &PageSpec) -> Common {
        let pages = &self.pages;
        Common {
            lang: Locale::find(self.locale).unwrap_or(Locale::British).language().to_owned(),
            locale: self.locale.to_owned(),
            base_url: pages.platform.config.base_url.clone(),
            server_time: self.now.format(&Rfc3339).unwrap_or_default(),
            dev: has_outbox(&pages.platform),
            theme: ThemeContext {
                slug: spec.branding.slug.clone(),
                accent_url: spec.branding.accent_url(),
            },
            brand: brand(&pages.themes.default_branding().settings, self.locale),
            page: PageContext {
                url: pages.platform.public_url(PublicPath::Requested { path: self.path() }),
                path: self.path().to_owned(),
                noindex: spec.noindex,
                image: spec.image.clone(),
            },
            viewer: None,
            cart: None,
            flash: None,
            form: spec.form.clone(),
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
        Ok(self.pages.shoppers.state(account).await?.cart(self.now))
    }
}

impl<'a> FromRequest<'a> for &'a PageRequest {
    async fn from_request(raw: &'a Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let request = raw.data::<Arc<PageRequest>>().map(AsRef::as_ref);
        Ok(request.ok_or_else(|| {
            crate::kernel::Error::Internal(anyhow::anyhow!(
                "the request has no PageRequest; is the page outside the layer that sets it?"
            ))
        })?)
    }
}

/// A page's own fields, together with the common ones.
pub fn with_common(common: &Common, page: &impl Serialize) -> Result<Value> {
    let mut all = serde_json::to_value(common).map_err(anyhow::Error::from)?;
    if let (Value::Object(all), Value::Object(own)) =
        (&mut all, serde_json::to_value(page).map_err(anyhow::Error::from)?)
    {
        all.extend(own);
    }
    Ok(all)
}

/// Whether mail is kept instead of sent, and can be read at `/dev/outbox`.
pub fn has_outbox(platform: &Platform) -> bool {
    !platform.config.production && matches!(platform.mailer, Mailer::Kept)
}

fn brand(settings: &TenantSettings, locale: &str) -> Brand {
    let phone = settings.support.phone.clone();
    Brand {
        name: settings.name.clone(),
        tagline: settings.tagline.of(locale).to_owned(),
        support_email: settings.support.email.clone(),
        support_phone_href: phone.as_deref().map(|phone| {
            format!(
                "tel:{}",
                phone.chars().filter(|c| *c == '+' || c.is_ascii_digit()).collect::<String>()
            )
        }),
        support_phone: phone,
        support_hours: settings.support.hours.as_ref().map(|hours| hours.of(locale).to_owned()),
        social: settings.social.clone(),
    }
}
