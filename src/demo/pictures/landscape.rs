//! What landscapes are made of: skies, ridges, forests, still water.

use super::canvas::{Canvas, Laid, OVER, light, shadow};
use super::dice::{Dice, steps};
use super::ink::{Ink, flat, linear, radial};
use super::shape::{GRID_HEIGHT, GRID_WIDTH, Shape};

/// A sky from the zenith to the horizon.
pub fn sky(canvas: &mut Canvas, horizon: f32, inks: &[Ink]) {
    let last = (inks.len().max(2) - 1) as f32;
    let stops: Vec<_> = inks
        .iter()
        .enumerate()
        .map(|(index, ink)| ((index as f32 / last).powf(0.85), *ink))
        .collect();
    canvas.fill(&Shape::sheet(), linear((0.0, -40.0), (0.0, horizon), &stops));
}

/// Sun or moon: a disc and the light around it.
pub fn disc(canvas: &mut Canvas, at: (f32, f32), radius: f32, colour: Ink, glow: f32) {
    let stops =
        [(0.0, colour.fade(glow)), (0.25, colour.fade(glow * 0.45)), (1.0, colour.fade(0.0))];
    canvas.fill_blended(
        &Shape::sheet(),
        radial(at, radius * 13.0, &stops),
        tiny_skia::BlendMode::Screen,
    );
    canvas.soft(1.2, OVER, |layer| {
        layer.fill(
            &Shape::oval(at.0, at.1, radius, radius),
            linear(
                (at.0, at.1 - radius),
                (at.0, at.1 + radius),
                &[(0.0, colour.shade(0.5)), (1.0, colour.shade(0.18))],
            ),
        );
    });
}

/// Long thin clouds, lit from below.
pub fn clouds(
    canvas: &mut Canvas,
    dice: &mut Dice,
    band: (f32, f32),
    colour: Ink,
    count: u16,
    strength: f32,
) {
    for part in steps(count) {
        let y = band.0 + (band.1 - band.0) * part + dice.between(-16.0, 16.0);
        let (x, long) = (dice.between(-100.0, 1500.0), dice.between(260.0, 760.0));
        let thick = dice.between(5.0, 17.0) * (1.2 - part * 0.6);
        canvas.soft(
            10.0 + thick * 0.6,
            Laid { opacity: strength * dice.between(0.5, 1.0), ..OVER },
            |layer| {
                layer.fill(&Shape::oval(x, y, long / 2.0, thick), flat(colour));
                layer.fill(
                    &Shape::oval(x + long * 0.22, y - thick * 0.8, long * 0.25, thick * 0.9),
                    flat(colour),
                );
            },
        );
    }
}

/// Points of a skyline from left to right: `peaks` are (x, height above the base), broken up by
/// chance.
pub fn skyline(dice: &mut Dice, base: f32, peaks: &[(f32, f32)], rough: f32) -> Vec<(f32, f32)> {
    let mut line = Vec::new();
    for pair in peaks.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let ridge = dice.ridge(6, 0.56);
        let count = (ridge.len() - 1) as f32;
        for (index, bump) in ridge.iter().enumerate().take(ridge.len() - 1) {
            let part = index as f32 / count;
            // Peaks keep their place: the roughness fades in between them.
            let free = (part * (1.0 - part) * 4.0).powf(0.5);
            let height = from.1 + (to.1 - from.1) * part + bump * rough * free;
            line.push((from.0 + (to.0 - from.0) * part, base - height.max(0.0)));
        }
    }
    line.extend(peaks.last().map(|peak| (peak.0, base - peak.1)));
    line
}

/// The land under a skyline down to a base.
pub fn land(line: &[(f32, f32)], base: f32) -> Shape {
    let mut points = line.to_vec();
    points.extend(line.last().map(|point| (point.0, base)));
    points.extend(line.first().map(|point| (point.0, base)));
    Shape::polygon(&points)
}

/// A range in haze: one colour above, paler towards its foot.
pub fn range(canvas: &mut Canvas, line: &[(f32, f32)], base: f32, colour: Ink, haze: Ink) {
    let top = line.iter().map(|point| point.1).fold(base, f32::min);
    canvas.fill(
        &land(line, base + 2.0),
        linear(
            (0.0, top),
            (0.0, base),
            &[(0.0, colour), (0.45, colour.mix(haze, 0.3)), (1.0, haze)],
        ),
    );
}

