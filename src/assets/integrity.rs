//! What decoders pass over in silence: a picture that was cut off, one that moves, and one in the
//! colours of print. The containers are walked, nothing is decoded.

use std::ops::ControlFlow;

use image::ImageFormat;

const INCOMPLETE: &str = "The file ends before its picture does: it is incomplete. Upload it again, \
                          or export it again";
const ANIMATED: &str = "The picture is animated, and only still pictures can be shown. Export one \
                        frame of it as JPEG, PNG or WebP";
const PRINT_COLOURS: &str = "The picture has the colours of print (CMYK). Export it in RGB, best in \
                             sRGB";

/// Components of a JPEG in the colours of print: cyan, magenta, yellow and black.
const PRINT_COMPONENTS: u8 = 4;

/// Checks that a picture is complete, still and in colours of a screen. The error is for its
/// uploader.
pub fn check(bytes: &[u8], format: ImageFormat) -> Result<(), String> {
    let refusal = match format {
        ImageFormat::Jpeg => match jpeg_components(bytes) {
            None => Some(INCOMPLETE),
            Some(PRINT_COMPONENTS) => Some(PRINT_COLOURS),
            Some(_) => None,
        },
        ImageFormat::Png => still(png_is_animated(bytes)),
        ImageFormat::Gif => still(gif_frames(bytes).map(|frames| frames > 1)),
        ImageFormat::WebP => still(webp_is_animated(bytes)),
        _ => None,
    };
    refusal.map_or(Ok(()), |refusal| Err(refusal.to_owned()))
}

fn still(animated: Option<bool>) -> Option<&'static str> {
    match animated {
        None => Some(INCOMPLETE),
        Some(true) => Some(ANIMATED),
        Some(false) => None,
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn be32(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()
}

/// The colour components of a JPEG; None if its end is missing. What cameras write behind the end
/// does not matter.
fn jpeg_components(bytes: &[u8]) -> Option<u8> {
    let (mut at, mut components) = (2, 0);
    loop {
        // Between segments and within compressed data, everything but a marker is passed over.
        if *bytes.get(at)? != 0xff {
            at += 1;
            continue;
        }
        match *bytes.get(at + 1)? {
            0xff => at += 1,
            // A stuffed byte, restarts, a start: they have no length.
            0x00 | 0x01 | 0xd0..=0xd8 => at += 2,
            0xd9 => return Some(components),
            marker => {
                // Start of frame: length, precision, height, width, components.
                if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
                    components = *bytes.get(at + 9)?;
                }
                at += 2 + be16(bytes, at + 2)?;
            }
        }
    }
}

/// Whether a PNG has frames; None if its end is missing.
fn png_is_animated(bytes: &[u8]) -> Option<bool> {
    let (mut at, mut frames) = (8, 1);
    loop {
        let length = be32(bytes, at)?;
        match bytes.get(at + 4..at + 8)? {
            b"IEND" => return bytes.get(at..at + 12).map(|_| frames > 1),
            b"acTL" => frames = be32(bytes, at + 8)?,
            _ => {}
        }
        at = at.checked_add(length)?.checked_add(12)?;
    }
}

/// Whether a WebP has frames; None if it is shorter than it says.
fn webp_is_animated(bytes: &[u8]) -> Option<bool> {
    const ANIMATION_FLAG: u8 = 0x02;
    let length = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
    if bytes.len() < usize::try_from(length).ok()?.checked_add(8)? {
        return None;
    }
    Some(bytes.get(12..16)? == b"VP8X" && bytes.get(20)? & ANIMATION_FLAG != 0)
}

/// The frames of a GIF; None if its end is missing.
fn gif_frames(bytes: &[u8]) -> Option<u32> {
    let (mut at, mut frames) = (13 + colour_table(*bytes.get(10)?), 0);
    loop {
        match step(bytes, &mut at, &mut frames)? {
            ControlFlow::Continue(()) => {}
            ControlFlow::Break(()) => return Some(frames),
        }
    }
}

