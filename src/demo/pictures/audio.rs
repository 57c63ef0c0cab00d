//! Things that sound: a table radio and a pair of headphones on their stand.

use std::f32::consts::PI;

use super::canvas::{Canvas, light, shadow};
use super::den::{Tones, finish_off, knob, pilot, room, tones, wood};
use super::dice::{Dice, steps};
use super::ink::{Ink, flat, ink, linear};
use super::shape::Shape;
use super::turned::{Finish, Turned, lit, matt, profile, rod, satin};

/// A table radio: on a board in window light; its dial from near; in the evening.
pub fn radio(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(401 + u64::from(variant));
    let tones = tones(variant);
    match variant % 3 {
        0 => canvas.closer(1.12, (810.0, 640.0)),
        1 => canvas.closer(1.78, (985.0, 690.0)),
        _ => canvas.closer(1.06, (780.0, 640.0)),
    }
    room(canvas, tones, &mut dice);
    let (x, y, wide, tall) = (400.0, 462.0, 800.0, 408.0);
    let (right, foot) = (x + wide, y + tall);
    canvas.soft(34.0, shadow(0.62), |layer| {
        layer.fill(
            &Shape::polygon(&[
                (x + 40.0, foot + 14.0),
                (right, foot + 14.0),
                (right + 330.0, foot - 96.0),
                (right + 120.0, foot - 130.0),
                (x + 60.0, foot - 60.0),
            ]),
            flat(ink(0x5a_4436)),
        );
    });
    canvas.soft(9.0, shadow(0.9), |layer| {
        layer.fill(&Shape::rect(x + 24.0, foot + 4.0, wide - 40.0, 20.0), flat(ink(0x35_2820)))
    });
    for left in [x + 70.0, right - 130.0] {
        canvas.fill(
            &Shape::rect(left, foot - 4.0, 60.0, 20.0),
            linear(
                (left, 0.0),
                (left + 60.0, 0.0),
                &[(0.0, tones.dark.shade(0.2)), (1.0, tones.dark.shade(-0.2))],
            ),
        );
    }
    // The top is seen as a narrow band, lighter because it faces the window.
    let top = Shape::polygon(&[
        (x + 14.0, y + 30.0),
        (x + 62.0, y - 34.0),
        (right - 62.0, y - 34.0),
        (right - 14.0, y + 30.0),
    ]);
    wood(canvas, &mut dice, &top, tones.wood.shade(0.16), (y - 34.0, y + 30.0), 0.5);
    canvas.fill(
        &top,
        linear(
            (x, y),
            (right, y),
            &[
                (0.0, ink(0xff_f0d8).fade(0.34)),
                (0.5, ink(0xff_f0d8).fade(0.10)),
                (1.0, ink(0x20_1810).fade(0.18)),
            ],
        ),
    );
    let case = Shape::round_rect(x, y, wide, tall, 34.0);
    wood(canvas, &mut dice, &case, tones.wood, (y, foot), 0.7);
    canvas.fill(
        &case,
        linear(
            (x, 0.0),
            (right, 0.0),
            &[
                (0.0, ink(0xff_e8c8).fade(0.20)),
                (0.12, ink(0xff_e8c8).fade(0.0)),
                (0.86, ink(0x1a_120c).fade(0.0)),
                (1.0, ink(0x1a_120c).fade(0.42)),
            ],
        ),
    );
    canvas.soft(1.0, light(0.7), |layer| {
        layer.stroke(
            &Shape::curve(&[(x + 36.0, y + 2.0), (right - 36.0, y + 2.0)]),
            3.0,
            flat(tones.wood.shade(0.45)),
        )
    });
    front(canvas, tones, (x + 26.0, y + 26.0, wide - 52.0, tall - 52.0), variant);
    finish_off(canvas, &mut dice);
}

