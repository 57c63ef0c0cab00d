//! An email from a template, rendered in its tenant's branding and queued.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{
    catalogue,
    messages::{self, MessageContent, NewMessage},
};
use crate::{
    access::{
        UnsubscribeLink,
        accounts::Account,
        preferences::{self, Preferences},
    },
    kernel::{AccountId, Result, TenantId, validate},
    platform::{Platform, PublicPath},
    providers::{Branding, RenderedEmail, Themes, accent},
};

/// Colours for a branding whose accent cannot be read.
const DEFAULT_ACCENT: &str = "#333333";
const DEFAULT_ACCENT_INK: &str = "#ffffff";
const DEFAULT_ACCENT_DARK: &str = "#cccccc";
const DEFAULT_ACCENT_DARK_INK: &str = "#161412";

/// An email to be rendered.
pub struct EmailDraft<'a> {
    /// Whose branding it has, and whose messages it belongs to.
    pub tenant: TenantId,
    pub to: &'a Account,
    pub template: &'static str,
    pub context: Value,
    /// A second email with the same key is not sent.
    pub dedupe_key: String,
}

/// An account by another address, which is not proved to be its owner's: its name stays out of the email.
pub fn addressed(account: Account, email: &str) -> Account {
    let is_verified = account.is_verified && account.email == email;
    Account { email: email.to_owned(), is_verified, ..account }
}

/// Renders an email in its tenant's branding and queues it.
pub async fn queue(
    platform: &Platform,
    themes: &Themes,
    conn: &mut PgConnection,
    draft: EmailDraft<'_>,
) -> Result<()> {
    let branding = branding_of(themes, conn, draft.tenant).await?;
    let readers = Readers::of(conn, &[draft.to.id]).await?;
    messages::queue(conn, render(platform, &branding, &readers, draft)?).await
}

async fn branding_of(
    themes: &Themes,
    conn: &mut PgConnection,
    tenant: TenantId,
) -> Result<Branding> {
    if tenant == TenantId::PLATFORM {
        return Ok(themes.default_branding().clone());
    }
    themes.branding_of(conn, tenant).await
}

/// What is known of those whom emails are written to: in which language and zone each is written to.
pub struct Readers(HashMap<AccountId, Preferences>);

impl Readers {
    pub async fn of(conn: &mut PgConnection, accounts: &[AccountId]) -> Result<Self> {
        Ok(Self(preferences::of(conn, accounts).await?))
    }

    /// The same of these accounts.
    pub async fn among(conn: &mut PgConnection, accounts: &[Account]) -> Result<Self> {
        let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
        Self::of(conn, &ids).await
    }

    /// The language that an account has chosen.
    pub fn locale(&self, account: AccountId) -> Option<&str> {
        self.0.get(&account)?.locale.as_deref()
    }

    /// The zone that an account has chosen.
    pub fn time_zone(&self, account: AccountId) -> Option<&str> {
        self.0.get(&account)?.time_zone.as_deref()
    }
}

/// The same email to several people.
pub struct GroupEmail<'a> {
    pub tenant: TenantId,
    pub to: &'a [Account],
    pub template: &'static str,
    pub context: Value,
    /// What happened, once for each person.
    pub dedupe_key: String,
}

/// Renders the same email for several people and queues it. Returns the keys of those emails.
pub async fn queue_each(
    platform: &Platform,
    themes: &Themes,
    conn: &mut PgConnection,
    email: GroupEmail<'_>,
) -> Result<Vec<String>> {
    let branding = branding_of(themes, conn, email.tenant).await?;
    let readers = Readers::among(conn, email.to).await?;
    let mut queued = vec![];
    for to in email.to {
        let draft = EmailDraft {
            tenant: email.tenant,
            to,
            template: email.template,
            context: email.context.clone(),
            dedupe_key: format!("{}:{}:{}", email.template, email.dedupe_key, to.id),
        };
        queued.push(render(platform, &branding, &readers, draft)?);
    }
    let keys = queued.iter().map(|message| message.dedupe_key.clone()).collect();
    messages::queue_all(conn, queued).await?;
    Ok(keys)
}

