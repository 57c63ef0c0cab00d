//! The product page, and the two ways to it: an access point's link and its landing page.

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Path, cookie::CookieJar},
};
use time::OffsetDateTime;
use url::form_urlencoded;

use super::{
    context::{
        self, CartBadge, Favourite, Form, HeldUnits, LandingPage, SalePage, Share,
        WaitlistWidgetEntry,
    },
    errors::PageError,
    flash,
    form::new_idempotency_key,
    page_cache::{self, Placeholder},
    present,
    request::{PageRequest, PageSpec},
    response::see_other,
    sale_snapshot::SaleSnapshot,
    shared_page::{self, PlaceholderValues},
    state::Pages,
    waitlist, wording,
};
use crate::{
    kernel::{
        AccessPointId, Country, Error, Result, SaleId, SaleItemId, TenantId, VisitId, VisitorId,
    },
    platform::PublicPath,
    sales,
    statistics::NewVisit,
};

/// An access point's link: records where the visitor came from and redirects to the sale.
#[handler]
pub async fn access_point_link(
    request: &PageRequest,
    Path(code): Path<String>,
) -> Result<Response, PageError> {
    let Some(point) = find_access_point(request, &code).await? else {
        request.flash().info("That link is no longer in use. Here’s what’s on sale now.");
        return Ok(see_other("/"));
    };
    begin_visit(request, point.tenant, point.sale, Some(point.id)).await?;
    Ok(see_other(&format!("/sales/{}", point.slug)))
}

/// An access point's landing page. Its buttons lead to the sale; the visit remembers the access
/// point.
#[handler]
pub async fn landing_page(
    request: &PageRequest,
    Path(code): Path<String>,
) -> Result<Response, PageError> {
    let point = find_access_point(request, &code).await?.ok_or(Error::NotFound("page"))?;
    let snapshot =
        request.pages.snapshots.get(&point.slug).await?.ok_or(Error::NotFound("page"))?;
    begin_visit(request, point.tenant, point.sale, Some(point.id)).await?;
    let page = LandingPage {
        access_point: context::AccessPoint { code, name: point.name, placement: point.placement },
        sale: present::sale(&snapshot, request.now, None),
    };
    request.show(branded_page(request, &snapshot, "pages/landing"), &page).await
}

struct VisitedAccessPoint {
    tenant: TenantId,
    id: AccessPointId,
    sale: SaleId,
    slug: String,
    name: String,
    placement: String,
}

/// An active access point of a published sale.
async fn find_access_point(
    request: &PageRequest,
    code: &str,
) -> Result<Option<VisitedAccessPoint>> {
    let mut tx = request.platform().db.shopper(None).await?;
    let row = sqlx::query!(
        r#"
        SELECT a.tenant_id, a.id, a.sale_id, a.name, a.placement, s.slug
        FROM access_points a JOIN sales s ON s.tenant_id = a.tenant_id AND s.id = a.sale_id
        WHERE a.code = $1 AND a.state = 'active' AND s.approved_revision_id IS NOT NULL
        "#,
        code,
    )
    .fetch_optional(&mut *tx)
    .await?;
    Ok(row.map(|row| VisitedAccessPoint {
        tenant: TenantId(row.tenant_id),
        id: AccessPointId(row.id),
        sale: SaleId(row.sale_id),
        slug: row.slug,
        name: row.name,
        placement: row.placement,
    }))
}

/// Records a visit and sets its cookies. None, and no cookie, for a request that no person made.
async fn begin_visit(
    request: &PageRequest,
    tenant: TenantId,
    sale: SaleId,
    access_point: Option<AccessPointId>,
) -> Result<Option<VisitId>> {
    if !request.is_by_person() {
        return Ok(None);
    }
    let visitor = sales::visitor_or_new(&request.jar, request.secure_cookies());
    let visit = NewVisit {
        tenant,
        id: VisitId::new(),
        sale,
        access_point,
        visitor,
        started_at: request.now,
    };
    request.pages.visits.record(visit).await?;
    sales::remember_visit(&request.jar, sale, visit.id, request.secure_cookies());
    Ok(Some(visit.id))
}

/// The visit of this session to this sale. A person's first look at the page begins one.
pub async fn visit(request: &PageRequest, snapshot: &SaleSnapshot) -> Result<Option<VisitId>> {
    match sales::visit(&request.jar, snapshot.sale.id) {
        Some(visit) => Ok(Some(visit)),
        None => Box::pin(begin_visit(request, snapshot.sale.tenant, snapshot.sale.id, None)).await,
    }
}

