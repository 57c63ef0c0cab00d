//! `GET /reference`: the lists that clients choose from.

use poem_openapi::{ApiResponse, Object, OpenApi, payload::Json};

use crate::{
    access::{Anyone, Tag},
    kernel::{Country, Currency, Result},
};

/// The lists change with a release at most.
const CACHE_CONTROL: &str = "public, max-age=86400";

pub struct ReferenceApi;

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
}