/// Renders an email, ready to be queued.
pub fn render<'a>(
    platform: &Platform,
    branding: &Branding,
    readers: &Readers,
    draft: EmailDraft<'a>,
) -> Result<NewMessage<'a>> {
    // Nothing that a stranger wrote goes to an address that is not proved to be theirs.
    let name = draft.to.is_verified.then_some(&draft.to.name);
    let recipient = json!({"name": name, "email": draft.to.email});
    let mut context = draft.context;
    context["locale"] = readers.locale(draft.to.id).into();
    context["time_zone"] = readers.time_zone(draft.to.id).into();
    context["unsubscribe_url"] = unsubscribe_url(platform, draft.template, draft.to.id)?.into();
    let context = complete_context(platform, branding, &recipient, context);
    Ok(NewMessage {
        tenant: draft.tenant,
        account: Some(draft.to.id),
        recipient: &draft.to.email,
        template: draft.template,
        content: branding.theme.email(draft.template, &context)?.into(),
        dedupe_key: draft.dedupe_key,
    })
}

/// Where the recipient of an optional message switches its kind off.
pub fn unsubscribe_url(
    platform: &Platform,
    template: &str,
    account: AccountId,
) -> Result<Option<String>> {
    let Some(kind) = catalogue::entry(template)?.optional_kind() else { return Ok(None) };
    let token = UnsubscribeLink { account, kind }.token(&platform.config.keyring);
    Ok(Some(platform.public_url(PublicPath::Unsubscribe { token: &token })))
}

impl From<RenderedEmail> for MessageContent {
    fn from(email: RenderedEmail) -> Self {
        Self::Email { subject: email.subject, text: email.text, html: email.html }
    }
}

/// Makes harmless what people wrote about themselves, wherever an email shows it to somebody else.
/// Newer names and addresses are refused if they are not (`validate::line`).
fn defuse(context: &mut Value) {
    const PERSONS: [&str; 7] = [
        "inviter_name",
        "author_name",
        "customer_name",
        "decided_by_name",
        "shopper_name",
        "author",
        "by",
    ];
    match context {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(name) if PERSONS.contains(&key.as_str()) => {
                        *name = validate::defused(name);
                    }
                    Value::Object(address)
                        if key == "shipping_address" || key == "billing_address" =>
                    {
                        for line in address.values_mut() {
                            if let Value::String(line) = line {
                                *line = validate::defused(line);
                            }
                        }
                    }
                    other => defuse(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(defuse),
        _ => {}
    }
}

/// Adds to a context what every email template is given.
pub fn complete_context(
    platform: &Platform,
    branding: &Branding,
    recipient: &Value,
    mut context: Value,
) -> Value {
    let settings = &branding.settings;
    let colour = accent::parse(&settings.accent);
    let (light, dark) = (colour.map(accent::light), colour.map(accent::dark));
    let hex = |colour: Option<accent::Colour>, default: &str| {
        colour.map_or_else(|| default.to_owned(), accent::to_hex)
    };
    defuse(&mut context);
    context["base_url"] = platform.config.base_url.clone().into();
    // The reader's own, or else the provider's.
    if context["locale"].is_null() {
        context["locale"] = settings.locale.clone().into();
    }
    context["recipient"] = recipient.clone();
    // The reader's own, or else the provider's.
    if context["time_zone"].is_null() {
        context["time_zone"] = settings.time_zone.clone().into();
    }
    if let Some(name) = recipient["name"].as_str() {
        context["recipient"]["name"] = validate::defused(name).into();
    }
    let locale = context["locale"].as_str().unwrap_or_default().to_owned();
    context["brand"] = json!({
        "name": settings.name,
        "tagline": settings.tagline.of(&locale),
        "support_email": settings.support.email,
        "support_phone": settings.support.phone,
        "support_hours": settings.support.hours.as_ref().map(|hours| hours.of(&locale)),
        "social": settings.social,
        "accent": hex(light.map(|accent| accent.colour), DEFAULT_ACCENT),
        "accent_ink": hex(light.map(|accent| accent.ink), DEFAULT_ACCENT_INK),
        "accent_dark": hex(dark.map(|accent| accent.colour), DEFAULT_ACCENT_DARK),
        "accent_dark_ink": hex(dark.map(|accent| accent.ink), DEFAULT_ACCENT_DARK_INK),
    });
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_about_themselves_is_no_link() {
        let mut context = json!({
            "inviter_name": "Win at https://evil.example/x",
            "provider_name": "shop.example",
            "parcels": [{"shipping_address": {"name": "Ada", "line1": "www.evil.example", "line2": null}}],
        });
        defuse(&mut context);
        let expected = json!({
            "inviter_name": "Win at https evil example x",
            "provider_name": "shop.example",
            "parcels": [{"shipping_address": {"name": "Ada", "line1": "www evil example", "line2": null}}],
        });
        assert_eq!(context, expected);
    }
}
