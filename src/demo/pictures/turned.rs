//! Things turned on a wheel and rounded rods, lit by one window: rings and short segments whose
//! gradients are computed from the surface's slope.

use std::f32::consts::{FRAC_PI_2, PI};

use tiny_skia::PathBuilder;

use super::canvas::{Canvas, shadow};
use super::dice::steps;
use super::ink::{Ink, flat, ink, linear};
use super::shape::Shape;

/// How a surface answers light.
#[derive(Debug, Clone, Copy)]
pub struct Finish {
    /// Strength of the highlight, 0 (chalk) to 1 (glass).
    pub gloss: f32,
    /// Size of the highlight: higher is smaller.
    pub sharpness: f32,
    /// Light thrown back from the table.
    pub bounce: Ink,
}

/// Unglazed or matt.
pub fn matt(bounce: Ink) -> Finish {
    Finish { gloss: 0.07, sharpness: 7.0, bounce }
}

/// Glazed with a soft shine.
pub fn satin(bounce: Ink) -> Finish {
    Finish { gloss: 0.34, sharpness: 26.0, bounce }
}

/// The window: from the left, above and a little in front.
const WINDOW: [f32; 3] = [-0.70, 0.52, 0.49];

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn unit(v: [f32; 3]) -> [f32; 3] {
    let length = dot(v, v).sqrt().max(1e-6);
    [v[0] / length, v[1] / length, v[2] / length]
}

/// An ink as it looks on a surface that faces `normal` (right, up, towards the viewer), `open` to
/// the room from 0 to 1.
pub fn lit(albedo: Ink, normal: [f32; 3], tilt: f32, open: f32, finish: Finish) -> Ink {
    let normal = unit(normal);
    let facing = dot(normal, WINDOW);
    let key = ((facing + 0.18) / 1.18).max(0.0).powf(1.15);
    let sky = 0.5 + 0.5 * normal[1];
    let room = (0.5 + 0.5 * normal[0]) * 0.10;
    let below = (0.5 - 0.5 * normal[1]) * 0.20;
    let view = [0.0, tilt, (1.0 - tilt * tilt).max(0.0).sqrt()];
    let half = unit([WINDOW[0] + view[0], WINDOW[1] + view[1], WINDOW[2] + view[2]]);
    let shine = dot(normal, half).max(0.0).powf(finish.sharpness) * finish.gloss;
    let edge = (1.0 - dot(normal, view).max(0.0)).powf(4.0) * 0.10 * (0.3 + finish.gloss);
    let part = |albedo: f32, warm: f32, cool: f32, bounced: f32| {
        let base = albedo.max(0.0).powf(2.2);
        let light =
            key * 0.98 * warm + (0.24 * sky + 0.05 + room) * cool * open + below * bounced * open;
        // A shoulder instead of clipping keeps colour in the brightest part.
        let value = base * light + (shine + edge) * open;
        (value / (1.0 + 0.18 * value * value)).powf(1.0 / 2.2)
    };
    Ink {
        red: part(albedo.red, 1.06, 0.92, finish.bounce.red),
        green: part(albedo.green, 1.0, 0.98, finish.bounce.green),
        blue: part(albedo.blue, 0.90, 1.10, finish.bounce.blue),
        alpha: albedo.alpha,
    }
}

/// A solid of revolution standing on a table and seen from a little above.
#[derive(Debug, Clone)]
pub struct Turned {
    /// Where its foot stands.
    pub foot: (f32, f32),
    /// How much a circle is squashed: 0 seen from the side, 1 from above.
    pub tilt: f32,
    /// (height, radius) from the foot to the lip.
    pub outside: Vec<(f32, f32)>,
    /// (height, radius) from the lip down the inside; empty for a closed thing.
    pub inside: Vec<(f32, f32)>,
    pub finish: Finish,
}

/// Albedo at a share of the height and an angle (0 towards the viewer).
pub type Glaze<'a> = &'a dyn Fn(f32, f32) -> Ink;

