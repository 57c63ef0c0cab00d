//! Checks of what a provider enters for its invoices. Pure.

use super::{
    input::InvoicingInput,
    profile::{InvoicedBy, InvoicingProfile},
};
use crate::{
    access::edits,
    kernel::{
        FieldErrors, Result,
        limits::{
            CITY_CHARS_MAX, PERSON_NAME_CHARS_MAX, POSTAL_CODE_CHARS_MAX, PROVIDER_NAME_CHARS_MAX,
            REGISTRATION_CHARS_MAX,
        },
        validate,
    },
};

/// Characters that an invoice's number begins with.
const PREFIX_CHARS: std::ops::RangeInclusive<usize> = 2..=12;
/// The whole, in millionths.
const WHOLE_PPM: i32 = 1_000_000;

/// What was entered, checked. `has_numbers`: an invoice has the stored prefix already.
pub fn profile(
    input: &InvoicingInput,
    stored: &InvoicingProfile,
    has_numbers: bool,
) -> Result<InvoicingProfile> {
    let mut fields = FieldErrors::default();
    let mut line = |field: &str, text: Option<&str>, max: usize| {
        let text = text.map(str::trim).unwrap_or_default();
        // Nothing is required of a provider that is not done yet: its invoices wait.
        let text = validate::text(&mut fields, field, text, 0, max);
        let is_line = !text.chars().any(char::is_control);
        fields.check(is_line, field, "Must be one line, without control characters");
        text
    };
    let mut profile = InvoicingProfile {
        invoiced_by: input.invoiced_by,
        legal_name: line("legal_name", input.legal_name.as_deref(), PROVIDER_NAME_CHARS_MAX),
        line1: line("line1", input.line1.as_deref(), PERSON_NAME_CHARS_MAX),
        line2: line("line2", input.line2.as_deref(), PERSON_NAME_CHARS_MAX),
        postal_code: line("postal_code", input.postal_code.as_deref(), POSTAL_CODE_CHARS_MAX),
        city: line("city", input.city.as_deref(), CITY_CHARS_MAX),
        country: String::new(),
        tax_id: line("tax_id", input.tax_id.as_deref(), REGISTRATION_CHARS_MAX),
        register: line("register", input.register.as_deref(), REGISTRATION_CHARS_MAX),
        number_prefix: None,
        tax_rate_ppm: input.tax_rate_ppm,
        version: stored.version,
    };
    let given = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
    };
    if let Some(country) = given(&input.country) {
        profile.country = validate::country(&mut fields, "country", &country);
    }
    if let Some(prefix) = given(&input.number_prefix) {
        let prefix = prefix.to_ascii_uppercase();
        let is_plain = prefix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        fields.check(
            is_plain && PREFIX_CHARS.contains(&prefix.len()),
            "number_prefix",
            "Use 2 to 12 letters without accents or digits, like KILN",
        );
        profile.number_prefix = Some(prefix);
    }
    fields.check(
        !has_numbers || profile.number_prefix == stored.number_prefix,
        "number_prefix",
        "Invoices were issued with this beginning, so it stays",
    );
    fields.check(
        profile.tax_rate_ppm.is_none_or(|rate| (0..=WHOLE_PPM).contains(&rate)),
        "tax_rate_ppm",
        "Must be from 0 to 1000000 millionths: 190000 is 19 %",
    );
    fields.check(
        profile.invoiced_by == InvoicedBy::Provider
            || profile.tax_rate_ppm.is_none()
            || !profile.tax_id.is_empty(),
        "tax_id",
        "Enter your VAT id or tax number: an invoice that shows tax has to name it",
    );
    fields.finish()?;
    Ok(profile)
}

/// The fields in which two differ.
pub fn differing(new: &InvoicingProfile, stored: &InvoicingProfile) -> Vec<&'static str> {
    edits::differing(&[
        ("invoiced_by", new.invoiced_by != stored.invoiced_by),
        ("legal_name", new.legal_name != stored.legal_name),
        ("line1", new.line1 != stored.line1),
        ("line2", new.line2 != stored.line2),
        ("postal_code", new.postal_code != stored.postal_code),
        ("city", new.city != stored.city),
        ("country", new.country != stored.country),
        ("tax_id", new.tax_id != stored.tax_id),
        ("register", new.register != stored.register),
        ("number_prefix", new.number_prefix != stored.number_prefix),
        ("tax_rate_ppm", new.tax_rate_ppm != stored.tax_rate_ppm),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(prefix: Option<&str>, tax_rate_ppm: Option<i32>, tax_id: &str) -> InvoicingInput {
        InvoicingInput {
            invoiced_by: InvoicedBy::Smp,
            legal_name: Some(" Kiln & Co. GmbH ".to_owned()),
            line1: Some("Ofenweg 1".to_owned()),
            line2: None,
            postal_code: Some("10115".to_owned()),
            city: Some("Berlin".to_owned()),
            country: Some("de".to_owned()),
            tax_id: Some(tax_id.to_owned()),
            register: None,
            number_prefix: prefix.map(str::to_owned),
            tax_rate_ppm,
        }
    }

    #[test]
    fn an_invoice_needs_name_address_and_prefix_and_a_tax_its_number() {
        let stored = InvoicingProfile::default();
        let whole = profile(&input(Some("kiln"), None, ""), &stored, false).unwrap();
        assert_eq!(whole.missing(), [] as [&str; 0]);
        assert_eq!(whole.legal_name, "Kiln & Co. GmbH");
        assert_eq!(whole.issuer().unwrap().1, "KILN");
        let open = profile(&input(None, None, ""), &stored, false).unwrap();
        assert_eq!(open.missing(), ["number_prefix"]);
        assert!(open.issuer().is_none());
        assert!(profile(&input(Some("KILN"), Some(190_000), ""), &stored, false).is_err());
        assert!(profile(&input(Some("KILN"), Some(190_000), "DE1"), &stored, false).is_ok());
        for bad in ["K", "KILN-CO", "KÖLN", "ABCDEFGHIJKLM"] {
            assert!(profile(&input(Some(bad), None, ""), &stored, false).is_err(), "{bad}");
        }
        assert!(profile(&input(Some("KILN"), Some(1_000_001), "DE1"), &stored, false).is_err());
    }

    #[test]
    fn a_prefix_that_an_invoice_has_stays() {
        let stored = InvoicingProfile {
            number_prefix: Some("KILN".to_owned()),
            ..InvoicingProfile::default()
        };
        assert!(profile(&input(Some("KLN"), None, ""), &stored, true).is_err());
        assert!(profile(&input(None, None, ""), &stored, true).is_err());
        assert!(profile(&input(Some("KILN"), None, ""), &stored, true).is_ok());
        assert!(profile(&input(Some("KLN"), None, ""), &stored, false).is_ok());
    }
}
