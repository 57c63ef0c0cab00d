//! The demo world.
pub mod cart;