fn front(canvas: &mut Canvas, tones: Tones, area: (f32, f32, f32, f32), variant: u32) {
    let (x, y, wide, tall) = area;
    let panel = Shape::round_rect(x, y, wide, tall, 16.0);
    canvas.fill(
        &panel,
        linear(
            (x, y),
            (x + wide, y + tall),
            &[(0.0, tones.shell.shade(0.10)), (0.5, tones.shell), (1.0, tones.shell.shade(-0.16))],
        ),
    );
    canvas.clipped(&panel, |canvas| {
        canvas.soft(7.0, shadow(0.75), |layer| {
            layer.stroke(
                &Shape::corner((x + 2.0, y + tall), (x + 2.0, y + 2.0), (x + wide, y + 2.0)),
                11.0,
                flat(ink(0x4a_3c30)),
            );
        });
    });
    let middle = (x + 206.0, y + tall / 2.0);
    grille(canvas, tones, middle, 152.0);
    let dial = Shape::round_rect(x + 402.0, y + 40.0, 308.0, 112.0, 12.0);
    let glow = if variant % 3 == 2 { ink(0xf0_c98a) } else { ink(0xf3_e6c6) };
    canvas.fill(
        &dial,
        linear(
            (0.0, y + 40.0),
            (0.0, y + 152.0),
            &[(0.0, glow.shade(-0.16)), (0.5, glow), (1.0, glow.shade(-0.05))],
        ),
    );
    canvas.clipped(&dial, |canvas| {
        canvas.soft(5.0, shadow(0.7), |layer| {
            layer.stroke(
                &Shape::corner(
                    (x + 403.0, y + 160.0),
                    (x + 403.0, y + 41.0),
                    (x + 720.0, y + 41.0),
                ),
                9.0,
                flat(ink(0x5a_4630)),
            );
        });
        for part in steps(40) {
            let long = if (part * 40.0).round() % 5.0 < 0.5 { 26.0 } else { 13.0 };
            canvas.fill(
                &Shape::rect(x + 424.0 + part * 264.0, y + 74.0, 1.8, long),
                flat(tones.dark.mix(ink(0x4a_4038), 0.5)),
            );
            canvas.fill(
                &Shape::rect(x + 424.0 + part * 264.0, y + 120.0, 1.4, long * 0.5),
                flat(tones.dark.mix(glow, 0.4)),
            );
        }
        canvas
            .fill(&Shape::rect(x + 424.0, y + 106.0, 265.0, 1.6), flat(tones.dark.mix(glow, 0.3)));
        canvas.soft(2.0, shadow(0.6), |layer| {
            layer.fill(&Shape::rect(x + 563.0, y + 54.0, 4.0, 90.0), flat(ink(0x5a_4630)))
        });
        canvas.fill(&Shape::rect(x + 559.0, y + 52.0, 4.0, 92.0), flat(tones.accent));
        canvas.fill(
            &Shape::sheet(),
            linear(
                (x + 400.0, y),
                (x + 620.0, y + 180.0),
                &[
                    (0.0, ink(0xff_ffff).fade(0.30)),
                    (0.40, ink(0xff_ffff).fade(0.06)),
                    (0.41, ink(0xff_ffff).fade(0.0)),
                ],
            ),
        );
    });
    canvas.stroke(&dial, 1.6, flat(tones.dark.fade(0.45)));
    let metal = if variant % 3 == 1 { ink(0xc9_b58e) } else { ink(0xb9_b4aa) };
    knob(canvas, (x + 474.0, y + 252.0), 58.0, metal, tones.accent, -2.2);
    knob(canvas, (x + 638.0, y + 252.0), 58.0, metal, tones.dark, -0.9);
    for (index, angle) in [-2.7_f32, -2.2, -1.57, -0.94, -0.44].into_iter().enumerate() {
        for centre in [x + 474.0, x + 638.0] {
            let (dx, dy) = (angle.cos() * 74.0, angle.sin() * 74.0);
            let size = if index == 2 { 3.0 } else { 2.1 };
            canvas.fill(
                &Shape::oval(centre + dx, y + 252.0 + dy, size, size),
                flat(tones.dark.mix(tones.shell, 0.3)),
            );
        }
    }
    pilot(canvas, (x + 556.0, y + 316.0), 4.4, tones.accent);
}

fn grille(canvas: &mut Canvas, tones: Tones, middle: (f32, f32), radius: f32) {
    let mut ring = 0.0;
    let hole = tones.shell.mix(ink(0x1a_1613), 0.88);
    while ring <= radius {
        let count = ((ring * 2.0 * PI / 14.2).round() as u16).max(1);
        for part in steps(count).take(usize::from(count)) {
            let angle = part * 2.0 * PI + ring;
            let (x, y) = (middle.0 + angle.cos() * ring, middle.1 + angle.sin() * ring);
            canvas.fill(
                &Shape::oval(x + 0.7, y + 0.9, 4.5, 4.5),
                flat(tones.shell.shade(0.45).fade(0.8)),
            );
            canvas.fill(
                &Shape::oval(x, y, 4.3, 4.3),
                linear(
                    (x, y - 4.3),
                    (x, y + 4.3),
                    &[(0.0, hole), (1.0, hole.mix(tones.shell, 0.22))],
                ),
            );
        }
        ring += 13.4;
    }
}

