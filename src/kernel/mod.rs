//! The types every slice shares: ids, money, currencies, countries, clock, errors, pages of results,
//! validated input and its limits, languages, address formats, tokens, versions of what is edited.

mod addresses;
pub mod clock;
mod country;
mod csv;
mod currency;
pub mod error;
mod iban;
pub mod ids;
pub mod input;
pub mod keyring;
pub mod limits;
mod locale;
pub mod money;
pub mod output;
pub mod paging;
pub mod token;
pub mod validate;
mod version;
pub mod wording;

pub use addresses::{AddressField, AddressFormat, AddressFormats, AddressRegion};
pub use clock::{Clock, iso_date};
pub use country::Country;
pub use csv::Csv;
pub use currency::Currency;
pub use error::{EMAIL_TAKEN, Error, ExceededLimit, FieldError, FieldErrors, Result};
pub use iban::{Iban, bic};
pub use ids::*;
pub use input::{CsvInput, Input};
pub use keyring::Keyring;
pub use locale::Locale;
pub use money::Money;
pub use output::Output;
pub use paging::{Cursor, Page, PageQuery};
pub use version::{ChangedMeanwhile, SeenVersion};
