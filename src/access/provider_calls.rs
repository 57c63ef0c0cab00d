//! Calls to the servers of sign-in providers.

use std::{sync::OnceLock, time::Duration};

use hmac::{Hmac, Mac};
use openidconnect::{HttpRequest, HttpResponse};
use sha2::Sha256;
use url::Url;

/// A person waits for the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answers are sets of keys.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    #[error("{0:?}")]
    Http(reqwest::Error),
    #[error("the answer has the status {0}")]
    Status(u16),
    #[error("the answer has more than {ANSWER_BYTES_MAX} bytes")]
    TooLong,
}

impl From<reqwest::Error> for CallError {
    fn from(error: reqwest::Error) -> Self {
        // Addresses may hold a proof.
        Self::Http(error.without_url())
    }
}

/// Sends a request of `openidconnect` or `oauth2`.
pub async fn call(request: HttpRequest) -> Result<HttpResponse, CallError> {
    send(reqwest::Request::try_from(request)?).await
}

/// Reads what an access token opens.
pub async fn get(url: Url, access_token: &str) -> Result<Vec<u8>, CallError> {
    let request = client()?.get(url).bearer_auth(access_token).build()?;
    let answer = send(request).await?;
    if !answer.status().is_success() {
        return Err(CallError::Status(answer.status().as_u16()));
    }
    Ok(answer.into_body())
}

/// Shows Facebook that a token is used by the app that it was given to, and not by a thief.
pub fn app_secret_proof(secret: &str, access_token: &str) -> String {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(secret.as_bytes())
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(access_token.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

async fn send(request: reqwest::Request) -> Result<HttpResponse, CallError> {
    let mut answer = client()?.execute(request).await?;
    let mut body = vec![];
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(CallError::TooLong);
        }
    }
    let mut response = HttpResponse::new(body);
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    Ok(response)
}

/// Follows no redirect: an answer must not lead this server to other addresses.
fn client() -> Result<&'static reqwest::Client, reqwest::Error> {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client);
    }
    let built = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    Ok(CLIENT.get_or_init(|| built))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_a_keyed_hash_of_the_token() {
        // From RFC 4231, test case 2.
        assert_eq!(
            app_secret_proof("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
