//! Registration for sales, and the emails that follow.

mod mailings;
mod register;
