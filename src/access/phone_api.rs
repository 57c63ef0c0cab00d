//! API: the phone of the caller's account.

use poem::{FromRequest, Request, RequestBody};
use poem_openapi::{Object, OpenApi, payload::Json};
use time::OffsetDateTime;

use super::{
    api::{Empty, Tag},
    caller::{self, SignedIn},
    limits::limit_writing,
    phones::{self, AccountPhone, TypedPhone},
};
use crate::{
    kernel::{Input, Result},
    platform::{Platform, client_of},
};

/// The network that a request comes from, for counting what is sent because of it.
#[derive(Debug, Clone)]
pub struct CallerNetwork(pub String);

impl<'a> FromRequest<'a> for CallerNetwork {
    async fn from_request(raw: &'a Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let access = caller::access_of(raw)?;
        Ok(Self(client_of(raw, access.platform.config.trust_forwarded)))
    }
}

pub struct PhoneApi {
    pub platform: Platform,
}

/// The phone of my account.
#[derive(Object)]
#[oai(rename = "MyPhone")]
struct MyPhoneView {
    /// Where SMS go, in E.164; null without a verified number.
    number: Option<String>,
    verified_at: Option<OffsetDateTime>,
    /// The number answered STOP: nothing is sent to it until it sends START.
    is_stopped: bool,
    /// A number that waits for its code; null when none does.
    pending_number: Option<String>,
    /// Until when its code can be typed.
    pending_until: Option<OffsetDateTime>,
}

#[derive(Object)]
#[oai(rename = "PhoneChange", deny_unknown_fields)]
struct PhoneChangeInput {
    /// As it is written in its country, or with its country code: `+49 1512 3456789`.
    number: String,
    /// The country of a number without a country code: ISO 3166-1 alpha-2.
    country: Option<String>,
}

#[derive(Object)]
#[oai(rename = "PhoneCode", deny_unknown_fields)]
struct PhoneCodeInput {
    /// The six digits of the SMS; spaces and hyphens do no harm.
    code: String,
}

#[OpenApi(tag = "Tag::Access")]
impl PhoneApi {
    /// The phone of my account
    ///
    /// The mobile number that SMS go to, and one that waits for its code.
    #[oai(path = "/me/phone", method = "get", operation_id = "my_phone_get")]
    async fn my_phone_get(&self, caller: SignedIn) -> Result<Json<MyPhoneView>> {
        let mut tx = self.platform.db.platform("phone").await?;
        let now = self.platform.clock.now();
        Ok(Json(phones::of(&mut tx, caller.account(), now).await?.into()))
    }

    /// Send a code to a new number
    ///
    /// Sends six digits by SMS, valid for ten minutes. The number becomes the account's with
    /// `my_phone_confirm`; until then the one before stays.
    ///
    /// What is no mobile number is a 422 on `number`, which shows how one is written in the country.
    /// 409 `urn:smp:phone_stopped` for a number that answered STOP. An account, a number and a network
    /// each get three codes an hour; beyond that the answer is 429.
    #[oai(
        path = "/me/phone",
        method = "put",
        operation_id = "my_phone_put",
        transform = "limit_writing"
    )]
    async fn my_phone_put(
        &self,
        caller: SignedIn,
        network: CallerNetwork,
        body: Input<PhoneChangeInput>,
    ) -> Result<Json<MyPhoneView>> {
        let now = self.platform.clock.now();
        let typed = TypedPhone {
            number: &body.0.number,
            country: body.0.country.as_deref(),
            network: &network.0,
        };
        let mut tx = self.platform.db.platform("phone").await?;
        phones::begin(&mut tx, caller.account(), typed, now).await?;
        let phone = phones::of(&mut tx, caller.account(), now).await?;
        tx.commit().await?;
        Ok(Json(phone.into()))
    }

    /// Type the code of the SMS
    ///
    /// The number that waits becomes the account's. A wrong code is a 422 on `code`; after five, and
    /// after ten minutes, the answer is 410 `urn:smp:token_expired`, and of one that was used
    /// already 409 `urn:smp:token_used`.
    #[oai(path = "/me/phone/confirm", method = "post", operation_id = "my_phone_confirm")]
    async fn my_phone_confirm(
        &self,
        caller: SignedIn,
        body: Input<PhoneCodeInput>,
    ) -> Result<Json<MyPhoneView>> {
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("phone").await?;
        let typed = phones::confirm(&mut tx, caller.account(), &body.0.code, now).await?;
        let phone = phones::of(&mut tx, caller.account(), now).await?;
        tx.commit().await?;
        typed.right()?;
        Ok(Json(phone.into()))
    }

    /// Remove my number; doing it twice changes nothing
    ///
    /// Nothing goes by SMS any more. A number that waits for its code is given up too.
    #[oai(path = "/me/phone", method = "delete", operation_id = "my_phone_delete")]
    async fn my_phone_delete(&self, caller: SignedIn) -> Result<Empty> {
        let mut tx = self.platform.db.platform("phone").await?;
        phones::remove(&mut tx, caller.account(), self.platform.clock.now()).await?;
        tx.commit().await?;
        Ok(Empty::Done)
    }
}

impl From<AccountPhone> for MyPhoneView {
    fn from(phone: AccountPhone) -> Self {
        let (pending_number, pending_until) =
            phone.pending.map(|pending| (pending.number, pending.expires_at)).unzip();
        Self {
            number: phone.number,
            verified_at: phone.verified_at,
            is_stopped: phone.is_stopped,
            pending_number,
            pending_until,
        }
    }
}
