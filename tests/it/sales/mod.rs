//! Sales: drafts, reviews, published sales, and whether they are open.

mod copies;
mod input;
mod lifecycle;
mod open;
mod review;
