//! Hand-thrown pots on linen beside a window.

use std::f32::consts::PI;

use super::canvas::{Canvas, light, shadow};
use super::dice::Dice;
use super::ink::{Ink, flat, ink, linear};
use super::shape::Shape;
use super::studio::{Palette, SHADE, TILT, finish_off, palette, room};
use super::turned::{Finish, Turned, matt, profile, rod, satin};

/// Glaze over clay with a hand-dipped edge, darker where it runs thin and in the throwing rings.
pub fn dipped(clay: Ink, glaze: Ink, edge: f32, seed: f32) -> impl Fn(f32, f32) -> Ink {
    move |height, angle| {
        let wave = 0.030 * (angle * 2.0 + seed).sin() + 0.016 * (angle * 5.0 + seed * 1.7).sin();
        let line = edge + wave;
        let rings =
            0.035 * (height * 92.0 + angle * 0.8).sin() + 0.025 * (height * 37.0 + seed).sin();
        if height < line {
            return clay.shade(rings - 0.02);
        }
        let over = ((height - line) / 0.045).clamp(0.0, 1.0);
        let pool = glaze.shade(-0.17).mix(glaze, over).shade(rings * 0.7);
        let lip = ((height - 0.955) / 0.03).clamp(0.0, 1.0);
        pool.mix(clay, lip * 0.55)
    }
}

/// Iron specks in a glaze, from a share of the height up.
pub fn speckles(
    canvas: &mut Canvas,
    pot: &Turned,
    dice: &mut Dice,
    count: u16,
    colour: Ink,
    from: f32,
) {
    let top = pot.outside.last().map_or(1.0, |point| point.0);
    canvas.clipped(&pot.near_side(), |canvas| {
        for _ in 0..count {
            let height = dice.between(from, 0.97) * top;
            let radius =
                pot.outside.iter().find(|point| point.0 >= height).map_or(1.0, |point| point.1);
            let angle = dice.between(-PI / 2.0, PI / 2.0);
            let (x, y) = pot.point(height, radius, angle);
            let size = dice.between(0.6, 2.1);
            let dot = Shape::oval(x, y, (size * angle.cos()).max(0.3), size);
            canvas.fill(&dot, flat(colour.fade(dice.between(0.15, 0.5))));
        }
    });
}

/// An open bowl: `wide` across the lip, `tall` to it.
fn bowl(foot: (f32, f32), wide: f32, tall: f32, finish: Finish) -> Turned {
    let (r, h) = (wide / 2.0, tall);
    Turned {
        foot,
        tilt: TILT,
        outside: profile(&[
            (0.0, r * 0.43),
            (h * 0.06, r * 0.42),
            (h * 0.10, r * 0.47),
            (h * 0.24, r * 0.70),
            (h * 0.50, r * 0.90),
            (h * 0.80, r * 0.985),
            (h * 0.975, r),
            (h, r * 0.99),
        ]),
        inside: profile(&[
            (h, r * 0.968),
            (h * 0.93, r * 0.945),
            (h * 0.6, r * 0.87),
            (h * 0.36, r * 0.70),
            (h * 0.22, r * 0.42),
            (h * 0.17, r * 0.02),
        ]),
        finish,
    }
}

/// A pear: the still life's warm note.
fn pear(canvas: &mut Canvas, foot: (f32, f32), size: f32, skin: Ink, blush: Ink) {
    let points: Vec<_> = [
        (0.0, 0.16),
        (0.03, 0.30),
        (0.14, 0.43),
        (0.34, 0.50),
        (0.55, 0.43),
        (0.74, 0.29),
        (0.90, 0.21),
        (0.97, 0.14),
        (0.985, 0.03),
    ]
    .iter()
    .map(|(height, radius)| (height * size * 1.28, radius * size))
    .collect();
    let fruit = Turned {
        foot,
        tilt: TILT,
        outside: profile(&points),
        inside: Vec::new(),
        finish: satin(blush),
    };
    fruit.cast(canvas, SHADE, 0.7);
    fruit.draw(canvas, &|height, angle| {
        let cheek = ((angle - 0.5).cos() * 0.8 - (height - 0.45).abs() * 1.2).clamp(0.0, 1.0);
        let flecks = 0.03 * (height * 61.0 + angle * 17.0).sin();
        skin.mix(blush, cheek * 0.75).shade(flecks)
    });
    let top = fruit.point(size * 1.255, 0.0, 0.0);
    let stem = [
        (top.0, top.1 + 4.0, size * 0.022),
        (top.0 + size * 0.03, top.1 - size * 0.13, size * 0.018),
        (top.0 + size * 0.12, top.1 - size * 0.25, size * 0.026),
    ];
    rod(canvas, &stem, ink(0x5a_4632), matt(skin));
}

