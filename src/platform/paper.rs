//! Documents as PDF, set in lines and columns on A4 pages: contracts and invoices.

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

/// A4, in points.
const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 62.0;
/// What a page has below its text, for the footer.
const FOOTER: f32 = 34.0;
/// How far an item of a list stands to the right of its bullet.
const INDENT: f32 = 14.0;
/// Between an item of a list and what is above it.
const ITEM_SPACE: f32 = 4.0;
/// From one line to the next, in font sizes.
const LEADING: f32 = 1.42;

/// How wide the text of a page is, in points.
pub const TEXT_WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextStyle {
    Title,
    Heading,
    Text,
    /// Small, as in tables.
    Fine,
    FineBold,
    Footnote,
}

impl TextStyle {
    /// Its size in points.
    fn size(self) -> f32 {
        match self {
            Self::Title => 18.0,
            Self::Heading => 13.0,
            Self::Text => 10.5,
            Self::Fine | Self::FineBold => 9.0,
            Self::Footnote => 8.0,
        }
    }

    fn is_bold(self) -> bool {
        matches!(self, Self::Title | Self::Heading | Self::FineBold)
    }
}

/// The fonts that documents are set in. They have Latin, Greek and Cyrillic letters.
pub struct Fonts {
    regular: Face,
    bold: Face,
}

struct Face {
    bytes: Vec<u8>,
    font: Font,
}

impl Fonts {
    /// Reads the fonts of a folder, which `scripts/setup.sh` fills.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        let face = |name: &str| {
            let path = folder.join(name);
            let bytes = fs::read(&path).with_context(|| {
                format!("{} cannot be read; scripts/setup.sh puts it there", path.display())
            })?;
            let font = Font::new(bytes.clone().into(), 0)
                .with_context(|| format!("{} is no font", path.display()))?;
            anyhow::Ok(Face { bytes, font })
        };
        Ok(Self { regular: face("DejaVuSerif.ttf")?, bold: face("DejaVuSerif-Bold.ttf")? })
    }

    fn face(&self, style: TextStyle) -> &Face {
        if style.is_bold() { &self.bold } else { &self.regular }
    }
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
    style: TextStyle,
}

/// A text in a column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Cell<'t> {
    pub text: &'t str,
    /// From the left edge of the text, in points.
    pub left: f32,
    pub width: f32,
    /// It ends at the right edge of its column, as numbers do.
    pub is_right: bool,
}

/// A document in the making: what is set stands below what was set before, page after page.
pub struct Paper<'f> {
    fonts: &'f Fonts,
    lines: Vec<TextLine>,
    page: usize,
    y: f32,
}

impl<'f> Paper<'f> {
    pub fn new(fonts: &'f Fonts) -> Self {
        Self { fonts, lines: vec![], page: 0, y: MARGIN }
    }

    /// Sets text, with a space of some points above it.
    pub fn set(&mut self, text: &str, style: TextStyle, space: f32) -> anyhow::Result<()> {
        self.set_indented(text, style, 0.0, space)
    }

    fn set_indented(
        &mut self,
        text: &str,
        style: TextStyle,
        indent: f32,
        space: f32,
    ) -> anyhow::Result<()> {
        self.y += space;
        let lines = self.fonts.face(style).lines(text, (TEXT_WIDTH - indent) / style.size())?;
        for text in lines {
            self.make_room(style.size() * LEADING);
            self.y += style.size() * LEADING;
            let at = Point::from_xy(MARGIN + indent, self.y);
            self.lines.push(TextLine { page: self.page, at, text, style });
        }
        Ok(())
    }

    /// Goes on to the next page when this height does not fit on this one.
    fn make_room(&mut self, height: f32) {
        if self.y + height > PAGE.1 - MARGIN - FOOTER {
            self.page += 1;
            self.y = MARGIN;
        }
    }

    /// Sets an item of a list.
    pub fn bullet(&mut self, item: &str) -> anyhow::Result<()> {
        let before = self.lines.len();
        self.set_indented(item, TextStyle::Text, INDENT, ITEM_SPACE)?;
        if let Some(first) = self.lines.get(before) {
            let at = Point::from_xy(MARGIN, first.at.y);
            let page = first.page;
            let bullet = TextLine { page, at, text: "•".to_owned(), style: TextStyle::Text };
            self.lines.insert(before, bullet);
        }
        Ok(())
    }

    /// Sets a row of a table, which stays on one page.
    pub fn row(&mut self, cells: &[Cell<'_>], style: TextStyle, space: f32) -> anyhow::Result<()> {
        let (fonts, size) = (self.fonts, style.size());
        let face = fonts.face(style);
        let mut set: Vec<(&Cell<'_>, Vec<String>)> = vec![];
        for cell in cells {
            set.push((cell, face.lines(cell.text, cell.width / size)?));
        }
        let mut bottom = 0.0_f32;
        for (_, lines) in &set {
            let height: f32 = lines.iter().map(|_| size * LEADING).sum();
            bottom = bottom.max(height);
        }
        self.y += space;
        self.make_room(bottom);
        for (cell, lines) in set {
            let mut y = self.y;
            for text in lines {
                y += size * LEADING;
                let indent =
                    if cell.is_right { cell.width - face.glyphs(&text)?.1 * size } else { 0.0 };
                let at = Point::from_xy(MARGIN + cell.left + indent, y);
                self.lines.push(TextLine { page: self.page, at, text, style });
            }
        }
        self.y += bottom;
        Ok(())
    }

    /// The PDF. `footer` says what stands below a page, from its number and how many there are.
    pub fn finish(
        mut self,
        title: &str,
        footer: impl Fn(usize, usize) -> String,
    ) -> anyhow::Result<Vec<u8>> {
        let pages = self.page + 1;
        for page in 0..pages {
            let at = Point::from_xy(MARGIN, PAGE.1 - MARGIN + 12.0);
            let text = footer(page + 1, pages);
            self.lines.push(TextLine { page, at, text, style: TextStyle::Footnote });
        }
        let mut document = Document::new();
        document.set_metadata(Metadata::new().title(title.to_owned()).language("en".to_owned()));
        for nth in 0..pages {
            let settings = PageSettings::from_wh(PAGE.0, PAGE.1).context("the page has no size")?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for line in self.lines.iter().filter(|line| line.page == nth) {
                let face = self.fonts.face(line.style);
                let (glyphs, _) = face.glyphs(&line.text)?;
                let (font, size) = (face.font.clone(), line.style.size());
                surface.draw_glyphs(line.at, &glyphs, font, &line.text, size, false);
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|error| anyhow::anyhow!("the PDF cannot be written: {error:?}"))
    }
}
