//! Hand-thrown pots on linen beside a window.

use std::f32::consts::PI;

use super::canvas::{Canvas, light, shadow};
use super::dice::{Dice, steps};
use super::ink::{Ink, flat, ink, linear, radial_squashed};
use super::shape::{GRID_WIDTH, Shape};
use super::turned::{Finish, Turned, matt, profile, rod, satin};

/// A colourway: the room and the glaze.
#[derive(Debug, Clone, Copy)]
struct Palette {
    wall: Ink,
    cloth: Ink,
    clay: Ink,
    glaze: Ink,
    accent: Ink,
}

fn palette(variant: u32) -> Palette {
    match variant % 3 {
        0 => Palette {
            wall: ink(0xc9_bba6),
            cloth: ink(0xe9_e2d4),
            clay: ink(0xa3_8164),
            glaze: ink(0xe4_dccb),
            accent: ink(0x93_a398),
        },
        1 => Palette {
            wall: ink(0x9a_a39a),
            cloth: ink(0xdd_d9cd),
            clay: ink(0x92_6e55),
            glaze: ink(0x8e_a092),
            accent: ink(0xd9_cfba),
        },
        _ => Palette {
            wall: ink(0xb7_9482),
            cloth: ink(0xe6_dace),
            clay: ink(0x7a_5a49),
            glaze: ink(0x6f_7f8e),
            accent: ink(0xc7_8d6b),
        },
    }
}

const TABLE_Y: f32 = 560.0;
const TILT: f32 = 0.34;

/// Wall, window light and a linen cloth.
fn room(canvas: &mut Canvas, colours: Palette, dice: &mut Dice) {
    let wall = colours.wall;
    canvas.fill(
        &Shape::sheet(),
        linear((0.0, 0.0), (1600.0, 700.0), &[(0.0, wall.shade(0.16)), (0.45, wall), (1.0, wall.shade(-0.26))]),
    );
    canvas.soft(26.0, light(0.34), |layer| {
        for column in 0_u8..2 {
            for row in 0_u8..2 {
                let (x, y) = (430.0 + f32::from(column) * 330.0, -110.0 + f32::from(row) * 262.0);
                let lean = |top: f32| (top + 110.0) * 0.34;
                layer.fill(
                    &Shape::polygon(&[
                        (x + lean(y), y + 40.0),
                        (x + 296.0 + lean(y), y),
                        (x + 296.0 + lean(y + 230.0), y + 230.0),
                        (x + lean(y + 230.0), y + 270.0),
                    ]),
                    flat(ink(0xff_edcc)),
                );
            }
        }
    });
    let cloth = colours.cloth;
    let table = Shape::rect(-GRID_WIDTH, TABLE_Y, GRID_WIDTH * 3.0, 1400.0);
    canvas.soft(6.0, shadow(0.5), |layer| {
        layer.fill(&Shape::rect(-GRID_WIDTH, TABLE_Y - 22.0, GRID_WIDTH * 3.0, 30.0), flat(wall.shade(-0.45)));
    });
    canvas.soft(1.6, super::canvas::OVER, |layer| {
        layer.fill(
            &table,
            linear((200.0, TABLE_Y), (900.0, 1250.0), &[(0.0, cloth.shade(-0.16)), (0.3, cloth), (1.0, cloth.shade(-0.10))]),
        );
    });
    canvas.clipped(&table, |canvas| {
        canvas.soft(60.0, light(0.30), |layer| {
            layer.fill(
                &Shape::polygon(&[(180.0, 700.0), (820.0, 640.0), (1150.0, 900.0), (380.0, 1010.0)]),
                flat(ink(0xff_efd2)),
            );
        });
        weave(canvas, cloth, dice);
        folds(canvas, cloth, dice);
    });
}

