//! Who of some shoppers is also told by SMS: those who asked for it and have a verified number that has not
//! answered STOP.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::{
    access::{
        phones,
        preferences::{self, MessageChannel, MessageKind},
    },
    kernel::{AccountId, Result},
};

/// Where an SMS to an account goes, and in which time zone it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsRecipient {
    /// E.164.
    pub phone: String,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
}

/// Those of the accounts that get messages of a kind by SMS. Platform scope.
pub async fn of(
    conn: &mut PgConnection,
    accounts: &[AccountId],
    kind: MessageKind,
) -> Result<HashMap<AccountId, SmsRecipient>> {
    let wanting = preferences::wants_of(conn, accounts, kind, MessageChannel::Sms).await?;
    if wanting.is_empty() {
        return Ok(HashMap::new());
    }
    let wanting: Vec<AccountId> = wanting.into_iter().collect();
    let mut recipients: HashMap<AccountId, SmsRecipient> = preferences::of(conn, &wanting)
        .await?
        .into_iter()
        .filter_map(|(account, of)| {
            Some((
                account,
                SmsRecipient { phone: of.phone?, locale: of.locale, time_zone: of.time_zone },
            ))
        })
        .collect();
    let phones: Vec<&str> = recipients.values().map(|to| to.phone.as_str()).collect();
    let stopped = phones::stopped_of(conn, &phones).await?;
    recipients.retain(|_, to| !stopped.contains(&to.phone));
    Ok(recipients)
}
