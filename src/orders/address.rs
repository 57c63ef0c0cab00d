//! A postal address.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use crate::kernel::{
    FieldErrors,
    limits::{CITY_CHARS_MAX, PERSON_NAME_CHARS_MAX, POSTAL_CODE_CHARS_MAX},
    validate,
};

/// Countries whose addresses need a state, a province or the like (ISO 3166-1).
const WITH_REGION: [&str; 9] = ["AU", "BR", "CA", "CN", "IN", "JP", "MX", "MY", "US"];

/// Where a parcel goes.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(deny_unknown_fields)]
pub struct Address {
    /// Name of the recipient.
    pub name: String,
    pub line1: String,
    pub line2: Option<String>,
    pub city: String,
    pub postal_code: String,
    /// State, province, prefecture or the like; required in Australia, Brazil, Canada, China, India,
    /// Japan, Malaysia, Mexico and the United States.
    pub region: Option<String>,
    /// ISO 3166-1, like DE.
    pub country: String,
    /// For the carrier, in E.164.
    pub phone: Option<String>,
}

impl Address {
    /// Validates and trims every field. `at` is the path of the address in the input.
    #[must_use]
    pub fn checked(self, fields: &mut FieldErrors, at: &str) -> Self {
        let path = |part: &str| format!("{at}.{part}");
        let filled = |text: Option<String>| text.filter(|t| !t.trim().is_empty());
        let country = validate::country(fields, &path("country"), &self.country);
        let region = filled(self.region);
        if region.is_none() && WITH_REGION.contains(&country.as_str()) {
            fields.add(path("region"), "Enter the state, province or region");
        }
        Self {
            name: validate::line(fields, &path("name"), &self.name, 1, PERSON_NAME_CHARS_MAX),
            line1: validate::line(fields, &path("line1"), &self.line1, 1, PERSON_NAME_CHARS_MAX),
            line2: filled(self.line2)
                .map(|t| validate::line(fields, &path("line2"), &t, 1, PERSON_NAME_CHARS_MAX)),
            city: validate::line(fields, &path("city"), &self.city, 1, CITY_CHARS_MAX),
            postal_code: validate::line(
                fields,
                &path("postal_code"),
                &self.postal_code,
                2,
                POSTAL_CODE_CHARS_MAX,
            ),
            region: region.map(|t| validate::line(fields, &path("region"), &t, 1, CITY_CHARS_MAX)),
            country,
            phone: filled(self.phone).map(|t| validate::phone(fields, &path("phone"), &t)),
        }
    }
}
