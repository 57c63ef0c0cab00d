//! The product page, and the two ways to it: an access point's link and its landing page.

use poem::{
    Request, Response, handler,
    http::StatusCode,
    web::{Path, cookie::CookieJar},
};
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    Pages,
    board::Board,
    bodies::{self, Own},
    context::{
        self, CartBadge, Favourite, Form, LandingPage, Mine, SalePage, Share, WaitlistWidgetEntry,
    },
    failure::Failure,
    flash, present,
    view::{Sheet, View, see_other},
    waitlist, words,
};
use crate::{
    kernel::{AccessPointId, Error, Result, SaleId, SaleItemId, TenantId, VisitId, VisitorId},
    sales,
    statistics::NewVisit,
};

/// An access point's link: notes where the visitor came from and goes on to the page.
#[handler]
pub async fn access_point_link(view: &View, Path(code): Path<String>) -> Result<Response, Failure> {
    let Some(point) = find_access_point(view, &code).await? else {
        flash::info(view, "That link is no longer in use. Here is what is on sale now.");
        return Ok(see_other("/"));
    };
    come_through(view, &point).await?;
    Ok(see_other(&format!("/sales/{}", point.slug)))
}

/// An access point's landing page. Its buttons lead to the sale; the visit remembers the access
/// point.
#[handler]
pub async fn landing_page(view: &View, Path(code): Path<String>) -> Result<Response, Failure> {
    let point = find_access_point(view, &code).await?.ok_or(Error::NotFound("page"))?;
    let board = view.pages.boards.get(&point.slug).await?.ok_or(Error::NotFound("page"))?;
    come_through(view, &point).await?;
    let page = LandingPage {
        access_point: context::AccessPoint { code, name: point.name, placement: point.placement },
        sale: present::sale(&board, view.now, None),
    };
    view.show(sheet(view, &board, "pages/landing"), &page).await
}

struct AccessPoint {
    tenant: TenantId,
    id: AccessPointId,
    sale: SaleId,
    slug: String,
    name: String,
    placement: String,
}

/// An access point in use, of a published sale.
async fn find_access_point(view: &View, code: &str) -> Result<Option<AccessPoint>> {
    let mut tx = view.platform().db.shopper(None).await?;
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
    Ok(row.map(|row| AccessPoint {
        tenant: TenantId(row.tenant_id),
        id: AccessPointId(row.id),
        sale: SaleId(row.sale_id),
        slug: row.slug,
        name: row.name,
        placement: row.placement,
    }))
}

/// Coming through an access point is a visit of its own.
async fn come_through(view: &View, point: &AccessPoint) -> Result<()> {
    new_visit(view, point.tenant, point.sale, Some(point.id)).await.map(|_| ())
}

async fn new_visit(
    view: &View,
    tenant: TenantId,
    sale: SaleId,
    access_point: Option<AccessPointId>,
) -> Result<VisitId> {
    let secure = view.platform().config.secure_cookies();
    let visitor = sales::visitor_or_new(&view.jar, secure);
    let visit =
        NewVisit { tenant, id: VisitId::new(), sale, access_point, visitor, started_at: view.now };
    view.pages.visits.record(visit).await?;
    sales::remember_visit(&view.jar, sale, visit.id, secure);
    Ok(visit.id)
}

/// The visit of this session to this sale; its first look at the page begins one.
pub async fn visit(view: &View, board: &Board) -> Result<VisitId> {
    match sales::visit(&view.jar, board.sale.id) {
        Some(visit) => Ok(visit),
        None => Box::pin(new_visit(view, board.sale.tenant, board.sale.id, None)).await,
    }
}

/// The product page. `?item=` chooses an item and `?quantity=` fills the number in, for those who
/// come back from signing in.
#[handler]
pub async fn sale_page(view: &View, Path(slug): Path<String>) -> Result<Response, Failure> {
    let board = view.pages.boards.get(&slug).await?.ok_or(Error::NotFound("sale"))?;
    let known = sales::visitor(&view.jar); // before the visit begins: who is new likes nothing yet
    let visit = visit(view, &board).await?;
    look(view, &board, visit, known).await
}

/// The product page for a look that changes nothing: no visit begins, nothing is said once. None
/// for any other, or an error.
pub async fn plain(request: &Request, pages: &Pages, slug: &str) -> Option<Response> {
    let cookies = request.headers();
    let board = pages.boards.get(slug).await.ok()??;
    let visit = sales::visit(cookies, board.sale.id)?;
    if flash::is_set(cookies) {
        return None;
    }
    // Whoever says nothing and remembers nothing needs no jar, and to fill one costs as much as the
    // page.
    let view = View::of(request, CookieJar::default(), pages).await.ok()?;
    look(&view, &board, visit, sales::visitor(cookies)).await.ok()
}

async fn look(
    view: &View,
    board: &Board,
    visit: VisitId,
    visitor: Option<VisitorId>,
) -> Result<Response, Failure> {
    let shopper = Shopper::read(view, board, visitor).await?;
    let wanted = view.query.get("item").and_then(|item| item.parse().ok());
    let quantity = view.query.get("quantity").filter(|quantity| quantity.parse::<u32>().is_ok());
    // A theme with templates of its own may show what is a shopper's own anywhere, not only where
    // the shared body has its slot.
    let own_templates = board.look.theme.hash != view.pages.themes.default_look().theme.hash;
    let has_own =
        || shopper.mine.is_some() || !shopper.waitlist.is_empty() || flash::is_set(&view.jar);
    if wanted.is_some() || quantity.is_some() || (own_templates && has_own()) {
        let form = Form::filled(quantity.map(|quantity| ("quantity", quantity.as_str())));
        return Box::pin(show(view, board, Some(visit), shopper, wanted, form, StatusCode::OK))
            .await;
    }
    shared(view, board, visit, shopper).await
}

