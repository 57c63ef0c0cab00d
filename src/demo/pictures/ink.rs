//! Inks and the gradients made of them.

use tiny_skia::{
    Color, GradientStop, LinearGradient, Point, RadialGradient, Shader, SpreadMode, SweepGradient,
    Transform,
};

/// An sRGB colour with opacity, all parts 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ink {
    pub red: f32,
    pub green: f32,
    pub blue: f32,
    pub alpha: f32,
}

/// An opaque ink from `0xRRGGBB`.
pub fn ink(hex: u32) -> Ink {
    let [_, red, green, blue] = hex.to_be_bytes();
    Ink {
        red: f32::from(red) / 255.0,
        green: f32::from(green) / 255.0,
        blue: f32::from(blue) / 255.0,
        alpha: 1.0,
    }
}

impl Ink {
    /// The same colour with another opacity.
    pub fn fade(self, alpha: f32) -> Self {
        Self { alpha, ..self }
    }

    /// A part of the way to another ink: 0 stays, 1 arrives.
    pub fn mix(self, other: Self, part: f32) -> Self {
        let between = |a: f32, b: f32| a + (b - a) * part.clamp(0.0, 1.0);
        Self {
            red: between(self.red, other.red),
            green: between(self.green, other.green),
            blue: between(self.blue, other.blue),
            alpha: between(self.alpha, other.alpha),
        }
    }

    /// Lighter (towards white) for positive amounts, darker (towards black) for negative ones.
    pub fn shade(self, amount: f32) -> Self {
        let end = if amount < 0.0 { ink(0x00_0000) } else { ink(0xff_ffff) };
        self.mix(end.fade(self.alpha), amount.abs())
    }

    fn color(self) -> Color {
        let part = |value: f32| value.clamp(0.0, 1.0);
        Color::from_rgba(part(self.red), part(self.green), part(self.blue), part(self.alpha))
            .unwrap_or(Color::BLACK)
    }
}

/// A shader of one ink.
pub fn flat(colour: Ink) -> Shader<'static> {
    Shader::SolidColor(colour.color())
}

fn gradient_stops(stops: &[(f32, Ink)]) -> Vec<GradientStop> {
    stops.iter().map(|(at, colour)| GradientStop::new(*at, colour.color())).collect()
}

fn last_ink(stops: &[(f32, Ink)]) -> Shader<'static> {
    flat(stops.last().map_or(ink(0x80_8080), |stop| stop.1))
}

/// A gradient along a line.
pub fn linear(from: (f32, f32), to: (f32, f32), stops: &[(f32, Ink)]) -> Shader<'static> {
    let (start, end) = (Point::from_xy(from.0, from.1), Point::from_xy(to.0, to.1));
    LinearGradient::new(start, end, gradient_stops(stops), SpreadMode::Pad, Transform::identity())
        .unwrap_or_else(|| last_ink(stops))
}

/// A gradient from a centre outwards.
pub fn radial(centre: (f32, f32), radius: f32, stops: &[(f32, Ink)]) -> Shader<'static> {
    radial_squashed(centre, radius, 1.0, stops)
}

/// A gradient from a centre outwards whose circles are squashed to a share of their height.
pub fn radial_squashed(
    centre: (f32, f32),
    radius: f32,
    height: f32,
    stops: &[(f32, Ink)],
) -> Shader<'static> {
    let squash = Transform::from_translate(centre.0, centre.1).pre_scale(1.0, height);
    let origin = Point::from_xy(0.0, 0.0);
    RadialGradient::new(origin, 0.0, origin, radius, gradient_stops(stops), SpreadMode::Pad, squash)
        .unwrap_or_else(|| last_ink(stops))
}

/// A gradient around a centre, a full turn from three o'clock.
pub fn sweep(centre: (f32, f32), stops: &[(f32, Ink)]) -> Shader<'static> {
    let at = Point::from_xy(centre.0, centre.1);
    SweepGradient::new(
        at,
        0.0,
        360.0,
        gradient_stops(stops),
        SpreadMode::Pad,
        Transform::identity(),
    )
    .unwrap_or_else(|| last_ink(stops))
}
