//! The sheet the demo's pictures are painted on: soft layers, clips, reflections and film grain
//! over tiny-skia.
//!
//! A canvas that is not 4:3 shows the same scene, scaled to cover.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, RgbaImage};
use tiny_skia::{
    BlendMode, FillRule, FilterQuality, IntRect, LineCap, LineJoin, Mask, Paint, Path, Pattern,
    Pixmap, PixmapPaint, Rect, Shader, SpreadMode, Stroke, Transform,
};

use super::dice::Dice;
use super::ink::{ink, radial_squashed};
use super::shape::{GRID_HEIGHT, GRID_WIDTH, Shape};

const JPEG_QUALITY: u8 = 88;

/// How a layer is laid over what is below.
#[derive(Debug, Clone, Copy)]
pub struct Laid {
    pub opacity: f32,
    pub blend: BlendMode,
}

/// Plainly on top.
pub const OVER: Laid = Laid { opacity: 1.0, blend: BlendMode::SourceOver };

/// Darkening what is below, as a shadow does.
pub fn shadow(opacity: f32) -> Laid {
    Laid { opacity, blend: BlendMode::Multiply }
}

/// Brightening what is below, as light does.
pub fn light(opacity: f32) -> Laid {
    Laid { opacity, blend: BlendMode::Screen }
}

/// A picture under way.
#[derive(Debug)]
pub struct Canvas {
    pixmap: Pixmap,
    view: Transform,
    clip: Option<Mask>,
    /// Corners of what was painted so far, in pixels: left, top, right, bottom.
    painted: [f32; 4],
}

/// Nothing painted yet.
const BARE: [f32; 4] = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];

