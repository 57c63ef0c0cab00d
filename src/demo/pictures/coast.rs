//! A footpath along a coast: by day, in the evening, in mist.

use super::canvas::{Canvas, Laid, OVER, light, shadow};
use super::dice::{Dice, steps};
use super::ink::{Ink, flat, ink, linear};
use super::landscape::{clouds, disc, finish_off, land, mist, sky, skyline};
use super::shape::Shape;

const HORIZON: f32 = 455.0;

/// Weather over the coast.
#[derive(Debug, Clone)]
struct Weather {
    sky: Vec<Ink>,
    sea: [Ink; 3],
    haze: Ink,
    cliff: Ink,
    grass: Ink,
    path: Ink,
    bloom: Ink,
}

fn weather(variant: u32) -> Weather {
    match variant % 3 {
        0 => Weather {
            sky: vec![ink(0x86_b0c6), ink(0xb3_cdd3), ink(0xdf_e3d8), ink(0xf3_e9d3)],
            sea: [ink(0xa9_c8ca), ink(0x5f_98a3), ink(0x2f_6a7c)],
            haze: ink(0xd5_dcd3),
            cliff: ink(0x8a_7c6c),
            grass: ink(0x7d_8c55),
            path: ink(0xdb_c8a2),
            bloom: ink(0xd9_87a0),
        },
        1 => Weather {
            sky: vec![ink(0x4f_6489), ink(0x98_8aa0), ink(0xe2_ac92), ink(0xf8_d6a6)],
            sea: [ink(0xf0_c49c), ink(0xa0_8a98), ink(0x40_5876)],
            haze: ink(0xe4_bca0),
            cliff: ink(0x7a_6463),
            grass: ink(0x6b_6a48),
            path: ink(0xe0_bb90),
            bloom: ink(0xd4_8a8c),
        },
        _ => Weather {
            sky: vec![ink(0xbd_c8c8), ink(0xd0_d6d2), ink(0xde_e0d9), ink(0xe7_e6dd)],
            sea: [ink(0xd3_d9d5), ink(0xa5_b7b7), ink(0x6d_8b8f)],
            haze: ink(0xdd_e0da),
            cliff: ink(0x86_857d),
            grass: ink(0x7c_8664),
            path: ink(0xcf_c4ab),
            bloom: ink(0xc9_94ae),
        },
    }
}

