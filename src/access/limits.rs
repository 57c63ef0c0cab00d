//! The actions that are rate-limited, and their rates. An action is counted by the client's address,
//! and by its account where there is one.
//!
//! An operation of the API names its action with `#[oai(transform = "limit_buy")]`, a page's route by
//! wrapping its handler: `post(limit_buy(buy_units))`. The request is refused before the handler or
//! an extractor runs; only a form in which something was typed is refused by its handler, which shows
//! it again.

use std::time::Duration;

use poem::{Endpoint, EndpointExt, IntoResponse, Request, Response};

use super::{
    caller::{self, ResolvedSession},
    context::Access,
};
use crate::{
    kernel::{Error, ExceededLimit, Result},
    platform::{Platform, client_of, neighbourhood, rate_limiter::Rate},
};

/// Presses of Buy by one account. A retry counts too.
const BUY_PER_ACCOUNT: Rate =
    Rate { name: "buy-account", count: 30, window: Duration::from_secs(10) };
/// Presses of Buy from one address, which many shoppers may share.
const BUY_PER_ADDRESS: Rate =
    Rate { name: "buy-address", count: 1_000, window: Duration::from_secs(10) };
/// Wrong passwords for one email address from one network. Nobody can keep somebody else out by
/// trying theirs: the owner has another network, or a browser that is known.
const WRONG_PER_NETWORK: Rate =
    Rate { name: "sign-in-network", count: 10, window: Duration::from_mins(10) };
/// Wrong passwords for one email address from one browser that has signed in to its account before.
const WRONG_PER_DEVICE: Rate =
    Rate { name: "sign-in-device", count: 10, window: Duration::from_mins(10) };
/// Attempts to sign in or up from one address.
const SIGN_IN_PER_ADDRESS: Rate =
    Rate { name: "sign-in-address", count: 600, window: Duration::from_mins(1) };

/// Payments begun by one account. Each may keep what it holds a little longer.
const PAY_PER_ACCOUNT: Rate =
    Rate { name: "pay-account", count: 20, window: Duration::from_mins(10) };
/// Payments begun from one address.
const PAY_PER_ADDRESS: Rate =
    Rate { name: "pay-address", count: 600, window: Duration::from_mins(1) };
/// Visits, shares, favourites and click-outs from one address.
const TRACK_PER_ADDRESS: Rate =
    Rate { name: "track-address", count: 1_200, window: Duration::from_mins(1) };
/// Reports of purchases and reversals from one address: a provider's server.
const REPORT_PER_ADDRESS: Rate =
    Rate { name: "report-address", count: 6_000, window: Duration::from_mins(1) };
/// Notices from one gateway's servers, and shoppers who return from it.
const NOTICES_PER_ADDRESS: Rate =
    Rate { name: "notices-address", count: 6_000, window: Duration::from_mins(1) };
/// Messages and feedback from one account, and from one address.
const WRITE_PER_ACCOUNT: Rate =
    Rate { name: "write-account", count: 20, window: Duration::from_mins(10) };
const WRITE_PER_ADDRESS: Rate =
    Rate { name: "write-address", count: 120, window: Duration::from_mins(1) };

/// What a client does that is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitedAction {
    /// Hold units of a sale.
    Buy,
    /// Attempt to sign in.
    SignIn,
    /// Create an account.
    SignUp,
    /// Begin a payment.
    Pay,
    /// Leave a trace in the statistics.
    Track,
    /// Report a purchase or a reversal by API key.
    Report,
    /// Tell of a payment, as a gateway does.
    Notices,
    /// Write to the customer service or give feedback.
    Write,
}

impl LimitedAction {
    /// The rate per client address.
    pub fn per_address(self) -> Rate {
        match self {
            Self::Buy => BUY_PER_ADDRESS,
            Self::SignIn | Self::SignUp => SIGN_IN_PER_ADDRESS,
            Self::Pay => PAY_PER_ADDRESS,
            Self::Track => TRACK_PER_ADDRESS,
            Self::Report => REPORT_PER_ADDRESS,
            Self::Notices => NOTICES_PER_ADDRESS,
            Self::Write => WRITE_PER_ADDRESS,
        }
    }

    /// The rate per account, for what needs one.
    fn per_account(self) -> Option<Rate> {
        match self {
            Self::Buy => Some(BUY_PER_ACCOUNT),
            Self::Pay => Some(PAY_PER_ACCOUNT),
            Self::Write => Some(WRITE_PER_ACCOUNT),
            Self::SignIn | Self::SignUp | Self::Track | Self::Report | Self::Notices => None,
        }
    }

