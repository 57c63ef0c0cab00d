//! What the SMS service sends: what became of an SMS, and what people answer. Each request is signed with the
//! auth token over its public address and its fields.

use poem::{
    EndpointExt, IntoResponse, Request, Response, Route, handler, http::StatusCode, post, web::Data,
};
use time::OffsetDateTime;

use super::sms_sending::{self, SmsKey};
use crate::{
    access::{limits::limit_notices, phones},
    kernel::{Error, MessageId, Result, TenantId},
    platform::{Platform, Sms, sms::SmsReport},
};

/// Keywords, as carriers and the service know them, in capitals.
const STOP: [&str; 9] =
    ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "STOPP"];
const START: [&str; 3] = ["START", "UNSTOP", "YES"];
/// Nothing is answered: the service confirms STOP and START itself.
const NO_ANSWER: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;

/// The routes below `/webhooks/sms`.
pub fn sms_routes(platform: &Platform) -> Route {
    Route::new()
        .at("/status/:tenant/:message", post(limit_notices(sms_status)).data(platform.clone()))
        .at("/inbound", post(limit_notices(sms_inbound)).data(platform.clone()))
}

/// A signed request's fields.
struct SignedFields(Vec<(String, String)>);

impl SignedFields {
    /// Reads a form that the service signed. 403 for any other.
    async fn read(request: &Request, body: poem::Body, platform: &Platform) -> Result<Self> {
        if matches!(platform.sms, Sms::Kept) {
            return Err(Error::NotFound("SMS service"));
        }
        let body = body.into_vec().await.map_err(anyhow::Error::from)?;
        let fields: Vec<(String, String)> =
            url::form_urlencoded::parse(&body).into_owned().collect();
        let path = request.original_uri().path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{}{path}", platform.config.base_url);
        let signature = request.header("X-Twilio-Signature").unwrap_or_default();
        if !platform.sms.is_signed(&url, &fields, signature) {
            return Err(Error::Forbidden(
                "X-Twilio-Signature is missing, or not of this address, these fields and the auth \
                 token in SMS_TOKEN. SMP_BASE_URL must be the address that the SMS service calls."
                    .to_owned(),
            ));
        }
        Ok(Self(fields))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// What became of an SMS. A repeat, and one that comes late, changes nothing.
#[handler]
async fn sms_status(
    request: &Request,
    body: poem::Body,
    platform: Data<&Platform>,
) -> poem::Result<Response> {
    let fields = SignedFields::read(request, body, platform.0).await?;
    let id = |name: &str| request.raw_path_param(name).and_then(|id| id.parse().ok());
    let (Some(tenant), Some(message)) = (id("tenant"), id("message")) else {
        return Err(Error::NotFound("message").into());
    };
    let (Some(sid), Some(said)) = (fields.get("MessageSid"), fields.get("MessageStatus")) else {
        return Err(Error::BadRequest("MessageSid and MessageStatus are missing".to_owned()).into());
    };
    let report = SmsReport {
        sid: sid.to_owned(),
        status: said.to_owned(),
        error_code: fields.get("ErrorCode").and_then(|code| code.parse().ok()),
    };
    let key = SmsKey { tenant: TenantId(tenant), message: MessageId(message) };
    note(platform.0, key, &report).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn note(platform: &Platform, key: SmsKey, report: &SmsReport) -> Result<()> {
    let mut tx = platform.db.platform("SMS status").await?;
    let now = platform.clock.now();
    sms_sending::note_report(&mut tx, key, report, now).await?;
    tx.commit().await?;
    Ok(())
}

/// What somebody answered to an SMS: STOP and START are heeded, anything else is not read.
#[handler]
async fn sms_inbound(
    request: &Request,
    body: poem::Body,
    platform: Data<&Platform>,
) -> poem::Result<Response> {
    let fields = SignedFields::read(request, body, platform.0).await?;
    let Some(from) = fields.get("From") else {
        return Err(Error::BadRequest("From is missing".to_owned()).into());
    };
    // The service says what it took an answer for, where it looks at that itself.
    let said = fields.get("OptOutType").or_else(|| fields.get("Body")).unwrap_or_default();
    answer(platform.0, from, keyword(said), platform.clock.now()).await?;
    Ok(Response::builder().content_type("text/xml; charset=utf-8").body(NO_ANSWER))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Stop,
    Start,
}

fn keyword(said: &str) -> Option<Keyword> {
    let word = said.trim_matches(|c: char| !c.is_alphanumeric()).to_uppercase();
    if STOP.contains(&word.as_str()) {
        return Some(Keyword::Stop);
    }
    START.contains(&word.as_str()).then_some(Keyword::Start)
}

async fn answer(
    platform: &Platform,
    from: &str,
    keyword: Option<Keyword>,
    now: OffsetDateTime,
) -> Result<()> {
    let Some(keyword) = keyword else { return Ok(()) };
    let mut tx = platform.db.platform("SMS answered").await?;
    match keyword {
        Keyword::Stop => phones::stop(&mut tx, from, now).await?,
        Keyword::Start => phones::start(&mut tx, from).await?,
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_alone_stops() {
        for stop in ["STOP", " stop. ", "Stop!", "unsubscribe", "Stopp"] {
            assert_eq!(keyword(stop), Some(Keyword::Stop), "{stop}");
        }
        for start in ["start", "UNSTOP", "Yes"] {
            assert_eq!(keyword(start), Some(Keyword::Start), "{start}");
        }
        for other in ["", "Please don't stop", "stopwatch", "Where is the stop?", "HELP"] {
            assert_eq!(keyword(other), None, "{other}");
        }
    }
}
