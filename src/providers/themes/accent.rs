//! A tenant's accent colour, made readable on SMP's light and dark surfaces.

/// Red, green, blue.
pub type Colour = [u8; 3];

/// The darkest light surface and the lightest dark surface behind accent text.
const LIGHT_SURFACE: Colour = [0xf3, 0xf0, 0xe9];
const DARK_SURFACE: Colour = [0x24, 0x22, 0x1e];
const INK_LIGHT: Colour = [0xff, 0xff, 0xff];
const INK_DARK: Colour = [0x16, 0x14, 0x12];
/// WCAG AA for text.
const CONTRAST_MIN: f64 = 4.5;
/// How much black or white is mixed in at each step, as a share.
const STEP: f64 = 0.04;

/// An accent colour, and the colour of text on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent {
    pub colour: Colour,
    pub ink: Colour,
}

/// `#rrggbb`.
pub fn parse(text: &str) -> Option<Colour> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    hex::decode(digits).ok()?.try_into().ok()
}

pub fn to_hex(colour: Colour) -> String {
    format!("#{}", hex::encode(colour))
}

/// The accent on light surfaces.
pub fn light(colour: Colour) -> Accent {
    readable(colour, [0, 0, 0], LIGHT_SURFACE)
}

/// The accent on dark surfaces.
pub fn dark(colour: Colour) -> Accent {
    readable(colour, [255, 255, 255], DARK_SURFACE)
}

/// The stylesheet with the accent colour.
pub fn css(colour: Colour) -> String {
    let rule = |accent: Accent| {
        format!(
            ":root{{--accent:{0};--accent-ink:{1};--accent-text:{0}}}",
            to_hex(accent.colour),
            to_hex(accent.ink)
        )
    };
    format!(
        "{}\n@media (prefers-color-scheme:dark){{{}}}\n",
        rule(light(colour)),
        rule(dark(colour))
    )
}

fn readable(colour: Colour, towards: Colour, surface: Colour) -> Accent {
    let mut mixed = colour;
    let mut share = 0.0;
    while contrast(mixed, surface) < CONTRAST_MIN && share < 1.0 {
        share += STEP;
        mixed = mix(colour, towards, share.min(1.0));
    }
    let ink =
        if contrast(mixed, INK_LIGHT) >= contrast(mixed, INK_DARK) { INK_LIGHT } else { INK_DARK };
    Accent { colour: mixed, ink }
}

fn mix(from: Colour, to: Colour, share: f64) -> Colour {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a mean of two bytes is a byte"
    )]
    let channel = |index: usize| {
        (f64::from(from[index]) * (1.0 - share) + f64::from(to[index]) * share).round() as u8
    };
    [channel(0), channel(1), channel(2)]
}

/// WCAG 2.2 contrast ratio.
fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let channel = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(colour[0]) + 0.7152 * channel(colour[1]) + 0.0722 * channel(colour[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_accent_becomes_readable() {
        assert_eq!(parse("#8a3a22"), Some([0x8a, 0x3a, 0x22]));
        assert_eq!((parse("8a3a22"), parse("#8a3"), parse("#zzzzzz")), (None, None, None));
        assert!(contrast([0, 0, 0], [255, 255, 255]) > 20.9);
        for colour in [
            [0, 0, 0],
            [255, 255, 255],
            [0x8a, 0x3a, 0x22],
            [0xff, 0xe0, 0x00],
            [0x00, 0x00, 0xff],
            [0x7f, 0x7f, 0x7f],
        ] {
            for (accent, surface) in [(light(colour), LIGHT_SURFACE), (dark(colour), DARK_SURFACE)]
            {
                assert!(contrast(accent.colour, surface) >= CONTRAST_MIN, "{colour:?}");
                assert!(contrast(accent.colour, accent.ink) >= CONTRAST_MIN, "{colour:?}");
            }
        }
        assert_eq!(light([0x8a, 0x3a, 0x22]).colour, [0x8a, 0x3a, 0x22]);
        assert!(css([0x8a, 0x3a, 0x22]).starts_with(
            ":root{--accent:#8a3a22;--accent-ink:#ffffff;--accent-text:#8a3a22}\n@media"
        ));
    }
}