    /// Counts the request as this action. Returns the session if it had to be looked up.
    pub async fn check(
        self,
        request: &Request,
        access: &Access,
    ) -> Result<Option<ResolvedSession>> {
        let limits = &access.platform.limits;
        let Some(per_account) = self.per_account() else {
            limits.check(self.per_address(), &client(request, access)).await?;
            return Ok(None);
        };
        let session = caller::session_of(request, access).await?;
        // The shoppers of a rehearsal all buy from one address, as fast as they can.
        if session.as_ref().is_some_and(|session| session.is_rehearsal) {
            return Ok(Some(ResolvedSession(session)));
        }
        if let Some(session) = &session {
            limits.check(per_account, &session.account.id.to_string()).await?;
        }
        limits.check(self.per_address(), &client(request, access)).await?;
        Ok(Some(ResolvedSession(session)))
    }
}

/// A password that is being tried. It counts unless it was right.
#[derive(Debug)]
pub struct PasswordTry {
    rate: Rate,
    key: String,
}

impl PasswordTry {
    /// Counts a try for an email address. `address` is the client's, `known_device` the hash of the
    /// browser's own token if the account knows it.
    pub async fn begin(
        platform: &Platform,
        email: &str,
        address: &str,
        known_device: Option<&[u8]>,
    ) -> Result<Self> {
        let (rate, from) = match known_device {
            Some(hash) => (WRONG_PER_DEVICE, hex::encode(hash)),
            None => (WRONG_PER_NETWORK, neighbourhood(address)),
        };
        let key = format!("{email} {from}");
        platform.limits.check(rate, &key).await?;
        Ok(Self { rate, key })
    }

    pub fn was_right(self, platform: &Platform) {
        platform.limits.forgive(self.rate, &self.key);
    }
}

/// Limits an endpoint as [`LimitedAction::Buy`].
pub fn limit_buy(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited(LimitedAction::Buy, endpoint)
}

/// Limits an endpoint as [`LimitedAction::SignIn`].
pub fn limit_sign_in(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited(LimitedAction::SignIn, endpoint)
}

/// Limits an endpoint as [`LimitedAction::SignUp`].
pub fn limit_sign_up(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited(LimitedAction::SignUp, endpoint)
}

/// Limits a typed form's endpoint as [`LimitedAction::SignIn`]; the handler looks for [`OverLimit`].
pub fn limit_sign_in_form(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited_form(LimitedAction::SignIn, endpoint)
}

/// Limits a typed form's endpoint as [`LimitedAction::SignUp`]; the handler looks for [`OverLimit`].
pub fn limit_sign_up_form(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited_form(LimitedAction::SignUp, endpoint)
}

/// Limits an endpoint as [`LimitedAction::Pay`].
pub fn limit_pay(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited(LimitedAction::Pay, endpoint)
}

/// Limits an endpoint as [`LimitedAction::Track`].
pub fn limit_tracking(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited(LimitedAction::Track, endpoint)
}

/// Limits an endpoint as [`LimitedAction::Report`].
pub fn limit_reporting(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited(LimitedAction::Report, endpoint)
}

/// Limits an endpoint as [`LimitedAction::Notices`].
pub fn limit_notices(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited(LimitedAction::Notices, endpoint)
}

/// Limits an endpoint as [`LimitedAction::Write`].
pub fn limit_writing(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited(LimitedAction::Write, endpoint)
}

/// Limits a typed form's endpoint as [`LimitedAction::Write`]; the handler looks for [`OverLimit`].
pub fn limit_writing_form(endpoint: impl Endpoint + 'static) -> impl Endpoint<Output = Response> {
    limited_form(LimitedAction::Write, endpoint)
}

/// In the data of a request that is past its limit and still reaches its handler, so that the form
/// can be shown again as it was typed.
#[derive(Debug, Clone, Copy)]
pub struct OverLimit {
    limit: ExceededLimit,
    retry_after_seconds: u32,
}

impl From<OverLimit> for Error {
    fn from(OverLimit { limit, retry_after_seconds }: OverLimit) -> Self {
        Self::TooMany { limit, retry_after_seconds }
    }
}

fn limited_form(
    action: LimitedAction,
    endpoint: impl Endpoint + 'static,
) -> impl Endpoint<Output = Response> {
    endpoint.around(move |endpoint, mut request| async move {
        match action.check(&request, caller::access_of(&request)?).await {
            Ok(Some(session)) => {
                request.set_data(session);
            }
            Ok(None) => {}
            Err(Error::TooMany { limit, retry_after_seconds }) => {
                request.set_data(OverLimit { limit, retry_after_seconds });
            }
            Err(error) => return Err(error.into()),
        }
        endpoint.call(request).await.map(IntoResponse::into_response)
    })
}

fn limited(
    action: LimitedAction,
    endpoint: impl Endpoint + 'static,
) -> impl Endpoint<Output = Response> {
    endpoint.around(move |endpoint, mut request| async move {
        let session = action.check(&request, caller::access_of(&request)?).await?;
        if let Some(session) = session {
            request.set_data(session);
        }
        endpoint.call(request).await.map(IntoResponse::into_response)
    })
}

fn client(request: &Request, access: &Access) -> String {
    client_of(request, access.platform.config.trust_forwarded)
}