const SPECKLE: Ink = Ink { red: 0.29, green: 0.21, blue: 0.15, alpha: 1.0 };

/// Bowls nested in each other: insides from below, then walls from above, so that each stands in
/// the one below.
fn stack(canvas: &mut Canvas, bowls: &[(Turned, Ink)], clay: Ink, dice: &mut Dice) {
    if let Some((lowest, _)) = bowls.first() {
        let mut together = lowest.clone();
        for (bowl, _) in &bowls[1..] {
            let up = (lowest.foot.1 - bowl.foot.1) / 0.94;
            together
                .outside
                .extend(bowl.outside.iter().map(|(height, radius)| (height + up, *radius)));
        }
        together.cast(canvas, SHADE, 0.8);
    }
    let coat = |index: usize| {
        let (bowl, glaze) = &bowls[index];
        dipped(clay, *glaze, 0.33, bowl.foot.1 * 0.37)
    };
    for (index, (bowl, glaze)) in bowls.iter().enumerate() {
        bowl.draw_inside(canvas, &|_, _| *glaze);
        bowl.draw_outside(canvas, &coat(index));
        if let (Some(mouth), Some((above, _))) = (bowl.mouth(), bowls.get(index + 1)) {
            canvas.clipped(&mouth, |canvas| {
                canvas.soft(14.0, shadow(0.8), |layer| {
                    layer.fill(&above.outline(), flat(ink(0x30_2620)))
                });
            });
        }
    }
    for (index, (bowl, _)) in bowls.iter().enumerate().rev() {
        if index + 1 < bowls.len() {
            // The wall on this side hides the foot of the bowl that stands in it.
            canvas.clipped(&bowl.near_side(), |canvas| bowl.draw_outside(canvas, &coat(index)));
        }
        speckles(canvas, bowl, dice, 130, SPECKLE, 0.36);
    }
}

/// Bowls on linen: a stack and one beside it; one alone from near; a row of three.
pub fn bowls(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(11 + u64::from(variant));
    let colours = palette(variant);
    let finish = satin(colours.cloth);
    match variant % 3 {
        0 => canvas.closer(1.22, (820.0, 690.0)),
        1 => canvas.closer(1.75, (880.0, 800.0)),
        _ => canvas.closer(1.12, (800.0, 690.0)),
    }
    room(canvas, colours, &mut dice);
    match variant % 3 {
        0 => {
            pear(canvas, (1010.0, 760.0), 120.0, ink(0xb9_a85c), ink(0xb0_7a48));
            stack(
                canvas,
                &[
                    (bowl((660.0, 890.0), 480.0, 190.0, finish), colours.glaze),
                    (bowl((660.0, 832.0), 452.0, 182.0, finish), colours.accent),
                    (bowl((660.0, 776.0), 424.0, 174.0, finish), colours.glaze),
                ],
                colours.clay,
                &mut dice,
            );
            stack(
                canvas,
                &[(bowl((1130.0, 960.0), 330.0, 140.0, finish), colours.accent)],
                colours.clay,
                &mut dice,
            );
        }
        1 => {
            stack(
                canvas,
                &[(bowl((850.0, 900.0), 520.0, 210.0, finish), colours.glaze)],
                colours.clay,
                &mut dice,
            );
            pear(canvas, (1210.0, 930.0), 112.0, ink(0xc4_b36a), ink(0xb8_8552));
        }
        _ => {
            stack(
                canvas,
                &[(bowl((1190.0, 800.0), 330.0, 140.0, finish), colours.accent)],
                colours.clay,
                &mut dice,
            );
            stack(
                canvas,
                &[
                    (bowl((480.0, 850.0), 400.0, 168.0, finish), colours.accent),
                    (bowl((480.0, 800.0), 372.0, 158.0, finish), colours.glaze),
                ],
                colours.clay,
                &mut dice,
            );
            stack(
                canvas,
                &[(bowl((890.0, 990.0), 420.0, 172.0, finish), colours.glaze)],
                colours.clay,
                &mut dice,
            );
        }
    }
    finish_off(canvas, &mut dice);
}

