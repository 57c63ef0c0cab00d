//! The demo's photographs' stand-ins: still lifes and landscapes painted by the project itself, the
//! same on every machine.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::manual_midpoint,
    reason = "sizes and counts of a picture are small, and the middle of two points reads best as their sum halved"
)]

mod audio;
mod botany;
mod canvas;
mod ceramics;
mod coast;
mod den;
mod dice;
mod ink;
mod lake;
mod landscape;
mod lodge;
mod shape;
mod studio;
mod turned;
mod turntable;

use canvas::Canvas;

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Hand-thrown bowls on linen.
    Bowls,
    /// A teapot with its cups.
    Teapot,
    /// A tall vase with dried stems.
    Vase,
    /// An island lodge with lit windows, seen over the water.
    Lodge,
    /// A cabin at a mountain lake.
    Cabin,
    /// A footpath along cliffs to a lighthouse.
    CoastalPath,
    /// A table radio.
    Radio,
    /// Headphones on their stand.
    Headphones,
    /// A turntable from above.
    Turntable,
}

/// A picture of a subject as a JPEG without metadata; variants are other colourways and
/// compositions of it.
pub fn draw(subject: Subject, variant: u32, width: u32, height: u32) -> Vec<u8> {
    let mut canvas = Canvas::new(width, height);
    match subject {
        Subject::Bowls => ceramics::bowls(&mut canvas, variant),
        Subject::Teapot => ceramics::teapot(&mut canvas, variant),
        Subject::Lodge => lodge::lodge(&mut canvas, variant),
        Subject::Cabin => lake::cabin(&mut canvas, variant),
        Subject::CoastalPath => coast::coastal_path(&mut canvas, variant),
        Subject::Radio => audio::radio(&mut canvas, variant),
        Subject::Headphones => audio::headphones(&mut canvas, variant),
        Subject::Turntable => turntable::turntable(&mut canvas, variant),
        Subject::Vase => botany::vase(&mut canvas, variant),
    }
    canvas.into_jpeg()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const SUBJECTS: [Subject; 9] = [
        Subject::Bowls,
        Subject::Teapot,
        Subject::Vase,
        Subject::Lodge,
        Subject::Cabin,
        Subject::CoastalPath,
        Subject::Radio,
        Subject::Headphones,
        Subject::Turntable,
    ];

    #[test]
    fn every_subject_has_three_pictures_of_its_own_that_come_out_the_same_each_time() {
        let mut seen = HashSet::new();
        for subject in SUBJECTS {
            for variant in 0..3 {
                let picture = draw(subject, variant, 96, 72);
                assert_eq!(
                    picture,
                    draw(subject, variant, 96, 72),
                    "{subject:?} {variant} is left to chance"
                );
                assert!(seen.insert(picture), "{subject:?} {variant} is another one again");
            }
        }
    }

    #[test]
    fn a_picture_is_a_jpeg_of_the_size_asked_for_without_metadata() {
        let picture = draw(Subject::Lodge, 0, 200, 150);
        let opened = image::load_from_memory_with_format(&picture, image::ImageFormat::Jpeg)
            .expect("a JPEG");
        assert_eq!((opened.width(), opened.height()), (200, 150));
        assert!(
            !picture.windows(4).any(|part| part == b"Exif" || part == b"http"),
            "there is metadata in it"
        );
    }
}
