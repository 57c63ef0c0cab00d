//! A turntable seen from above.

use std::f32::consts::PI;

use tiny_skia::Transform;

use super::canvas::{Canvas, light, shadow};
use super::den::{Tones, finish_off, knob, pilot, tones, wood};
use super::dice::{Dice, steps};
use super::ink::{Ink, flat, ink, linear, radial, sweep};
use super::shape::Shape;

const PLATTER: (f32, f32) = (690.0, 600.0);
const RECORD_RADIUS: f32 = 352.0;

/// A turntable on a table: whole, with a sleeve; the needle from near; in another wood.
pub fn turntable(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(463 + u64::from(variant));
    let tones = tones(variant);
    let turn = match variant % 3 {
        0 => {
            canvas.closer(0.94, (880.0, 600.0));
            -9.0
        }
        1 => {
            canvas.closer(1.85, (905.0, 640.0));
            -14.0
        }
        _ => {
            canvas.closer(1.02, (760.0, 610.0));
            7.0
        }
    };
    let table = tones.wall.shade(0.06);
    canvas.fill(
        &Shape::sheet(),
        linear(
            (0.0, 0.0),
            (1600.0, 1200.0),
            &[(0.0, table.shade(0.22)), (0.5, table), (1.0, table.shade(-0.26))],
        ),
    );
    canvas.soft(40.0, light(0.30), |layer| {
        layer.fill(
            &Shape::polygon(&[(-200.0, 160.0), (700.0, -200.0), (1500.0, 700.0), (500.0, 1300.0)]),
            flat(ink(0xff_ebcd)),
        );
    });
    canvas.placed(Transform::from_rotate_at(turn, 800.0, 600.0), |canvas| {
        if variant.is_multiple_of(3) {
            canvas.placed(Transform::from_rotate_at(19.0, 1500.0, 900.0), |canvas| {
                sleeve(canvas, (1310.0, 560.0), tones)
            });
        }
        plinth(canvas, &mut dice, tones);
        record(canvas, &mut dice, tones);
        arm(canvas, tones);
    });
    finish_off(canvas, &mut dice);
}

fn sleeve(canvas: &mut Canvas, at: (f32, f32), tones: Tones) {
    let (x, y) = at;
    let size = 560.0;
    canvas.soft(20.0, shadow(0.6), |layer| {
        layer.fill(&Shape::rect(x + 22.0, y + 26.0, size, size), flat(ink(0x55_473a)))
    });
    let paper = Shape::rect(x, y, size, size);
    canvas.fill(
        &paper,
        linear((x, y), (x + size, y + size), &[(0.0, ink(0xf0_e4cd)), (1.0, ink(0xdd_cdb2))]),
    );
    canvas.clipped(&paper, |canvas| {
        canvas.fill(&Shape::oval(x + 250.0, y + 250.0, 150.0, 150.0), flat(tones.accent));
        for (index, tone) in [0x8f_a39a_u32, 0x5f_7a78, 0x3d_5557].into_iter().enumerate() {
            let lift = index as f32 * 62.0;
            let wave: Vec<_> = steps(20)
                .map(|part| {
                    (
                        x + part * size,
                        y + 310.0 + lift + ((part * 2.2 + index as f32 * 0.9) * PI).sin() * 34.0,
                    )
                })
                .collect();
            let mut hill = wave;
            hill.extend([(x + size, y + size), (x, y + size)]);
            canvas.fill(&Shape::polygon(&hill), flat(ink(tone)));
        }
        canvas.fill(
            &Shape::sheet(),
            linear(
                (x, y),
                (x + size, y + size * 0.7),
                &[
                    (0.0, ink(0xff_ffff).fade(0.16)),
                    (0.5, ink(0xff_ffff).fade(0.0)),
                    (1.0, ink(0x00_0000).fade(0.10)),
                ],
            ),
        );
    });
    canvas.stroke(
        &Shape::corner((x, y + size), (x, y), (x + size, y)),
        1.6,
        flat(ink(0xff_faf0).fade(0.6)),
    );
}

