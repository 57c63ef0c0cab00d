//! The API of an account's profile and of the messages that it wants.

use poem::web::Data;
use poem_openapi::{Object, OpenApi, payload::Json};
use strum::IntoEnumIterator;

use super::{
    api::Tag,
    caller::{Anyone, SignedIn},
    context::Access,
    preferences::{self, MessageChannel, MessageChoice, MessageKind},
    profile::{self, LANGUAGES, Profile, ProfileChange},
};
use crate::{
    kernel::{AccountId, Input, Result},
    platform::Platform,
};

pub struct ProfileApi {
    pub platform: Platform,
}

/// What my account says of me.
#[derive(Object)]
#[oai(rename = "Profile")]
struct ProfileView {
    name: String,
    email: String,
    /// The language of pages and emails, like `de`; null: the browser's.
    locale: Option<String>,
    /// An IANA name, like `Europe/Berlin`; null: the provider's.
    time_zone: Option<String>,
    /// In E.164.
    phone: Option<String>,
}

#[derive(Object)]
#[oai(rename = "ProfileInput", deny_unknown_fields)]
struct ProfileInput {
    /// As others read it; no web address.
    name: String,
    /// One of the languages of `choice_list`; null: the browser's.
    locale: Option<String>,
    /// One of the time zones of `choice_list`; null: the provider's.
    time_zone: Option<String>,
}

/// The languages and time zones to choose from.
#[derive(Object)]
struct ProfileChoices {
    languages: Vec<ProfileLanguage>,
    /// IANA names.
    time_zones: Vec<String>,
}

#[derive(Object)]
struct ProfileLanguage {
    /// A language tag.
    tag: String,
    /// In the language itself.
    name: String,
}

/// Which messages I want, by what they are about and by channel.
#[derive(Object)]
#[oai(rename = "MessageChoices", deny_unknown_fields)]
struct MessageChoicesView {
    items: Vec<MessageChoiceView>,
}

#[derive(Object)]
#[oai(rename = "MessageChoice", deny_unknown_fields)]
struct MessageChoiceView {
    kind: MessageKind,
    channel: MessageChannel,
    /// Whether such messages are sent.
    on: bool,
}

impl From<Profile> for ProfileView {
    fn from(profile: Profile) -> Self {
        let Profile { name, email, locale, time_zone, phone } = profile;
        Self { name, email, locale, time_zone, phone }
    }
}

#[OpenApi(tag = "Tag::Access")]
impl ProfileApi {
    /// My profile
    ///
    /// The account's name and address, its language and time zone. Null where nothing was chosen.
    #[oai(path = "/me/profile", method = "get", operation_id = "profile_get")]
    async fn profile_get(&self, caller: SignedIn) -> Result<Json<ProfileView>> {
        let mut tx = self.platform.db.platform("profile").await?;
        Ok(Json(profile::get(&mut tx, caller.account()).await?.into()))
    }

    /// Change my profile
    ///
    /// Sets name, language and time zone; a field that is left out is unset. The language and the zone
    /// are those of pages and of messages about the account.
    ///
    /// 422 on `name` when it is empty or contains a web address or line break, on `locale` and
    /// `time_zone` when they are not of the list.
    #[oai(path = "/me/profile", method = "put", operation_id = "profile_update")]
    async fn profile_update(
        &self,
        caller: SignedIn,
        body: Input<ProfileInput>,
        access: Data<&Access>,
    ) -> Result<Json<ProfileView>> {
        let input = body.0;
        let change =
            ProfileChange::parse(&input.name, input.locale.as_deref(), input.time_zone.as_deref())?;
        let mut tx = self.platform.db.platform("profile").await?;
        profile::change(&mut tx, caller.account(), &change).await?;
        let changed = profile::get(&mut tx, caller.account()).await?;
        tx.commit().await?;
        access.sessions.changed(&self.platform, caller.account()).await;
        Ok(Json(changed.into()))
    }

    /// The languages and time zones of a profile
    ///
    /// What `profile_update` takes: languages with their own names, and time zones by their IANA
    /// names.
    #[oai(path = "/profile-choices", method = "get", operation_id = "profile_choice_list")]
    async fn profile_choice_list(&self, _anyone: Anyone) -> Result<Json<ProfileChoices>> {
        let languages = LANGUAGES
            .map(|(tag, name)| ProfileLanguage { tag: tag.to_owned(), name: name.to_owned() });
        let time_zones = profile::time_zones();
        Ok(Json(ProfileChoices { languages: languages.into(), time_zones }))
    }

    /// Which messages I want
    ///
    /// Every kind of message that may be switched off, by email and by SMS. Until they are chosen, emails
    /// are on and SMS off, but for those of `orders`, which go to the phone of the order's address. What
    /// an account or an order depends on is always sent, and is not listed.
    #[oai(path = "/me/message-choices", method = "get", operation_id = "message_choice_list")]
    async fn message_choice_list(&self, caller: SignedIn) -> Result<Json<MessageChoicesView>> {
        Ok(Json(self.choices(caller.account()).await?))
    }

    /// Choose which messages I want
    ///
    /// Switches kinds of messages on or off; those that are not named stay as they are. The answer has
    /// all of them. An SMS needs a phone number that was verified, but for those of `orders`.
    #[oai(path = "/me/message-choices", method = "put", operation_id = "message_choice_update")]
    async fn message_choice_update(
        &self,
        caller: SignedIn,
        body: Input<MessageChoicesView>,
    ) -> Result<Json<MessageChoicesView>> {
        // Of several for the same kind and channel, the last.
        let mut chosen: Vec<MessageChoice> = vec![];
        for item in body.0.items {
            chosen.retain(|other| (other.kind, other.channel) != (item.kind, item.channel));
            chosen.push(MessageChoice { kind: item.kind, channel: item.channel, is_on: item.on });
        }
        let mut tx = self.platform.db.platform("message choices").await?;
        preferences::choose(&mut tx, caller.account(), &chosen, self.platform.clock.now()).await?;
        tx.commit().await?;
        Ok(Json(self.choices(caller.account()).await?))
    }
}

impl ProfileApi {
    async fn choices(&self, account: AccountId) -> Result<MessageChoicesView> {
        let mut tx = self.platform.db.platform("message choices").await?;
        let chosen = preferences::choices(&mut tx, account).await?;
        let on = |kind: MessageKind, channel: MessageChannel| {
            let choice =
                chosen.iter().find(|choice| (choice.kind, choice.channel) == (kind, channel));
            choice.map_or(kind.is_on_by_default(channel), |choice| choice.is_on)
        };
        let all = MessageKind::iter()
            .flat_map(|kind| MessageChannel::iter().map(move |channel| (kind, channel)))
            .map(|(kind, channel)| MessageChoiceView { kind, channel, on: on(kind, channel) });
        Ok(MessageChoicesView { items: all.collect() })
    }
}
