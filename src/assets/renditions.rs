//! Decodes a picture within limits and encodes its renditions. Blocking work.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, imageops::FilterType};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

use super::integrity;

/// Widths of the renditions. The last one of a narrower picture has the picture's own width.
const WIDTHS_PX: [u32; 4] = [320, 640, 960, 1600];
const QUALITY_PERCENT: f32 = 82.0;
/// A small file may declare an enormous picture: a larger one is not decoded.
const PIXELS_MAX: u64 = 60_000_000;
/// WebP's own limit is 16,383.
const SIDE_PX_MAX: u32 = 16_000;
/// Enough for `PIXELS_MAX` pixels of 8 bytes and the decoder's overhead.
const DECODE_BYTES_MAX: u64 = 640 * 1024 * 1024;

#[derive(Debug)]
pub struct Picture {
    /// With its orientation applied.
    pub width_px: u32,
    pub height_px: u32,
    /// Narrowest first.
    pub encoded: Vec<Encoded>,
}

#[derive(Debug)]
pub struct Encoded {
    pub width_px: u32,
    pub height_px: u32,
    /// WebP, without metadata.
    pub bytes: Vec<u8>,
}

/// Decodes and re-encodes a picture. The error is for its uploader.
pub fn render(bytes: &[u8], content_type: &str) -> Result<Picture, String> {
    let format = ImageFormat::from_mime_type(content_type)
        .ok_or_else(|| format!("{content_type} is not a picture"))?;
    integrity::check(bytes, format)?;
    let (picture, profile) = decode(bytes, format)?;
    let (width_px, height_px) = (picture.width(), picture.height());
    let mut widths: Vec<u32> = WIDTHS_PX.iter().map(|width| (*width).min(width_px)).collect();
    widths.dedup();
    let mut encoded = Vec::with_capacity(widths.len());
    // From the widest down, each from the previous one: that is far less work than from the original.
    // So are the colours, which are translated once, at the widest.
    let (mut source, mut profile) = (picture, profile);
    for width in widths.into_iter().rev() {
        let height = scaled(height_px, width, width_px);
        if (width, height) != (source.width(), source.height()) {
            source = source.resize_exact(width, height, FilterType::Lanczos3);
        }
        if let Some(profile) = profile.take() {
            source = to_srgb(source, &profile);
        }
        encoded.push(Encoded { width_px: width, height_px: height, bytes: encode(&source)? });
    }
    encoded.reverse();
    Ok(Picture { width_px, height_px, encoded })
}

/// How many pixels a picture says it has; 0 if it does not say.
pub fn pixels(bytes: &[u8], content_type: &str) -> u64 {
    let format = ImageFormat::from_mime_type(content_type);
    let size = format
        .map(|format| ImageReader::with_format(Cursor::new(bytes), format))
        .and_then(|reader| reader.into_dimensions().ok());
    size.map_or(0, |(width, height)| u64::from(width) * u64::from(height))
}

/// The picture with 8 bits a channel, and its colour profile if it has one.
fn decode(bytes: &[u8], format: ImageFormat) -> Result<(DynamicImage, Option<Vec<u8>>), String> {
    let damaged = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => too_large(),
        error => {
            tracing::debug!(%error, "cannot decode a picture");
            "The file cannot be read as a picture: it is damaged or incomplete. Export it again"
                .to_owned()
        }
    };
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    limits.max_image_width = Some(SIDE_PX_MAX);
    limits.max_image_height = Some(SIDE_PX_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(too_large());
    }
    let orientation = decoder.orientation().map_err(damaged)?;
    let profile = decoder.icc_profile().map_err(damaged)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    picture.apply_orientation(orientation);
    // The encoder takes 8 bits per channel.
    let picture = if picture.color().has_alpha() {
        DynamicImage::ImageRgba8(picture.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(picture.into_rgb8())
    };
    Ok((picture, profile))
}

