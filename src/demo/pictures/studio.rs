//! The potter's studio: a plaster wall with window light, a linen cloth and the colours that go
//! together.

use super::canvas::{Canvas, OVER, light, shadow};
use super::dice::{Dice, steps};
use super::ink::{Ink, flat, ink, linear};
use super::shape::{GRID_WIDTH, Shape};

/// A colourway: the room and the glaze.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    pub wall: Ink,
    pub cloth: Ink,
    pub clay: Ink,
    pub glaze: Ink,
    pub accent: Ink,
}

/// The colourway of a variant.
pub fn palette(variant: u32) -> Palette {
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

/// Where the table ends at the wall.
pub const TABLE_Y: f32 = 560.0;
/// How far a circle on the table is squashed.
pub const TILT: f32 = 0.34;

/// Wall, window light and a linen cloth.
pub fn room(canvas: &mut Canvas, colours: Palette, dice: &mut Dice) {
    let wall = colours.wall;
    canvas.fill(
        &Shape::sheet(),
        linear(
            (0.0, 0.0),
            (1600.0, 700.0),
            &[(0.0, wall.shade(0.16)), (0.45, wall), (1.0, wall.shade(-0.26))],
        ),
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
        layer.fill(
            &Shape::rect(-GRID_WIDTH, TABLE_Y - 22.0, GRID_WIDTH * 3.0, 30.0),
            flat(wall.shade(-0.45)),
        );
    });
    canvas.soft(1.6, OVER, |layer| {
        layer.fill(
            &table,
            linear(
                (200.0, TABLE_Y),
                (900.0, 1250.0),
                &[(0.0, cloth.shade(-0.16)), (0.3, cloth), (1.0, cloth.shade(-0.10))],
            ),
        );
    });
    canvas.clipped(&table, |canvas| {
        canvas.soft(60.0, light(0.30), |layer| {
            layer.fill(
                &Shape::polygon(&[
                    (180.0, 700.0),
                    (820.0, 640.0),
                    (1150.0, 900.0),
                    (380.0, 1010.0),
                ]),
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
        let line = Shape::curve(&[
            (-60.0, y),
            (500.0, y + wobble),
            (1100.0, y - wobble),
            (1660.0, y + wobble),
        ]);
        let strength = dice.between(0.03, 0.13);
        let thread = if dice.part() < 0.5 { cloth.shade(-0.5) } else { cloth.shade(0.8) };
        canvas.stroke(&line, 0.8 + part * 1.1, flat(thread.fade(strength)));
    }
    for part in steps(300) {
        let (far, near) = (-700.0 + part * 3000.0, -2000.0 + part * 5600.0);
        let strength = dice.between(0.02, 0.09);
        let thread = if dice.part() < 0.5 { cloth.shade(-0.5) } else { cloth.shade(0.8) };
        canvas.stroke(
            &Shape::curve(&[(far, TABLE_Y), (near, 1260.0)]),
            1.2,
            flat(thread.fade(strength)),
        );
    }
}

fn folds(canvas: &mut Canvas, cloth: Ink, dice: &mut Dice) {
    for (start, end, depth) in [
        ((-80.0, 905.0), (760.0, 1290.0), 1.0),
        ((1010.0, 640.0), (1690.0, 800.0), 0.7),
        ((300.0, 1130.0), (1700.0, 985.0), 0.8),
    ] {
        let (start, end): ((f32, f32), (f32, f32)) = (start, end);
        let bow = dice.between(-40.0, 40.0);
        let middle = ((start.0 + end.0) / 2.0, (start.1 + end.1) / 2.0 + bow);
        let fold = |shift: f32| {
            Shape::curve(&[
                (start.0, start.1 + shift),
                (middle.0, middle.1 + shift),
                (end.0, end.1 + shift),
            ])
        };
        canvas.soft(13.0, shadow(0.30 * depth), |layer| {
            layer.stroke(&fold(16.0), 26.0, flat(cloth.shade(-0.55)))
        });
        canvas.soft(7.0, light(0.36 * depth), |layer| {
            layer.stroke(&fold(-6.0), 12.0, flat(cloth.shade(0.4)))
        });
    }
}

/// The colour of shadows on the cloth.
pub const SHADE: Ink = Ink { red: 0.40, green: 0.34, blue: 0.31, alpha: 1.0 };

/// What every picture gets in the end.
pub fn finish_off(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.vignette(0.34);
    canvas.grain(dice, 0.15);
}
