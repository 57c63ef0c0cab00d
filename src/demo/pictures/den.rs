//! The listening room: a wall with leaf shadows, an oak board, wood and metal as the makers use
//! them.

use std::f32::consts::PI;

use super::canvas::{Canvas, light, shadow};
use super::dice::{Dice, steps};
use super::ink::{Ink, flat, ink, linear, radial, sweep};
use super::shape::{GRID_WIDTH, Shape};

/// Colours of a room and of the thing in it.
#[derive(Debug, Clone, Copy)]
pub struct Tones {
    pub wall: Ink,
    pub board: Ink,
    pub wood: Ink,
    pub shell: Ink,
    pub dark: Ink,
    pub accent: Ink,
}

/// The colourway of a variant.
pub fn tones(variant: u32) -> Tones {
    match variant % 3 {
        0 => Tones {
            wall: ink(0xc8_bfae),
            board: ink(0xb8_9068),
            wood: ink(0x7c_5236),
            shell: ink(0xe9_e2d2),
            dark: ink(0x35_312e),
            accent: ink(0xc8_6f3f),
        },
        1 => Tones {
            wall: ink(0x8c_9a94),
            board: ink(0xa6_8a6c),
            wood: ink(0xb4_8d63),
            shell: ink(0xd5_d8cc),
            dark: ink(0x2f_3836),
            accent: ink(0xd2_a24c),
        },
        _ => Tones {
            wall: ink(0xb8_8670),
            board: ink(0x8a_6248),
            wood: ink(0x5a_3d2e),
            shell: ink(0x3c_3d40),
            dark: ink(0x26_2628),
            accent: ink(0xe0_b064),
        },
    }
}

/// Where the board meets the wall.
pub const BOARD_Y: f32 = 700.0;

/// Wall and board.
pub fn room(canvas: &mut Canvas, tones: Tones, dice: &mut Dice) {
    let wall = tones.wall;
    canvas.fill(
        &Shape::sheet(),
        linear(
            (0.0, 0.0),
            (1600.0, 640.0),
            &[(0.0, wall.shade(0.20)), (0.5, wall), (1.0, wall.shade(-0.30))],
        ),
    );
    canvas.soft(34.0, light(0.30), |layer| {
        layer.fill(
            &Shape::polygon(&[(220.0, -60.0), (900.0, -60.0), (1260.0, 720.0), (640.0, 720.0)]),
            flat(ink(0xff_e8c6)),
        );
    });
    canvas.soft(15.0, shadow(0.26), |layer| fronds(layer, (1010.0, -60.0), wall.shade(-0.5)));
    let board = Shape::rect(-GRID_WIDTH, BOARD_Y, GRID_WIDTH * 3.0, 1200.0);
    canvas.soft(8.0, shadow(0.55), |layer| {
        layer.fill(
            &Shape::rect(-GRID_WIDTH, BOARD_Y - 18.0, GRID_WIDTH * 3.0, 26.0),
            flat(wall.shade(-0.5)),
        );
    });
    wood(canvas, dice, &board, tones.board, (BOARD_Y, 1230.0), 1.0);
    canvas.clipped(&board, |canvas| {
        canvas.fill(
            &Shape::sheet(),
            linear(
                (0.0, BOARD_Y),
                (0.0, BOARD_Y + 130.0),
                &[(0.0, tones.board.shade(-0.55).fade(0.55)), (1.0, tones.board.fade(0.0))],
            ),
        );
        canvas.soft(50.0, light(0.34), |layer| {
            layer.fill(
                &Shape::polygon(&[
                    (60.0, 760.0),
                    (560.0, 720.0),
                    (1000.0, 1010.0),
                    (330.0, 1120.0),
                ]),
                flat(ink(0xff_e6c0)),
            );
        });
    });
}

fn fronds(canvas: &mut Canvas, root: (f32, f32), colour: Ink) {
    for (index, turn) in [2.25_f32, 1.85, 1.45, 1.1].into_iter().enumerate() {
        let long = 620.0 - 60.0 * index as f32;
        let at = |part: f32| {
            (
                root.0 + turn.cos() * long * part,
                root.1 + turn.sin() * long * part + part * part * 60.0,
            )
        };
        let stem: Vec<_> = steps(10).map(at).collect();
        canvas.stroke(&Shape::curve(&stem), 7.0, flat(colour));
        for part in steps(15).skip(4) {
            let here = at(part);
            for side in [-1.0, 1.0] {
                let angle = turn + side * (0.95 - part * 0.4);
                let reach = 150.0 * (part * PI).sin().max(0.12);
                let tip = (here.0 + angle.cos() * reach, here.1 + angle.sin() * reach);
                let belly = (
                    here.0 + (angle - 0.16 * side).cos() * reach * 0.5,
                    here.1 + (angle - 0.16 * side).sin() * reach * 0.5,
                );
                canvas.stroke(&Shape::curve(&[here, belly, tip]), 15.0, flat(colour));
            }
        }
    }
}

