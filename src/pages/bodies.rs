//! Pages rendered once for many. What is a shopper's own stands outside: the header, the clock of
//! one's own hold, the waitlist position, a word said once, the visit, the form's key and the server's
//! time are spliced into a body that all shoppers in the same situation share.

use std::sync::{Arc, OnceLock};

use handlebars::Handlebars;
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::{
    context::{CartBadge, Common, Flash, Instant, Mine, Viewer, WaitlistWidgetEntry},
    packed::{self, Gzip},
    view::{Sheet, View, respond, with_common},
};
use crate::{
    kernel::{Error, Result, token},
    platform::TtlCache,
    providers::themes::{Look, Theme},
};

/// TtlCache for shared bodies, in bytes.
const BODIES_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// As many of them as that may be.
const BODIES_COUNT: usize = 8_000;
/// Themes whose templates are kept with slots in them.
const REGISTRIES_MAX: usize = 256;
const LIFETIME: std::time::Duration = std::time::Duration::from_mins(2);
/// A browser may show its own copy again for this long: the copy tells the server's time.
const COPY_SECONDS_MAX: i64 = 10;

/// Room for what is a shopper's own in a page.
const OWN_BYTES: usize = 2048;
/// A text that is shorter is not worth being packed.
const LONG_BYTES_MIN: usize = 1024;

/// A place in a body that is filled for each shopper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Header,
    Flash,
    Mine,
    Waitlist,
    Name,
    Email,
    Visit,
    Key,
    ServerTime,
}

const SLOTS: [Slot; 9] = [
    Slot::Header,
    Slot::Flash,
    Slot::Mine,
    Slot::Waitlist,
    Slot::Name,
    Slot::Email,
    Slot::Visit,
    Slot::Key,
    Slot::ServerTime,
];

impl Slot {
    fn word(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Flash => "flash",
            Self::Mine => "mine",
            Self::Waitlist => "waitlist",
            Self::Name => "name",
            Self::Email => "email",
            Self::Visit => "visit",
            Self::Key => "key",
            Self::ServerTime => "time",
        }
    }
}

/// A rendered page with its slots open.
pub struct Body {
    pieces: Vec<Piece>,
    hash: String,
}

enum Piece {
    Text(Text),
    Slot(Slot),
}

struct Text {
    plain: String,
    /// Packed for gzip, once somebody asked for it.
    packed: OnceLock<Vec<u8>>,
}

/// What goes into the slots.
#[derive(Debug, Default, Clone)]
pub struct Own<'a> {
    pub cart: Option<CartBadge>,
    pub mine: Option<Mine>,
    pub waitlist: &'a [WaitlistWidgetEntry],
    pub flash: Option<Flash>,
    pub visit: &'a str,
    pub key: &'a str,
}

/// Names all that a body depends on. Nothing that people write holds a NUL, so no part can be taken
/// for another.
pub fn key(parts: &[&str]) -> String {
    parts.join("\0")
}

fn units(units: Option<(i64, Instant)>) -> String {
    units.map_or_else(String::new, |(count, expires_at)| {
        format!("{count} {}", expires_at.0.unix_timestamp_nanos())
    })
}

/// Stands for the units of whoever looks: a shared body only says that there are some.
pub fn somebodys() -> Mine {
    Mine { quantity: 0, expires_at: OffsetDateTime::UNIX_EPOCH.into() }
}

/// Stands for the waitlist entry of the shopper who looks.
pub fn placeholder_entry() -> WaitlistWidgetEntry {
    WaitlistWidgetEntry {
        id: Uuid::nil(),
        item_name: String::new(),
        quantity: 0,
        accept_fewer: false,
        offered: false,
        offered_until: None,
        position: 0,
        chance: String::new(),
    }
}

/// The shared bodies of this node.
#[derive(Clone)]
pub struct Bodies {
    cache: TtlCache<String, Arc<Body>>,
    /// Templates with slots in the place of what is a shopper's own, by the theme's hash.
    slotted: TtlCache<String, Arc<Handlebars<'static>>>,
    /// Begins every mark; nobody outside can know it, so content cannot open a slot.
    nonce: Arc<str>,
}

impl Bodies {
    pub fn new() -> Self {
        Self {
            cache: TtlCache::weighted(BODIES_COUNT, BODIES_BYTES_MAX, LIFETIME, |key, body| {
                (key.len() + body.bytes()) as u64
            }),
            slotted: TtlCache::scan_resistant(REGISTRIES_MAX, LIFETIME),
            nonce: token::random().into(),
        }
    }

    /// The mark that stands for a value until it is spliced in.
    fn mark(&self, slot: Slot) -> String {
        format!("\u{E000}{}-{}\u{E001}", self.nonce, slot.word())
    }

    /// What templates are given for a visit's id.
    pub fn visit_mark(&self) -> String {
        self.mark(Slot::Visit)
    }

    /// What templates are given for whoever is signed in.
    pub fn viewer_mark(&self) -> Viewer {
        Viewer { name: self.mark(Slot::Name), email: self.mark(Slot::Email) }
    }

