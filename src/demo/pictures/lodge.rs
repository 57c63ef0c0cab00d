//! An island lodge over the water at three hours of the night.

use super::canvas::{Canvas, light, shadow};
use super::dice::{Dice, steps};
use super::ink::{Ink, flat, ink, linear};
use super::landscape::{
    clouds, disc, finish_off, land, mist, range, sky, skyline, smoke, water, wood,
};
use super::shape::Shape;

/// Light of an hour of the day.
#[derive(Debug, Clone)]
struct Hour {
    sky: Vec<Ink>,
    haze: Ink,
    far: Ink,
    near: Ink,
    water: Ink,
    lamp: Ink,
}

fn hour(variant: u32) -> Hour {
    match variant % 3 {
        0 => Hour {
            sky: vec![
                ink(0x28_3350),
                ink(0x4b_4d70),
                ink(0x93_6f83),
                ink(0xd7_9f85),
                ink(0xf2_cfa0),
            ],
            haze: ink(0xc9_9a8e),
            far: ink(0x6f_6480),
            near: ink(0x1d_2233),
            water: ink(0x3a_3f5c),
            lamp: ink(0xff_d491),
        },
        1 => Hour {
            sky: vec![
                ink(0x0e_1a30),
                ink(0x18_2f4d),
                ink(0x2d_5069),
                ink(0x5f_8590),
                ink(0xa3_b8b0),
            ],
            haze: ink(0x7b_979d),
            far: ink(0x3a_586d),
            near: ink(0x0d_1825),
            water: ink(0x1a_3145),
            lamp: ink(0xff_cc80),
        },
        _ => Hour {
            sky: vec![
                ink(0x7f_9cab),
                ink(0xa9_b9b8),
                ink(0xd6_cfba),
                ink(0xf0_dcb8),
                ink(0xf8_e6c4),
            ],
            haze: ink(0xe3_d5bd),
            far: ink(0x95_a5a3),
            near: ink(0x2f_3d3f),
            water: ink(0x74_8b91),
            lamp: ink(0xff_e0a6),
        },
    }
}

const LODGE_WATER: f32 = 770.0;

/// An island lodge: at dusk, in the blue hour under stars, on a white night.
pub fn lodge(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(101 + u64::from(variant));
    let hour = hour(variant);
    match variant % 3 {
        0 => {}
        1 => canvas.closer(1.28, (900.0, 640.0)),
        _ => canvas.closer(1.08, (840.0, 610.0)),
    }
    sky(canvas, LODGE_WATER, &hour.sky);
    match variant % 3 {
        0 => disc(canvas, (430.0, 560.0), 40.0, ink(0xff_e2b8), 0.50),
        1 => stars(canvas, &mut dice),
        _ => disc(canvas, (360.0, 610.0), 44.0, ink(0xff_f0cf), 0.60),
    }
    clouds(canvas, &mut dice, (220.0, 640.0), hour.sky[3].shade(0.12), 9, 0.34);
    clouds(canvas, &mut dice, (120.0, 420.0), hour.sky[1].shade(-0.12), 5, 0.30);
    let far = skyline(
        &mut dice,
        LODGE_WATER,
        &[
            (-60.0, 60.0),
            (180.0, 110.0),
            (420.0, 52.0),
            (700.0, 130.0),
            (980.0, 66.0),
            (1300.0, 150.0),
            (1680.0, 90.0),
        ],
        46.0,
    );
    range(canvas, &far, LODGE_WATER, hour.far.mix(hour.haze, 0.45), hour.haze);
    let middle = skyline(
        &mut dice,
        LODGE_WATER,
        &[(-60.0, 84.0), (120.0, 70.0), (330.0, 18.0), (420.0, 0.0)],
        22.0,
    );
    range(canvas, &middle, LODGE_WATER, hour.far, hour.far.mix(hour.haze, 0.4));
    mist(canvas, &mut dice, LODGE_WATER - 14.0, hour.haze.shade(0.2), 0.40);
    island(canvas, &mut dice, &hour);
    water(canvas, &mut dice, LODGE_WATER, hour.water, hour.lamp);
    jetty(canvas, &hour);
    foreground(canvas, &mut dice, hour.near);
    finish_off(canvas, &mut dice);
}

fn stars(canvas: &mut Canvas, dice: &mut Dice) {
    for (x, sway, wide) in [(380.0, 90.0, 120.0), (900.0, -70.0, 170.0)] {
        let veil: Vec<_> =
            steps(8).map(|part| (x + part * 520.0, 330.0 + (part * 5.0).sin() * sway)).collect();
        canvas.soft(46.0, light(0.34), |layer| {
            layer.stroke(
                &Shape::curve(&veil),
                wide,
                linear(
                    (0.0, 200.0),
                    (0.0, 470.0),
                    &[
                        (0.0, ink(0x3f_8f86).fade(0.15)),
                        (0.7, ink(0x6f_d0a8)),
                        (1.0, ink(0x6f_d0a8).fade(0.1)),
                    ],
                ),
            );
        });
    }
    for _ in 0_u16..170 {
        let (x, height) = (dice.between(0.0, 1600.0), dice.part());
        let y = height * height * 560.0;
        let size = dice.between(0.5, 1.5);
        canvas.fill(
            &Shape::oval(x, y, size, size),
            flat(ink(0xff_f8e8).fade(dice.between(0.2, 0.85) * (1.0 - height))),
        );
    }
}