/// A handleless cup of tea.
fn cup(
    canvas: &mut Canvas,
    foot: (f32, f32),
    size: f32,
    coats: (Ink, Ink),
    colours: Palette,
    dice: &mut Dice,
) {
    let (clay, glaze) = coats;
    let at = |points: &[(f32, f32)]| {
        profile(&points.iter().map(|(h, r)| (h * size, r * size)).collect::<Vec<_>>())
    };
    let cup = Turned {
        foot,
        tilt: TILT,
        outside: at(&[
            (0.0, 0.33),
            (0.05, 0.34),
            (0.16, 0.45),
            (0.45, 0.53),
            (0.9, 0.545),
            (1.06, 0.55),
            (1.08, 0.54),
        ]),
        inside: at(&[(1.08, 0.515), (1.0, 0.505), (0.8, 0.50)]),
        finish: satin(colours.cloth),
    };
    cup.cast(canvas, SHADE, 0.75);
    cup.draw_inside(canvas, &|_, _| glaze);
    if let Some(mouth) = cup.mouth() {
        canvas.clipped(&mouth, |canvas| {
            let (x, y) = (foot.0, foot.1 - 0.80 * size * 0.94);
            let tea = Shape::oval(x, y, size * 0.50, size * 0.50 * TILT);
            let (deep, clear) = (ink(0x6b_3d14), ink(0xb8_7a30));
            canvas.fill(
                &tea,
                linear(
                    (x - size * 0.5, y),
                    (x + size * 0.5, y),
                    &[(0.0, deep), (0.6, clear), (1.0, ink(0xd2_9a4c))],
                ),
            );
            canvas.soft(size * 0.03, light(0.5), |layer| {
                layer.fill(
                    &Shape::oval(x - size * 0.16, y - size * 0.045, size * 0.15, size * 0.028),
                    flat(ink(0xff_f1d8)),
                );
            });
            canvas.stroke(&tea, size * 0.012, flat(ink(0xe8_bd7a).fade(0.5)));
        });
    }
    cup.draw_outside(canvas, &dipped(clay, glaze, 0.30, foot.0 * 0.013));
    speckles(canvas, &cup, dice, 60, SPECKLE, 0.34);
}

