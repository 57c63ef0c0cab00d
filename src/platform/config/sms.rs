//! The settings of SMS.

use std::collections::BTreeMap;

#[derive(Debug, Clone)]
pub struct SmsConfig {
    pub url: String,
    pub account: String,
    pub token: String,
    pub from: String,
}

impl SmsConfig {
    /// Reads the section; None without `sms_url`.
    pub(super) fn read(
        values: &BTreeMap<String, String>,
        problems: &mut Vec<String>,
    ) -> Option<Self> {
        let url = values.get("sms_url")?.clone();
        let mut must = |key: &str| {
            values.get(key).cloned().unwrap_or_else(|| {
                problems.push(format!("sms_url is set, so {key} must be too"));
                String::new()
            })
        };
        let (account, token, from) = (must("sms_account"), must("sms_token"), must("sms_from"));
        Some(Self { url, account, token, from })
    }
}