/// Points of a smooth line through the given ones, close enough together for rings.
pub fn profile(points: &[(f32, f32)]) -> Vec<(f32, f32)> {
    let at = |index: isize| points[index.clamp(0, points.len() as isize - 1) as usize];
    let mut line = Vec::new();
    for index in 0..points.len() as isize - 1 {
        let (a, b, c, d) = (at(index - 1), at(index), at(index + 1), at(index + 2));
        let length = (c.0 - b.0).hypot(c.1 - b.1);
        let count = (length / 1.6).clamp(4.0, 400.0) as u16;
        for t in steps(count).take(usize::from(count)) {
            let bend = |p0: f32, p1: f32, p2: f32, p3: f32| {
                0.5 * (2.0 * p1
                    + (p2 - p0) * t
                    + (2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3) * t * t
                    + (3.0 * p1 - p0 - 3.0 * p2 + p3) * t * t * t)
            };
            line.push((bend(a.0, b.0, c.0, d.0), bend(a.1, b.1, c.1, d.1).max(0.5)));
        }
    }
    line.extend(points.last());
    line
}

impl Turned {
    fn rise(&self) -> f32 {
        (1.0 - self.tilt * self.tilt).sqrt()
    }

    /// Where a point of the surface is on the sheet.
    pub fn point(&self, height: f32, radius: f32, angle: f32) -> (f32, f32) {
        (
            self.foot.0 + radius * angle.sin(),
            self.foot.1 - height * self.rise() + radius * self.tilt * angle.cos(),
        )
    }

    fn ring(&self, height: f32, radius: f32) -> Shape {
        Shape::oval(self.foot.0, self.foot.1 - height * self.rise(), radius, radius * self.tilt)
    }

    /// Everything it covers on the sheet.
    pub fn outline(&self) -> Shape {
        let mut builder = PathBuilder::new();
        for (height, radius) in &self.outside {
            self.ring(*height, *radius).push_to(&mut builder);
        }
        Shape::from_builder(builder)
    }

    /// What is seen through: the inner edge of the lip.
    pub fn mouth(&self) -> Option<Shape> {
        self.inside.first().map(|lip| self.ring(lip.0, lip.1))
    }

    /// All below the middle of the lip.
    pub fn near_side(&self) -> Shape {
        let lip = self.outside.last().map_or(0.0, |point| point.0);
        Shape::rect(self.foot.0 - 2000.0, self.foot.1 - lip * self.rise(), 4000.0, 4000.0)
    }

    /// Draws it.
    pub fn draw(&self, canvas: &mut Canvas, glaze: Glaze<'_>) {
        self.draw_inside(canvas, glaze);
        self.draw_outside(canvas, glaze);
    }

    /// Draws what is seen through the mouth.
    pub fn draw_inside(&self, canvas: &mut Canvas, glaze: Glaze<'_>) {
        let (Some(mouth), Some((lip, radius)), Some((floor, _))) =
            (self.mouth(), self.inside.first().copied(), self.inside.last().copied())
        else {
            return;
        };
        canvas.through(&mouth, |layer| {
            for (index, ring) in self.inside.iter().enumerate() {
                let depth = ((lip - ring.0) / (lip - floor).max(1.0)).clamp(0.0, 1.0);
                let strip = Strip {
                    from: *ring,
                    to: self.inside.get(index + 1).copied(),
                    open: 1.0 - 0.5 * depth,
                    far: true,
                };
                self.strip(layer, strip, glaze);
            }
        });
        // The lip throws its shadow on the wall on the window's side.
        canvas.clipped(&mouth, |canvas| {
            let y = self.foot.1 - lip * self.rise();
            canvas.soft(radius * 0.09, shadow(0.55), |layer| {
                let moved = Shape::oval(
                    self.foot.0 + radius * 0.34,
                    y + radius * self.tilt * 0.30,
                    radius,
                    radius * self.tilt,
                );
                layer.fill_holed(&Shape::sheet().and(&moved), flat(ink(0x4a_3a32)));
            });
        });
    }