/// The product page. `?item=` selects an item and `?quantity=` fills in the quantity, for shoppers
/// who come back from signing in.
#[handler]
pub async fn sale_page(
    request: &PageRequest,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let snapshot = request.pages.snapshots.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    // Before the visit begins: a new visitor has no favourites to look up.
    let known_visitor = sales::visitor(&request.jar);
    let visit = visit(request, &snapshot).await?;
    show_page(request, &snapshot, visit, known_visitor).await
}

/// The product page for a request that changes nothing: no visit begins and no flash is shown. None
/// for any other request, or on an error.
pub async fn plain_page(raw: &Request, pages: &Pages, slug: &str) -> Option<Response> {
    let cookies = raw.headers();
    let snapshot = pages.snapshots.get(slug).await.ok()??;
    let visit = sales::visit(cookies, snapshot.sale.id)?;
    if flash::is_set(cookies) {
        return None;
    }
    // No cookie is set and none is read from here on, so the jar stays empty: filling it costs as
    // much as the page.
    let request = PageRequest::of(raw, CookieJar::default(), pages).await.ok()?;
    show_page(&request, &snapshot, Some(visit), sales::visitor(cookies)).await.ok()
}

async fn show_page(
    request: &PageRequest,
    snapshot: &SaleSnapshot,
    visit: Option<VisitId>,
    visitor: Option<VisitorId>,
) -> Result<Response, PageError> {
    let shopper = OnThisSale::load(request, snapshot, visitor).await?;
    let wanted = request.query.get("item").and_then(|item| item.parse().ok());
    let quantity = request.query.get("quantity").filter(|text| text.parse::<u32>().is_ok());
    // A theme with its own templates may show the shopper's own values anywhere, not only where the
    // shared page has its placeholders.
    let default_theme = &request.pages.themes.default_branding().theme;
    let has_own_templates = snapshot.branding.theme.hash != default_theme.hash;
    let has_own_values =
        || shopper.held.is_some() || !shopper.waitlist.is_empty() || flash::is_set(&request.jar);
    if wanted.is_some() || quantity.is_some() || (has_own_templates && has_own_values()) {
        let form = Form::filled(quantity.map(|quantity| ("quantity", quantity.as_str())));
        let shown = show_own(request, snapshot, visit, shopper, wanted, form, StatusCode::OK);
        return Box::pin(shown).await;
    }
    show_shared(request, snapshot, visit, shopper).await
}

/// The page that all shoppers in the same situation share.
async fn show_shared(
    request: &PageRequest,
    snapshot: &SaleSnapshot,
    visit: Option<VisitId>,
    shopper: OnThisSale,
) -> Result<Response, PageError> {
    let phase = snapshot.phase(request.now);
    let signed_in = request.session.is_some();
    let (has_units, has_cart, is_waiting) =
        (shopper.held.is_some(), shopper.cart.is_some(), !shopper.waitlist.is_empty());
    let window = snapshot.sale.content.registration();
    let stage = window.map_or("", |window| wording::stage_name(window.stage(request.now)));
    let situation =
        [signed_in, has_units, has_cart, is_waiting, shopper.registered, shopper.is_favourite]
            .map(|flag| if flag { "1" } else { "0" })
            .concat();
    let refused_country = shopper.refused_country.unwrap_or_default();
    let reminder = shopper.reminder(snapshot, request.now);
    let key = page_cache::key(&[
        "sale",
        &snapshot.sale.slug,
        &snapshot.version,
        request.locale,
        phase,
        stage,
        &situation,
        refused_country,
        reminder.unwrap_or_default(),
    ]);
    let cache = &request.pages.page_cache;
    let page = || {
        let page = SalePage {
            sale: present::sale(snapshot, request.now, None),
            registered: shopper.registered,
            must_register: shopper.must_register(snapshot),
            reminder: reminder.map(str::to_owned),
            refused_country: shopper.refused_country.map(str::to_owned),
            held: has_units.then(shared_page::some_held_units),
            waitlist: is_waiting.then(shared_page::some_waitlist_entry).into_iter().collect(),
            favourite: Favourite { on: shopper.is_favourite, count: snapshot.favourites },
            share: share(request, snapshot),
            visit_id: Some(cache.mark(Placeholder::VisitId)),
            idempotency_key: cache.mark(Placeholder::IdempotencyKey),
            preview: None,
        };
        (branded_page(request, snapshot, "pages/sale"), page)
    };
    let adjust =
        |common: &mut context::Common| common.viewer = signed_in.then(|| cache.viewer_mark());
    let cached = shared_page::get(request, &key, page, adjust, has_cart).await?;
    let values = PlaceholderValues {
        cart: shopper.cart,
        held: shopper.held,
        waitlist: &shopper.waitlist,
        flash: request.flash().take(),
        visit_id: &visit.map(|visit| visit.to_string()).unwrap_or_default(),
        idempotency_key: &new_idempotency_key(),
    };
    Ok(shared_page::answer(request, &cached, &snapshot.branding, &values)?)
}

