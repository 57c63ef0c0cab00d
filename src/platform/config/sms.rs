//! The settings of SMS.

use std::collections::BTreeMap;

pub(super) const SMS_SETTINGS: &[(&str, &str)] = &[
    (
        "sms_url",
        "messages endpoint of Twilio or one compatible with it, e.g. \
         https://api.twilio.com/2010-04-01/Accounts/AC…/Messages.json; default: SMS are not sent, but \
         shown at /dev/outbox",
    ),
    ("sms_account", "account for sms_url: the account SID"),
    (
        "sms_token",
        "auth token of that account; it also signs what the service sends to \
         /webhooks/sms/status and /webhooks/sms/inbound",
    ),
    ("sms_from", "sender of SMS: a number in E.164, or a name where the country allows one"),
    ("sms_service", "SID of a messaging service (MG…), in place of sms_from"),
];

#[derive(Debug, Clone)]
pub struct SmsConfig {
    /// The endpoint that takes messages, and lists them.
    pub url: String,
    pub account: String,
    pub token: String,
    pub sender: SmsSender,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmsSender {
    /// A number in E.164 or a name.
    From(String),
    /// The SID of a messaging service, which chooses the number.
    Service(String),
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
        let (account, token) = (must("sms_account"), must("sms_token"));
        let sender = match (values.get("sms_from"), values.get("sms_service")) {
            (Some(from), None) => SmsSender::From(from.clone()),
            (None, Some(service)) => SmsSender::Service(service.clone()),
            (None, None) => {
                problems.push("sms_url is set, so sms_from or sms_service must be too".to_owned());
                SmsSender::From(String::new())
            }
            (Some(_), Some(_)) => {
                problems.push(
                    "sms_from and sms_service are both set; a messaging service chooses its number \
                     itself, so keep one of them"
                        .to_owned(),
                );
                SmsSender::From(String::new())
            }
        };
        Some(Self { url, account, token, sender })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> (Option<SmsConfig>, Vec<String>) {
        let values = values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut problems = vec![];
        let config = SmsConfig::read(&values, &mut problems);
        (config, problems)
    }

    #[test]
    fn a_sender_is_a_number_or_a_messaging_service() {
        let account =
            [("sms_url", "https://sms.example"), ("sms_account", "AC1"), ("sms_token", "t")];
        let with = |more: &[(&str, &str)]| read(&[&account[..], more].concat());
        let (config, problems) = with(&[("sms_service", "MG1")]);
        assert_eq!(config.unwrap().sender, SmsSender::Service("MG1".to_owned()));
        assert!(problems.is_empty(), "{problems:?}");
        let (_, problems) = with(&[]);
        assert_eq!(problems, ["sms_url is set, so sms_from or sms_service must be too"]);
        let (_, problems) = with(&[("sms_from", "+4915123456789"), ("sms_service", "MG1")]);
        assert!(problems[0].contains("both set"), "{problems:?}");
        let (config, problems) = read(&[("sms_from", "+4915123456789")]);
        assert!(config.is_none() && problems.is_empty());
        let (_, problems) = read(&[("sms_url", "https://sms.example")]);
        assert_eq!(problems.len(), 3, "{problems:?}");
    }
}
