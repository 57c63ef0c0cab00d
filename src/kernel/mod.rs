//! Words every slice speaks: ids, money, clock, errors, pages of results, validated words, crypto
//! tokens.

pub mod clock;
pub mod error;
pub mod ids;
pub mod input;
pub mod keyring;
pub mod money;
pub mod output;
pub mod paging;
pub mod token;
pub mod validate;

pub use clock::{Clock, iso_date};
pub use error::{Error, FieldError, FieldErrors, Result};
pub use ids::*;
pub use input::Input;
pub use keyring::Keyring;
pub use money::{Currency, Money};
pub use output::Output;
pub use paging::{Cursor, Page, PageQuery};
