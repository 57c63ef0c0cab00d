//! Accounts at other providers, and which account here each of them opens.

use serde_json::json;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};

use super::{
    account_mail::{self, AccountMail},
    account_tokens::{self, NewAccountToken, TokenPurpose},
    accounts::{self, Account},
    identity_providers::ExternalPerson,
    method_changes::{self, MethodChange},
    verification,
};
use crate::{
    events,
    kernel::{
        AccountId, Error, FieldErrors, Result, TenantId, limits::PERSON_NAME_CHARS_MAX, validate,
    },
    platform::Platform,
};

/// How long an emailed code proves an address.
const CODE_LIFETIME: Duration = Duration::minutes(30);
/// How many are emailed to an account within a day: five tries each leave a guess no chance.
const CODES_A_DAY_MAX: i64 = 10;

/// What becomes of somebody who signed in at a provider.
#[derive(Debug)]
pub enum ExternalSignIn {
    /// Their account, connected before or made now.
    Account(Account),
    /// An account has the address that the provider vouches for. Its owner has to prove that it is
    /// theirs before the two are connected.
    Unproved(Account),
}

/// The account that a person at a provider opens. Who is new gets one, whose address is verified if
/// the provider vouches for it.
pub async fn sign_in(
    conn: &mut PgConnection,
    person: &ExternalPerson,
    label: &str,
    now: OffsetDateTime,
) -> Result<ExternalSignIn> {
    if let Some(account) = account_of(conn, person, now).await? {
        return Ok(ExternalSignIn::Account(account));
    }
    let mut fields = FieldErrors::default();
    let address =
        validate::email(&mut fields, "email", person.email.as_deref().unwrap_or_default());
    if fields.finish().is_err() {
        return Err(Error::conflict(
            "no_address",
            format!(
                "{label} did not tell us an email address that we can write to. Create an account \
                 with your address, then connect {label} in its security settings."
            ),
        ));
    }
    match accounts::by_email(conn, &address).await? {
        Some(account) if account.is_verified && person.is_email_verified => {
            Ok(ExternalSignIn::Unproved(account))
        }
        Some(account) if account.is_verified => Err(Error::conflict(
            "address_not_verified",
            format!(
                "There is an account with the address that {label} told us, and {label} does not say \
                 whether that address is yours. Sign in the way you did before, then connect {label} \
                 in your account’s security settings."
            ),
        )),
        // Who only claims an address cannot keep its owner from an account.
        _ => Ok(ExternalSignIn::Account(create(conn, person, &address, now).await?)),
    }
}

