//! Pages that were rendered once for all shoppers in the same situation, with placeholders for what
//! is one shopper's own.

use std::sync::{Arc, OnceLock};

use handlebars::Handlebars;
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};

use super::{context::Viewer, response::respond};
use crate::{
    kernel::{Result, token},
    platform::{ENTRY_BYTES, GzipParts, Placeholders, Segment, TtlCache},
    providers::Theme,
};

/// Memory for cached pages, in bytes.
const PAGES_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How many pages are expected to fit into that.
const PAGES_COUNT: usize = 8_000;
/// Themes whose templates are kept with placeholders in them.
const TEMPLATES_MAX: usize = 256;
const LIFETIME: std::time::Duration = std::time::Duration::from_mins(2);
/// Hexadecimal digits of a page's hash.
const HASH_CHARS: usize = 20;
/// Room for the values of a page's placeholders.
const VALUES_BYTES: usize = 2048;
/// A shorter text is not worth compressing.
const COMPRESSED_BYTES_MIN: usize = 1024;

/// A place in a page that is filled in for each shopper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Placeholder {
    Header,
    Flash,
    HeldUnits,
    Waitlist,
    ViewerName,
    ViewerEmail,
    VisitId,
    IdempotencyKey,
    ServerTime,
}

/// A rendered page, split at its placeholders.
pub struct CachedPage {
    pub pieces: Vec<Piece>,
    /// Of the text between the placeholders.
    pub hash: String,
}

pub enum Piece {
    Text(SharedText),
    Placeholder(Placeholder),
}

/// A text that every shopper in the same situation gets.
pub struct SharedText {
    plain: String,
    /// Compressed when it is first needed.
    compressed: OnceLock<Vec<u8>>,
}

/// Joins everything a cached page depends on. No text that people write contains a NUL, so two
/// different lists never make the same key.
pub fn key(parts: &[&str]) -> String {
    parts.join("\0")
}

/// The cached pages of this node.
#[derive(Clone)]
pub struct PageCache {
    pages: TtlCache<String, Arc<CachedPage>>,
    /// Templates with placeholders in the place of some partials, by the theme's hash.
    templates: TtlCache<String, Arc<Handlebars<'static>>>,
    placeholders: Placeholders,
}

impl PageCache {
    pub fn new() -> Self {
        // A page may be kept compressed as well, at a third of its length or less.
        let bytes = |key: &String, page: &Arc<CachedPage>| {
            (ENTRY_BYTES + key.len() + page.bytes() * 4 / 3) as u64
        };
        Self {
            pages: TtlCache::weighted(PAGES_COUNT, PAGES_BYTES_MAX, LIFETIME, bytes),
            templates: TtlCache::scan_resistant(TEMPLATES_MAX, LIFETIME),
            placeholders: Placeholders::default(),
        }
    }

    /// The mark that stands for a value until it is filled in.
    pub fn mark(&self, placeholder: Placeholder) -> String {
        self.placeholders.mark(placeholder.into())
    }

    /// What templates are given in the place of the signed-in shopper.
    pub fn viewer_mark(&self) -> Viewer {
        Viewer {
            name: self.mark(Placeholder::ViewerName),
            email: self.mark(Placeholder::ViewerEmail),
        }
    }

    /// The page cached under `key`; `render` is called once, however many requests wait for it.
    pub async fn get_or_render<F>(
        &self,
        key: &str,
        render: impl FnOnce() -> F,
    ) -> Result<Arc<CachedPage>>
    where
        F: Future<Output = Result<String>>,
    {
        let read = async || Ok(Arc::new(self.split(&render().await?)));
        self.pages.get_or_read(key, read).await
    }

    /// A shopper's own part of a page, cached for when the shopper comes back.
    pub fn part_or_render(
        &self,
        key: String,
        render: impl FnOnce() -> Result<String>,
    ) -> Result<Arc<CachedPage>> {
        if let Some(part) = self.pages.get(&key) {
            return Ok(part);
        }
        let part = Arc::new(self.split(&render()?));
        self.pages.insert(key, part.clone());
        Ok(part)
    }

    /// A theme's templates with placeholders for the partials that differ between shoppers; the
    /// header is one of them if `own_header`.
    pub async fn templates(
        &self,
        theme: &Theme,
        own_header: bool,
    ) -> Result<Arc<Handlebars<'static>>> {
        let compile = async || {
            let marks = [
                ("flash", self.mark(Placeholder::Flash)),
                ("widget-held", self.mark(Placeholder::HeldUnits)),
                ("widget-waitlist", self.mark(Placeholder::Waitlist)),
                ("header", self.mark(Placeholder::Header)),
            ];
            Ok(Arc::new(theme.with_partials(if own_header { &marks } else { &marks[..3] })?))
        };
        self.templates.get_or_read(&format!("{} {own_header}", theme.hash), compile).await
    }

    /// Splits a rendered page at its placeholders.
    fn split(&self, html: &str) -> CachedPage {
        let segments = self.placeholders.split(html);
        let texts: Vec<&[u8]> = segments
            .iter()
            .map(|segment| match segment {
                Segment::Text(text) => text.as_bytes(),
                Segment::Placeholder(_) => b"\0",
            })
            .collect();
        let hash = token::content_hash(&texts.concat())[..HASH_CHARS].to_owned();
        let piece = |segment: Segment<'_>| match segment {
            Segment::Text(text) => Some(Piece::Text(SharedText {
                plain: text.to_owned(),
                compressed: OnceLock::new(),
            })),
            Segment::Placeholder(name) => name.parse().ok().map(Piece::Placeholder),
        };
        CachedPage { pieces: segments.into_iter().filter_map(piece).collect(), hash }
    }
}

impl CachedPage {
    /// Length of the shared text.
    pub fn bytes(&self) -> usize {
        let text_bytes = |piece: &Piece| match piece {
            Piece::Text(text) => text.plain.len(),
            Piece::Placeholder(_) => 1,
        };
        self.pieces.iter().map(text_bytes).sum()
    }
}

/// A response body under construction. It is one buffer: lending the shared texts to the connection
/// instead costs more than copying them.
pub enum PageWriter {
    Plain(String),
    /// For browsers, all of which take gzip: the shared texts were compressed before.
    Gzip(GzipParts),
}

impl PageWriter {
    pub fn new(page: &CachedPage, takes_gzip: bool) -> Self {
        if takes_gzip {
            Self::Gzip(GzipParts::with_capacity(page.bytes() / 2))
        } else {
            Self::Plain(String::with_capacity(page.bytes() + VALUES_BYTES))
        }
    }

    /// Adds a shared text.
    pub fn text(&mut self, text: &SharedText) {
        match self {
            Self::Gzip(gzip) if text.plain.len() >= COMPRESSED_BYTES_MIN => {
                let plain = text.plain.as_bytes();
                let blocks = text.compressed.get_or_init(|| GzipParts::compress(plain));
                gzip.compressed(plain, blocks);
            }
            _ => self.value(&text.plain),
        }
    }

    /// Adds a text that is one shopper's own.
    pub fn value(&mut self, text: &str) {
        match self {
            Self::Plain(page) => page.push_str(text),
            Self::Gzip(gzip) => gzip.plain(text.as_bytes()),
        }
    }

    pub fn finish(self) -> Response {
        match self {
            Self::Plain(page) => respond(StatusCode::OK, page),
            Self::Gzip(gzip) => {
                let mut response = respond(StatusCode::OK, gzip.finish());
                let gzip = HeaderValue::from_static("gzip");
                response.headers_mut().insert(header::CONTENT_ENCODING, gzip);
                response
            }
        }
    }
}
