//! The lists that clients choose from, and what addresses have.

use std::sync::Arc;

use poem_openapi::{ApiResponse, Enum, Object, OpenApi, param::Path, payload::Json};

use crate::{
    access::{Anyone, Tag},
    kernel::{
        AddressField, AddressFormat, AddressFormats, AddressRegion, Country, Currency, Error,
        Result,
    },
};

/// The lists change with a release at most.
const CACHE_CONTROL: &str = "public, max-age=86400";

pub struct ReferenceApi {
    pub addresses: Arc<AddressFormats>,
}

#[derive(Object)]
struct Reference {
    /// ISO 3166-1, by code.
    countries: Vec<ReferenceCountry>,
    /// ISO 4217 currencies in circulation, by code.
    currencies: Vec<ReferenceCurrency>,
}

#[derive(Object)]
struct ReferenceCountry {
    /// ISO 3166-1 alpha-2.
    code: String,
    /// In English.
    name: String,
}

#[derive(Object)]
struct ReferenceCurrency {
    /// ISO 4217.
    code: String,
    /// In English.
    name: String,
    /// Decimals of an amount: 2 for EUR, 0 for JPY, 3 for KWD.
    minor_digits: u32,
}

/// What the addresses of a country have, beside a name and a street.
#[derive(Object)]
#[oai(rename = "AddressFormat")]
struct AddressFormatView {
    /// ISO 3166-1 alpha-2.
    country: String,
    /// In the order of a written address.
    fields: Vec<AddressFieldView>,
    /// An example of a postal code.
    postal_code_example: Option<String>,
    /// What `region` is chosen from, where the country has a list.
    regions: Vec<AddressRegionView>,
}

#[derive(Object)]
#[oai(rename = "AddressFormatField")]
struct AddressFieldView {
    name: AddressFieldName,
    /// What it is called there, in English.
    label: String,
    required: bool,
}

#[derive(Enum)]
#[oai(rename = "AddressFormatFieldName", rename_all = "snake_case")]
enum AddressFieldName {
    City,
    District,
    Region,
    PostalCode,
}

#[derive(Object)]
#[oai(rename = "AddressFormatRegion")]
struct AddressRegionView {
    /// The value of `region`.
    key: String,
    /// In Latin letters.
    name: String,
}

impl AddressFormatView {
    fn new(country: Country, format: &AddressFormat) -> Self {
        let field = |field| AddressFieldView {
            name: match field {
                AddressField::City => AddressFieldName::City,
                AddressField::District => AddressFieldName::District,
                AddressField::Region => AddressFieldName::Region,
                AddressField::PostalCode => AddressFieldName::PostalCode,
            },
            label: format.label(field).to_owned(),
            required: format.requires(field),
        };
        let region = |region: &AddressRegion| AddressRegionView {
            key: region.key.clone(),
            name: region.name.clone(),
        };
        Self {
            country: country.code.to_owned(),
            fields: format.order().into_iter().map(field).collect(),
            postal_code_example: format.postal_code_example.clone(),
            regions: format.regions.iter().map(region).collect(),
        }
    }
}

#[derive(ApiResponse)]
enum AddressFormatResponse {
    /// The format.
    #[oai(status = 200)]
    Ok(Json<AddressFormatView>, #[oai(header = "Cache-Control")] String),
}

#[derive(ApiResponse)]
enum ReferenceResponse {
    /// The lists.
    #[oai(status = 200)]
    Ok(Json<Reference>, #[oai(header = "Cache-Control")] String),
}

#[OpenApi(tag = "Tag::Reference")]
impl ReferenceApi {
    /// Countries and currencies
    ///
    /// The lists that forms of this API choose from: every country (ISO 3166-1) and every currency
    /// in circulation (ISO 4217) with its number of decimals.
    ///
    /// The answer changes with a release at most, and may be kept for a day (`Cache-Control`).
    #[oai(path = "/reference", method = "get", operation_id = "reference_get")]
    async fn reference_get(&self, _anyone: Anyone) -> Result<ReferenceResponse> {
        let countries = Country::all().iter().map(|country| ReferenceCountry {
            code: country.code.to_owned(),
            name: country.name.to_owned(),
        });
        let currencies = Currency::all().iter().map(|currency| ReferenceCurrency {
            code: currency.code().to_owned(),
            name: currency.name().to_owned(),
            minor_digits: currency.minor_digits(),
        });
        let reference =
            Reference { countries: countries.collect(), currencies: currencies.collect() };
        Ok(ReferenceResponse::Ok(Json(reference), CACHE_CONTROL.to_owned()))
    }

    /// What addresses have in a country
    ///
    /// The fields of a postal address there beside recipient and street: what they are called, which
    /// are required, and the states, provinces or the like to choose from. Addresses of orders are
    /// checked against it.
    ///
    /// The answer changes with a release at most, and may be kept for a day (`Cache-Control`).
    #[oai(path = "/address-formats/:country", method = "get", operation_id = "address_format_get")]
    async fn address_format_get(
        &self,
        _anyone: Anyone,
        /// ISO 3166-1 alpha-2, like `DE`.
        country: Path<String>,
    ) -> Result<AddressFormatResponse> {
        let country = Country::find(&country.0.to_uppercase()).ok_or(Error::NotFound("country"))?;
        let format = self.addresses.of(country.code);
        let view = AddressFormatView::new(country, &format);
        Ok(AddressFormatResponse::Ok(Json(view), CACHE_CONTROL.to_owned()))
    }
}