fn pot_of_tea(canvas: &mut Canvas, foot: (f32, f32), size: f32, colours: Palette, dice: &mut Dice) {
    let finish = satin(colours.cloth);
    let at = |points: &[(f32, f32)]| {
        profile(&points.iter().map(|(h, r)| (h * size, r * size)).collect::<Vec<_>>())
    };
    let body = Turned {
        foot,
        tilt: TILT,
        outside: at(&[
            (0.0, 0.56),
            (0.03, 0.60),
            (0.14, 0.80),
            (0.36, 0.98),
            (0.62, 1.0),
            (0.88, 0.85),
            (1.08, 0.58),
            (1.13, 0.49),
            (1.135, 0.46),
        ]),
        inside: Vec::new(),
        finish,
    };
    let lid = Turned {
        foot: (foot.0, foot.1 - 1.115 * size * 0.94),
        tilt: TILT,
        outside: at(&[
            (0.0, 0.475),
            (0.03, 0.48),
            (0.10, 0.40),
            (0.165, 0.22),
            (0.19, 0.08),
            (0.22, 0.07),
            (0.27, 0.115),
            (0.32, 0.125),
            (0.365, 0.085),
            (0.38, 0.01),
        ]),
        inside: Vec::new(),
        finish,
    };
    let point = |x: f32, y: f32| (foot.0 + x * size, foot.1 - y * size);
    let mut whole = body.clone();
    whole
        .outside
        .extend(lid.outside.iter().map(|(height, radius)| (height + 1.12 * size, *radius)));
    whole.cast(canvas, SHADE, 0.8);
    let spout: Vec<_> = [
        (0.70, 0.44, 0.27),
        (1.02, 0.60, 0.20),
        (1.24, 0.84, 0.135),
        (1.42, 1.12, 0.105),
        (1.50, 1.22, 0.10),
    ]
    .iter()
    .map(|(x, y, r)| (point(*x, *y).0, point(*x, *y).1, r * size))
    .collect();
    canvas.soft(16.0, shadow(0.5), |layer| {
        layer.fill(
            &Shape::oval(foot.0 + size * 1.75, foot.1 - size * 0.16, size * 0.42, size * 0.07),
            flat(SHADE),
        )
    });
    rod(canvas, &spout, colours.glaze, finish);
    let tip = point(1.515, 1.245);
    canvas.fill(
        &Shape::oval(tip.0, tip.1, size * 0.092, size * 0.052),
        flat(colours.glaze.mix(colours.clay, 0.55).shade(0.08)),
    );
    canvas.fill(&Shape::oval(tip.0, tip.1, size * 0.066, size * 0.034), flat(ink(0x2c_2119)));
    body.draw(canvas, &dipped(colours.clay, colours.glaze, 0.17, size * 0.011));
    // Where the spout leaves the body light does not reach.
    speckles(canvas, &body, dice, 190, SPECKLE, 0.2);
    canvas.clipped(&body.outline(), |canvas| {
        canvas.soft(7.0, shadow(0.65), |layer| {
            let y = foot.1 - 1.125 * size * 0.94;
            layer.fill(
                &Shape::oval(
                    foot.0 + size * 0.05,
                    y + size * 0.035,
                    size * 0.50,
                    size * 0.50 * TILT,
                ),
                flat(SHADE.shade(-0.3)),
            );
        });
    });
    lid.draw(canvas, &|_, _| colours.glaze);
    let cane: Vec<_> = [
        (-0.80, 1.00, 0.035),
        (-0.90, 1.34, 0.047),
        (-0.66, 1.82, 0.055),
        (0.0, 2.06, 0.06),
        (0.66, 1.82, 0.055),
        (0.90, 1.34, 0.047),
        (0.80, 1.00, 0.035),
    ]
    .iter()
    .map(|(x, y, r)| (point(*x, *y).0, point(*x, *y).1, r * size))
    .collect();
    rod(canvas, &cane, ink(0x9c_7448), matt(colours.cloth));
    for node in [1_usize, 2, 4, 5] {
        let (x, y, r) = cane[node];
        canvas.soft(1.0, shadow(0.6), |layer| {
            layer.stroke(
                &Shape::curve(&[(x - r * 0.95, y + r * 0.2), (x + r * 0.95, y - r * 0.2)]),
                3.0,
                flat(ink(0x4a_3018)),
            );
        });
    }
    for side in [-1.0, 1.0] {
        let (x, y) = point(0.80 * side, 0.985);
        rod(
            canvas,
            &[
                (x - size * 0.03 * side, y + size * 0.06, size * 0.075),
                (x, y, size * 0.07),
                (x, y - size * 0.04, size * 0.06),
            ],
            colours.glaze,
            finish,
        );
    }
}

/// A teapot with its cups; the cups alone from near; the pot in another light.
pub fn teapot(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(31 + u64::from(variant));
    let colours = palette(u32::from(variant % 3 != 2));
    match variant % 3 {
        0 => canvas.closer(1.42, (790.0, 720.0)),
        1 => canvas.closer(1.9, (800.0, 850.0)),
        _ => canvas.closer(1.34, (800.0, 730.0)),
    }
    room(canvas, colours, &mut dice);
    let (outer, other) = ((colours.clay, colours.glaze), (colours.clay, colours.accent));
    match variant % 3 {
        0 => {
            pot_of_tea(canvas, (620.0, 880.0), 205.0, colours, &mut dice);
            cup(canvas, (1090.0, 845.0), 132.0, other, colours, &mut dice);
            cup(canvas, (1010.0, 1000.0), 138.0, outer, colours, &mut dice);
        }
        1 => {
            cup(canvas, (1040.0, 790.0), 142.0, other, colours, &mut dice);
            cup(canvas, (610.0, 850.0), 148.0, outer, colours, &mut dice);
            cup(canvas, (850.0, 990.0), 158.0, outer, colours, &mut dice);
        }
        _ => {
            pot_of_tea(canvas, (790.0, 850.0), 212.0, colours, &mut dice);
            cup(canvas, (420.0, 960.0), 142.0, other, colours, &mut dice);
            pear(canvas, (1180.0, 985.0), 112.0, ink(0xb9_a85c), ink(0xb0_7a48));
        }
    }
    finish_off(canvas, &mut dice);
}