impl Canvas {
    /// A blank sheet of so many pixels.
    pub fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width.clamp(16, 6000), height.clamp(16, 6000));
        let scale = (width as f32 / GRID_WIDTH).max(height as f32 / GRID_HEIGHT);
        let view = Transform::from_translate(
            (width as f32 - GRID_WIDTH * scale) / 2.0,
            (height as f32 - GRID_HEIGHT * scale) / 2.0,
        )
        .pre_scale(scale, scale);
        Self { pixmap: blank(width, height), view, clip: None, painted: BARE }
    }

    /// Draws with the grid moved closer: `zoom` times larger around a point that comes to the
    /// middle.
    pub fn closer(&mut self, zoom: f32, middle: (f32, f32)) {
        self.view = self
            .view
            .pre_translate(GRID_WIDTH / 2.0, GRID_HEIGHT / 2.0)
            .pre_scale(zoom, zoom)
            .pre_translate(-middle.0, -middle.1);
    }

    /// Draws with a transform of the grid for a while.
    pub fn placed(&mut self, place: Transform, draw: impl FnOnce(&mut Self)) {
        let before = self.view;
        self.view = before.pre_concat(place);
        draw(self);
        self.view = before;
    }

    /// Pixels per grid unit.
    pub fn scale(&self) -> f32 {
        self.view.get_scale().0
    }

    /// Fills a shape.
    pub fn fill(&mut self, shape: &Shape, shader: Shader<'_>) {
        self.fill_blended(shape, shader, BlendMode::SourceOver);
    }

    /// Fills a shape, mixing with what is below in a given way.
    pub fn fill_blended(&mut self, shape: &Shape, shader: Shader<'_>, blend_mode: BlendMode) {
        let Shape(Some(path)) = shape else { return };
        self.note(path, 0.0);
        let paint = Paint { shader, blend_mode, anti_alias: true, ..Paint::default() };
        self.pixmap.fill_path(path, &paint, FillRule::Winding, self.view, self.clip.as_ref());
    }

    /// Fills a shape leaving out what its outlines enclose twice.
    pub fn fill_holed(&mut self, shape: &Shape, shader: Shader<'_>) {
        let Shape(Some(path)) = shape else { return };
        self.note(path, 0.0);
        let paint = Paint { shader, anti_alias: true, ..Paint::default() };
        self.pixmap.fill_path(path, &paint, FillRule::EvenOdd, self.view, self.clip.as_ref());
    }

    /// Draws a line of a width, with round ends.
    pub fn stroke(&mut self, shape: &Shape, width: f32, shader: Shader<'_>) {
        let Shape(Some(path)) = shape else { return };
        self.note(path, width);
        let paint = Paint { shader, anti_alias: true, ..Paint::default() };
        let line = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        self.pixmap.stroke_path(path, &paint, &line, self.view, self.clip.as_ref());
    }

    fn note(&mut self, path: &Path, margin: f32) {
        let Some(bounds) =
            path.bounds().outset(margin, margin).and_then(|bounds| bounds.transform(self.view))
        else {
            return;
        };
        self.widen(bounds);
    }

    /// Draws inside a shape only.
    pub fn clipped(&mut self, shape: &Shape, draw: impl FnOnce(&mut Self)) {
        self.clipped_by(shape, false, draw);
    }

    /// Draws outside a shape only.
    pub fn clipped_out(&mut self, shape: &Shape, draw: impl FnOnce(&mut Self)) {
        self.clipped_by(shape, true, draw);
    }

    fn clipped_by(&mut self, shape: &Shape, outside: bool, draw: impl FnOnce(&mut Self)) {
        let before = self.clip.clone();
        if let (Shape(Some(path)), Some(clip), false) = (shape, &mut self.clip, outside) {
            clip.intersect_path(path, FillRule::Winding, true, self.view);
        } else {
            self.clip = self.mask(shape, outside);
        }
        draw(self);
        self.clip = before;
    }

    fn mask(&self, shape: &Shape, outside: bool) -> Option<Mask> {
        let mut mask = Mask::new(self.pixmap.width(), self.pixmap.height())?;
        if let Shape(Some(path)) = shape {
            mask.fill_path(path, FillRule::Winding, true, self.view);
        }
        if outside {
            mask.invert();
        }
        if let Some(outer) = &self.clip {
            for (level, outer) in mask.data_mut().iter_mut().zip(outer.data()) {
                *level = (*level).min(*outer);
            }
        }
        Some(mask)
    }

    /// Draws on a layer of its own, blurs it by `sigma` grid units and lays it over the sheet.
    pub fn soft(&mut self, sigma: f32, laid: Laid, draw: impl FnOnce(&mut Self)) {
        let sigma_px = sigma * self.scale();
        // A wide blur needs no fine sheet: it is drawn small and enlarged.
        let shrink = match sigma_px {
            24.0.. => 8.0,
            8.0.. => 4.0,
            1.5.. => 2.0,
            _ => 1.0,
        };
        let width = (self.pixmap.width() as f32 / shrink).ceil() as u32;
        let height = (self.pixmap.height() as f32 / shrink).ceil() as u32;
        let view = Transform::from_scale(1.0 / shrink, 1.0 / shrink).pre_concat(self.view);
        let mut layer = Self { pixmap: blank(width, height), view, clip: None, painted: BARE };
        draw(&mut layer);
        let Some(area) = layer.painted_area(sigma_px / shrink * 3.0 + 2.0) else { return };
        // Only what was painted is blurred and laid: most layers are small.
        let Some(mut cut) = layer.pixmap.clone_rect(area) else { return };
        blur(&mut cut, sigma_px / shrink);
        let place =
            Transform::from_scale(shrink, shrink).pre_translate(area.x() as f32, area.y() as f32);
        let shader = Pattern::new(
            cut.as_ref(),
            SpreadMode::Pad,
            FilterQuality::Bilinear,
            laid.opacity,
            place,
        );
        let paint = Paint { shader, blend_mode: laid.blend, anti_alias: false, ..Paint::default() };
        let spot = area.to_rect().transform(Transform::from_scale(shrink, shrink));
        let Some(spot) = spot else { return };
        self.pixmap.fill_rect(spot, &paint, Transform::identity(), self.clip.as_ref());
        self.widen(spot);
    }

    /// The pixels painted so far and a margin around them; none when that is off the sheet.
    fn painted_area(&self, margin_px: f32) -> Option<IntRect> {
        let [left, top, right, bottom] = self.painted;
        let (width, height) = (self.pixmap.width() as f32, self.pixmap.height() as f32);
        IntRect::from_ltrb(
            (left - margin_px).clamp(0.0, width) as i32,
            (top - margin_px).clamp(0.0, height) as i32,
            (right + margin_px).clamp(0.0, width).ceil() as i32,
            (bottom + margin_px).clamp(0.0, height).ceil() as i32,
        )
    }

    fn widen(&mut self, bounds: Rect) {
        let [left, top, right, bottom] = self.painted;
        self.painted = [
            left.min(bounds.left()),
            top.min(bounds.top()),
            right.max(bounds.right()),
            bottom.max(bounds.bottom()),
        ];
    }

    /// Paints shapes on a layer and lets it through an outline only, so that edges are smoothed
    /// once.
    pub fn through(&mut self, outline: &Shape, draw: impl FnOnce(&mut Self)) {
        let mut layer = Self {
            pixmap: blank(self.pixmap.width(), self.pixmap.height()),
            view: self.view,
            clip: None,
            painted: BARE,
        };
        draw(&mut layer);
        let Some(back) = self.view.invert() else { return };
        let pattern =
            Pattern::new(layer.pixmap.as_ref(), SpreadMode::Pad, FilterQuality::Nearest, 1.0, back);
        self.fill(outline, pattern);
    }
}