/// Headphones on a stand: upright; one cup from near; in another colour.
pub fn headphones(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(431 + u64::from(variant));
    let mut tones = tones(variant + 1);
    if variant % 3 == 1 {
        tones.accent = ink(0xd8_a468);
    }
    match variant % 3 {
        0 => canvas.closer(1.34, (830.0, 640.0)),
        1 => canvas.closer(1.95, (900.0, 660.0)),
        _ => canvas.closer(1.40, (760.0, 650.0)),
    }
    room(canvas, tones, &mut dice);
    let (x, foot) = (800.0, 930.0);
    let stand = Turned {
        foot: (x, foot),
        tilt: 0.26,
        outside: profile(&[
            (0.0, 168.0),
            (6.0, 172.0),
            (20.0, 170.0),
            (26.0, 160.0),
            (29.0, 110.0),
            (31.0, 50.0),
            (34.0, 22.0),
            (42.0, 14.0),
            (70.0, 11.5),
            (300.0, 11.0),
            (578.0, 11.0),
        ]),
        inside: Vec::new(),
        finish: satin(tones.board),
    };
    stand.cast(canvas, ink(0x5c_4638), 0.7);
    stand.draw(canvas, &|height, angle| {
        let grain = 0.07 * (angle * 9.0 + height * 40.0).sin() + 0.04 * (angle * 23.0).sin();
        if height < 0.055 { tones.wood.shade(grain) } else { tones.accent.mix(ink(0x8a_7a66), 0.5) }
    });
    canvas.soft(26.0, shadow(0.30), |layer| {
        let arch: Vec<_> = arch((x + 150.0, 590.0), 204.0, 268.0)
            .into_iter()
            .map(|point| (point.0, point.1))
            .collect();
        layer.stroke(&Shape::curve(&arch), 40.0, flat(tones.wall.shade(-0.55)));
        for side in [-1.0, 1.0] {
            layer.fill(
                &Shape::oval(x + 150.0 + side * 196.0, 690.0, 72.0, 130.0),
                flat(tones.wall.shade(-0.55)),
            );
        }
    });
    saddle(canvas, (x, 372.0), tones);
    band(canvas, (x, 590.0), tones);
    for side in [-1.0, 1.0] {
        cup(canvas, (x + side * 204.0, 665.0), side, tones);
    }
    finish_off(canvas, &mut dice);
}

fn arch(middle: (f32, f32), wide: f32, tall: f32) -> Vec<(f32, f32, f32)> {
    steps(24)
        .map(|part| {
            let angle = PI * (1.0 + part);
            let flat = angle.sin().abs().powf(0.82);
            (middle.0 + angle.cos() * wide, middle.1 - flat * tall, 8.0)
        })
        .collect()
}

fn saddle(canvas: &mut Canvas, at: (f32, f32), tones: Tones) {
    rod(
        canvas,
        &[
            (at.0 - 62.0, at.1 + 6.0, 11.0),
            (at.0 - 30.0, at.1 - 3.0, 13.0),
            (at.0 + 30.0, at.1 - 3.0, 13.0),
            (at.0 + 62.0, at.1 + 6.0, 11.0),
        ],
        tones.wood,
        satin(tones.board),
    );
}

fn band(canvas: &mut Canvas, middle: (f32, f32), tones: Tones) {
    let steel = ink(0xa8_a49c);
    let outer = arch(middle, 208.0, 268.0);
    rod(canvas, &outer, steel, satin(tones.board));
    let pad: Vec<_> = arch((middle.0, middle.1 - 8.0), 198.0, 246.0)
        .into_iter()
        .enumerate()
        .filter(|(index, _)| (5..=19).contains(index))
        .map(|(index, (x, y, _))| {
            (x, y, 9.0 + 11.0 * ((index as f32 - 5.0) / 14.0 * PI).sin().max(0.0).powf(0.35))
        })
        .collect();
    let leather = tones.accent.mix(ink(0x6e_4a32), 0.55);
    rod(canvas, &pad, leather, matt(tones.board));
    let seam: Vec<_> = pad.iter().map(|point| (point.0, point.1 + 4.0)).collect();
    for pair in seam.windows(2) {
        let middle = ((pair[0].0 + pair[1].0) / 2.0, (pair[0].1 + pair[1].1) / 2.0);
        canvas.stroke(&Shape::curve(&[pair[0], middle]), 1.4, flat(leather.shade(0.5).fade(0.7)));
    }
}

