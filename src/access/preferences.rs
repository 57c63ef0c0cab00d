//! What people chose for themselves: language, time zone, and which messages they want by which
//! channel.

use std::collections::{HashMap, HashSet};

use poem_openapi::Enum;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::kernel::{AccountId, Result};

/// What an account prefers. None: it has not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    /// A language tag, like `de`.
    pub locale: Option<String>,
    /// An IANA name, like `Europe/Berlin`.
    pub time_zone: Option<String>,
    /// In E.164; only one that was verified.
    pub phone: Option<String>,
}

/// Messages that may be switched off, by what they are about. The names are among those of the
/// column's CHECK.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type, strum::IntoStaticStr, strum::EnumIter,
)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum MessageKind {
    /// Of the start of a sale.
    Reminders,
    Waitlist,
    /// News of an order that it does not depend on.
    Orders,
    /// New sales of providers whom the account follows.
    Launches,
    /// To the teams of providers and of SMP.
    Team,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Enum, sqlx::Type, strum::IntoStaticStr, strum::EnumIter,
)]
#[oai(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum MessageChannel {
    Email,
    Sms,
}

impl MessageKind {
    /// Whether such messages go by a channel to an account that has not chosen. An SMS goes only to who
    /// asked for it; of an order, who gave its address a phone did.
    pub const fn is_on_by_default(self, channel: MessageChannel) -> bool {
        match channel {
            MessageChannel::Email => true,
            MessageChannel::Sms => matches!(self, Self::Orders),
        }
    }
}

/// Whether an account wants a kind of messages by a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageChoice {
    pub kind: MessageKind,
    pub channel: MessageChannel,
    pub is_on: bool,
}

/// The preferences of some accounts. An unknown account has none.
pub async fn of(
    conn: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, Preferences>> {
    let ids: Vec<uuid::Uuid> = accounts.iter().map(|account| account.0).collect();
    let rows = sqlx::query!(
        r#"
        SELECT id AS "id: AccountId", locale, time_zone,
               CASE WHEN phone_verified_at IS NOT NULL THEN phone END AS phone
        FROM accounts WHERE id = ANY($1)
        "#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    let preferences = rows.into_iter().map(|row| {
        let (locale, time_zone, phone) = (row.locale, row.time_zone, row.phone);
        (row.id, Preferences { locale, time_zone, phone })
    });
    Ok(preferences.collect())
}

/// Whether an account wants a kind of messages by a channel.
pub async fn wants(
    conn: &mut PgConnection,
    account: AccountId,
    kind: MessageKind,
    channel: MessageChannel,
) -> Result<bool> {
    Ok(wants_of(conn, &[account], kind, channel).await?.contains(&account))
}

/// Those of the accounts that want a kind of messages by a channel.
pub async fn wants_of(
    conn: &mut PgConnection,
    accounts: &[AccountId],
    kind: MessageKind,
    channel: MessageChannel,
) -> Result<HashSet<AccountId>> {
    let ids: Vec<uuid::Uuid> = accounts.iter().map(|account| account.0).collect();
    let wanted = sqlx::query_scalar!(
        r#"
        SELECT asked.account AS "account!: AccountId"
        FROM UNNEST($1::uuid[]) AS asked (account)
        LEFT JOIN message_choices c
            ON c.account_id = asked.account AND c.kind = $2 AND c.channel = $3
        WHERE coalesce(c.is_on, $4)
        "#,
        &ids,
        kind.into_str(),
        channel.into_str(),
        kind.is_on_by_default(channel),
    );
    Ok(wanted.fetch_all(conn).await?.into_iter().collect())
}

/// What an account chose, where it did.
pub async fn choices(conn: &mut PgConnection, account: AccountId) -> Result<Vec<MessageChoice>> {
    let choices = sqlx::query_as!(
        MessageChoice,
        r#"
        SELECT kind AS "kind: MessageKind", channel AS "channel: MessageChannel", is_on
        FROM message_choices WHERE account_id = $1 ORDER BY kind, channel
        "#,
        account.0,
    );
    Ok(choices.fetch_all(conn).await?)
}

/// Keeps choices of an account; what they do not name stays as it is.
pub async fn choose(
    conn: &mut PgConnection,
    account: AccountId,
    choices: &[MessageChoice],
    now: OffsetDateTime,
) -> Result<()> {
    let kinds: Vec<&'static str> = choices.iter().map(|choice| choice.kind.into_str()).collect();
    let channels: Vec<&'static str> =
        choices.iter().map(|choice| choice.channel.into_str()).collect();
    let are_on: Vec<bool> = choices.iter().map(|choice| choice.is_on).collect();
    sqlx::query!(
        "
        INSERT INTO message_choices AS c (account_id, kind, channel, is_on, changed_at)
        SELECT $1, chosen.kind, chosen.channel, chosen.is_on, $5
        FROM UNNEST($2::text[], $3::text[], $4::bool[]) AS chosen (kind, channel, is_on)
        ON CONFLICT (account_id, kind, channel) DO UPDATE
            SET is_on = excluded.is_on, changed_at = excluded.changed_at
            WHERE c.is_on <> excluded.is_on
        ",
        account.0,
        &kinds as &[&'static str],
        &channels as &[&'static str],
        &are_on,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