    /// Draws the wall and the lip around the mouth.
    pub fn draw_outside(&self, canvas: &mut Canvas, glaze: Glaze<'_>) {
        let top = self.outside.last().map_or(1.0, |point| point.0).max(1.0);
        let draw = |canvas: &mut Canvas| {
            canvas.through(&self.outline(), |layer| {
                for (index, ring) in self.outside.iter().enumerate() {
                    let open = 0.45 + 0.55 * (ring.0 / (top * 0.22)).clamp(0.0, 1.0).powf(0.7);
                    let to = self.outside.get(index + 1).copied();
                    let far = to.is_none_or(|to| to.1 <= ring.1);
                    self.strip(layer, Strip { from: *ring, to, open, far }, glaze);
                }
            });
        };
        match self.mouth() {
            Some(mouth) => canvas.clipped_out(&mouth, draw),
            None => draw(canvas),
        }
    }

    /// One strip between two rings: its near half, and its far half where that can be seen.
    fn strip(&self, canvas: &mut Canvas, strip: Strip, glaze: Glaze<'_>) {
        let (height, radius) = strip.from;
        let (next_height, next_radius) = strip.to.unwrap_or((height, 0.0));
        let top = self.outside.last().map_or(1.0, |point| point.0).max(1.0);
        let slope = match strip.to {
            Some(to) => unit([to.0 - height, radius - to.1, 0.0]),
            None => [0.0, 1.0, 0.0],
        };
        let y = self.foot.1 - height * self.rise();
        let next_y = self.foot.1 - next_height * self.rise();
        for near in [1.0, -1.0] {
            if near < 0.0 && !strip.far {
                continue;
            }
            let stops: Vec<_> = steps(24)
                .map(|part| {
                    let across = (part - 0.5) * PI;
                    let angle = if near > 0.0 { across } else { PI - across };
                    let normal = [slope[0] * angle.sin(), slope[1], slope[0] * angle.cos()];
                    let albedo = glaze(height / top, angle);
                    (
                        across.sin() / 2.0 + 0.5,
                        lit(albedo, normal, self.tilt, strip.open, self.finish),
                    )
                })
                .collect();
            let shader = linear((self.foot.0 - radius, y), (self.foot.0 + radius, y), &stops);
            let mut points = arc(self.foot.0, y, radius + 0.8, (radius * self.tilt + 0.8) * near);
            let inner = arc(
                self.foot.0,
                next_y,
                (next_radius - 1.5).max(0.0),
                (next_radius * self.tilt - 2.2).max(0.0) * near,
            );
            points.extend(inner.into_iter().rev());
            canvas.fill(&Shape::polygon(&points), shader);
        }
    }

    /// The shadow it throws on the table, away from the window.
    pub fn cast(&self, canvas: &mut Canvas, colour: Ink, opacity: f32) {
        let tall = self.outside.last().map_or(1.0, |point| point.0);
        let wide = self.outside.iter().map(|point| point.1).fold(1.0, f32::max);
        let shape = |lean: f32, share: f32| {
            let mut builder = PathBuilder::new();
            for (height, radius) in
                self.outside.iter().filter(|point| point.0 <= tall * share).step_by(3)
            {
                let (x, y) = (
                    self.foot.0 + height * 1.35 * lean,
                    self.foot.1 - height * 0.55 * self.tilt * lean,
                );
                Shape::oval(x, y, *radius, radius * self.tilt).push_to(&mut builder);
            }
            Shape::from_builder(builder)
        };
        let reach = wide + tall * 1.35;
        let stops = [(0.0, colour.fade(0.9)), (0.4, colour.fade(0.75)), (1.0, colour.fade(0.22))];
        let away = || linear((self.foot.0, 0.0), (self.foot.0 + reach, 0.0), &stops);
        canvas
            .soft(tall * 0.05 + 9.0, shadow(opacity), |layer| layer.fill(&shape(1.0, 1.0), away()));
        canvas.soft(8.0, shadow(opacity * 0.6), |layer| layer.fill(&shape(0.7, 0.45), away()));
        let foot = self.outside.first().map_or(1.0, |point| point.1);
        canvas.soft(5.0, shadow(0.9), |layer| {
            let contact = Shape::oval(
                self.foot.0 + 3.0,
                self.foot.1 + 2.0,
                foot * 1.05,
                foot * 1.05 * self.tilt + 2.0,
            );
            layer.fill(&contact, flat(colour.shade(-0.4)));
        });
    }
}

