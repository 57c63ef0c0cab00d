//! A contract as PDF: the document as it was offered, the signatures, and the hash on every page.

use std::{fs, path::Path};

use anyhow::Context;
use krilla::{
    Document,
    geom::Point,
    metadata::Metadata,
    page::PageSettings,
    text::{Font, GlyphId, KrillaGlyph},
};
use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
};
use time::{OffsetDateTime, macros::format_description};

use super::{
    contract::Contract,
    document::{Block, blocks},
};
use crate::{kernel::Result, providers::DEFAULT_PACK};

/// A4, in points.
const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 62.0;
/// What a page has below its text, for the footer.
const FOOTER: f32 = 34.0;
/// How far an item of a list stands to the right of its bullet.
const INDENT: f32 = 14.0;
/// From one line to the next, in font sizes.
const LEADING: f32 = 1.42;

const TEXT: f32 = 10.5;
const TITLE: f32 = 18.0;
const HEADING: f32 = 13.0;
const SMALL: f32 = 8.0;

/// The fonts that documents are set in. They have Latin, Greek and Cyrillic letters.
pub struct Fonts {
    regular: Face,
    bold: Face,
}

struct Face {
    bytes: Vec<u8>,
    font: Font,
}

/// Reads the fonts that `scripts/setup.sh` puts beside the default pack.
pub fn fonts(tenants_dir: &Path) -> anyhow::Result<Fonts> {
    let folder = tenants_dir.join(DEFAULT_PACK).join("fonts");
    let face = |name: &str| {
        let path = folder.join(name);
        let bytes = fs::read(&path).with_context(|| {
            format!("{} cannot be read; scripts/setup.sh puts it there", path.display())
        })?;
        let font = Font::new(bytes.clone().into(), 0)
            .with_context(|| format!("{} is no font", path.display()))?;
        anyhow::Ok(Face { bytes, font })
    };
    Ok(Fonts { regular: face("DejaVuSerif.ttf")?, bold: face("DejaVuSerif-Bold.ttf")? })
}

impl Face {
    /// The glyphs of a line, each as wide as the font says, and the width of them all at size 1. A
    /// character that the font lacks is an empty box.
    fn glyphs(&self, line: &str) -> anyhow::Result<(Vec<KrillaGlyph>, f32)> {
        let font = FontRef::new(&self.bytes)?;
        let (characters, widths) =
            (font.charmap(), font.glyph_metrics(Size::new(1.0), LocationRef::default()));
        let mut total = 0.0;
        let glyphs = line.char_indices().map(|(at, character)| {
            let glyph = characters.map(character).unwrap_or_default();
            let width = widths.advance_width(glyph).unwrap_or_default();
            total += width;
            let bytes = at..at + character.len_utf8();
            KrillaGlyph::new(GlyphId::new(glyph.to_u32()), width, 0.0, 0.0, 0.0, bytes, None)
        });
        let glyphs = glyphs.collect();
        Ok((glyphs, total))
    }

    /// Breaks text into lines of at most this width at size 1.
    fn lines(&self, text: &str, width: f32) -> anyhow::Result<Vec<String>> {
        let mut lines = vec![];
        for part in text.lines() {
            let mut line = String::new();
            for word in part.split_whitespace() {
                for piece in self.pieces(word, width)? {
                    let longer =
                        if line.is_empty() { piece.clone() } else { format!("{line} {piece}") };
                    if line.is_empty() || self.glyphs(&longer)?.1 <= width {
                        line = longer;
                    } else {
                        lines.push(std::mem::replace(&mut line, piece));
                    }
                }
            }
            lines.push(line);
        }
        Ok(lines)
    }

    /// A word, cut where it is wider than a line.
    fn pieces(&self, word: &str, width: f32) -> anyhow::Result<Vec<String>> {
        let mut pieces = vec![String::new()];
        let mut taken = 0.0;
        for character in word.chars() {
            let wide = self.glyphs(character.encode_utf8(&mut [0; 4]))?.1;
            if taken + wide > width {
                pieces.push(String::new());
                taken = 0.0;
            }
            taken += wide;
            if let Some(piece) = pieces.last_mut() {
                piece.push(character);
            }
        }
        Ok(pieces)
    }
}

/// A line of text and where it stands, in points from the top left of its page.
struct TextLine {
    page: usize,
    at: Point,
    text: String,
    size: f32,
    bold: bool,
}

/// Sets text from the top, page after page.
struct Setter<'f> {
    fonts: &'f Fonts,
    lines: Vec<TextLine>,
    page: usize,
    y: f32,
}