/// One ear cup seen from the side of its edge: shell outside, cushion inside.
fn cup(canvas: &mut Canvas, at: (f32, f32), side: f32, tones: Tones) {
    let (x, y) = at;
    let finish = satin(tones.board);
    let steel = ink(0xa8_a49c);
    rod(
        canvas,
        &[
            (x + side * 4.0, y - 78.0, 7.0),
            (x + side * 20.0, y - 66.0, 8.0),
            (x + side * 26.0, y - 20.0, 8.0),
            (x + side * 26.0, y, 8.0),
        ],
        steel,
        finish,
    );
    let cushion = tones.dark.mix(ink(0x5a_4434), 0.35).shade(0.06);
    barrel(canvas, (x - side * 44.0, y), (34.0, 126.0), cushion, matt(tones.board));
    canvas.soft(3.0, shadow(0.6), |layer| {
        layer.stroke(
            &Shape::curve(&[
                (x - side * 17.0, y - 112.0),
                (x - side * 15.0, y),
                (x - side * 17.0, y + 112.0),
            ]),
            6.0,
            flat(ink(0x20_1a16)),
        );
    });
    barrel(canvas, (x - side * 10.0, y), (25.0, 120.0), tones.dark.shade(0.05), finish);
    barrel(canvas, (x + side * 16.0, y), (36.0, 112.0), tones.shell, finish);
    let cap = Shape::oval(x + side * 30.0, y, 17.0, 62.0);
    canvas.soft(2.0, shadow(0.45), |layer| {
        layer.fill(&Shape::oval(x + side * 30.0 + 3.0, y + 4.0, 18.0, 64.0), flat(ink(0x30_2a26)))
    });
    canvas.fill(
        &cap,
        linear(
            (x + side * 30.0 - 18.0, y - 40.0),
            (x + side * 30.0 + 18.0, y + 40.0),
            &[(0.0, tones.wood.shade(0.28)), (0.5, tones.wood), (1.0, tones.wood.shade(-0.35))],
        ),
    );
    canvas.stroke(&cap, 1.6, flat(steel.shade(0.2).fade(0.8)));
    canvas.soft(5.0, light(0.5), |layer| {
        layer.stroke(
            &Shape::curve(&[
                (x + side * 16.0 - 15.0, y - 74.0),
                (x + side * 16.0 - 21.0, y),
                (x + side * 16.0 - 15.0, y + 60.0),
            ]),
            5.0,
            flat(ink(0xff_f4e2)),
        );
    });
}

/// A soft upright cushion: a rounded outline lit across like a column, brighter above than below.
fn barrel(canvas: &mut Canvas, at: (f32, f32), half: (f32, f32), albedo: Ink, finish: Finish) {
    let points: Vec<_> = steps(96)
        .map(|part| {
            let (sin, cos) = (part * 2.0 * PI).sin_cos();
            let round = |value: f32, power: f32| value.signum() * value.abs().powf(power);
            (at.0 + half.0 * round(cos, 0.62), at.1 + half.1 * round(sin, 0.74))
        })
        .collect();
    let stops: Vec<_> = steps(18)
        .map(|part| {
            let side = part * 2.0 - 1.0;
            let normal = [side, 0.12, (1.0 - side * side).max(0.0).sqrt()];
            (part, lit(albedo, normal, 0.2, 1.0, finish))
        })
        .collect();
    let outline = Shape::polygon(&points);
    canvas.fill(&outline, linear((at.0 - half.0, at.1), (at.0 + half.0, at.1), &stops));
    let (bright, dark) = (ink(0xff_f0dc), ink(0x0c_0a08));
    let fall = [
        (0.0, bright.fade(0.20)),
        (0.22, bright.fade(0.0)),
        (0.6, dark.fade(0.0)),
        (1.0, dark.fade(0.46)),
    ];
    canvas
        .fill(&outline, linear((at.0, at.1 - half.1), (at.0 + half.0 * 0.2, at.1 + half.1), &fall));
}
