//! A cabin at a mountain lake in three seasons.

use super::canvas::{Canvas, OVER, shadow};
use super::dice::{Dice, steps};
use super::ink::{Ink, flat, ink, linear};
use super::landscape::{
    Relief, clouds, conifer, disc, finish_off, land, mist, range, relief, sky, skyline, smoke,
    water, wood,
};
use super::shape::Shape;

const LAKE: f32 = 790.0;

/// A cabin at a mountain lake: early morning, autumn, first snow.
pub fn cabin(canvas: &mut Canvas, variant: u32) {
    let mut dice = Dice::new(211 + u64::from(variant));
    let (air, haze, rock, forest, tint) = match variant % 3 {
        0 => (
            vec![ink(0x8f_aebd), ink(0xb9_c9c8), ink(0xe6_dcc8), ink(0xf6_e3c6)],
            ink(0xdc_d6c6),
            ink(0x6d_7c8a),
            ink(0x33_4a45),
            ink(0x6d_868c),
        ),
        1 => (
            vec![ink(0x6e_8ba3), ink(0xa4_b3b8), ink(0xe3_cfae), ink(0xf4_d9a6)],
            ink(0xe0_c8a4),
            ink(0x75_7684),
            ink(0x4d_5138),
            ink(0x66_7a80),
        ),
        _ => (
            vec![ink(0x9f_a9b9), ink(0xc0_c4cc), ink(0xdc_d3d2), ink(0xee_dcd2)],
            ink(0xdd_d8d8),
            ink(0x7b_8494),
            ink(0x3b_4a50),
            ink(0x7f_8c98),
        ),
    };
    if variant % 3 == 1 {
        canvas.closer(1.22, (900.0, 650.0));
    }
    sky(canvas, LAKE, &air);
    disc(canvas, (320.0, 330.0), 30.0, ink(0xff_f0d0), 0.5);
    clouds(canvas, &mut dice, (120.0, 420.0), ink(0xff_f6e8), 8, 0.45);
    let back = skyline(
        &mut dice,
        LAKE,
        &[
            (-80.0, 300.0),
            (140.0, 420.0),
            (330.0, 300.0),
            (520.0, 470.0),
            (700.0, 340.0),
            (880.0, 430.0),
            (1130.0, 320.0),
            (1330.0, 440.0),
            (1680.0, 300.0),
        ],
        90.0,
    );
    range(canvas, &back, LAKE, rock.mix(haze, 0.50), haze);
    relief(
        canvas,
        &mut dice,
        &back,
        LAKE,
        Relief {
            dark: rock.mix(haze, 0.2),
            bright: haze.shade(0.35),
            snow: Some(ink(0xf6_f2ea).mix(haze, 0.25)),
        },
    );
    mist(canvas, &mut dice, 600.0, haze.shade(0.3), 0.55);
    let main = skyline(
        &mut dice,
        LAKE,
        &[
            (480.0, 60.0),
            (700.0, 250.0),
            (870.0, 400.0),
            (1040.0, 620.0),
            (1190.0, 440.0),
            (1360.0, 520.0),
            (1700.0, 190.0),
        ],
        96.0,
    );
    range(canvas, &main, LAKE, rock, rock.mix(haze, 0.7));
    relief(
        canvas,
        &mut dice,
        &main,
        LAKE,
        Relief { dark: rock.shade(-0.45), bright: ink(0xf7_e6c8), snow: Some(ink(0xfb_f7ef)) },
    );
    let left = skyline(
        &mut dice,
        LAKE,
        &[(-80.0, 330.0), (120.0, 270.0), (330.0, 150.0), (600.0, 40.0), (700.0, 0.0)],
        50.0,
    );
    range(canvas, &left, LAKE, forest.mix(haze, 0.38), forest.mix(haze, 0.62));
    mist(canvas, &mut dice, 740.0, haze.shade(0.35), 0.65);
    shore(canvas, &mut dice, variant, forest, haze);
    water(canvas, &mut dice, LAKE, tint, ink(0xff_f4e0));
    mist(canvas, &mut dice, LAKE + 6.0, haze.shade(0.4), 0.35);
    stones(canvas, &mut dice, forest.shade(-0.35), variant);
    finish_off(canvas, &mut dice);
}

