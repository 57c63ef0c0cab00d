//! A postal address, with what its country asks for.

use poem_openapi::Object;
use serde::{Deserialize, Serialize};

use crate::kernel::{
    AddressField, AddressFormat, AddressFormats, Country, FieldErrors,
    limits::{CITY_CHARS_MAX, PERSON_NAME_CHARS_MAX, POSTAL_CODE_CHARS_MAX},
    phone_in, validate,
};

/// Where a parcel goes. `GET /address-formats/{country}` says what a country's addresses have.
#[derive(Debug, Clone, PartialEq, Eq, Object, Serialize, Deserialize)]
#[oai(deny_unknown_fields)]
pub struct Address {
    /// Name of the recipient.
    pub name: String,
    /// The company of the recipient.
    pub company: Option<String>,
    pub line1: String,
    pub line2: Option<String>,
    /// Suburb, neighbourhood or the like, where addresses have one.
    pub district: Option<String>,
    /// Empty in countries whose addresses have none, like Singapore.
    #[oai(default)]
    pub city: String,
    /// Empty in countries without postal codes, like Hong Kong.
    #[oai(default)]
    pub postal_code: String,
    /// State, province, prefecture or the like. Where the country has a list of them, one of it: its
    /// name, its key or its code of ISO 3166-2; the answer has the key.
    pub region: Option<String>,
    /// ISO 3166-1, like DE.
    pub country: String,
    /// For the carrier, in E.164.
    pub phone: Option<String>,
}

impl Address {
    /// Validates and trims every field, as its country has them. `at` is the path of the address in
    /// the input.
    #[must_use]
    pub fn checked(self, formats: &AddressFormats, fields: &mut FieldErrors, at: &str) -> Self {
        let path = |part: &str| format!("{at}.{part}");
        let filled = |text: Option<String>| text.filter(|t| !t.trim().is_empty());
        let country = validate::country(fields, &path("country"), &self.country);
        let format = formats.of(&country);
        let at_country = AtCountry { format: &format, country: Country::name_of(&country), at };
        let region = at_country.region(fields, filled(self.region));
        let postal_code = at_country.postal_code(fields, &self.postal_code, region.as_deref());
        let person = |fields: &mut FieldErrors, part: &str, text: &str| {
            validate::line(fields, &path(part), text, 1, PERSON_NAME_CHARS_MAX)
        };
        Self {
            name: person(fields, "name", &self.name),
            company: filled(self.company).map(|t| person(fields, "company", &t)),
            line1: person(fields, "line1", &self.line1),
            line2: filled(self.line2).map(|t| person(fields, "line2", &t)),
            district: filled(self.district)
                .map(|t| validate::line(fields, &path("district"), &t, 1, CITY_CHARS_MAX)),
            city: at_country.city(fields, &self.city),
            postal_code,
            region,
            phone: filled(self.phone).map(|t| phone_in(fields, &path("phone"), &t, &country)),
            country,
        }
    }
}

/// The rules of one country, for an address at a path of the input.
struct AtCountry<'a> {
    format: &'a AddressFormat,
    country: &'a str,
    at: &'a str,
}

impl AtCountry<'_> {
    fn path(&self, part: &str) -> String {
        format!("{}.{part}", self.at)
    }

    fn city(&self, fields: &mut FieldErrors, text: &str) -> String {
        let least = usize::from(self.format.requires(AddressField::City));
        validate::line(fields, &self.path("city"), text, least, CITY_CHARS_MAX)
    }

    /// The key of a listed region, or what was typed where there is no list.
    fn region(&self, fields: &mut FieldErrors, text: Option<String>) -> Option<String> {
        let label = self.format.label(AddressField::Region).to_lowercase();
        let Some(text) = text else {
            if self.format.requires(AddressField::Region) {
                let message = format!("Enter the {label}; addresses in {} have one", self.country);
                fields.add(self.path("region"), message);
            }
            return None;
        };
        if self.format.regions.is_empty() {
            return Some(validate::line(fields, &self.path("region"), &text, 1, CITY_CHARS_MAX));
        }
        let found = self.format.region(&text).map(|region| region.key.clone());
        if found.is_none() {
            let message = format!("{} has no such {label}; choose one of its list", self.country);
            fields.add(self.path("region"), message);
        }
        found
    }

    fn postal_code(&self, fields: &mut FieldErrors, text: &str, region: Option<&str>) -> String {
        let path = self.path("postal_code");
        let label = self.format.label(AddressField::PostalCode);
        let required = self.format.requires(AddressField::PostalCode);
        let text =
            validate::line(fields, &path, text, usize::from(required), POSTAL_CODE_CHARS_MAX)
                .to_uppercase();
        if text.is_empty() {
            return text;
        }
        if !self.format.is_postal_code(&text) {
            let like = self.format.postal_code_example.as_deref();
            let like = like.map(|example| format!(", like {example}")).unwrap_or_default();
            let message = format!("Enter {} as {} has them{like}", one_of(label), self.country);
            fields.add(path, message);
        } else if let Some(region) = region.and_then(|key| self.format.region(key))
            && !region.has_postal_code(&text)
        {
            let message = format!("{text} is not in {}; check both", region.name);
            fields.add(path, message);
        }
        text
    }
}