/// Wood with its grain lying across, between two heights; `fine` is the grain's scale.
pub fn wood(
    canvas: &mut Canvas,
    dice: &mut Dice,
    shape: &Shape,
    colour: Ink,
    span: (f32, f32),
    fine: f32,
) {
    canvas.fill(
        shape,
        linear(
            (0.0, span.0),
            (900.0, span.1),
            &[(0.0, colour.shade(0.05)), (0.5, colour), (1.0, colour.shade(-0.22))],
        ),
    );
    canvas.clipped(shape, |canvas| {
        let count = ((span.1 - span.0) / (3.4 * fine)).clamp(20.0, 220.0) as u16;
        for part in steps(count) {
            let y = span.0 + (span.1 - span.0) * part + dice.between(-3.0, 3.0) * fine;
            let (x, long) = (dice.between(-400.0, 1200.0), dice.between(240.0, 1300.0));
            let sway = dice.between(-7.0, 7.0) * fine;
            let line = Shape::curve(&[
                (x, y),
                (x + long * 0.3, y + sway),
                (x + long * 0.7, y - sway * 0.6),
                (x + long, y + sway * 0.3),
            ]);
            let tone = if dice.part() < 0.72 { colour.shade(-0.45) } else { colour.shade(0.4) };
            canvas.stroke(
                &line,
                dice.between(0.7, 2.3) * fine,
                flat(tone.fade(dice.between(0.05, 0.24))),
            );
        }
    });
}

/// A turned metal knob seen from the front.
pub fn knob(canvas: &mut Canvas, at: (f32, f32), radius: f32, metal: Ink, mark: Ink, turn: f32) {
    let (x, y) = at;
    canvas.soft(radius * 0.16, shadow(0.75), |layer| {
        layer.fill(
            &Shape::oval(x + radius * 0.22, y + radius * 0.26, radius * 1.02, radius),
            flat(ink(0x3c_332c)),
        )
    });
    canvas.fill(
        &Shape::oval(x, y, radius, radius),
        linear(
            (x - radius, y - radius),
            (x + radius, y + radius),
            &[(0.0, metal.shade(0.45)), (0.5, metal), (1.0, metal.shade(-0.45))],
        ),
    );
    let face = radius * 0.86;
    let ring: Vec<_> = steps(16)
        .map(|part| {
            let glance = ((part * 2.0 * PI - 3.9).cos().abs().powf(5.0) * 0.42)
                + ((part * 2.0 * PI - 0.8).cos().abs().powf(9.0) * 0.12);
            (part, metal.shade(glance - 0.10))
        })
        .collect();
    canvas.fill(&Shape::oval(x, y, face, face), sweep(at, &ring));
    for part in steps(7) {
        canvas.stroke(
            &Shape::oval(x, y, face * part, face * part),
            0.6,
            flat(metal.shade(-0.4).fade(0.12)),
        );
    }
    let (dx, dy) = (turn.cos(), turn.sin());
    canvas.stroke(
        &Shape::curve(&[
            (x + dx * face * 0.52, y + dy * face * 0.52),
            (x + dx * face * 0.86, y + dy * face * 0.86),
        ]),
        radius * 0.09,
        flat(mark),
    );
}

/// A small lamp that glows.
pub fn pilot(canvas: &mut Canvas, at: (f32, f32), radius: f32, colour: Ink) {
    canvas.soft(radius * 2.2, light(0.8), |layer| {
        layer.fill(&Shape::oval(at.0, at.1, radius * 2.2, radius * 2.2), flat(colour))
    });
    canvas.fill(
        &Shape::oval(at.0, at.1, radius, radius),
        radial(at, radius, &[(0.0, colour.shade(0.7)), (1.0, colour)]),
    );
}

/// What every picture gets in the end.
pub fn finish_off(canvas: &mut Canvas, dice: &mut Dice) {
    canvas.vignette(0.36);
    canvas.grain(dice, 0.14);
}