    /// What templates are given for a form's key.
    pub fn key_mark(&self) -> String {
        self.mark(Slot::Key)
    }

    /// The body under `key`, which must name everything it depends on; rendered once however many
    /// ask. Only then `page` is asked what it shows. `situated` sets in the common context what
    /// shapes the page, such as whether somebody is signed in. The header is the shopper's own with
    /// `own_header`; else it is as `situated` has it.
    pub async fn get<P: Serialize>(
        &self,
        key: String,
        view: &View,
        page: impl FnOnce() -> (Sheet, P) + Send,
        situated: impl FnOnce(&mut Common) + Send,
        own_header: bool,
    ) -> Result<Arc<Body>> {
        let render = async || {
            let (sheet, html) = {
                let (sheet, page) = page();
                let mut common =
                    Common { server_time: self.mark(Slot::ServerTime), ..view.common(&sheet) };
                situated(&mut common);
                (sheet, with_common(&common, &page)?)
            };
            let registry = self.slotted(&sheet.look.theme, own_header).await?;
            let html = registry
                .render(sheet.template, &html)
                .map_err(|error| anyhow::anyhow!("{}: {error}", sheet.template))?;
            Ok::<_, Error>(Arc::new(self.cut(&html)))
        };
        self.cache.get_or_read(&key, render).await
    }

    /// A shopper's own part of a page: a partial, kept for when the shopper comes back.
    fn part(
        &self,
        partial: &'static str,
        key: String,
        view: &View,
        look: &Look,
        own: &Own<'_>,
    ) -> Result<Arc<Body>> {
        if let Some(known) = self.cache.get(&key) {
            return Ok(known);
        }
        let part =
            Arc::new(self.cut(&render(partial, &self.mark(Slot::ServerTime), view, look, own)?));
        self.cache.insert(key, part.clone());
        Ok(part)
    }

    async fn slotted(&self, theme: &Theme, own_header: bool) -> Result<Arc<Handlebars<'static>>> {
        let compile = async || {
            let (flash, mine, waitlist, header) = (
                self.mark(Slot::Flash),
                self.mark(Slot::Mine),
                self.mark(Slot::Waitlist),
                self.mark(Slot::Header),
            );
            let slots = [
                ("flash", flash.as_str()),
                ("widget-mine", &mine),
                ("widget-waitlist", &waitlist),
                ("header", &header),
            ];
            Ok(Arc::new(theme.with_partials(if own_header { &slots } else { &slots[..3] })?))
        };
        self.slotted.get_or_read(&format!("{} {own_header}", theme.hash), compile).await
    }

    /// Cuts a page at its marks.
    fn cut(&self, html: &str) -> Body {
        let start = format!("\u{E000}{}-", self.nonce);
        let mut pieces = vec![];
        let mut parts = html.split(&start);
        pieces.push(Piece::text(parts.next().unwrap_or_default()));
        for part in parts {
            let (word, text) = part.split_once('\u{E001}').unwrap_or_default();
            pieces.extend(
                SLOTS.iter().find(|slot| slot.word() == word).map(|slot| Piece::Slot(*slot)),
            );
            pieces.push(Piece::text(text));
        }
        let text: Vec<&[u8]> = pieces
            .iter()
            .map(|piece| if let Piece::Text(text) = piece { text.plain.as_bytes() } else { b"\0" })
            .collect();
        Body { hash: token::content_hash(&text.concat())[..20].to_owned(), pieces }
    }
}

impl Body {
    fn bytes(&self) -> usize {
        self.pieces
            .iter()
            .map(|piece| if let Piece::Text(text) = piece { text.plain.len() } else { 1 })
            .sum()
    }

    /// Answers with the body and the shopper's own parts in it. Nobody's own copy gets an `ETag`,
    /// so that it is asked for anew.
    pub fn answer(&self, view: &View, look: &Look, own: &Own<'_>) -> Result<Response> {
        if view.session.is_some() || own.flash.is_some() {
            return self.splice(view, look, own);
        }
        let now = view.now.unix_timestamp();
        let same = format!("{}{}", self.hash, &token::content_hash(own.visit.as_bytes())[..8]);
        let fresh = |tag: &str| {
            let (body, at) =
                tag.trim().trim_start_matches("W/").trim_matches('"').split_once('.')?;
            (body == same && (0..=COPY_SECONDS_MAX).contains(&(now - at.parse::<i64>().ok()?)))
                .then_some(())
        };
        let known = view
            .if_none_match
            .as_ref()
            .and_then(|tags| tags.to_str().ok())
            .and_then(|tags| tags.split(',').find(|tag| fresh(tag).is_some()));
        let mut response = match known {
            Some(_) => respond(StatusCode::NOT_MODIFIED, String::new()),
            None => self.splice(view, look, own)?,
        };
        let tag = known.map_or_else(|| format!("W/\"{same}.{now}\""), |tag| tag.trim().to_owned());
        if let Ok(tag) = tag.parse() {
            response.headers_mut().insert(header::ETAG, tag);
        }
        Ok(response)
    }