/// Rock faces turned away from the light on the left, and snow above a line.
pub fn relief(canvas: &mut Canvas, dice: &mut Dice, line: &[(f32, f32)], base: f32, inks: Relief) {
    canvas.clipped(&land(line, base), |canvas| {
        let top = line.iter().map(|point| point.1).fold(base, f32::min);
        for step in [4_usize, 8, 16] {
            for pair in line.chunks(step).collect::<Vec<_>>().windows(2) {
                let (Some(from), Some(to)) = (pair[0].first(), pair[1].first()) else { continue };
                let fall = (to.1 - from.1) / (to.0 - from.0).max(1.0);
                let long = (base - from.1) * dice.between(0.35, 0.9);
                let lean = dice.between(0.25, 0.55);
                let tone = if fall > 0.0 { inks.dark } else { inks.bright };
                let strength = (fall.abs() * 0.42).min(if fall > 0.0 { 0.40 } else { 0.20 });
                let face = Shape::polygon(&[
                    *from,
                    *to,
                    (to.0 + long * lean, to.1 + long),
                    (from.0 + long * lean * 0.7, from.1 + long),
                ]);
                canvas.fill(
                    &face,
                    linear(
                        (0.0, from.1),
                        (0.0, from.1 + long),
                        &[(0.0, tone.fade(strength)), (1.0, tone.fade(0.0))],
                    ),
                );
            }
        }
        let Some(snow) = inks.snow else { return };
        let reach = (base - top) * 0.46;
        for pair in line.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let depth = |y: f32| ((top + reach - y) * 0.62).max(0.0);
            let shaded = to.1 > from.1;
            let colour = if shaded { snow.mix(inks.dark, 0.42) } else { snow };
            let (a, b) =
                (depth(from.1) * dice.between(0.35, 1.25), depth(to.1) * dice.between(0.35, 1.25));
            let lean = if shaded { 0.4 } else { -0.25 };
            let patch = Shape::polygon(&[
                from,
                (to.0 + 1.0, to.1),
                (to.0 + b * lean + 1.0, to.1 + b),
                (from.0 + a * lean, from.1 + a),
            ]);
            canvas.fill(
                &patch,
                linear(
                    (0.0, from.1),
                    (0.0, from.1 + a.max(b) + 1.0),
                    &[(0.0, colour.fade(0.95)), (0.7, colour.fade(0.75)), (1.0, colour.fade(0.0))],
                ),
            );
        }
    });
}

/// Inks of a mountain's faces.
#[derive(Debug, Clone, Copy)]
pub struct Relief {
    pub dark: Ink,
    pub bright: Ink,
    pub snow: Option<Ink>,
}

/// A conifer standing at a point.
pub fn conifer(canvas: &mut Canvas, dice: &mut Dice, foot: (f32, f32), tall: f32, colour: Ink) {
    let wide = tall * dice.between(0.15, 0.22);
    let tiers: u16 = 9;
    let mut left = Vec::new();
    let mut right = Vec::new();
    for part in steps(tiers).skip(1) {
        let y = foot.1 - tall * (1.0 - part * 0.94);
        let reach = wide * part.powf(0.85) * dice.between(0.8, 1.15);
        left.push((foot.0 - reach, y));
        left.push((foot.0 - reach * 0.52, y - tall * 0.012));
        right.push((foot.0 + reach * dice.between(0.85, 1.1), y + tall * 0.008));
        right.push((foot.0 + reach * 0.5, y - tall * 0.012));
    }
    let mut points = vec![(foot.0, foot.1 - tall)];
    points.extend(right);
    points.extend([
        (foot.0 + tall * 0.012, foot.1 - tall * 0.05),
        (foot.0 + tall * 0.012, foot.1),
        (foot.0 - tall * 0.012, foot.1),
    ]);
    points.extend(left.into_iter().rev());
    canvas.fill(
        &Shape::polygon(&points),
        linear(
            (foot.0 - wide, 0.0),
            (foot.0 + wide, 0.0),
            &[(0.0, colour.shade(0.09)), (0.5, colour), (1.0, colour.shade(-0.18))],
        ),
    );
}

