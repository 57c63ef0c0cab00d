//! A vase and what stands in it: honesty, olive, grasses, and their shadow on the wall.

use std::f32::consts::PI;

use super::canvas::{Canvas, light, shadow};
use super::ceramics::{dipped, speckles};
use super::dice::{Dice, steps};
use super::ink::{Ink, flat, ink, linear};
use super::shape::Shape;
use super::studio::{Palette, SHADE, TILT, finish_off, palette, room};
use super::turned::{Turned, profile, satin};

/// What grows on a stem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plant {
    Honesty,
    Olive,
    Grass,
}

fn leaf(base: (f32, f32), angle: f32, length: f32, width: f32) -> Shape {
    let (dx, dy) = (angle.cos(), angle.sin());
    let side = |along: f32, across: f32| {
        (base.0 + dx * along - dy * across, base.1 + dy * along + dx * across)
    };
    let mut points: Vec<_> = steps(12)
        .map(|part| {
            side(part * length, (part * PI).sin().max(0.0).powf(0.8) * width * (1.1 - part * 0.35))
        })
        .collect();
    points.extend(steps(12).map(|part| 1.0 - part).map(|part| {
        side(part * length, -(part * PI).sin().max(0.0).powf(0.8) * width * (1.1 - part * 0.35))
    }));
    Shape::polygon(&points)
}

/// One stem from `from` to `to`; `dark` paints its shadow.
fn stem(
    canvas: &mut Canvas,
    plant: Plant,
    from: (f32, f32),
    to: (f32, f32),
    dice: &mut Dice,
    dark: Option<Ink>,
) {
    let bow = dice.between(-46.0, 46.0);
    let at = |part: f32| {
        let lift = (part * PI).sin() * bow;
        (from.0 + (to.0 - from.0) * part.powf(1.25) + lift * 0.6, from.1 + (to.1 - from.1) * part)
    };
    let colour = |colour: Ink| dark.unwrap_or(colour);
    let line: Vec<_> = steps(14).map(at).collect();
    let bark = match plant {
        Plant::Honesty => ink(0x8a_7350),
        Plant::Olive => ink(0x6b_5a44),
        Plant::Grass => ink(0xa8_8d5c),
    };
    canvas.stroke(
        &Shape::curve(&line),
        if plant == Plant::Olive { 5.0 } else { 3.2 },
        flat(colour(bark)),
    );
    for part in steps(if plant == Plant::Grass { 70 } else { 17 }) {
        let along = 0.36 + part * 0.64;
        let side = if (part * 17.0).round() % 2.0 < 0.5 { 1.0 } else { -1.0 };
        let here = at(along);
        match plant {
            Plant::Honesty => seed_pod(canvas, here, side, dice, dark),
            Plant::Olive => {
                let angle = -PI / 2.0 + side * dice.between(0.45, 1.15);
                let (length, tone) = (dice.between(52.0, 88.0) * (1.15 - part * 0.5), dice.part());
                let front = ink(0x6f_7a58).mix(ink(0xa9_ad8c), tone);
                let shader = linear(
                    here,
                    (here.0 + angle.cos() * length, here.1 + angle.sin() * length),
                    &[(0.0, colour(front.shade(-0.22))), (1.0, colour(front.shade(0.10)))],
                );
                canvas.fill(&leaf(here, angle, length, length * 0.125), shader);
                let rib = Shape::curve(&[
                    here,
                    (here.0 + angle.cos() * length * 0.9, here.1 + angle.sin() * length * 0.9),
                ]);
                canvas.stroke(&rib, 1.0, flat(colour(front.shade(0.35)).fade(0.5)));
            }
            Plant::Grass => {
                let tall = (1.0 - part).powf(0.6) * 34.0 + 5.0;
                let angle = -PI / 2.0 + dice.between(-1.0, 1.0) * 0.75;
                let tip = (here.0 + angle.cos() * tall, here.1 + angle.sin() * tall);
                let hue = ink(0xcd_b384).mix(ink(0xe9_d8b4), dice.part());
                canvas.stroke(&Shape::curve(&[here, tip]), 2.6, flat(colour(hue).fade(0.85)));
            }
        }
    }
}

fn seed_pod(canvas: &mut Canvas, here: (f32, f32), side: f32, dice: &mut Dice, dark: Option<Ink>) {
    let reach = dice.between(26.0, 64.0);
    let lift = dice.between(-34.0, 12.0);
    let (x, y) = (here.0 + side * reach, here.1 + lift);
    let (wide, tall) = (dice.between(17.0, 31.0), dice.between(26.0, 36.0));
    let line = |colour: Ink| dark.unwrap_or(colour);
    canvas.stroke(
        &Shape::curve(&[here, (x - side * wide * 0.5, y + tall * 0.6)]),
        1.8,
        flat(line(ink(0x8a_7350))),
    );
    let pod = Shape::oval(x, y, wide, tall);
    if let Some(dark) = dark {
        canvas.fill(&pod, flat(dark.fade(0.55)));
        return;
    }
    let silk = ink(0xf2_e8d2);
    canvas.fill(
        &pod,
        linear(
            (x - wide, y - tall),
            (x + wide, y + tall),
            &[
                (0.0, silk.fade(0.86)),
                (0.55, ink(0xe4_d6b8).fade(0.66)),
                (1.0, ink(0xbf_ab88).fade(0.74)),
            ],
        ),
    );
    canvas.stroke(&pod, 1.5, flat(ink(0x9c_8560).fade(0.8)));
    canvas.soft(3.0, light(0.5), |layer| {
        layer.fill(
            &Shape::oval(x - wide * 0.3, y - tall * 0.35, wide * 0.4, tall * 0.35),
            flat(ink(0xff_fdf4)),
        )
    });
    let wall = Shape::curve(&[
        (x, y - tall * 0.8),
        (x + wide * 0.12, y),
        (x - wide * 0.05, y + tall * 0.8),
    ]);
    canvas.stroke(&wall, 1.0, flat(ink(0xa8_9068).fade(0.35)));
}