/// A picture in the colours that a browser takes it to have. The renditions carry no profile. A
/// profile that cannot be read, or is not of RGB, leaves the colours as they are.
fn to_srgb(picture: DynamicImage, profile: &[u8]) -> DynamicImage {
    let layout = if picture.color().has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let transform = ColorProfile::new_from_slice(profile)
        .ok()
        .filter(|profile| profile.color_space == DataColorSpace::Rgb)
        .and_then(|profile| {
            let options = TransformOptions::default();
            profile.create_transform_8bit(layout, &ColorProfile::new_srgb(), layout, options).ok()
        });
    let Some(transform) = transform else { return picture };
    let (width, height) = (picture.width(), picture.height());
    let mut pixels = vec![0; picture.as_bytes().len()];
    if let Err(error) = transform.transform(picture.as_bytes(), &mut pixels) {
        tracing::debug!(%error, "cannot translate the colours of a picture");
        return picture;
    }
    let translated = if picture.color().has_alpha() {
        image::RgbaImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgba8)
    } else {
        image::RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8)
    };
    translated.unwrap_or(picture)
}

fn too_large() -> String {
    format!(
        "The picture is too large: the limit is {} megapixels and {SIDE_PX_MAX} pixels a side. \
         Scale it down; a width of 1600 pixels is enough",
        PIXELS_MAX / 1_000_000
    )
}

fn encode(picture: &DynamicImage) -> Result<Vec<u8>, String> {
    let encoder = webp::Encoder::new(
        picture.as_bytes(),
        if picture.color().has_alpha() { webp::PixelLayout::Rgba } else { webp::PixelLayout::Rgb },
        picture.width(),
        picture.height(),
    );
    let webp = encoder
        .encode_simple(false, QUALITY_PERCENT)
        .map_err(|error| format!("The picture cannot be encoded ({error:?}). Export it again"))?;
    Ok(webp.to_vec())
}

/// `length` × `part` / `whole`, rounded, at least 1.
fn scaled(length: u32, part: u32, whole: u32) -> u32 {
    let scaled =
        (u64::from(length) * u64::from(part) + u64::from(whole) / 2) / u64::from(whole.max(1));
    u32::try_from(scaled).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use image::ImageEncoder;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    fn sizes(picture: &Picture) -> Vec<(u32, u32)> {
        picture.encoded.iter().map(|one| (one.width_px, one.height_px)).collect()
    }

    #[test]
    fn renditions_are_never_wider_than_the_picture() {
        assert_eq!(
            sizes(&render(&png(2000, 1000), "image/png").unwrap()),
            [(320, 160), (640, 320), (960, 480), (1600, 800)]
        );
        assert_eq!(
            sizes(&render(&png(700, 3), "image/png").unwrap()),
            [(320, 1), (640, 3), (700, 3)]
        );
        assert_eq!(sizes(&render(&png(40, 60), "image/png").unwrap()), [(40, 60)]);
    }

    #[test]
    fn a_picture_that_declares_a_huge_size_is_refused_before_decoding() {
        let mut bomb = png(1, 1);
        // The first chunk has width, height and a checksum; the decoder reads the size first.
        bomb[16..24].copy_from_slice(&[0, 0, 0x3a, 0x98, 0, 0, 0x3a, 0x98]);
        let crc = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(render(&bomb, "image/png").unwrap_err().contains("too large"));
        assert!(render(b"<svg/>", "image/png").unwrap_err().contains("incomplete"));
    }

    #[test]
    fn colours_are_translated_from_the_picture_s_profile() {
        let strong_green = image::RgbImage::from_pixel(8, 8, image::Rgb([120, 200, 80]));
        let mut bytes = vec![];
        let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        encoder.set_icc_profile(ColorProfile::new_adobe_rgb().encode().unwrap()).unwrap();
        encoder.write_image(strong_green.as_raw(), 8, 8, image::ExtendedColorType::Rgb8).unwrap();
        let shown = render(&bytes, "image/png").unwrap().encoded.remove(0).bytes;
        let shown = image::load_from_memory_with_format(&shown, ImageFormat::WebP).unwrap();
        let [red, green, blue] = shown.to_rgb8().get_pixel(4, 4).0;
        // The same colour has less red and more green in sRGB, which reaches less far.
        assert!(red < 100 && green >= 199 && blue < 80, "{red} {green} {blue}");
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let step = |crc: u32, byte: &u8| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            })
        };
        !bytes.iter().fold(u32::MAX, step)
    }
}
