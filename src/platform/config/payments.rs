//! The settings of ways to pay.

use std::collections::BTreeMap;

use strum::VariantNames;

use crate::platform::fault_point::FaultPoint;

/// The settings with their meaning.
pub const PAYMENT_SETTINGS: &[(&str, &str)] = &[
    ("payu_key", "merchant key at PayU India; default: none, and PayU is not offered"),
    ("payu_salt", "the salt of payu_key"),
    ("payu_url", "PayU's checkout, https://secure.payu.in/_payment; with payu_key"),
    (
        "payu_api_url",
        "PayU's interface, https://info.payu.in/merchant/postservice.php?form=2; with payu_key",
    ),
    (
        "smp_cash_on_delivery",
        "true or false: goods may be paid in cash on delivery, confirmed by a code that is sent by \
         SMS; default true in development, false in production, where it needs sms_url",
    ),
    (
        "smp_payment_look_seconds",
        "a payment that its gateway has not answered for is asked for after this many seconds; \
         default 20",
    ),
    (
        "smp_fault_point",
        "for tests, and refused in production: the step of a payment at which the process ends",
    ),
];

/// A merchant's account at PayU India.
#[derive(Clone)]
pub struct PayuConfig {
    pub key: String,
    pub salt: String,
    /// Of the checkout, where the shopper's browser posts to.
    pub url: String,
    /// Of the interface for servers, whole.
    pub api_url: String,
}

impl std::fmt::Debug for PayuConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PayuConfig({}, {})", self.url, self.api_url)
    }
}

/// PayU's four settings, all or none.
pub fn payu(values: &BTreeMap<String, String>, problems: &mut Vec<String>) -> Option<PayuConfig> {
    const KEYS: [&str; 4] = ["payu_key", "payu_salt", "payu_url", "payu_api_url"];
    let [key, salt, url, api_url] = KEYS.map(|key| values.get(key).cloned());
    let missing: Vec<&str> = KEYS.into_iter().filter(|key| !values.contains_key(*key)).collect();
    if !missing.is_empty() && missing.len() < KEYS.len() {
        problems.push(format!(
            "PayU needs all of {}; set {} too, or none of them",
            KEYS.join(", "),
            missing.join(", ")
        ));
    }
    Some(PayuConfig { key: key?, salt: salt?, url: url?, api_url: api_url? })
}

/// Whether goods may be paid in cash on delivery.
pub fn cash(
    values: &BTreeMap<String, String>,
    production: bool,
    has_sms: bool,
    problems: &mut Vec<String>,
) -> bool {
    match values.get("smp_cash_on_delivery").map(String::as_str) {
        None => !production,
        Some("false") => false,
        Some("true") => {
            if production && !has_sms {
                problems.push(
                    "smp_cash_on_delivery is true, so sms_url must be set too: its codes are sent \
                     by SMS"
                        .to_owned(),
                );
            }
            true
        }
        Some(other) => {
            problems.push(format!("smp_cash_on_delivery is {other:?}; it must be true or false"));
            false
        }
    }
}

/// The step at which tests end the process.
pub fn fault_point(
    values: &BTreeMap<String, String>,
    production: bool,
    problems: &mut Vec<String>,
) -> Option<FaultPoint> {
    let name = values.get("smp_fault_point")?;
    if production {
        problems.push("smp_fault_point is for tests; leave it out in production".to_owned());
    }
    let point = name.parse().ok();
    if point.is_none() {
        let known = FaultPoint::VARIANTS.join(", ");
        problems.push(format!("smp_fault_point is {name:?}; it must be one of {known}"));
    }
    point
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payu_is_configured_whole_and_shows_no_secret() {
        let mut values = BTreeMap::from([
            ("payu_key", "gtKFFx"),
            ("payu_salt", "hunter2"),
            ("payu_url", "https://secure.payu.in/_payment"),
            ("payu_api_url", "https://info.payu.in/merchant/postservice.php?form=2"),
        ]);
        let check = |values: &BTreeMap<&str, &str>| {
            let owned = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            let mut problems = vec![];
            (payu(&owned, &mut problems), problems)
        };
        let (whole, problems) = check(&values);
        assert!(problems.is_empty());
        let shown = format!("{whole:?}");
        assert!(shown.contains("info.payu.in") && !shown.contains("hunter2"), "{shown}");
        values.remove("payu_salt");
        let (part, problems) = check(&values);
        assert!(part.is_none() && problems[0].contains("set payu_salt too"), "{problems:?}");
        let (none, problems) = check(&BTreeMap::new());
        assert!(none.is_none() && problems.is_empty());
    }

    #[test]
    fn cash_on_delivery_in_production_is_asked_for_and_needs_sms() {
        let check = |value: Option<&str>, production, has_sms| {
            let values = value.map(|v| ("smp_cash_on_delivery".to_owned(), v.to_owned()));
            let mut problems = vec![];
            let on = cash(&values.into_iter().collect(), production, has_sms, &mut problems);
            (on, problems.len())
        };
        assert_eq!(check(None, false, false), (true, 0));
        assert_eq!(check(None, true, true), (false, 0));
        assert_eq!(check(Some("true"), true, true), (true, 0));
        assert_eq!(check(Some("true"), true, false), (true, 1));
        assert_eq!(check(Some("yes"), false, false), (false, 1));
    }
}