fn bouquet(
    canvas: &mut Canvas,
    plant: Plant,
    mouth: (f32, f32),
    stems: &[(f32, f32)],
    dice: &Dice,
) {
    let draw = |canvas: &mut Canvas, dark: Option<Ink>| {
        let mut dice = dice.clone();
        for (x, y) in stems {
            let start = (mouth.0 + x * 0.06, mouth.1 + 16.0);
            stem(canvas, plant, start, (mouth.0 + x, mouth.1 - y), &mut dice, dark);
        }
    };
    canvas.soft(11.0, shadow(0.34), |layer| {
        layer.placed(
            tiny_skia::Transform::from_row(1.0, -0.04, -0.10, 0.94, 190.0, 96.0),
            |layer| draw(layer, Some(SHADE.shade(-0.1))),
        );
    });
    draw(canvas, None);
}

/// A vase of a size: `form` 0 is tall, 1 is round with a narrow neck.
fn vessel(
    canvas: &mut Canvas,
    foot: (f32, f32),
    size: f32,
    form: u32,
    colours: Palette,
    dice: &mut Dice,
    flowers: impl FnOnce(&mut Canvas, (f32, f32)),
) {
    let tall: &[(f32, f32)] = &[
        (0.0, 0.30),
        (0.03, 0.33),
        (0.25, 0.49),
        (0.62, 0.56),
        (0.95, 0.45),
        (1.18, 0.25),
        (1.32, 0.19),
        (1.45, 0.195),
        (1.54, 0.245),
        (1.55, 0.235),
    ];
    let round: &[(f32, f32)] = &[
        (0.0, 0.34),
        (0.03, 0.38),
        (0.2, 0.60),
        (0.45, 0.68),
        (0.68, 0.58),
        (0.83, 0.34),
        (0.90, 0.20),
        (0.98, 0.165),
        (1.04, 0.20),
        (1.05, 0.19),
    ];
    let outline = if form == 0 { tall } else { round };
    let sized: Vec<_> =
        outline.iter().map(|(height, radius)| (height * size, radius * size)).collect();
    let (top, lip) = sized.last().copied().unwrap_or((size, size * 0.2));
    let vase = Turned {
        foot,
        tilt: TILT,
        outside: profile(&sized),
        inside: profile(&[
            (top, lip * 0.88),
            (top - size * 0.06, lip * 0.78),
            (top - size * 0.16, lip * 0.70),
        ]),
        finish: satin(colours.cloth),
    };
    vase.cast(canvas, SHADE, 0.8);
    let clay = colours.clay;
    let coat = dipped(clay, colours.glaze, 0.24, foot.0 * 0.017);
    vase.draw_inside(canvas, &|_, _| colours.glaze.mix(clay, 0.3).shade(-0.25));
    vase.draw_outside(canvas, &coat);
    speckles(canvas, &vase, dice, 260, ink(0x4a_3527), 0.27);
    let mouth = vase.point(top, 0.0, 0.0);
    flowers(canvas, mouth);
    canvas.clipped(&Shape::rect(foot.0 - size, mouth.1, size * 2.0, size * 3.0), |canvas| {
        vase.draw_outside(canvas, &coat)
    });
    speckles(canvas, &vase, dice, 60, ink(0x4a_3527), 0.5);
}

/// A vase with stems: honesty in a tall one, olive in a round one, grasses in a pair.
pub fn vase(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(51 + u64::from(variant));
    let colours = palette(variant + 2);
    let stems = Dice::new(7 + u64::from(variant));
    if variant % 3 != 2 {
        canvas.closer(1.06, (840.0, 620.0));
    }
    room(canvas, colours, &mut dice);
    match variant % 3 {
        0 => vessel(canvas, (740.0, 985.0), 300.0, 0, colours, &mut dice, |canvas, mouth| {
            bouquet(
                canvas,
                Plant::Honesty,
                mouth,
                &[(-215.0, 250.0), (140.0, 330.0), (-30.0, 370.0), (280.0, 210.0)],
                &stems,
            );
        }),
        1 => vessel(canvas, (720.0, 960.0), 330.0, 1, colours, &mut dice, |canvas, mouth| {
            bouquet(
                canvas,
                Plant::Olive,
                mouth,
                &[(-250.0, 300.0), (290.0, 380.0), (40.0, 440.0)],
                &stems,
            );
        }),
        _ => {
            let mut second = colours;
            second.glaze = colours.accent;
            vessel(canvas, (1010.0, 850.0), 270.0, 0, colours, &mut dice, |canvas, mouth| {
                bouquet(
                    canvas,
                    Plant::Grass,
                    mouth,
                    &[(-120.0, 330.0), (90.0, 370.0), (190.0, 280.0), (0.0, 400.0), (-40.0, 300.0)],
                    &stems,
                );
            });
            vessel(canvas, (600.0, 960.0), 290.0, 1, second, &mut dice, |_, _| ());
        }
    }
    finish_off(canvas, &mut dice);
}