impl Setter<'_> {
    /// Sets text with a space before it; `indent` from the left margin.
    fn set(
        &mut self,
        text: &str,
        (size, bold): (f32, bool),
        indent: f32,
        space: f32,
    ) -> anyhow::Result<()> {
        let face = if bold { &self.fonts.bold } else { &self.fonts.regular };
        let width = (PAGE.0 - 2.0 * MARGIN - indent) / size;
        self.y += space;
        for text in face.lines(text, width)? {
            if self.y + size * LEADING > PAGE.1 - MARGIN - FOOTER {
                self.page += 1;
                self.y = MARGIN;
            }
            self.y += size * LEADING;
            let at = Point::from_xy(MARGIN + indent, self.y);
            self.lines.push(TextLine { page: self.page, at, text, size, bold });
        }
        Ok(())
    }

    fn bullet(&mut self, item: &str) -> anyhow::Result<()> {
        let before = self.lines.len();
        self.set(item, (TEXT, false), INDENT, 4.0)?;
        if let Some(first) = self.lines.get(before) {
            let at = Point::from_xy(MARGIN, first.at.y);
            let page = first.page;
            let bullet = TextLine { page, at, text: "•".to_owned(), size: TEXT, bold: false };
            self.lines.insert(before, bullet);
        }
        Ok(())
    }
}

fn date_time(at: OffsetDateTime) -> String {
    let format = format_description!(
        "[day padding:none] [month repr:long] [year], [hour]:[minute]:[second] UTC"
    );
    at.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_default()
}

/// What stands under the document: who signed it, and when.
fn signatures(contract: &Contract, provider: &str) -> Vec<String> {
    let line = |whom: &str, name: Option<&str>, at: Option<OffsetDateTime>| match (name, at) {
        (Some(name), Some(at)) => format!("Signed for {whom} by {name}\non {}", date_time(at)),
        _ => format!("Not signed for {whom} yet"),
    };
    vec![
        line(provider, contract.signed_name.as_deref(), contract.signed_at),
        line("SMP", contract.countersigned_name.as_deref(), contract.countersigned_at),
    ]
}

/// The PDF of a contract.
pub fn write(contract: &Contract, provider: &str, fonts: &Fonts) -> Result<Vec<u8>> {
    let mut setter = Setter { fonts, lines: vec![], page: 0, y: MARGIN };
    for (nth, block) in blocks(&contract.document).into_iter().enumerate() {
        match block {
            Block::Heading(text) if nth == 0 => setter.set(text, (TITLE, true), 0.0, 0.0)?,
            Block::Heading(text) => setter.set(text, (HEADING, true), 0.0, 14.0)?,
            Block::Paragraph(text) => setter.set(text, (TEXT, false), 0.0, 8.0)?,
            Block::Item(text) => setter.bullet(text)?,
        }
    }
    setter.set("Signatures", (HEADING, true), 0.0, 24.0)?;
    for signature in signatures(contract, provider) {
        setter.set(&signature, (TEXT, false), 0.0, 8.0)?;
    }
    setter.set("SHA-256 of the document:", (SMALL, false), 0.0, 14.0)?;
    setter.set(&contract.document_hash, (SMALL, false), 0.0, 0.0)?;
    let pages = setter.page + 1;
    for page in 0..pages {
        let footer = format!(
            "{provider}, version {} · {} · page {} of {pages}",
            contract.number,
            contract.document_hash.get(..16).unwrap_or_default(),
            page + 1
        );
        let at = Point::from_xy(MARGIN, PAGE.1 - MARGIN + 12.0);
        setter.lines.push(TextLine { page, at, text: footer, size: SMALL, bold: false });
    }
    draw(contract, fonts, &setter.lines, pages)
}

fn draw(contract: &Contract, fonts: &Fonts, lines: &[TextLine], pages: usize) -> Result<Vec<u8>> {
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(contract.title.clone()).language("en".to_owned()));
    for nth in 0..pages {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).context("the page has no size")?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for line in lines.iter().filter(|line| line.page == nth) {
            let face = if line.bold { &fonts.bold } else { &fonts.regular };
            let (glyphs, _) = face.glyphs(&line.text)?;
            let font = face.font.clone();
            surface.draw_glyphs(line.at, &glyphs, font, &line.text, line.size, false);
        }
        surface.finish();
        page.finish();
    }
    let file = document.finish();
    Ok(file.map_err(|error| anyhow::anyhow!("the PDF cannot be written: {error:?}"))?)
}