fn weave(canvas: &mut Canvas, cloth: Ink, dice: &mut Dice) {
    for part in steps(230) {
        let y = TABLE_Y + 4.0 + part * part * 660.0 + part * 30.0;
        let wobble = dice.between(-3.0, 3.0);
        let line = Shape::curve(&[(-60.0, y), (500.0, y + wobble), (1100.0, y - wobble), (1660.0, y + wobble)]);
        let strength = dice.between(0.03, 0.13);
        let thread = if dice.part() < 0.5 { cloth.shade(-0.5) } else { cloth.shade(0.8) };
        canvas.stroke(&line, 0.8 + part * 1.1, flat(thread.fade(strength)));
    }
    for part in steps(300) {
        let (far, near) = (-700.0 + part * 3000.0, -2000.0 + part * 5600.0);
        let strength = dice.between(0.02, 0.09);
        let thread = if dice.part() < 0.5 { cloth.shade(-0.5) } else { cloth.shade(0.8) };
        canvas.stroke(&Shape::curve(&[(far, TABLE_Y), (near, 1260.0)]), 1.2, flat(thread.fade(strength)));
    }
}

fn folds(canvas: &mut Canvas, cloth: Ink, dice: &mut Dice) {
    for (start, end, depth) in [((-80.0, 905.0), (760.0, 1290.0), 1.0), ((1010.0, 640.0), (1690.0, 800.0), 0.7), ((300.0, 1130.0), (1700.0, 985.0), 0.8)] {
        let (start, end): ((f32, f32), (f32, f32)) = (start, end);
        let bow = dice.between(-40.0, 40.0);
        let middle = ((start.0 + end.0) / 2.0, (start.1 + end.1) / 2.0 + bow);
        let fold = |shift: f32| Shape::curve(&[(start.0, start.1 + shift), (middle.0, middle.1 + shift), (end.0, end.1 + shift)]);
        canvas.soft(13.0, shadow(0.30 * depth), |layer| layer.stroke(&fold(16.0), 26.0, flat(cloth.shade(-0.55))));
        canvas.soft(7.0, light(0.36 * depth), |layer| layer.stroke(&fold(-6.0), 12.0, flat(cloth.shade(0.4))));
    }
}

/// Glaze over clay with a hand-dipped edge, darker where it runs thin and in the throwing rings.
fn dipped(clay: Ink, glaze: Ink, edge: f32, seed: f32) -> impl Fn(f32, f32) -> Ink {
    move |height, angle| {
        let wave = 0.030 * (angle * 2.0 + seed).sin() + 0.016 * (angle * 5.0 + seed * 1.7).sin();
        let line = edge + wave;
        let rings = 0.035 * (height * 92.0 + angle * 0.8).sin() + 0.025 * (height * 37.0 + seed).sin();
        if height < line {
            return clay.shade(rings - 0.02);
        }
        let over = ((height - line) / 0.045).clamp(0.0, 1.0);
        let pool = glaze.shade(-0.17).mix(glaze, over).shade(rings * 0.7);
        let lip = ((height - 0.955) / 0.03).clamp(0.0, 1.0);
        pool.mix(clay, lip * 0.55)
    }
}

