//! Codes of an authenticator app (RFC 6238): SHA-1, six digits, a new one every half minute. A phone
//! whose clock is up to half a minute wrong still has a right one.

use qrcode::{QrCode, render::svg};
use rand::RngCore;
use time::OffsetDateTime;
use totp_rs::{Builder, Totp};

use crate::kernel::Result;

/// As RFC 4226 recommends for HMAC-SHA-1.
const SECRET_BYTES: usize = 20;
/// Who the app says that the codes are for.
const ISSUER: &str = "SMP";
const STEP_SECONDS: u64 = 30;
pub const CODE_DIGITS: usize = 6;
/// The shortest side of a picture, in pixels.
const PICTURE_PIXELS: u32 = 220;

pub fn new_secret() -> Vec<u8> {
    let mut secret = vec![0; SECRET_BYTES];
    rand::rng().fill_bytes(&mut secret);
    secret
}

/// What an app needs to know: as text to type, as an address, and as a picture of the address.
#[derive(Debug)]
pub struct AppSetUp {
    /// In base 32.
    pub secret: String,
    /// `otpauth://totp/…`
    pub url: String,
    /// The address as a QR code, an SVG.
    pub picture: String,
}

impl AppSetUp {
    pub fn new(secret: &[u8], email: &str) -> Result<Self> {
        // A colon ends the issuer in the address.
        let app = totp(secret, &email.replace(':', " "))?;
        let url = app.to_url().map_err(|error| anyhow::anyhow!("otpauth address: {error}"))?;
        let code = QrCode::new(url.as_bytes())
            .map_err(|error| anyhow::anyhow!("QR code of {} bytes: {error}", url.len()))?;
        let picture =
            code.render::<svg::Color<'_>>().min_dimensions(PICTURE_PIXELS, PICTURE_PIXELS).build();
        Ok(Self { secret: app.secret().to_base32(), url, picture })
    }
}

/// The half minute that a code is of, counted from 1970; None if it is a code of none around `now`.
pub fn step_of(secret: &[u8], code: &str, now: OffsetDateTime) -> Result<Option<i64>> {
    let Ok(seconds) = u64::try_from(now.unix_timestamp()) else { return Ok(None) };
    let step = totp(secret, "")?.check(code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

fn totp(secret: &[u8], account: &str) -> Result<Totp> {
    let app = Builder::new()
        .with_secret(secret.to_vec())
        .with_step_duration(STEP_SECONDS)
        .with_account_name(account)
        .with_issuer(Some(ISSUER))
        .build();
    Ok(app.map_err(|error| anyhow::anyhow!("authenticator: {error}"))?)
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    /// The secret of RFC 6238, appendix B.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // The last six of the eight digits in the RFC.
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")]
        {
            let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            assert_eq!(step_of(SECRET, code, now).unwrap(), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_wrong_and_no_more() {
        let at = OffsetDateTime::from_unix_timestamp(1_111_111_109).unwrap();
        let is_right = |minutes: f64| {
            let now = at + Duration::seconds_f64(minutes * 60.0);
            step_of(SECRET, "081804", now).unwrap().is_some()
        };
        assert!(is_right(0.0) && is_right(0.5) && is_right(-0.5));
        assert!(!is_right(1.5) && !is_right(-1.5));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let now = OffsetDateTime::from_unix_timestamp(59).unwrap();
        for text in ["", "28708", "2870822", "+87082", "28 082", "２８７０８２", "abcdef"] {
            assert_eq!(step_of(SECRET, text, now).unwrap(), None, "{text}");
        }
        assert_eq!(step_of(SECRET, "287082", datetime!(1969-12-31 23:59 UTC)).unwrap(), None);
    }

    #[test]
    fn an_app_learns_the_secret_and_whose_it_is() {
        let app = AppSetUp::new(SECRET, "ada:lovelace@shop.example").unwrap();
        assert_eq!(app.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(app.url.starts_with("otpauth://totp/SMP:"), "{}", app.url);
        assert!(app.url.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{}", app.url);
        assert!(app.url.contains("issuer=SMP"), "{}", app.url);
        assert!(app.picture.contains("<svg"));
        assert_ne!(new_secret(), new_secret());
    }
}