    fn splice(&self, view: &View, look: &Look, own: &Own<'_>) -> Result<Response> {
        let bodies = &view.pages.bodies;
        let time = view.now.format(&Rfc3339).unwrap_or_default();
        let cart = units(own.cart.as_ref().map(|cart| (cart.count, cart.expires_at)));
        let mut page = if view.takes_gzip {
            Splice::Gzip(Gzip::with_capacity(self.bytes() / 2))
        } else {
            Splice::Plain(String::with_capacity(self.bytes() + OWN_BYTES))
        };
        for piece in &self.pieces {
            match piece {
                Piece::Slot(Slot::Header) => {
                    let (name, email) = view.session.as_ref().map_or(("", ""), |session| {
                        (&session.account.name, &session.account.email)
                    });
                    let key = key(&[
                        "header",
                        &look.theme.hash,
                        &look.slug,
                        view.locale,
                        view.path(),
                        name,
                        email,
                        &cart,
                    ]);
                    bodies.part("header", key, view, look, own)?.fill(&mut page, view, &time, own);
                }
                Piece::Slot(Slot::Mine) => {
                    let mine =
                        units(own.mine.as_ref().map(|mine| (mine.quantity, mine.expires_at)));
                    let key = key(&[
                        "mine",
                        &look.theme.hash,
                        &look.slug,
                        view.locale,
                        view.path(),
                        &cart,
                        &mine,
                    ]);
                    bodies
                        .part("widget-mine", key, view, look, own)?
                        .fill(&mut page, view, &time, own);
                }
                // No two shoppers stand at the same place, and a word is said once.
                Piece::Slot(Slot::Waitlist) => {
                    page.copy(&render("widget-waitlist", &time, view, look, own)?)
                }
                Piece::Slot(Slot::Flash) if own.flash.is_some() => {
                    page.copy(&render("flash", &time, view, look, own)?)
                }
                plain => plain.fill(&mut page, view, &time, own),
            }
        }
        Ok(page.respond())
    }

    /// Writes a body that has none but plain slots.
    fn fill(&self, page: &mut Splice, view: &View, time: &str, own: &Own<'_>) {
        for piece in &self.pieces {
            piece.fill(page, view, time, own);
        }
    }
}

impl Piece {
    fn text(text: &str) -> Self {
        Self::Text(Text { plain: text.to_owned(), packed: OnceLock::new() })
    }

    fn fill(&self, page: &mut Splice, view: &View, time: &str, own: &Own<'_>) {
        let account = view.session.as_ref().map(|session| &session.account);
        match self {
            Self::Text(text) => page.text(text),
            Self::Slot(Slot::Name) => {
                page.copy(&handlebars::html_escape(account.map_or("", |account| &account.name)))
            }
            Self::Slot(Slot::Email) => {
                page.copy(&handlebars::html_escape(account.map_or("", |account| &account.email)))
            }
            Self::Slot(Slot::Visit) => page.copy(own.visit),
            Self::Slot(Slot::Key) => page.copy(own.key),
            Self::Slot(Slot::ServerTime) => page.copy(time),
            // A part of a page has no parts.
            Self::Slot(Slot::Header | Slot::Flash | Slot::Mine | Slot::Waitlist) => {}
        }
    }
}

/// Renders a partial with what is a shopper's own.
fn render(
    partial: &'static str,
    server_time: &str,
    view: &View,
    look: &Look,
    own: &Own<'_>,
) -> Result<String> {
    #[derive(Serialize)]
    struct Shopper<'a> {
        #[serde(flatten)]
        common: Common,
        mine: &'a Option<Mine>,
        waitlist: &'a [WaitlistWidgetEntry],
    }
    let sheet = Sheet { look: look.clone(), ..view.sheet(partial) };
    let (cart, flash) = (own.cart.clone(), own.flash.clone());
    let common = Common {
        viewer: view.viewer(),
        cart,
        flash,
        server_time: server_time.to_owned(),
        ..view.common(&sheet)
    };
    look.theme.render(partial, &Shopper { common, mine: &own.mine, waitlist: own.waitlist })
}

/// A page on its way out. In one piece: to lend the shared texts to the connection instead costs
/// more than to copy them.
enum Splice {
    Plain(String),
    /// Every browser takes it: what is shared was packed once.
    Gzip(Gzip),
}

impl Splice {
    fn text(&mut self, text: &Text) {
        match self {
            Self::Gzip(gzip) if text.plain.len() >= LONG_BYTES_MIN => {
                gzip.packed(
                    text.plain.as_bytes(),
                    text.packed.get_or_init(|| packed::blocks(text.plain.as_bytes())),
                );
            }
            _ => self.copy(&text.plain),
        }
    }

    fn copy(&mut self, text: &str) {
        match self {
            Self::Plain(page) => page.push_str(text),
            Self::Gzip(gzip) => gzip.plain(text.as_bytes()),
        }
    }

    fn respond(self) -> Response {
        match self {
            Self::Plain(page) => respond(StatusCode::OK, page),
            Self::Gzip(gzip) => {
                let mut response = respond(StatusCode::OK, gzip.finish());
                response
                    .headers_mut()
                    .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                response
            }
        }
    }
}