/// Passes over one block of a GIF.
fn step(bytes: &[u8], at: &mut usize, frames: &mut u32) -> Option<ControlFlow<()>> {
    match *bytes.get(*at)? {
        // An extension: its label, then data.
        0x21 => *at = after_blocks(bytes, *at + 2)?,
        // A frame: place and size, a colour table of its own, the size of its codes, then data.
        0x2c => {
            *frames += 1;
            let table = colour_table(*bytes.get(*at + 9)?);
            *at = after_blocks(bytes, *at + 11 + table)?;
        }
        0x3b => return Some(ControlFlow::Break(())),
        _ => return None,
    }
    Some(ControlFlow::Continue(()))
}

/// Bytes of the colour table that a GIF's flags announce.
fn colour_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 0x07) + 1) }
}

/// The place after a run of data blocks, each with its length in front; an empty one is the last.
fn after_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{
        Delay, DynamicImage, ExtendedColorType, Frame, ImageEncoder, RgbImage, RgbaImage,
        codecs::{gif::GifEncoder, jpeg::JpegEncoder},
    };

    use super::*;

    fn picture() -> DynamicImage {
        let part = |of: u32| u8::try_from(of % 256).unwrap();
        let shade = |x: u32, y: u32| image::Rgb([part(x), part(y), part(x * y)]);
        DynamicImage::ImageRgb8(RgbImage::from_fn(90, 60, shade))
    }

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(vec![]);
        picture().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_that_was_cut_off_is_refused() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP] {
            let whole = encoded(format);
            assert_eq!(check(&whole, format), Ok(()), "{format:?}");
            for percent in [1, 30, 60, 90, 99] {
                let part = &whole[..whole.len() * percent / 100];
                assert_eq!(check(part, format), Err(INCOMPLETE.to_owned()), "{format:?} {percent}");
            }
            assert!(check(&whole[..whole.len() - 1], format).is_err(), "{format:?}");
        }
    }

    #[test]
    fn what_cameras_write_behind_a_jpeg_does_not_matter() {
        let mut bytes = encoded(ImageFormat::Jpeg);
        bytes.extend(b"a film of the moment before");
        assert_eq!(check(&bytes, ImageFormat::Jpeg), Ok(()));
    }

    #[test]
    fn an_animated_picture_is_refused() {
        let gif = |count: u32| {
            let mut bytes = vec![];
            let delay = Delay::from_numer_denom_ms(100, 1);
            let frame = |_| Frame::from_parts(RgbaImage::new(4, 4), 0, 0, delay);
            GifEncoder::new(&mut bytes).encode_frames((0..count).map(frame)).unwrap();
            bytes
        };
        assert_eq!(check(&gif(1), ImageFormat::Gif), Ok(()));
        assert_eq!(check(&gif(3), ImageFormat::Gif), Err(ANIMATED.to_owned()));

        let mut png = encoded(ImageFormat::Png);
        // The control chunk of an animation: length, type, frames, repetitions, checksum.
        let control = [0, 0, 0, 8, b'a', b'c', b'T', b'L', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0];
        png.splice(33..33, control);
        assert_eq!(check(&png, ImageFormat::Png), Err(ANIMATED.to_owned()));

        let mut webp = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0".to_vec();
        webp.resize(30, 0);
        assert_eq!(check(&webp, ImageFormat::WebP), Err(ANIMATED.to_owned()));
    }

    #[test]
    fn the_colours_of_print_are_refused() {
        let mut bytes = vec![];
        JpegEncoder::new(&mut bytes)
            .write_image(picture().as_bytes(), 90, 60, ExtendedColorType::Rgb8)
            .unwrap();
        let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
        bytes[frame + 9] = PRINT_COMPONENTS;
        assert_eq!(check(&bytes, ImageFormat::Jpeg), Err(PRINT_COLOURS.to_owned()));
    }
}