fn island(canvas: &mut Canvas, dice: &mut Dice, hour: &Hour) {
    let rock = hour.near.mix(hour.far, 0.16);
    let base = LODGE_WATER;
    wood(
        canvas,
        dice,
        (650.0, 1520.0),
        base - 44.0,
        (120.0, 235.0),
        34,
        hour.near.mix(hour.far, 0.34),
    );
    let line = skyline(
        dice,
        base,
        &[
            (560.0, 0.0),
            (640.0, 34.0),
            (820.0, 58.0),
            (1130.0, 60.0),
            (1400.0, 66.0),
            (1540.0, 30.0),
            (1640.0, 14.0),
        ],
        12.0,
    );
    canvas.fill(
        &land(&line, base),
        linear(
            (0.0, base - 80.0),
            (0.0, base),
            &[(0.0, rock.shade(0.10)), (1.0, rock.shade(-0.25))],
        ),
    );
    wood(canvas, dice, (1225.0, 1500.0), base - 40.0, (130.0, 250.0), 10, hour.near);
    wood(canvas, dice, (690.0, 800.0), base - 36.0, (120.0, 190.0), 4, hour.near);
    house(canvas, (858.0, base - 48.0), hour);
    smoke(canvas, (1062.0, base - 196.0), 150.0, hour.haze.shade(0.2), 0.7);
    wood(canvas, dice, (1190.0, 1250.0), base - 30.0, (60.0, 110.0), 2, hour.near.shade(-0.15));
}

/// A long timber house with lit windows, its front's lower left corner at `at`.
fn house(canvas: &mut Canvas, at: (f32, f32), hour: &Hour) {
    let (x, y) = at;
    let timber = ink(0x4a_3b35).mix(hour.near, 0.45);
    canvas.soft(60.0, light(0.55), |layer| {
        layer.fill(&Shape::oval(x + 150.0, y - 36.0, 230.0, 70.0), flat(hour.lamp.shade(-0.35)))
    });
    canvas.fill(
        &Shape::rect(x, y - 82.0, 330.0, 88.0),
        linear((0.0, y - 82.0), (0.0, y), &[(0.0, timber.shade(-0.2)), (1.0, timber)]),
    );
    for part in steps(40) {
        canvas.fill(
            &Shape::rect(x + part * 328.0, y - 80.0, 1.1, 84.0),
            flat(timber.shade(-0.4).fade(0.5)),
        );
    }
    let pane = |canvas: &mut Canvas, left: f32, top: f32, wide: f32, tall: f32, bars: u16| {
        let glow = linear(
            (0.0, top),
            (0.0, top + tall),
            &[(0.0, hour.lamp.shade(-0.08)), (0.6, hour.lamp), (1.0, hour.lamp.shade(0.35))],
        );
        canvas.fill(&Shape::rect(left, top, wide, tall), glow);
        for part in steps(bars) {
            canvas.fill(
                &Shape::rect(left + part * wide - 1.2, top, 2.4, tall),
                flat(timber.shade(-0.45)),
            );
        }
        canvas.fill(
            &Shape::rect(left, top + tall * 0.34, wide, 1.8),
            flat(timber.shade(-0.45).fade(0.8)),
        );
        canvas.soft(9.0, light(0.8), |layer| {
            layer.fill(&Shape::rect(left, top, wide, tall), flat(hour.lamp.shade(-0.25)))
        });
    };
    let roof = hour.near.mix(hour.far, 0.10);
    let slope = Shape::polygon(&[
        (x - 24.0, y - 76.0),
        (x + 34.0, y - 142.0),
        (x + 322.0, y - 142.0),
        (x + 354.0, y - 76.0),
    ]);
    canvas.fill(
        &slope,
        linear((x, y - 142.0), (x + 60.0, y - 70.0), &[(0.0, roof.shade(0.20)), (1.0, roof)]),
    );
    canvas.stroke(
        &Shape::curve(&[(x + 34.0, y - 142.0), (x + 322.0, y - 142.0)]),
        2.0,
        flat(hour.sky[3].fade(0.55)),
    );
    canvas.fill(&Shape::rect(x + 192.0, y - 172.0, 22.0, 40.0), flat(roof.shade(0.06)));
    // The gable of the living room stands forward.
    let gable = Shape::polygon(&[
        (x + 20.0, y + 6.0),
        (x + 20.0, y - 74.0),
        (x + 82.0, y - 150.0),
        (x + 144.0, y - 74.0),
        (x + 144.0, y + 6.0),
    ]);
    canvas.fill(
        &gable,
        linear((0.0, y - 150.0), (0.0, y), &[(0.0, timber.shade(-0.1)), (1.0, timber.shade(0.05))]),
    );
    canvas.stroke(
        &Shape::polygon(&[
            (x + 6.0, y - 58.0),
            (x + 82.0, y - 152.0),
            (x + 158.0, y - 58.0),
            (x + 82.0, y - 150.0),
        ]),
        5.0,
        flat(roof),
    );
    let front = Shape::polygon(&[
        (x + 38.0, y - 4.0),
        (x + 38.0, y - 72.0),
        (x + 82.0, y - 124.0),
        (x + 126.0, y - 72.0),
        (x + 126.0, y - 4.0),
    ]);
    canvas.clipped(&front, |canvas| pane(canvas, x + 38.0, y - 128.0, 88.0, 124.0, 4));
    pane(canvas, x + 166.0, y - 62.0, 46.0, 40.0, 2);
    pane(canvas, x + 236.0, y - 62.0, 46.0, 40.0, 2);
    canvas.fill(&Shape::rect(x - 30.0, y + 2.0, 372.0, 7.0), flat(timber.shade(-0.35)));
    for part in steps(9) {
        canvas.fill(
            &Shape::rect(x - 26.0 + part * 360.0, y + 6.0, 4.0, 30.0),
            flat(timber.shade(-0.5)),
        );
    }
}

