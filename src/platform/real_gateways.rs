//! Which settings configure a payment gateway that moves money. Production needs one of them, or the
//! consent to run on the sandbox.

use std::collections::BTreeMap;

/// The gateways that move money, each with the setting that configures it.
pub const REAL_GATEWAYS: &[(&str, &str)] = &[("Stripe", "stripe_secret_key"), ("PayU", "payu_key")];

/// In a key of a test mode, like `sk_test_…`.
const TEST_MODE: &str = "_test_";

/// The problem of a production without any of `gateways`; None if one is configured.
pub fn missing(gateways: &[(&str, &str)], values: &BTreeMap<String, String>) -> Option<String> {
    let moves_money = |key: &str| values.get(key).is_some_and(|value| !value.contains(TEST_MODE));
    if gateways.iter().any(|(_, key)| moves_money(key)) {
        return None;
    }
    let mut remedies: Vec<String> =
        gateways.iter().map(|(name, key)| format!("{key} for {name}")).collect();
    remedies.push("smp_allow_sandbox=true to accept that".to_owned());
    Some(format!(
        "production would run on the sandbox payment gateway alone: set {}",
        remedies.join(", or ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_real_gateway_is_enough() {
        let gateways = [("Example", "example_key"), ("Another", "another_key")];
        let set = |key: &str| BTreeMap::from([(key.to_owned(), "x".to_owned())]);
        assert_eq!(missing(&gateways, &set("another_key")), None);
        let problem = missing(&gateways, &set("smtp_url")).unwrap();
        for part in ["sandbox payment gateway", "example_key for Example", "smp_allow_sandbox"] {
            assert!(problem.contains(part), "{problem}");
        }
        assert!(missing(&[], &set("another_key")).is_some());
        let test = BTreeMap::from([("another_key".to_owned(), "sk_test_1".to_owned())]);
        assert!(missing(&gateways, &test).is_some(), "test mode moves no money");
    }
}