fn shore(canvas: &mut Canvas, dice: &mut Dice, variant: u32, forest: Ink, haze: Ink) {
    wood(canvas, dice, (-40.0, 560.0), LAKE - 8.0, (70.0, 150.0), 44, forest.mix(haze, 0.28));
    wood(canvas, dice, (960.0, 1640.0), LAKE - 16.0, (110.0, 210.0), 40, forest.mix(haze, 0.14));
    let bank = skyline(
        dice,
        LAKE,
        &[(520.0, 0.0), (640.0, 16.0), (900.0, 30.0), (1200.0, 34.0), (1680.0, 40.0)],
        8.0,
    );
    let meadow = match variant % 3 {
        1 => ink(0xb0_8a4e),
        2 => ink(0xe8_e6e4),
        _ => ink(0x8d_9468),
    };
    canvas.fill(
        &land(&bank, LAKE),
        linear(
            (0.0, LAKE - 40.0),
            (0.0, LAKE),
            &[(0.0, meadow.shade(0.08)), (1.0, meadow.shade(-0.4))],
        ),
    );
    if variant % 3 == 1 {
        for _ in 0_u16..22 {
            let (x, tall) = (dice.between(1030.0, 1590.0), dice.between(56.0, 112.0));
            let leaves = ink(0xb8_863c).mix(ink(0x97_5f35), dice.part());
            canvas.stroke(
                &Shape::curve(&[(x, LAKE - 14.0), (x, LAKE - tall)]),
                2.0,
                flat(ink(0x55_4a40)),
            );
            for part in steps(11) {
                let wide = tall * 0.16 * ((part * 0.86 + 0.12) * std::f32::consts::PI).sin();
                let at = (x + dice.between(-wide, wide) * 0.6, LAKE - 26.0 - part * tall * 0.92);
                let tone = leaves.shade(dice.between(-0.18, 0.14));
                canvas.fill(
                    &Shape::oval(at.0, at.1, wide * 0.8 + 2.0, wide * 0.62 + 2.5),
                    flat(tone.fade(0.9)),
                );
            }
        }
    }
    let (x, y) = (770.0, LAKE - 22.0);
    let wall = ink(0x6b_4a38);
    canvas.soft(7.0, shadow(0.6), |layer| {
        layer.fill(&Shape::oval(x + 110.0, y + 4.0, 120.0, 8.0), flat(ink(0x3a_3630)))
    });
    canvas.fill(
        &Shape::rect(x, y - 56.0, 150.0, 60.0),
        linear((x, 0.0), (x + 150.0, 0.0), &[(0.0, wall.shade(0.12)), (1.0, wall.shade(-0.12))]),
    );
    for part in steps(8) {
        canvas.fill(
            &Shape::rect(x, y - 55.0 + part * 56.0, 150.0, 1.4),
            flat(wall.shade(-0.45).fade(0.7)),
        );
    }
    let side = Shape::polygon(&[
        (x + 150.0, y + 4.0),
        (x + 150.0, y - 56.0),
        (x + 190.0, y - 110.0),
        (x + 230.0, y - 56.0),
        (x + 230.0, y + 4.0),
    ]);
    canvas.fill(&side, flat(wall.shade(-0.34)));
    let roof = if variant % 3 == 2 { ink(0xf2_f0ee) } else { ink(0x55_5048) };
    canvas.fill(
        &Shape::polygon(&[
            (x - 14.0, y - 50.0),
            (x + 36.0, y - 116.0),
            (x + 194.0, y - 116.0),
            (x + 152.0, y - 50.0),
        ]),
        linear(
            (x, y - 116.0),
            (x + 40.0, y - 50.0),
            &[(0.0, roof.shade(0.12)), (1.0, roof.shade(-0.14))],
        ),
    );
    canvas.stroke(
        &Shape::curve(&[(x + 192.0, y - 115.0), (x + 240.0, y - 48.0)]),
        5.0,
        flat(roof.shade(-0.3)),
    );
    canvas.fill(&Shape::rect(x + 60.0, y - 142.0, 18.0, 36.0), flat(ink(0x6f_665f)));
    let lamp = ink(0xff_d68f);
    for (left, wide) in [(26.0, 30.0), (94.0, 30.0), (178.0, 24.0)] {
        canvas.fill(
            &Shape::rect(x + left - 3.0, y - 43.0, wide + 6.0, 32.0),
            flat(ink(0xe9_e0d0).shade(-0.1)),
        );
        canvas.fill(&Shape::rect(x + left, y - 40.0, wide, 26.0), flat(lamp));
        canvas.fill(
            &Shape::rect(x + left + wide / 2.0 - 1.0, y - 40.0, 2.0, 26.0),
            flat(wall.shade(-0.3)),
        );
    }
    smoke(canvas, (x + 69.0, y - 144.0), 180.0, ink(0xff_faf2), 0.9);
    conifer(canvas, dice, (700.0, LAKE - 10.0), 190.0, forest);
    conifer(canvas, dice, (662.0, LAKE - 8.0), 130.0, forest.shade(-0.1));
    conifer(canvas, dice, (1046.0, LAKE - 18.0), 210.0, forest.shade(-0.06));
}

fn stones(canvas: &mut Canvas, dice: &mut Dice, colour: Ink, variant: u32) {
    for (x, y, wide) in [
        (180.0, 1120.0, 210.0),
        (420.0, 1190.0, 150.0),
        (20.0, 1180.0, 170.0),
        (1480.0, 1200.0, 200.0),
    ] {
        let mut points: Vec<_> = Vec::new();
        for part in steps(13) {
            let angle = std::f32::consts::PI * (1.0 + part);
            let reach = dice.between(0.88, 1.06);
            points.push((x + angle.cos() * wide * reach, y + angle.sin() * wide * 0.30 * reach));
        }
        let stone = Shape::polygon(&points);
        canvas.soft(12.0, shadow(0.6), |layer| {
            layer.fill(&Shape::oval(x, y + 6.0, wide * 1.05, 26.0), flat(ink(0x20_2a30)))
        });
        canvas.fill(
            &stone,
            linear(
                (x - wide, y - wide * 0.3),
                (x + wide * 0.5, y),
                &[(0.0, colour.shade(0.30)), (0.5, colour.shade(0.08)), (1.0, colour.shade(-0.3))],
            ),
        );
        if variant % 3 == 2 {
            canvas.clipped(&stone, |canvas| {
                canvas.soft(4.0, OVER, |layer| {
                    layer.fill(
                        &Shape::oval(x - 10.0, y - wide * 0.27, wide * 0.8, wide * 0.13),
                        flat(ink(0xf4_f3f2)),
                    )
                });
            });
        }
    }
}
