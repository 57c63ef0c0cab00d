//! Sales: drafts, reviews, published sales, and whether they are open.

mod input;
mod lifecycle;
mod open;
mod review;