/// Pixels of the tile of grain along a side.
const GRAIN_PX: u16 = 256;

impl Canvas {
    /// Repeats what is above a line below it, upside down, blurred: still water.
    pub fn mirror(&mut self, waterline: f32, sigma: f32, opacity: f32) {
        let above = self.pixmap.clone();
        let line_px = waterline * self.view.sy + self.view.ty;
        let flip = Transform::from_row(1.0, 0.0, 0.0, -1.0, 0.0, 2.0 * line_px);
        let mut layer = Self {
            pixmap: blank(above.width(), above.height()),
            view: self.view,
            clip: None,
            painted: BARE,
        };
        let paint = PixmapPaint { quality: FilterQuality::Bilinear, ..PixmapPaint::default() };
        layer.pixmap.draw_pixmap(0, 0, above.as_ref(), &paint, flip, None);
        blur(&mut layer.pixmap, sigma * self.scale());
        let laid = PixmapPaint { opacity, ..paint };
        let water = Shape::rect(-GRID_WIDTH, waterline, GRID_WIDTH * 3.0, GRID_HEIGHT * 2.0);
        self.clipped(&water, |canvas| {
            canvas.pixmap.draw_pixmap(
                0,
                0,
                layer.pixmap.as_ref(),
                &laid,
                Transform::identity(),
                canvas.clip.as_ref(),
            );
        });
    }

    /// Lays fine film grain over everything; it also hides the steps of wide gradients.
    pub fn grain(&mut self, dice: &mut Dice, opacity: f32) {
        let mut tile = blank(u32::from(GRAIN_PX), u32::from(GRAIN_PX));
        for pixel in tile.data_mut().chunks_exact_mut(4) {
            let level = (dice.bell() * 84.0 + 128.0).clamp(0.0, 255.0) as u8;
            pixel.copy_from_slice(&[level, level, level, u8::MAX]);
        }
        let pattern = Pattern::new(
            tile.as_ref(),
            SpreadMode::Repeat,
            FilterQuality::Nearest,
            opacity,
            Transform::identity(),
        );
        let paint = Paint { shader: pattern, blend_mode: BlendMode::Overlay, ..Paint::default() };
        if let Some(all) =
            Rect::from_xywh(0.0, 0.0, self.pixmap.width() as f32, self.pixmap.height() as f32)
        {
            self.pixmap.fill_rect(all, &paint, Transform::identity(), None);
        }
    }

    /// Darkens the corners a little, as a lens does.
    pub fn vignette(&mut self, opacity: f32) {
        let (black, clear) = (ink(0x14_1008).fade(opacity), ink(0x14_1008).fade(0.0));
        let stops = [(0.0, clear), (0.62, clear), (1.0, black)];
        let before = std::mem::replace(
            &mut self.view,
            Self::new(self.pixmap.width(), self.pixmap.height()).view,
        );
        let middle = (GRID_WIDTH / 2.0, GRID_HEIGHT / 2.0);
        self.fill(&Shape::sheet(), radial_squashed(middle, 1080.0, 0.82, &stops));
        self.view = before;
    }

    /// The finished picture as a JPEG without metadata.
    pub fn into_jpeg(self) -> Vec<u8> {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let mut bytes = Vec::new();
        if let Some(pixels) = RgbaImage::from_raw(width, height, self.pixmap.take_demultiplied()) {
            let rgb = DynamicImage::ImageRgba8(pixels).to_rgb8();
            let written =
                JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).encode_image(&rgb);
            debug_assert!(written.is_ok(), "writing to memory does not fail");
        }
        bytes
    }
}

fn blur(pixmap: &mut Pixmap, sigma_px: f32) {
    if sigma_px < 0.3 {
        return;
    }
    let Some(sharp) = RgbaImage::from_raw(pixmap.width(), pixmap.height(), pixmap.data().to_vec())
    else {
        return;
    };
    let blurred = DynamicImage::ImageRgba8(sharp).fast_blur(sigma_px).into_rgba8();
    pixmap.data_mut().copy_from_slice(blurred.as_raw());
}

fn blank(width: u32, height: u32) -> Pixmap {
    Pixmap::new(width.max(1), height.max(1))
        .expect("a sheet of at most 6000 pixels a side can be made")
}
