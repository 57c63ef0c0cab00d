//! Whom a requirement applies to, what an application lacks, and how long something is valid. Pure.

use poem_openapi::Object;
use time::{Date, Month, OffsetDateTime};

use super::{
    application::Application,
    definitions::{ApplicationField, Definition, SellingMode},
};
use crate::kernel::{Country, Currency, FieldErrors, Money, limits::AMOUNT_MINOR_MAX, validate};

/// Something an application still lacks.
#[derive(Debug, PartialEq, Eq, Object)]
pub struct MissingField {
    /// A field of the application, or `requirements.<code>`.
    pub field: String,
    /// What to do.
    pub message: String,
}

/// Whether a requirement applies to a provider, as far as it said what it sells, how and where.
/// What it did not say rules nothing out, but for the volume.
pub fn applies(definition: &Definition, category: &str, application: &Application) -> bool {
    let mode = match (definition.selling_mode, application.selling_mode) {
        (SellingMode::Both, _) | (_, None | Some(SellingMode::Both)) => true,
        (asked, Some(mode)) => asked == mode,
    };
    let regions = application.regions.as_deref().unwrap_or_default();
    let region = definition.regions.is_empty()
        || regions.is_empty()
        || regions.iter().any(|region| definition.regions.contains(region));
    let category = definition.categories.is_empty()
        || definition.categories.iter().any(|asked| asked.eq_ignore_ascii_case(category));
    mode && region && category && reaches_volume(definition, application)
}

/// One of the two volumes is enough. Revenue in another currency is not compared: it counts.
fn reaches_volume(definition: &Definition, application: &Application) -> bool {
    let units = definition.monthly_units_from;
    let revenue = definition.monthly_revenue_from.as_ref();
    if units.is_none() && revenue.is_none() {
        return true;
    }
    let by_units = units.is_some_and(|from| application.monthly_units >= Some(from));
    let by_revenue =
        revenue.zip(application.monthly_revenue.as_ref()).is_some_and(|(from, expected)| {
            from.currency != expected.currency || expected.amount >= from.amount
        });
    by_units || by_revenue
}

/// The fields without which an application cannot be handed in.
pub fn missing_fields(application: &Application) -> Vec<MissingField> {
    let fields = [
        (
            "registration_number",
            application.registration_number.is_none(),
            "Enter your number in the commercial register",
        ),
        ("about", application.about.is_none(), "Write a few sentences about your business"),
        (
            "references",
            application.references.is_none(),
            "Name people who can vouch for your business, and how to reach them",
        ),
        ("regions", application.regions.is_none(), "Name at least one country you ship to"),
        (
            "support_email",
            application.support_email.is_none(),
            "Enter an email address your customers can write to",
        ),
        (
            "selling_mode",
            application.selling_mode.is_none(),
            "Choose whether you sell in SMP's cart, in your own, or in both",
        ),
        (
            "monthly_units",
            application.monthly_units.is_none(),
            "Enter how many units you expect to sell in a month; an estimate is enough",
        ),
    ];
    let missing = fields.into_iter().filter(|(_, is_missing, _)| *is_missing);
    missing
        .map(|(field, _, message)| MissingField {
            field: field.to_owned(),
            message: message.to_owned(),
        })
        .collect()
}

/// What an application says in a field that answers a requirement; countries by their names.
pub fn answer_in(field: ApplicationField, application: &Application, category: &str) -> String {
    match field {
        ApplicationField::RegistrationNumber => {
            application.registration_number.clone().unwrap_or_default()
        }
        ApplicationField::References => application.references.clone().unwrap_or_default(),
        ApplicationField::ProductCategory => category.to_owned(),
        ApplicationField::Regions => {
            let regions = application.regions.as_deref().unwrap_or_default();
            regions.iter().map(|code| Country::name_of(code)).collect::<Vec<_>>().join(", ")
        }
    }
}

/// Countries, each once, in order; none is nothing said.
pub fn regions(fields: &mut FieldErrors, field: &str, codes: &[String]) -> Option<Vec<String>> {
    let all = Country::all().len();
    fields.check(codes.len() <= all, field, "Name each country once");
    let mut regions: Vec<String> = codes
        .iter()
        .take(all)
        .enumerate()
        .map(|(index, code)| validate::country(fields, &format!("{field}.{index}"), code))
        .collect();
    regions.sort_unstable();
    regions.dedup();
    Some(regions).filter(|regions| !regions.is_empty())
}

/// An amount above nothing, in a currency there is.
pub fn amount(fields: &mut FieldErrors, field: &str, given: &Money) -> Option<Money> {
    fields.check(
        (1..=AMOUNT_MINOR_MAX).contains(&given.amount),
        &format!("{field}.amount"),
        &format!("Enter an amount in minor units from 1 to {AMOUNT_MINOR_MAX}"),
    );
    let currency: Option<Currency> =
        validate::currency(fields, &format!("{field}.currency"), &given.currency);
    currency.map(|currency| Money::new(given.amount, currency.code()))
}

/// The same time so many months later; on the last day of a month that has no such day.
pub fn months_later(at: OffsetDateTime, months: i32) -> OffsetDateTime {
    let months = at.year() * 12 + i32::from(u8::from(at.month())) - 1 + months;
    let month = u8::try_from(months.rem_euclid(12) + 1).unwrap_or(1);
    let month = Month::try_from(month).unwrap_or(Month::January);
    let year = months.div_euclid(12);
    let day = at.day().min(month.length(year));
    Date::from_calendar_date(year, month, day).map_or(at, |date| at.replace_date(date))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_requirement_applies_by_mode_region_category_and_volume() {
        let said = Application {
            selling_mode: Some(SellingMode::Hosted),
            regions: Some(vec!["DE".to_owned(), "AT".to_owned()]),
            monthly_units: Some(500),
            monthly_revenue: Some(Money::new(100_000, "EUR")),
            ..Application::default()
        };
        let any = Definition::example();
        let applies = |definition: &Definition| applies(definition, "Ceramics", &said);
        assert!(applies(&any));
        assert!(!applies(&Definition { selling_mode: SellingMode::Redirect, ..any.clone() }));
        assert!(applies(&Definition { regions: vec!["AT".to_owned()], ..any.clone() }));
        assert!(!applies(&Definition { regions: vec!["FR".to_owned()], ..any.clone() }));
        assert!(applies(&Definition { categories: vec!["ceramics".to_owned()], ..any.clone() }));
        assert!(!applies(&Definition { categories: vec!["Food".to_owned()], ..any.clone() }));
        assert!(applies(&Definition { monthly_units_from: Some(500), ..any.clone() }));
        assert!(!applies(&Definition { monthly_units_from: Some(501), ..any.clone() }));
        for (revenue, applied) in [
            (Money::new(100_000, "EUR"), true),
            (Money::new(100_001, "EUR"), false),
            (Money::new(100_001, "CHF"), true),
        ] {
            let definition = Definition { monthly_revenue_from: Some(revenue), ..any.clone() };
            assert_eq!(applies(&definition), applied, "{definition:?}");
        }
    }

    #[test]
    fn validity_ends_on_a_day_that_exists() {
        let at = |at, months| months_later(at, months);
        assert_eq!(at(datetime!(2026-01-31 9:00 UTC), 1), datetime!(2026-02-28 9:00 UTC));
        assert_eq!(at(datetime!(2026-11-30 9:00 UTC), 14), datetime!(2028-01-30 9:00 UTC));
        assert_eq!(at(datetime!(2026-12-15 9:00 UTC), 12), datetime!(2027-12-15 9:00 UTC));
    }
}
