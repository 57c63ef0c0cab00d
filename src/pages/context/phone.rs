//! What the page of an account's phone is given.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;

use super::CountryChoice;

contexts! {
    PhonePage {
        /// The verified number, as people read it.
        number: Option<String>,
        /// It answered STOP.
        is_stopped: bool,
        /// A number that waits for its code, as people read it.
        pending: Option<String>,
        /// The same in E.164.
        pending_number: Option<String>,
        /// With their calling codes: `Germany (+49)`.
        countries: Vec<CountryChoice>,
        /// The sale to go back to.
        next: Option<String>,
    }
}
