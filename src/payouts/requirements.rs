//! What Stripe asks of a provider, in plain words. Stripe names fields, such as `individual.dob.day`.

use super::account::Requirements;

/// Words for what Stripe names, by how the name ends without who it is about. The first that fits counts.
const WORDS: &[(&str, &str)] = &[
    ("external_account", "a bank account for payouts"),
    ("tos_acceptance", "the acceptance of the gateway’s terms"),
    ("business_profile.url", "the shop’s web address"),
    ("business_profile.mcc", "the kind of business"),
    ("business_profile.product_description", "a description of what is sold"),
    ("business_profile.support_phone", "a phone number for customers"),
    ("business_profile", "details of the business"),
    ("business_type", "the legal form of the business"),
    ("additional_document", "a proof of the address"),
    ("document", "an identity document"),
    ("dob", "a date of birth"),
    ("address", "an address"),
    ("first_name", "a name"),
    ("last_name", "a name"),
    ("name", "a name"),
    ("email", "an email address"),
    ("phone", "a phone number"),
    ("id_number", "a national identification number"),
    ("ssn_last_4", "a national identification number"),
    ("vat_id", "the VAT number"),
    ("tax_id", "the tax or registration number"),
    ("directors_provided", "the directors of the company"),
    ("executives_provided", "the executives of the company"),
    ("owners_provided", "the owners of the company"),
    ("title", "the position in the company"),
    ("relationship", "the role in the company"),
];
/// Who a field is about, by how its name begins.
const PEOPLE: &[(&str, &str)] = &[
    ("company.", " of the company"),
    ("representative.", " of the company’s representative"),
    ("person_", " of a person in the company"),
    ("owners.", " of an owner"),
    ("directors.", " of a director"),
    ("executives.", " of an executive"),
];

/// Something that Stripe asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub words: String,
    /// Its date has passed.
    pub past_due: bool,
}

/// What Stripe asks for, each once, what is past due first.
pub fn listed(requirements: &Requirements) -> Vec<Asked> {
    let mut asked: Vec<Asked> = vec![];
    let past = requirements.past_due.iter().map(|field| (field, true));
    for (field, past_due) in past.chain(requirements.currently_due.iter().map(|f| (f, false))) {
        let words = in_words(field);
        if asked.iter().all(|known| known.words != words) {
            asked.push(Asked { words, past_due });
        }
    }
    asked
}

/// A field's name in words; one that is not known keeps its own.
fn in_words(field: &str) -> String {
    let about =
        PEOPLE.iter().find(|(start, _)| field.starts_with(start)).map_or("", |found| found.1);
    let fits = |name: &str| {
        field == name
            || field.ends_with(&format!(".{name}"))
            || field.starts_with(&format!("{name}."))
            || field.contains(&format!(".{name}."))
    };
    match WORDS.iter().find(|(name, _)| fits(name)) {
        Some((_, words)) => format!("{words}{about}"),
        None => field.rsplit('.').next().unwrap_or(field).replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_in_words() {
        for (field, words) in [
            ("external_account", "a bank account for payouts"),
            ("tos_acceptance.ip", "the acceptance of the gateway’s terms"),
            ("business_profile.url", "the shop’s web address"),
            ("business_profile.name", "details of the business"),
            ("individual.dob.year", "a date of birth"),
            ("individual.verification.document", "an identity document"),
            ("individual.verification.additional_document", "a proof of the address"),
            ("company.tax_id", "the tax or registration number of the company"),
            ("company.address.line1", "an address of the company"),
            ("person_1Abc.first_name", "a name of a person in the company"),
            (
                "representative.relationship.title",
                "the position in the company of the company’s representative",
            ),
            ("a_field.of_tomorrow", "of tomorrow"),
        ] {
            assert_eq!(in_words(field), words, "{field}");
        }
    }

    #[test]
    fn each_is_asked_for_once_and_what_is_late_comes_first() {
        let fields = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let requirements = Requirements {
            currently_due: fields(&[
                "individual.dob.day",
                "individual.dob.month",
                "external_account",
            ]),
            past_due: fields(&["external_account"]),
            ..Requirements::default()
        };
        let asked = listed(&requirements);
        assert_eq!(
            asked,
            [
                Asked { words: "a bank account for payouts".to_owned(), past_due: true },
                Asked { words: "a date of birth".to_owned(), past_due: false },
            ]
        );
    }
}