/// A headland: its skyline above its foot, where its foot is, and how much of it is haze.
type Headland = (&'static [(f32, f32)], f32, f32);

/// A path that follows the cliffs to a lighthouse.
pub fn coastal_path(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(307 + u64::from(variant));
    let weather = weather(variant);
    if variant % 3 == 2 {
        canvas.closer(1.16, (820.0, 640.0));
    }
    sky(canvas, HORIZON, &weather.sky);
    if variant % 3 == 1 {
        disc(canvas, (420.0, 372.0), 38.0, ink(0xff_e6b4), 0.6);
    }
    clouds(canvas, &mut dice, (90.0, 400.0), ink(0xff_faf0), 11, 0.55);
    sea(canvas, &mut dice, &weather);
    let headlands: [Headland; 3] = [
        (
            &[(930.0, 0.0), (985.0, 46.0), (1120.0, 62.0), (1300.0, 84.0), (1680.0, 120.0)],
            476.0,
            0.72,
        ),
        (
            &[(1010.0, 0.0), (1060.0, 84.0), (1160.0, 108.0), (1360.0, 140.0), (1680.0, 200.0)],
            530.0,
            0.46,
        ),
        (
            &[(1085.0, 0.0), (1140.0, 120.0), (1230.0, 166.0), (1400.0, 214.0), (1680.0, 300.0)],
            640.0,
            0.20,
        ),
    ];
    for (index, (peaks, base, haze)) in headlands.into_iter().enumerate() {
        if index == 1 {
            lighthouse(canvas, (1032.0, 440.0), &weather);
        }
        headland(canvas, &mut dice, peaks, base, haze, &weather);
        mist(
            canvas,
            &mut dice,
            base - 4.0,
            weather.haze.shade(0.3),
            if variant % 3 == 2 { 0.6 } else { 0.22 },
        );
    }
    slope(canvas, &mut dice, &weather);
    birds(canvas);
    finish_off(canvas, &mut dice);
}

fn sea(canvas: &mut Canvas, dice: &mut Dice, weather: &Weather) {
    let [far, middle, near] = weather.sea;
    canvas.fill(
        &Shape::rect(-1600.0, HORIZON, 4800.0, 1400.0),
        linear((0.0, HORIZON), (0.0, 1120.0), &[(0.0, far), (0.30, middle), (1.0, near)]),
    );
    canvas.soft(1.0, light(1.0), |layer| {
        for part in steps(420) {
            let near = part * part;
            let y = HORIZON + 2.0 + near * 640.0;
            let (x, long) =
                (dice.between(-60.0, 1500.0), dice.between(8.0, 80.0) * (0.3 + near * 1.6));
            let toward = 1.0 - ((x - 420.0) / 620.0).abs().min(1.0);
            let strength = dice.between(0.05, 0.26) * (0.35 + toward);
            layer.stroke(
                &Shape::curve(&[(x, y), (x + long / 2.0, y - 1.2), (x + long, y)]),
                0.8 + near * 2.0,
                flat(far.shade(0.4).fade(strength)),
            );
        }
    });
    canvas.soft(2.0, OVER, |layer| {
        layer.fill(&Shape::rect(-1600.0, HORIZON - 1.5, 4800.0, 3.0), flat(weather.haze.fade(0.6)));
    });
}

fn headland(
    canvas: &mut Canvas,
    dice: &mut Dice,
    peaks: &[(f32, f32)],
    base: f32,
    haze: f32,
    weather: &Weather,
) {
    let line = skyline(dice, base, peaks, 9.0 * (1.4 - haze));
    let (rock, turf) =
        (weather.cliff.mix(weather.haze, haze), weather.grass.mix(weather.haze, haze));
    let top = line.iter().map(|point| point.1).fold(base, f32::min);
    let shape = land(&line, base);
    canvas.fill(
        &shape,
        linear((0.0, top), (0.0, base), &[(0.0, rock.shade(0.10)), (1.0, rock.shade(-0.16))]),
    );
    canvas.clipped(&shape, |canvas| {
        for pair in line.windows(3).step_by(3) {
            let deep = (base - pair[0].1) * dice.between(0.5, 1.0);
            let crack = Shape::polygon(&[
                pair[0],
                pair[2],
                (pair[2].0 + deep * 0.10, pair[2].1 + deep),
                (pair[0].0 + deep * 0.02, pair[0].1 + deep),
            ]);
            let tone = if dice.part() < 0.5 { rock.shade(-0.4) } else { rock.shade(0.35) };
            canvas.fill(&crack, flat(tone.fade(0.22 * (1.0 - haze))));
        }
        for (index, pair) in line.windows(2).enumerate() {
            let thick = (base - pair[0].1) * 0.30 + (index as f32 * 0.7).sin() * 4.0;
            let cap = Shape::polygon(&[
                pair[0],
                (pair[1].0 + 0.8, pair[1].1),
                (pair[1].0 + 0.8 + thick * 0.3, pair[1].1 + thick),
                (pair[0].0 + thick * 0.3, pair[0].1 + thick),
            ]);
            canvas.fill(
                &cap,
                linear(
                    (0.0, pair[0].1),
                    (0.0, pair[0].1 + thick + 1.0),
                    &[(0.0, turf.shade(0.14)), (0.75, turf), (1.0, turf.fade(0.0))],
                ),
            );
        }
    });
    canvas.soft(3.5, Laid { opacity: 0.8, ..OVER }, |layer| {
        for _ in 0_u8..16 {
            let x = peaks[0].0 + dice.part() * (1700.0 - peaks[0].0);
            layer.fill(
                &Shape::oval(
                    x,
                    base + dice.between(-1.0, 5.0),
                    dice.between(16.0, 60.0),
                    dice.between(1.5, 4.0),
                ),
                flat(ink(0xff_ffff).fade(0.6)),
            );
        }
    });
}

fn lighthouse(canvas: &mut Canvas, foot: (f32, f32), weather: &Weather) {
    let (x, y) = foot;
    let white = ink(0xfb_f6ec).mix(weather.haze, 0.15);
    let tower =
        Shape::polygon(&[(x - 8.0, y), (x - 5.5, y - 58.0), (x + 5.5, y - 58.0), (x + 8.0, y)]);
    canvas.fill(
        &tower,
        linear(
            (x - 8.0, 0.0),
            (x + 8.0, 0.0),
            &[(0.0, white), (0.45, white), (1.0, white.shade(-0.28))],
        ),
    );
    canvas.fill(
        &Shape::rect(x - 7.4, y - 26.0, 14.8, 10.0),
        flat(ink(0xb0_5b48).mix(weather.haze, 0.25)),
    );
    canvas.fill(&Shape::rect(x - 7.5, y - 61.0, 15.0, 3.0), flat(ink(0x4b_4a48)));
    canvas.fill(&Shape::rect(x - 4.2, y - 72.0, 8.4, 11.0), flat(ink(0xff_e9b0)));
    canvas.fill(
        &Shape::polygon(&[(x - 6.0, y - 72.0), (x, y - 80.0), (x + 6.0, y - 72.0)]),
        flat(ink(0x9a_5040).mix(weather.haze, 0.2)),
    );
    canvas.soft(12.0, light(0.6), |layer| {
        layer.fill(&Shape::oval(x, y - 66.0, 15.0, 13.0), flat(ink(0xff_dd9a)))
    });
    canvas.fill(
        &Shape::polygon(&[
            (x + 14.0, y),
            (x + 14.0, y - 14.0),
            (x + 28.0, y - 22.0),
            (x + 42.0, y - 14.0),
            (x + 42.0, y),
        ]),
        flat(white.shade(-0.12)),
    );
}

/// Where the path runs: (x, y, half its width), from the viewer's feet to the next headland.
const WAY: [(f32, f32, f32); 8] = [
    (560.0, 1260.0, 128.0),
    (690.0, 1090.0, 78.0),
    (915.0, 985.0, 52.0),
    (1010.0, 890.0, 35.0),
    (930.0, 800.0, 23.0),
    (985.0, 730.0, 15.0),
    (1110.0, 676.0, 9.0),
    (1250.0, 612.0, 4.0),
];

fn slope(canvas: &mut Canvas, dice: &mut Dice, weather: &Weather) {
    let edge = [
        (-80.0, 1010.0),
        (120.0, 985.0),
        (330.0, 1000.0),
        (520.0, 905.0),
        (640.0, 828.0),
        (780.0, 770.0),
        (905.0, 716.0),
        (1030.0, 668.0),
        (1180.0, 610.0),
        (1360.0, 560.0),
        (1700.0, 470.0),
    ];
    let mut rim = Vec::new();
    for pair in edge.windows(2) {
        for part in steps(12).take(12) {
            rim.push((
                pair[0].0 + (pair[1].0 - pair[0].0) * part,
                pair[0].1 + (pair[1].1 - pair[0].1) * part + dice.between(-3.5, 3.5),
            ));
        }
    }
    rim.extend(edge.last());
    let drop: Vec<_> = rim.iter().map(|point| (point.0 - 16.0, point.1 + 26.0)).collect();
    canvas.soft(14.0, shadow(0.5), |layer| {
        layer.fill(&land(&drop, 1300.0), flat(weather.sea[2].shade(-0.3)))
    });
    let ground = land(&rim, 1300.0);
    let grass = weather.grass;
    canvas.fill(
        &ground,
        linear(
            (1300.0, 520.0),
            (300.0, 1250.0),
            &[
                (0.0, grass.mix(weather.haze, 0.34)),
                (0.4, grass.shade(0.06)),
                (1.0, grass.shade(-0.34)),
            ],
        ),
    );
    canvas.clipped(&ground, |canvas| {
        turf(canvas, dice, weather, 1500);
        let line: Vec<_> = WAY.to_vec();
        let mut sides: Vec<_> = Vec::new();
        let fine = |shift: f32| -> Vec<(f32, f32)> {
            line.windows(2)
                .flat_map(|pair| {
                    steps(9).take(9).map(move |part| {
                        let ease = part * part * (3.0 - 2.0 * part);
                        let wide = pair[0].2 + (pair[1].2 - pair[0].2) * part;
                        (
                            pair[0].0
                                + (pair[1].0 - pair[0].0) * (part * 0.45 + ease * 0.55)
                                + wide * shift,
                            pair[0].1 + (pair[1].1 - pair[0].1) * part,
                        )
                    })
                })
                .collect()
        };
        sides.extend(fine(-1.0));
        sides.extend(fine(1.0).into_iter().rev());
        canvas.soft(7.0, shadow(0.45), |layer| {
            layer.fill(&Shape::polygon(&sides), flat(grass.shade(-0.45)))
        });
        canvas.soft(2.2, OVER, |layer| {
            layer.fill(
                &Shape::polygon(&sides),
                linear(
                    (500.0, 1260.0),
                    (1250.0, 600.0),
                    &[
                        (0.0, weather.path.shade(-0.16)),
                        (0.4, weather.path),
                        (1.0, weather.path.shade(0.14)),
                    ],
                ),
            );
        });
        for (middle, side) in fine(0.0).into_iter().zip(fine(0.6)) {
            let (x, y) = (dice.between(middle.0 * 2.0 - side.0, side.0), middle.1);
            let size = ((y - 600.0) / 660.0).max(0.05) * dice.between(2.0, 11.0);
            canvas.fill(
                &Shape::oval(x, y, size, size * 0.42),
                flat(weather.path.shade(dice.between(-0.35, 0.1)).fade(0.6)),
            );
        }
        flowers(canvas, dice, weather);
    });
}

fn off_path(x: f32, y: f32) -> bool {
    WAY.windows(2).all(|pair| {
        let inside = y <= pair[0].1 && y > pair[1].1;
        let part = (pair[0].1 - y) / (pair[0].1 - pair[1].1).max(1.0);
        let (middle, wide) = (
            pair[0].0 + (pair[1].0 - pair[0].0) * part,
            pair[0].2 + (pair[1].2 - pair[0].2) * part,
        );
        !inside || (x - middle).abs() > wide * 1.25
    })
}

fn turf(canvas: &mut Canvas, dice: &mut Dice, weather: &Weather, count: u16) {
    for part in steps(count).take(usize::from(count)) {
        let y = 520.0 + part.powf(0.8) * 740.0;
        let x = dice.between(-60.0, 1660.0);
        let near = ((y - 480.0) / 740.0).max(0.05);
        let (tall, lean) = (dice.between(9.0, 34.0) * near * 1.25, dice.between(-4.0, 15.0) * near);
        let tone =
            weather.grass.mix(ink(0xd9_c98c), dice.part() * 0.5).shade(dice.between(-0.34, 0.16));
        canvas.stroke(
            &Shape::curve(&[(x, y), (x + lean * 0.4, y - tall * 0.6), (x + lean, y - tall)]),
            0.8 + near * 1.8,
            flat(tone.fade(0.55)),
        );
    }
}

fn flowers(canvas: &mut Canvas, dice: &mut Dice, weather: &Weather) {
    for part in steps(190) {
        let y = 720.0 + part.powf(0.7) * 520.0;
        let x = dice.between(-20.0, 1640.0);
        let near = ((y - 560.0) / 640.0).max(0.1);
        if !off_path(x, y) || (x * 0.011 + y * 0.017).sin() < -0.1 {
            continue;
        }
        let (tall, size) = (dice.between(16.0, 42.0) * near, dice.between(4.0, 10.5) * near);
        let head = (x + dice.between(-6.0, 6.0) * near, y - tall);
        canvas.stroke(&Shape::curve(&[(x, y), head]), 0.9 + near, flat(weather.grass.shade(-0.3)));
        let petal = weather.bloom.shade(dice.between(-0.14, 0.22));
        canvas.fill(
            &Shape::oval(head.0, head.1, size, size * 0.78),
            linear(
                (head.0 - size, head.1 - size),
                (head.0 + size, head.1 + size),
                &[(0.0, petal.shade(0.3)), (1.0, petal.shade(-0.16))],
            ),
        );
    }
}

fn birds(canvas: &mut Canvas) {
    for (x, y, wing) in [(700.0, 270.0, 19.0), (764.0, 300.0, 13.0), (640.0, 318.0, 10.0)] {
        let (x, y, wing): (f32, f32, f32) = (x, y, wing);
        let flight = Shape::curve(&[
            (x - wing, y - wing * 0.25),
            (x - wing * 0.4, y - wing * 0.42),
            (x, y),
            (x + wing * 0.4, y - wing * 0.5),
            (x + wing, y - wing * 0.15),
        ]);
        canvas.stroke(&flight, wing * 0.13, flat(ink(0x4c_5459).fade(0.75)));
    }
}