fn jetty(canvas: &mut Canvas, hour: &Hour) {
    let plank = hour.near.mix(hour.far, 0.22);
    let y = LODGE_WATER + 6.0;
    for part in steps(7) {
        let x = 470.0 + part * 330.0;
        canvas.fill(&Shape::rect(x, y - 14.0, 5.0, 52.0 - part * 14.0), flat(plank.shade(-0.35)));
    }
    canvas.fill(
        &Shape::polygon(&[
            (455.0, y - 12.0),
            (850.0, y - 26.0),
            (850.0, y - 18.0),
            (455.0, y - 1.0),
        ]),
        linear((455.0, 0.0), (850.0, 0.0), &[(0.0, plank), (1.0, plank.shade(0.10))]),
    );
    canvas.stroke(
        &Shape::curve(&[(455.0, y - 12.0), (850.0, y - 26.0)]),
        1.6,
        flat(hour.sky[3].fade(0.6)),
    );
    canvas.fill(&Shape::rect(468.0, y - 62.0, 3.5, 54.0), flat(plank.shade(-0.3)));
    canvas.soft(26.0, light(0.8), |layer| {
        layer.fill(&Shape::oval(470.0, y - 64.0, 34.0, 34.0), flat(hour.lamp.shade(-0.3)))
    });
    canvas.fill(&Shape::oval(470.0, y - 64.0, 5.5, 7.5), flat(hour.lamp.shade(0.4)));
    canvas.soft(4.0, light(0.6), |layer| {
        for part in steps(12) {
            let wide = 3.0 + part * 9.0;
            layer.fill(
                &Shape::rect(
                    470.0 - wide / 2.0 + (part * 23.0).sin() * 5.0,
                    y + 22.0 + part * 120.0,
                    wide,
                    4.0,
                ),
                flat(hour.lamp.fade(0.8 - part * 0.7)),
            );
        }
    });
    let hull = Shape::polygon(&[
        (548.0, y + 20.0),
        (566.0, y + 36.0),
        (650.0, y + 38.0),
        (684.0, y + 15.0),
        (650.0, y + 22.0),
        (590.0, y + 24.0),
    ]);
    canvas.soft(5.0, shadow(0.6), |layer| {
        layer.fill(&Shape::oval(616.0, y + 42.0, 66.0, 6.0), flat(hour.near))
    });
    canvas.fill(
        &hull,
        linear(
            (0.0, y + 15.0),
            (0.0, y + 40.0),
            &[(0.0, plank.shade(0.25)), (1.0, plank.shade(-0.3))],
        ),
    );
}

fn foreground(canvas: &mut Canvas, dice: &mut Dice, colour: Ink) {
    let bank =
        skyline(dice, 1240.0, &[(-80.0, 190.0), (120.0, 150.0), (330.0, 70.0), (520.0, 0.0)], 26.0);
    canvas.fill(
        &land(&bank, 1260.0),
        linear(
            (0.0, 1050.0),
            (0.0, 1240.0),
            &[(0.0, colour.shade(0.04)), (1.0, colour.shade(-0.4))],
        ),
    );
    for _ in 0_u16..150 {
        let x = dice.between(-20.0, 400.0);
        let foot = 1100.0 + x * 0.35;
        let (tall, lean) =
            (dice.between(50.0, 210.0) * (1.0 - x / 620.0), dice.between(-30.0, 44.0));
        let blade = Shape::curve(&[
            (x, foot + 40.0),
            (x + lean * 0.3, foot - tall * 0.5),
            (x + lean, foot - tall),
        ]);
        canvas.stroke(&blade, dice.between(1.2, 3.2), flat(colour.shade(dice.between(-0.3, 0.07))));
    }
}
