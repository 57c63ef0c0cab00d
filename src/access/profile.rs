//! What an account says of itself: its name, language and time zone.

use sqlx::PgConnection;

use crate::kernel::{
    AccountId, Error, FieldErrors, Result, limits::PERSON_NAME_CHARS_MAX, validate,
};

/// The languages that pages and emails can be read in: tag and own name.
pub const LANGUAGES: [(&str, &str); 2] = [("en", "English"), ("de", "Deutsch")];
/// The longest name of a time zone that is looked up.
const TIME_ZONE_BYTES_MAX: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    pub email: String,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    /// In E.164.
    pub phone: Option<String>,
}

/// A checked change of a profile.
#[derive(Debug)]
pub struct ProfileChange {
    name: String,
    locale: Option<String>,
    time_zone: Option<String>,
}

impl ProfileChange {
    /// Empty language and time zone leave the choice to us.
    pub fn parse(name: &str, locale: Option<&str>, time_zone: Option<&str>) -> Result<Self> {
        let mut fields = FieldErrors::default();
        let filled = |text: Option<&str>| {
            text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        fields.check(!name.trim().is_empty(), "name", "Enter your name");
        let name = validate::line(&mut fields, "name", name, 0, PERSON_NAME_CHARS_MAX);
        let locale = filled(locale).map(|tag| tag.to_lowercase());
        let has_language =
            locale.as_ref().is_none_or(|tag| LANGUAGES.iter().any(|(known, _)| known == tag));
        let tags = LANGUAGES.map(|(tag, _)| tag).join(" or ");
        fields.check(has_language, "locale", &format!("Choose a language of the list: {tags}"));
        let time_zone = filled(time_zone);
        let found = time_zone.as_deref().map(find_time_zone);
        fields.check(
            !matches!(found, Some(None)),
            "time_zone",
            "Choose a time zone of the list, like Europe/Berlin",
        );
        fields.finish()?;
        Ok(Self { name, locale, time_zone: found.flatten() })
    }
}

/// The time zones to choose from, by their IANA names, in the order of the alphabet.
pub fn time_zones() -> Vec<String> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        // Without the names of old that stand for a clock and not for a place.
        .filter(|name| name == "UTC" || (name.contains('/') && !name.starts_with("Etc/")))
        .collect();
    names.sort_unstable();
    names
}

/// The time zone of this name as the IANA writes it, however it is capitalised.
fn find_time_zone(text: &str) -> Option<String> {
    if text.len() > TIME_ZONE_BYTES_MAX {
        return None;
    }
    time_zones().into_iter().find(|name| name.eq_ignore_ascii_case(text))
}

pub async fn get(conn: &mut PgConnection, account: AccountId) -> Result<Profile> {
    let profile = sqlx::query_as!(
        Profile,
        "SELECT name, email, locale, time_zone, phone FROM accounts WHERE id = $1",
        account.0
    );
    profile.fetch_optional(conn).await?.ok_or(Error::NotFound("account"))
}

/// Changes the profile. The caller drops the account's cached sessions, which have its name.
pub async fn change(
    conn: &mut PgConnection,
    account: AccountId,
    change: &ProfileChange,
) -> Result<()> {
    sqlx::query!(
        "UPDATE accounts SET name = $2, locale = $3, time_zone = $4 WHERE id = $1",
        account.0,
        change.name,
        change.locale,
        change.time_zone,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the account signs in with a password, and not only by other means.
pub async fn has_password(conn: &mut PgConnection, account: AccountId) -> Result<bool> {
    let has = sqlx::query_scalar!(
        r#"
        SELECT EXISTS (SELECT FROM accounts WHERE id = $1 AND password_hash IS NOT NULL) AS "has!"
        "#,
        account.0
    );
    Ok(has.fetch_one(conn).await?)
}

/// Whether the account was erased.
pub async fn is_erased(conn: &mut PgConnection, account: AccountId) -> Result<bool> {
    let is_erased = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM accounts WHERE id = $1 AND erased_at IS NOT NULL) AS "is!""#,
        account.0
    );
    Ok(is_erased.fetch_one(conn).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_one_of_the_list() {
        let zones = time_zones();
        assert!(zones.len() > 300, "{}", zones.len());
        for zone in ["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC"] {
            assert!(zones.iter().any(|name| name == zone), "{zone}");
        }
        assert_eq!(find_time_zone("europe/berlin").as_deref(), Some("Europe/Berlin"));
        for unknown in ["Europe/Atlantis", "Etc/GMT+3", "+02:00", "CET-1", &"x".repeat(500)] {
            assert_eq!(find_time_zone(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_profile_names_every_wrong_field() {
        let wrong = ProfileChange::parse("see evil.example", Some("xx"), Some("Mars/Base"));
        let Err(Error::Invalid(fields)) = wrong else { panic!("{wrong:?}") };
        let fields: Vec<&str> = fields.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["name", "locale", "time_zone"]);
        let own = ProfileChange::parse(" Ada ", Some("DE"), Some("")).unwrap();
        assert_eq!((own.name.as_str(), own.locale.as_deref()), ("Ada", Some("de")));
        assert_eq!(own.time_zone, None);
    }
}