fn plinth(canvas: &mut Canvas, dice: &mut Dice, tones: Tones) {
    let case = Shape::round_rect(270.0, 190.0, 1010.0, 820.0, 26.0);
    canvas.soft(46.0, shadow(0.62), |layer| {
        layer.fill(&Shape::round_rect(330.0, 262.0, 1020.0, 830.0, 40.0), flat(ink(0x4e_4034)))
    });
    canvas.soft(10.0, shadow(0.7), |layer| {
        layer.fill(&Shape::round_rect(278.0, 200.0, 1012.0, 822.0, 28.0), flat(ink(0x44_382e)))
    });
    wood(canvas, dice, &case, tones.wood, (190.0, 1010.0), 1.1);
    let deck = Shape::round_rect(292.0, 212.0, 966.0, 776.0, 14.0);
    canvas.fill(
        &deck,
        linear(
            (290.0, 210.0),
            (1260.0, 990.0),
            &[(0.0, tones.shell.shade(0.16)), (0.45, tones.shell), (1.0, tones.shell.shade(-0.18))],
        ),
    );
    canvas.stroke(&deck, 1.6, flat(tones.dark.fade(0.35)));
    canvas.soft(1.2, light(0.6), |layer| {
        layer.stroke(
            &Shape::corner((296.0, 972.0), (296.0, 216.0), (1246.0, 216.0)),
            2.0,
            flat(ink(0xff_faf0)),
        )
    });
    knob(canvas, (1168.0, 910.0), 34.0, ink(0xb9_b4aa), tones.accent, -1.2);
    pilot(canvas, (1090.0, 914.0), 5.0, tones.accent);
    let slot = Shape::round_rect(1160.0, 590.0, 12.0, 210.0, 6.0);
    canvas.fill(&slot, flat(tones.dark.shade(-0.2)));
    canvas.soft(5.0, shadow(0.6), |layer| {
        layer.fill(&Shape::round_rect(1150.0, 690.0, 42.0, 30.0, 5.0), flat(ink(0x3c_332c)))
    });
    canvas.fill(
        &Shape::round_rect(1145.0, 682.0, 42.0, 26.0, 5.0),
        linear(
            (0.0, 682.0),
            (0.0, 708.0),
            &[(0.0, ink(0xda_d5ca)), (0.5, ink(0x9c_978d)), (1.0, ink(0xc4_bfb4))],
        ),
    );
}

fn record(canvas: &mut Canvas, dice: &mut Dice, tones: Tones) {
    let (x, y) = PLATTER;
    canvas.soft(14.0, shadow(0.75), |layer| {
        layer.fill(&Shape::oval(x + 14.0, y + 18.0, 374.0, 374.0), flat(ink(0x3c_3229)))
    });
    let rim: Vec<_> = steps(24)
        .map(|part| {
            (
                part,
                ink(0xb4_afa5)
                    .shade(((part * 2.0 * PI - 4.0).cos() * 0.5 + 0.5).powf(3.0) * 0.5 - 0.12),
            )
        })
        .collect();
    canvas.fill(&Shape::oval(x, y, 372.0, 372.0), sweep(PLATTER, &rim));
    for part in steps(143) {
        let angle = part * 2.0 * PI;
        canvas.fill(
            &Shape::oval(x + angle.cos() * 365.0, y + angle.sin() * 365.0, 2.6, 2.6),
            flat(ink(0x4a_463f).fade(0.7)),
        );
    }
    canvas.soft(4.0, shadow(0.7), |layer| {
        layer.fill(
            &Shape::oval(x + 4.0, y + 5.0, RECORD_RADIUS + 1.0, RECORD_RADIUS + 1.0),
            flat(ink(0x20_1c18)),
        )
    });
    // Light fans out twice over the grooves, as it does on vinyl.
    let vinyl: Vec<_> = steps(72)
        .map(|part| {
            let angle = part * 2.0 * PI;
            let fan = (angle - 3.86).cos().abs().powf(22.0) * 0.34
                + (angle - 4.05).cos().abs().powf(90.0) * 0.22
                + (angle - 0.9).cos().abs().powf(60.0) * 0.05;
            (part, ink(0x1a_191b).shade(fan))
        })
        .collect();
    canvas.fill(&Shape::oval(x, y, RECORD_RADIUS, RECORD_RADIUS), sweep(PLATTER, &vinyl));
    let mut radius = 132.0;
    while radius < RECORD_RADIUS - 6.0 {
        let band = [176.0, 214.0, 262.0, 303.0].iter().any(|gap: &f32| (gap - radius).abs() < 2.2);
        let tone = if dice.part() < 0.5 { ink(0xff_ffff) } else { ink(0x00_0000) };
        let strength = if band { 0.30 } else { dice.between(0.03, 0.15) };
        canvas.stroke(
            &Shape::oval(x, y, radius, radius),
            if band { 2.6 } else { 0.9 },
            flat((if band { ink(0x08_0808) } else { tone }).fade(strength)),
        );
        radius += 1.9;
    }
    canvas.stroke(
        &Shape::oval(x, y, RECORD_RADIUS - 1.5, RECORD_RADIUS - 1.5),
        2.4,
        flat(ink(0x6a_686a).fade(0.5)),
    );
    label(canvas, tones);
}