fn speckles(canvas: &mut Canvas, pot: &Turned, dice: &mut Dice, count: u16, colour: Ink, from: f32) {
    let top = pot.outside.last().map_or(1.0, |point| point.0);
    canvas.clipped(&pot.outline(), |canvas| {
        for _ in 0..count {
            let height = dice.between(from, 0.97) * top;
            let radius = pot.outside.iter().find(|point| point.0 >= height).map_or(1.0, |point| point.1);
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
    let points: Vec<_> = [(0.0, 0.16), (0.03, 0.30), (0.14, 0.43), (0.34, 0.50), (0.55, 0.43), (0.74, 0.29), (0.90, 0.21), (0.97, 0.14), (0.985, 0.03)]
        .iter()
        .map(|(height, radius)| (height * size * 1.28, radius * size))
        .collect();
    let fruit = Turned { foot, tilt: TILT, outside: profile(&points), inside: Vec::new(), finish: satin(blush) };
    fruit.cast(canvas, SHADE, 0.7);
    fruit.draw(canvas, &|height, angle| {
        let cheek = ((angle - 0.5).cos() * 0.8 - (height - 0.45).abs() * 1.2).clamp(0.0, 1.0);
        let flecks = 0.03 * (height * 61.0 + angle * 17.0).sin();
        skin.mix(blush, cheek * 0.75).shade(flecks)
    });
    let top = fruit.point(size * 1.255, 0.0, 0.0);
    let stem = [(top.0, top.1 + 4.0, size * 0.022), (top.0 + size * 0.03, top.1 - size * 0.13, size * 0.018), (top.0 + size * 0.12, top.1 - size * 0.25, size * 0.026)];
    rod(canvas, &stem, ink(0x5a_4632), matt(skin));
}

const SHADE: Ink = Ink { red: 0.40, green: 0.34, blue: 0.31, alpha: 1.0 };
const SPECKLE: Ink = Ink { red: 0.29, green: 0.21, blue: 0.15, alpha: 1.0 };

fn finish_off(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.vignette(0.34);
    canvas.grain(dice, 0.15);
}

/// Bowls nested in each other: insides from below, then walls from above, so that each stands in the one below.
fn stack(canvas: &mut Canvas, bowls: &[(Turned, Ink)], clay: Ink, dice: &mut Dice) {
    if let Some((lowest, _)) = bowls.first() {
        let mut together = lowest.clone();
        for (bowl, _) in &bowls[1..] {
            let up = (lowest.foot.1 - bowl.foot.1) / 0.94;
            together.outside.extend(bowl.outside.iter().map(|(height, radius)| (height + up, *radius)));
        }
        together.cast(canvas, SHADE, 0.8);
    }
    for (index, (bowl, glaze)) in bowls.iter().enumerate() {
        bowl.draw_inside(canvas, &|_, _| *glaze);
        if let (Some(mouth), Some((above, _))) = (bowl.mouth(), bowls.get(index + 1)) {
            canvas.clipped(&mouth, |canvas| {
                canvas.soft(14.0, shadow(0.8), |layer| layer.fill(&above.outline(), flat(ink(0x30_2620))));
            });
        }
    }
    for (index, (bowl, glaze)) in bowls.iter().enumerate().rev() {
        bowl.draw_outside(canvas, &dipped(clay, *glaze, 0.33, bowl.foot.1 * 0.37 + index as f32));
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
            stack(canvas, &[(bowl((1130.0, 960.0), 330.0, 140.0, finish), colours.accent)], colours.clay, &mut dice);
        }
        1 => {
            stack(canvas, &[(bowl((850.0, 900.0), 520.0, 210.0, finish), colours.glaze)], colours.clay, &mut dice);
            pear(canvas, (1210.0, 930.0), 112.0, ink(0xc4_b36a), ink(0xb8_8552));
        }
        _ => {
            stack(canvas, &[(bowl((1190.0, 800.0), 330.0, 140.0, finish), colours.accent)], colours.clay, &mut dice);
            stack(
                canvas,
                &[(bowl((480.0, 850.0), 400.0, 168.0, finish), colours.accent), (bowl((480.0, 800.0), 372.0, 158.0, finish), colours.glaze)],
                colours.clay,
                &mut dice,
            );
            stack(canvas, &[(bowl((890.0, 990.0), 420.0, 172.0, finish), colours.glaze)], colours.clay, &mut dice);
        }
    }
    finish_off(canvas, &mut dice);
}

/// A teapot and cups.
pub fn teapot(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(31 + u64::from(variant));
    let colours = palette(variant + 1);
    room(canvas, colours, &mut dice);
    finish_off(canvas, &mut dice);
    let _ = (matt(colours.cloth), rod as fn(&mut Canvas, &[(f32, f32, f32)], Ink, Finish), radial_squashed as fn(_, _, _, _) -> _);
}

/// A vase with stems.
pub fn vase(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(51 + u64::from(variant));
    room(canvas, palette(variant + 2), &mut dice);
    finish_off(canvas, &mut dice);
}
