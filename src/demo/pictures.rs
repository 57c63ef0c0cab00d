//! The demo's photographs' stand-ins: still lifes and landscapes painted by the project itself, the same on every machine.

mod canvas;
mod ceramics;
mod dice;
mod ink;
mod shape;
mod turned;

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
}

/// A picture of a subject as a JPEG without metadata; variants are other colourways and compositions of it.
pub fn draw(subject: Subject, variant: u32, width: u32, height: u32) -> Vec<u8> {
    let mut canvas = Canvas::new(width, height);
    match subject {
        Subject::Bowls => ceramics::bowls(&mut canvas, variant),
        Subject::Teapot => ceramics::teapot(&mut canvas, variant),
        Subject::Vase => ceramics::vase(&mut canvas, variant),
    }
    canvas.into_jpeg()
}