/// The account that is connected to a person at a provider. None if there is none; an error if it is
/// disabled.
async fn account_of(
    conn: &mut PgConnection,
    person: &ExternalPerson,
    now: OffsetDateTime,
) -> Result<Option<Account>> {
    let used = sqlx::query_scalar!(
        "UPDATE external_identities SET used_at = $3
         WHERE provider = $1 AND subject = $2 RETURNING account_id",
        person.provider,
        person.subject,
        now,
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(id) = used else { return Ok(None) };
    let found = accounts::by_ids(conn, &[AccountId(id)]).await?.pop();
    found.map(Some).ok_or(Error::Unauthenticated(
        "This account is closed. Write to us if you think it should not be.",
    ))
}

/// An account without a password, connected to a person at a provider.
async fn create(
    conn: &mut PgConnection,
    person: &ExternalPerson,
    address: &str,
    now: OffsetDateTime,
) -> Result<Account> {
    let id = AccountId::new();
    let name = name_of(person, address);
    sqlx::query!(
        "INSERT INTO accounts (id, email, name, created_at) VALUES ($1, $2, $3, $4)",
        id.0,
        address,
        name,
        now,
    )
    .execute(&mut *conn)
    .await?;
    insert(conn, id, person, now).await?;
    events::publish(
        conn,
        TenantId::PLATFORM,
        "account.created",
        &json!({"account_id": id, "provider": person.provider}),
    )
    .await?;
    let is_verified = person.is_email_verified;
    let account = Account { id, email: address.to_owned(), name, is_verified };
    if is_verified {
        accounts::mark_verified(conn, id, now).await?;
    } else {
        verification::send(conn, &account, now).await?;
    }
    Ok(account)
}

/// A name that may stand in an email: the provider's, or what stands before the @.
fn name_of(person: &ExternalPerson, address: &str) -> String {
    let local = address.split('@').next().unwrap_or_default();
    let candidates = [person.name.as_deref().unwrap_or_default(), local];
    for candidate in candidates {
        let harmless = validate::defused(candidate);
        let short: String = harmless.trim().chars().take(PERSON_NAME_CHARS_MAX).collect();
        let mut fields = FieldErrors::default();
        let name = validate::line(&mut fields, "name", &short, 1, PERSON_NAME_CHARS_MAX);
        if fields.finish().is_ok() {
            return name;
        }
    }
    "Customer".to_owned()
}

/// Connects an account to a person at a provider, and has its owner told. Nothing happens if they are
/// connected already; an error if either is connected to another.
pub async fn connect(
    conn: &mut PgConnection,
    account: AccountId,
    person: &ExternalPerson,
    label: &str,
    now: OffsetDateTime,
) -> Result<()> {
    method_changes::lock(conn, account).await?;
    let mine = sqlx::query_scalar!(
        "SELECT subject FROM external_identities WHERE account_id = $1 AND provider = $2",
        account.0,
        person.provider,
    )
    .fetch_optional(&mut *conn)
    .await?;
    match mine {
        Some(subject) if subject == person.subject => return Ok(()),
        Some(_) => {
            return Err(Error::conflict(
                "another_connected",
                format!(
                    "Another account of yours at {label} is connected already. Disconnect it first."
                ),
            ));
        }
        None => {}
    }
    insert(conn, account, person, now).await?;
    method_changes::announce(conn, account, MethodChange::Added, label).await
}

/// Emails the owner of an account a code that proves its address.
pub async fn send_code(
    conn: &mut PgConnection,
    account: AccountId,
    now: OffsetDateTime,
) -> Result<()> {
    let purpose = TokenPurpose::VerifyEmail;
    let since = now - Duration::days(1);
    if account_tokens::issued_since(conn, account, purpose, since).await? >= CODES_A_DAY_MAX {
        return Err(Error::conflict(
            "code_sent_too_often",
            format!(
                "We emailed {CODES_A_DAY_MAX} codes within a day. Look for the newest in your spam \
                 folder, or try again tomorrow."
            ),
        ));
    }
    let details = json!({"for": "connected_account"});
    let new = NewAccountToken { account, purpose, details, lifetime: CODE_LIFETIME };
    let issued = account_tokens::issue(conn, new, now).await?;
    let mail = AccountMail::Verification {
        account,
        token: issued.token,
        code: issued.code,
        expires_at: issued.expires_at,
    };
    account_mail::send(conn, &mail).await
}

/// The account whose owner typed the emailed code. Errors as of [`account_tokens::take_code`].
pub async fn prove_by_code(platform: &Platform, account: AccountId, code: &str) -> Result<Account> {
    let mut tx = platform.db.platform("connect code").await?;
    let (purpose, now) = (TokenPurpose::VerifyEmail, platform.clock.now());
    let taken = account_tokens::take_code(&mut tx, account, purpose, code, now).await?;
    let found = accounts::by_ids(&mut tx, &[account]).await?.pop();
    // A wrong code counts.
    tx.commit().await?;
    taken.right()?;
    found.ok_or(Error::NotFound("account"))
}

async fn insert(
    conn: &mut PgConnection,
    account: AccountId,
    person: &ExternalPerson,
    now: OffsetDateTime,
) -> Result<()> {
    let mut fields = FieldErrors::default();
    let told = person.email.as_deref().unwrap_or_default();
    let address = validate::email(&mut fields, "email", told);
    let address = fields.finish().is_ok().then_some(address);
    sqlx::query!(
        "INSERT INTO external_identities (provider, subject, account_id, email, created_at, used_at)
         VALUES ($1, $2, $3, $4, $5, $5)",
        person.provider,
        person.subject,
        account.0,
        address,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_is_harmless_in_an_email() {
        let name = |name: Option<&str>| {
            let person = ExternalPerson {
                provider: "google".to_owned(),
                subject: "1".to_owned(),
                email: None,
                is_email_verified: false,
                name: name.map(str::to_owned),
            };
            name_of(&person, "ada@shop.example")
        };
        assert_eq!(name(Some("Ada Lovelace")), "Ada Lovelace");
        assert_eq!(name(Some("  ")), "ada");
        assert_eq!(name(None), "ada");
        assert_eq!(name(Some("Win at https://evil.example")), "Win at https evil example");
        assert_eq!(name(Some(&"é".repeat(500))).chars().count(), PERSON_NAME_CHARS_MAX);
    }
}