/// A wood along a shore.
pub fn wood(
    canvas: &mut Canvas,
    dice: &mut Dice,
    span: (f32, f32),
    foot: f32,
    tall: (f32, f32),
    count: u16,
    colour: Ink,
) {
    for part in steps(count) {
        let x = span.0 + (span.1 - span.0) * part + dice.between(-14.0, 14.0);
        let size = dice.between(tall.0, tall.1);
        let tone = colour.shade(dice.between(-0.10, 0.07));
        let root = (x, foot + dice.between(-3.0, 3.0));
        conifer(canvas, dice, root, size, tone);
    }
}

/// Mist lying on the land or the water.
pub fn mist(canvas: &mut Canvas, dice: &mut Dice, y: f32, colour: Ink, opacity: f32) {
    canvas.soft(20.0, Laid { opacity, ..OVER }, |layer| {
        for part in steps(7) {
            let x = part * 1900.0 - 150.0 + dice.between(-80.0, 80.0);
            let drift = Shape::oval(
                x,
                y + dice.between(-14.0, 14.0),
                dice.between(170.0, 330.0),
                dice.between(9.0, 24.0),
            );
            layer.fill(&drift, flat(colour.fade(0.8)));
        }
    });
}

/// Still water from a line down: what is above, upside down, tinted, with ripples.
pub fn water(canvas: &mut Canvas, dice: &mut Dice, line: f32, tint: Ink, shine: Ink) {
    canvas.fill(&Shape::rect(-GRID_WIDTH, line, GRID_WIDTH * 3.0, GRID_HEIGHT), flat(tint));
    canvas.mirror(line, 2.6, 0.86);
    let deep = GRID_HEIGHT - line;
    canvas.fill(
        &Shape::rect(-GRID_WIDTH, line, GRID_WIDTH * 3.0, GRID_HEIGHT),
        linear(
            (0.0, line),
            (0.0, GRID_HEIGHT),
            &[(0.0, tint.fade(0.10)), (0.35, tint.fade(0.30)), (1.0, tint.shade(-0.35).fade(0.82))],
        ),
    );
    canvas.soft(0.8, light(1.0), |layer| {
        for part in steps(150) {
            let near = part * part;
            let y = line + 3.0 + near * deep;
            let (x, long) =
                (dice.between(-100.0, 1700.0), dice.between(40.0, 220.0) * (0.4 + near));
            let strength = dice.between(0.04, 0.16) * (1.0 - near * 0.7);
            layer.stroke(
                &Shape::curve(&[
                    (x, y),
                    (x + long / 2.0, y + dice.between(-1.5, 1.5)),
                    (x + long, y),
                ]),
                0.8 + near * 2.2,
                flat(shine.fade(strength)),
            );
        }
    });
    canvas.soft(1.0, shadow(0.8), |layer| {
        for part in steps(90) {
            let near = part * part;
            let y = line + 4.0 + near * deep;
            let (x, long) =
                (dice.between(-100.0, 1700.0), dice.between(60.0, 260.0) * (0.4 + near));
            layer.stroke(
                &Shape::curve(&[(x, y), (x + long / 2.0, y + 1.0), (x + long, y)]),
                0.8 + near * 2.4,
                flat(tint.shade(-0.5).fade(0.22)),
            );
        }
    });
    let edge = linear(
        (0.0, line - 2.0),
        (0.0, line + 5.0),
        &[(0.0, shine.fade(0.0)), (0.5, shine.fade(0.20)), (1.0, shine.fade(0.0))],
    );
    canvas.fill(&Shape::rect(-GRID_WIDTH, line - 2.0, GRID_WIDTH * 3.0, 7.0), edge);
}

/// Smoke from a chimney in still air.
pub fn smoke(canvas: &mut Canvas, from: (f32, f32), tall: f32, colour: Ink, opacity: f32) {
    let points: Vec<_> = steps(10)
        .map(|part| {
            (
                from.0 + part * part * tall * 0.42 + (part * 7.0).sin() * tall * 0.05,
                from.1 - part * tall,
            )
        })
        .collect();
    for (index, width) in [(3_usize, 7.0), (6, 13.0), (10, 22.0)] {
        canvas.soft(width * 0.55, Laid { opacity: opacity * 0.5, ..OVER }, |layer| {
            layer.stroke(
                &Shape::curve(&points[index.saturating_sub(4)..=index]),
                width,
                flat(colour),
            );
        });
    }
}

/// What every landscape gets in the end.
pub fn finish_off(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.vignette(0.30);
    canvas.grain(dice, 0.14);
}