/// A label of a postal code within a sentence, with its article.
fn one_of(label: &str) -> String {
    match label {
        "Postal code" => "a postal code".to_owned(),
        "Eircode" => "an Eircode".to_owned(),
        abbreviation => format!("a {abbreviation}"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::kernel::Error;

    fn formats() -> AddressFormats {
        let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants/_default");
        AddressFormats::load(&base).unwrap()
    }

    fn check(
        country: &str,
        city: &str,
        region: &str,
        postal_code: &str,
    ) -> Result<Address, Vec<(String, String)>> {
        let address = Address {
            name: "Kim Doe".to_owned(),
            company: None,
            line1: "1 Long Road".to_owned(),
            line2: None,
            district: None,
            city: city.to_owned(),
            postal_code: postal_code.to_owned(),
            region: Some(region.to_owned()),
            country: country.to_owned(),
            phone: None,
        };
        let mut fields = FieldErrors::default();
        let checked = address.checked(&formats(), &mut fields, "a");
        match fields.finish() {
            Ok(()) => Ok(checked),
            Err(Error::Invalid(wrong)) => {
                Err(wrong.into_iter().map(|e| (e.field, e.message)).collect())
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn wrong(country: &str, city: &str, region: &str, postal_code: &str) -> Vec<String> {
        let errors = check(country, city, region, postal_code).err().unwrap_or_default();
        errors.into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn each_country_asks_for_its_own_fields() {
        assert_eq!(wrong("DE", "Ulm", "", "89073"), Vec::<String>::new());
        assert_eq!(wrong("DE", "", "", ""), ["a.postal_code", "a.city"]);
        assert_eq!(wrong("US", "Austin", "", "78701"), ["a.region"]);
        assert_eq!(wrong("SG", "", "", "546080"), Vec::<String>::new());
        assert_eq!(wrong("HK", "", "Kowloon", ""), Vec::<String>::new());
        assert_eq!(wrong("IE", "Cork", "", ""), Vec::<String>::new());
        assert_eq!(wrong("JP", "", "Tokyo", "100-0001"), Vec::<String>::new());
    }

    #[test]
    fn postal_codes_are_those_of_country_and_region() {
        assert_eq!(wrong("DE", "Ulm", "", "8907"), ["a.postal_code"]);
        assert_eq!(wrong("GB", "London", "", "ec1y 8sy"), Vec::<String>::new());
        assert_eq!(wrong("US", "Austin", "TX", "90210"), ["a.postal_code"]);
        let message = check("US", "Austin", "Texas", "90210").unwrap_err().remove(0).1;
        assert_eq!(message, "90210 is not in Texas; check both");
        let message = check("DE", "Ulm", "", "X").unwrap_err().remove(0).1;
        assert_eq!(message, "Enter a postal code as Germany has them, like 26133");
        // The digits of another script are no digits of a postal code.
        assert_eq!(wrong("DE", "Ulm", "", "８９０７３"), ["a.postal_code"]);
    }

    #[test]
    fn a_region_has_many_names_and_one_key() {
        let region = |text| check("JP", "", text, "100-0001").unwrap().region.unwrap();
        assert_eq!([region("Tokyo"), region("13"), region("東京都")], ["東京都"; 3]);
        assert_eq!(check("US", "Austin", "texas", "78701").unwrap().region.unwrap(), "TX");
        assert_eq!(wrong("US", "Austin", "Bavaria", "78701"), ["a.region"]);
        // Where there is no list, any text will do.
        assert_eq!(check("DE", "Ulm", "Schwaben", "89073").unwrap().region.unwrap(), "Schwaben");
    }

    #[test]
    fn labels_are_those_of_the_country() {
        use AddressField::{City, PostalCode, Region};
        let formats = formats();
        let label = |country, field| formats.of(country).label(field);
        assert_eq!(label("US", PostalCode), "ZIP code");
        assert_eq!(label("IE", Region), "County");
        assert_eq!(label("JP", Region), "Prefecture");
        assert_eq!(label("GB", City), "Town or city");
        assert_eq!(formats.of("US").order(), [City, Region, PostalCode]);
        assert_eq!(formats.of("DE").order(), [PostalCode, City]);
    }
}