/// The page rendered for this shopper alone: with a selected item, or with a rejected form.
pub async fn show_own(
    request: &PageRequest,
    snapshot: &SaleSnapshot,
    visit: Option<VisitId>,
    shopper: OnThisSale,
    wanted: Option<SaleItemId>,
    form: Form,
    status: StatusCode,
) -> Result<Response, PageError> {
    let sent_key = form.values.get("idempotency_key").filter(|key| !key.is_empty());
    let page = SalePage {
        sale: present::sale(snapshot, request.now, wanted),
        registered: shopper.registered,
        must_register: shopper.must_register(snapshot),
        reminder: shopper.reminder(snapshot, request.now).map(str::to_owned),
        refused_country: shopper.refused_country.map(str::to_owned),
        held: shopper.held,
        waitlist: shopper.waitlist,
        favourite: Favourite { on: shopper.is_favourite, count: snapshot.favourites },
        share: share(request, snapshot),
        visit_id: visit.map(|visit| visit.to_string()),
        idempotency_key: sent_key.cloned().unwrap_or_else(new_idempotency_key),
        preview: None,
    };
    let spec = PageSpec { status, form, ..branded_page(request, snapshot, "pages/sale") };
    request.show(spec, &page).await
}

/// A page with the provider's branding, which search engines may list.
fn branded_page(
    request: &PageRequest,
    snapshot: &SaleSnapshot,
    template: &'static str,
) -> PageSpec {
    let image = present::social_card(&snapshot.sale.content, request.platform());
    let branding = snapshot.branding.clone();
    PageSpec { branding, noindex: false, image, ..request.page(template) }
}

fn share(request: &PageRequest, snapshot: &SaleSnapshot) -> Share {
    let url = request.platform().public_url(PublicPath::Sale { slug: &snapshot.sale.slug });
    let encode = |text: &str| {
        form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
    };
    let (subject, body) = (encode(&snapshot.sale.content.title), encode(&url));
    Share { email_url: format!("mailto:?subject={subject}&body={body}"), url }
}

/// What one shopper has to do with a sale.
#[derive(Debug, Default)]
pub struct OnThisSale {
    /// Over all sales.
    pub cart: Option<CartBadge>,
    pub held: Option<HeldUnits>,
    pub waitlist: Vec<WaitlistWidgetEntry>,
    pub registered: bool,
    pub is_reminded: bool,
    pub is_favourite: bool,
    /// The country of the shopper's last order, if the sale does not ship there.
    pub refused_country: Option<&'static str>,
}

impl OnThisSale {
    /// Whether only registered shoppers can buy, and this one is not registered.
    fn must_register(&self, snapshot: &SaleSnapshot) -> bool {
        snapshot.sale.content.registered_only && !self.registered
    }

    /// `set` while the shopper is reminded of the start, `offered` when they can be.
    fn reminder(&self, snapshot: &SaleSnapshot, now: OffsetDateTime) -> Option<&'static str> {
        if self.is_reminded && snapshot.sale.content.starts_at > now {
            return Some("set");
        }
        snapshot.sale.can_be_reminded_of(now).then_some("offered")
    }

    /// Loads only what the shopper can have: nothing is held without an account, and an unknown
    /// visitor has no favourites.
    pub async fn load(
        request: &PageRequest,
        snapshot: &SaleSnapshot,
        visitor: Option<VisitorId>,
    ) -> Result<Self> {
        let mut shopper = Self::default();
        let shoppers = &request.pages.shoppers;
        let sale = snapshot.sale.id;
        if let Some(account) = request.account() {
            let state = shoppers.state(account).await?;
            shopper.registered = state.is_registered_for(sale);
            shopper.is_reminded = state.is_reminded_of(sale);
            let refused = |country: &Country| !snapshot.sale.content.ships_to(country.code);
            shopper.refused_country = state.country().filter(refused).map(|country| country.name);
            shopper.cart = state.cart(request.now);
            shopper.held = state.held(sale, request.now);
            if state.waitlist(sale).next().is_some() {
                shopper.waitlist = Box::pin(waitlist::entries(request, snapshot, &state)).await?;
            }
        }
        if let Some(visitor) = visitor {
            shopper.is_favourite = shoppers.favourites(visitor).await?.contains(&sale);
        }
        Ok(shopper)
    }
}