/// What is seen of a surface between one ring and the next.
#[derive(Debug, Clone, Copy)]
struct Strip {
    from: (f32, f32),
    to: Option<(f32, f32)>,
    /// How much of the room it sees.
    open: f32,
    /// Whether its far half shows.
    far: bool,
}

/// Half an ellipse from left to right: the near half for a positive height, the far half for a
/// negative one.
fn arc(x: f32, y: f32, radius: f32, height: f32) -> Vec<(f32, f32)> {
    steps(56).map(|part| (x - radius * (part * PI).cos(), y + height * (part * PI).sin())).collect()
}

/// A rounded rod along points that carry a radius each: a handle, a spout, a stem, a wire.
pub fn rod(canvas: &mut Canvas, points: &[(f32, f32, f32)], albedo: Ink, finish: Finish) {
    let mut outline = PathBuilder::new();
    let line = fine(points);
    for point in &line {
        Shape::oval(point.0, point.1, point.2, point.2).push_to(&mut outline);
    }
    canvas.through(&Shape::from_builder(outline), |layer| {
        let last = line.len().saturating_sub(2);
        for (index, pair) in line.windows(2).enumerate() {
            let (from, to) = (pair[0], pair[1]);
            let along = unit([to.0 - from.0, to.1 - from.1, 0.0]);
            let across = (-along[1], along[0]);
            let reach = from.2 + 1.0;
            let stops: Vec<_> = steps(14)
                .map(|part| {
                    let angle = (part - 0.5) * 2.0 * FRAC_PI_2;
                    let side = angle.sin();
                    let normal = [across.0 * side, -across.1 * side, angle.cos()];
                    (side / 2.0 + 0.5, lit(albedo, normal, 0.3, 1.0, finish))
                })
                .collect();
            let shader = linear(
                (from.0 - across.0 * reach, from.1 - across.1 * reach),
                (from.0 + across.0 * reach, from.1 + across.1 * reach),
                &stops,
            );
            // The round ends belong to the first and the last piece.
            let before = if index == 0 { reach } else { 2.5 };
            let after = if index == last { reach } else { 2.5 };
            let start = (from.0 - along[0] * before, from.1 - along[1] * before);
            let end = (to.0 + along[0] * after, to.1 + along[1] * after);
            layer.fill(
                &Shape::polygon(&[
                    (start.0 + across.0 * reach, start.1 + across.1 * reach),
                    (end.0 + across.0 * reach, end.1 + across.1 * reach),
                    (end.0 - across.0 * reach, end.1 - across.1 * reach),
                    (start.0 - across.0 * reach, start.1 - across.1 * reach),
                ]),
                shader,
            );
        }
    });
}

/// Points of a smooth line with radii, a few units apart.
fn fine(points: &[(f32, f32, f32)]) -> Vec<(f32, f32, f32)> {
    let at = |index: isize| points[index.clamp(0, points.len() as isize - 1) as usize];
    let mut line = Vec::new();
    for index in 0..points.len() as isize - 1 {
        let (a, b, c, d) = (at(index - 1), at(index), at(index + 1), at(index + 2));
        let count = ((c.0 - b.0).hypot(c.1 - b.1) / 3.0).clamp(3.0, 200.0) as u16;
        for t in steps(count).take(usize::from(count)) {
            let bend = |p0: f32, p1: f32, p2: f32, p3: f32| {
                0.5 * (2.0 * p1
                    + (p2 - p0) * t
                    + (2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3) * t * t
                    + (3.0 * p1 - p0 - 3.0 * p2 + p3) * t * t * t)
            };
            line.push((
                bend(a.0, b.0, c.0, d.0),
                bend(a.1, b.1, c.1, d.1),
                bend(a.2, b.2, c.2, d.2).max(0.4),
            ));
        }
    }
    line.extend(points.last());
    line
}
