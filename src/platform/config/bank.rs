//! The settings of SMP's own bank account.

use std::collections::BTreeMap;

use crate::kernel::{FieldErrors, Iban, bic};

/// The longest name of an account holder that banks take, in characters.
const HOLDER_CHARS_MAX: usize = 70;

/// The settings with their meaning.
pub const BANK_SETTINGS: &[(&str, &str)] = &[
    (
        "smp_bank_holder",
        "who holds the account from which providers are paid by bank transfer; default: none, and no \
         bank files are made",
    ),
    ("smp_bank_iban", "the number of that account (IBAN)"),
    ("smp_bank_bic", "the code of its bank (BIC)"),
];

/// The account from which SMP pays providers.
#[derive(Debug, Clone)]
pub struct BankConfig {
    pub holder: String,
    pub iban: Iban,
    pub bic: String,
}

impl BankConfig {
    /// The three settings, all or none.
    pub fn read(values: &BTreeMap<String, String>, problems: &mut Vec<String>) -> Option<Self> {
        const KEYS: [&str; 3] = ["smp_bank_holder", "smp_bank_iban", "smp_bank_bic"];
        let [holder, iban, code] = KEYS.map(|key| values.get(key));
        if KEYS.iter().any(|key| values.contains_key(*key)) {
            let missing: Vec<&str> =
                KEYS.into_iter().filter(|key| !values.contains_key(*key)).collect();
            if !missing.is_empty() {
                problems.push(format!(
                    "bank transfers need all of {}; set {} too, or none of them",
                    KEYS.join(", "),
                    missing.join(", ")
                ));
            }
        }
        let (holder, iban, code) = (holder?.trim(), iban?, code?);
        if holder.is_empty() || holder.chars().count() > HOLDER_CHARS_MAX {
            problems.push(format!("smp_bank_holder must have 1 to {HOLDER_CHARS_MAX} characters"));
        }
        let mut fields = FieldErrors::default();
        let code = bic(&mut fields, "smp_bank_bic", code);
        if fields.finish().is_err() {
            problems.push("smp_bank_bic must be a bank's code of 8 or 11 characters".to_owned());
        }
        let Some(iban) = Iban::parse(iban) else {
            problems.push("smp_bank_iban is no IBAN, or has a typing error".to_owned());
            return None;
        };
        Some(Self { holder: holder.to_owned(), iban, bic: code })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> (bool, Vec<String>) {
        let values = set.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let mut problems = vec![];
        let bank = BankConfig::read(&values.collect(), &mut problems);
        (bank.is_some(), problems)
    }

    #[test]
    fn an_account_is_set_whole_and_right() {
        let holder = ("smp_bank_holder", "SMP GmbH");
        let iban = ("smp_bank_iban", "DE89 3704 0044 0532 0130 00");
        let code = ("smp_bank_bic", "COBADEFF");
        assert_eq!(read(&[]), (false, vec![]));
        assert_eq!(read(&[holder, iban, code]), (true, vec![]));
        for (set, word) in [
            (vec![holder, iban], "smp_bank_bic"),
            (vec![holder, ("smp_bank_iban", "DE1"), code], "smp_bank_iban"),
            (vec![holder, iban, ("smp_bank_bic", "X")], "smp_bank_bic"),
            (vec![("smp_bank_holder", " "), iban, code], "smp_bank_holder"),
        ] {
            let problems = read(&set).1;
            assert!(problems.len() == 1 && problems[0].contains(word), "{problems:?}");
        }
    }
}