fn label(canvas: &mut Canvas, tones: Tones) {
    let (x, y) = PLATTER;
    let colour = tones.accent;
    canvas.fill(
        &Shape::oval(x, y, 116.0, 116.0),
        linear(
            (x - 116.0, y - 116.0),
            (x + 116.0, y + 116.0),
            &[(0.0, colour.shade(0.18)), (1.0, colour.shade(-0.16))],
        ),
    );
    let cream = ink(0xf2_e6cf);
    canvas.stroke(&Shape::oval(x, y, 104.0, 104.0), 1.6, flat(cream.fade(0.8)));
    canvas.clipped(&Shape::oval(x, y, 96.0, 96.0), |canvas| {
        canvas.fill(&Shape::rect(x - 100.0, y + 22.0, 200.0, 100.0), flat(cream));
        for line in steps(3) {
            canvas.fill(
                &Shape::round_rect(
                    x - 46.0 + line * 14.0,
                    y + 38.0 + line * 33.0,
                    92.0 - line * 28.0,
                    4.0,
                    2.0,
                ),
                flat(tones.dark.fade(0.6)),
            );
        }
    });
    canvas.soft(3.0, shadow(0.7), |layer| {
        layer.fill(&Shape::oval(x + 3.0, y + 4.0, 9.0, 9.0), flat(ink(0x2a_2420)))
    });
    canvas.fill(
        &Shape::oval(x, y, 8.0, 8.0),
        radial((x - 2.0, y - 3.0), 9.0, &[(0.0, ink(0xf6_f2ea)), (1.0, ink(0x7c_776d))]),
    );
}

/// A straight length of tube between two points with its own light.
fn tube(canvas: &mut Canvas, from: (f32, f32), to: (f32, f32), radius: f32, metal: Ink) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let long = dx.hypot(dy).max(1.0);
    let (nx, ny) = (-dy / long * radius, dx / long * radius);
    let shader = linear(
        (from.0 - nx, from.1 - ny),
        (from.0 + nx, from.1 + ny),
        &[
            (0.0, metal.shade(-0.35)),
            (0.30, metal.shade(0.10)),
            (0.55, metal.shade(0.72)),
            (0.75, metal),
            (1.0, metal.shade(-0.5)),
        ],
    );
    canvas.fill(
        &Shape::polygon(&[
            (from.0 - nx, from.1 - ny),
            (to.0 - nx, to.1 - ny),
            (to.0 + nx, to.1 + ny),
            (from.0 + nx, from.1 + ny),
        ]),
        shader,
    );
}

fn arm(canvas: &mut Canvas, tones: Tones) {
    let pivot = (1150.0, 366.0);
    let (bend, head, tip) = ((1092.0, 742.0), (1004.0, 838.0), (960.0, 884.0));
    let steel = ink(0xa9_a59d);
    canvas.soft(11.0, shadow(0.62), |layer| {
        let cast = |point: (f32, f32), away: f32| (point.0 + away, point.1 + away * 1.15);
        layer.stroke(
            &Shape::curve(&[cast(pivot, 34.0), cast(bend, 26.0)]),
            15.0,
            flat(ink(0x2e_2620)),
        );
        layer.stroke(
            &Shape::curve(&[cast(bend, 26.0), cast(tip, 14.0)]),
            17.0,
            flat(ink(0x2e_2620)),
        );
        layer.stroke(
            &Shape::curve(&[cast((1170.0, 248.0), 34.0), cast(pivot, 34.0)]),
            46.0,
            flat(ink(0x2e_2620)),
        );
    });
    canvas.fill(
        &Shape::oval(pivot.0, pivot.1, 74.0, 74.0),
        linear(
            (1076.0, 292.0),
            (1224.0, 440.0),
            &[(0.0, tones.shell.shade(0.3)), (1.0, tones.shell.shade(-0.35))],
        ),
    );
    knob(canvas, pivot, 56.0, steel, tones.dark, 2.0);
    tube(canvas, (1163.0, 282.0), (1172.0, 236.0), 30.0, tones.dark.shade(0.14));
    tube(canvas, (1159.0, 306.0), (1163.0, 282.0), 26.0, steel);
    tube(canvas, (1161.0, 300.0), bend, 7.5, steel);
    canvas.fill(&Shape::oval(bend.0, bend.1, 8.2, 8.2), flat(steel.shade(0.15)));
    tube(canvas, bend, head, 7.5, steel);
    let (dx, dy) = ((tip.0 - head.0) / 64.0, (tip.1 - head.1) / 64.0);
    tube(canvas, head, (tip.0 + dx * 22.0, tip.1 + dy * 22.0), 19.0, tones.dark.shade(0.10));
    canvas.stroke(
        &Shape::curve(&[
            (head.0 - dx * 4.0 + 16.0, head.1 + 18.0),
            (head.0 + 30.0, head.1 + 34.0),
            (head.0 + 44.0, head.1 + 40.0),
        ]),
        4.0,
        flat(steel.shade(0.2)),
    );
    canvas.fill(
        &Shape::oval((head.0 + tip.0) / 2.0, (head.1 + tip.1) / 2.0, 5.0, 5.0),
        flat(tones.accent),
    );
    knob(canvas, (pivot.0, pivot.1), 30.0, steel.shade(-0.1), tones.accent, 2.0);
}