/// The page from the body that all shoppers in the same situation share.
async fn shared(
    view: &View,
    board: &Board,
    visit: VisitId,
    shopper: Shopper,
) -> Result<Response, Failure> {
    let phase = board.phase(view.now);
    let signed_in = view.session.is_some();
    let (has_units, has_cart, on_waitlist) =
        (shopper.mine.is_some(), shopper.cart.is_some(), !shopper.waitlist.is_empty());
    let stage = board
        .sale
        .content
        .registration()
        .map_or("", |window| words::stage_word(window.stage(view.now)));
    let flags =
        [signed_in, has_units, has_cart, on_waitlist, shopper.registered, shopper.is_favourite]
            .map(|flag| if flag { "1" } else { "0" })
            .concat();
    let key =
        bodies::key(&["sale", &board.sale.slug, &board.version, view.locale, phase, stage, &flags]);
    let shared = &view.pages.bodies;
    let page = || {
        let page = SalePage {
            sale: present::sale(board, view.now, None),
            registered: shopper.registered,
            barred: shopper.is_barred(board),
            mine: has_units.then(bodies::somebodys),
            waitlist: on_waitlist.then(bodies::placeholder_entry).into_iter().collect(),
            favourite: Favourite { on: shopper.is_favourite, count: board.favourites },
            share: share(view, board),
            visit_id: Some(shared.visit_mark()),
            idempotency_key: shared.key_mark(),
            preview: None,
        };
        (sheet(view, board, "pages/sale"), page)
    };
    let situated =
        |common: &mut context::Common| common.viewer = signed_in.then(|| shared.viewer_mark());
    let body = shared.get(key, view, page, situated, has_cart).await?;
    let (visit, key) = (visit.to_string(), new_key());
    let own = Own {
        cart: shopper.cart,
        mine: shopper.mine,
        waitlist: &shopper.waitlist,
        flash: flash::take(view),
        visit: &visit,
        key: &key,
    };
    Ok(body.answer(view, &board.look, &own)?)
}

/// The page rendered for this shopper alone: with a chosen item, or a form that was refused.
pub async fn show(
    view: &View,
    board: &Board,
    visit: Option<VisitId>,
    shopper: Shopper,
    wanted: Option<SaleItemId>,
    form: Form,
    status: StatusCode,
) -> Result<Response, Failure> {
    let key = form
        .values
        .get("idempotency_key")
        .filter(|key| !key.is_empty())
        .cloned()
        .unwrap_or_else(new_key);
    let page = SalePage {
        sale: present::sale(board, view.now, wanted),
        registered: shopper.registered,
        barred: shopper.is_barred(board),
        mine: shopper.mine,
        waitlist: shopper.waitlist,
        favourite: Favourite { on: shopper.is_favourite, count: board.favourites },
        share: share(view, board),
        visit_id: visit.map(|visit| visit.to_string()),
        idempotency_key: key,
        preview: None,
    };
    view.show(Sheet { status, form, ..sheet(view, board, "pages/sale") }, &page).await
}

/// A page in the look of the sale's provider, for search engines too.
fn sheet(view: &View, board: &Board, template: &'static str) -> Sheet {
    let image = present::social_card(&board.sale.content, view.platform());
    Sheet { look: board.look.clone(), noindex: false, image, ..view.sheet(template) }
}

/// A key for one press of Buy.
pub fn new_key() -> String {
    Uuid::new_v4().to_string()
}

fn share(view: &View, board: &Board) -> Share {
    let url = view.platform().url(&board.url());
    let encode = |text: &str| {
        form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
    };
    Share {
        email_url: format!(
            "mailto:?subject={}&body={}",
            encode(&board.sale.content.title),
            encode(&url)
        ),
        url,
    }
}

/// What of a sale's page is the shopper's own.
#[derive(Debug, Default)]
pub struct Shopper {
    pub cart: Option<CartBadge>,
    pub mine: Option<Mine>,
    pub waitlist: Vec<WaitlistWidgetEntry>,
    pub registered: bool,
    pub is_favourite: bool,
}

impl Shopper {
    /// Whether the sale is for the registered alone, and this shopper is not.
    fn is_barred(&self, board: &Board) -> bool {
        board.sale.content.registered_only && !self.registered
    }

    /// Asks only what this shopper can have: nobody signed in holds nothing, nobody known likes
    /// nothing.
    pub async fn read(view: &View, board: &Board, visitor: Option<VisitorId>) -> Result<Self> {
        let mut shopper = Self::default();
        let known = &view.pages.shoppers;
        if let Some(account) = view.account() {
            let belongings = known.belongings(account).await?;
            shopper.registered = belongings.is_registered_for(board.sale.id);
            shopper.cart = belongings.cart(view.now);
            shopper.mine = belongings.of_sale(board.sale.id, view.now);
            if belongings.entries_of_sale(board.sale.id).next().is_some() {
                shopper.waitlist = Box::pin(waitlist::entries(view, board, &belongings)).await?;
            }
        }
        if let Some(visitor) = visitor {
            shopper.is_favourite = known.likes(visitor, board.sale.id).await?;
        }
        Ok(shopper)
    }
}
