//! The types every slice shares: ids, money, currencies, countries, clock, errors, pages of results,
//! validated input and its limits, languages, address formats, phone numbers, tokens, versions of what is
//! edited, files of a person's data.

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
pub mod personal;
mod phone;
pub mod token;
pub mod validate;
mod version;
pub mod wording;

pub use addresses::{AddressField, AddressFormat, AddressFormats, AddressRegion};
pub use clock::{Clock, iso_date};
pub use country::Country;
pub use csv::Csv;
pub use currency::Currency;
pub use error::{Error, ExceededLimit, FieldError, FieldErrors, Result};
pub use iban::{Iban, bic};
pub use ids::*;
pub use input::{CsvInput, Input};
pub use keyring::Keyring;
pub use locale::Locale;
pub use money::Money;
pub use output::Output;
pub use paging::{Cursor, Page, PageQuery};
pub use personal::PersonalFile;
pub use phone::{Phone, mobile, phone_in};
pub use version::{ChangedMeanwhile, SeenVersion};
