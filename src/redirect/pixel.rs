//! The pixel: an image in the provider's confirmation page whose address reports the purchase, for
//! providers without servers. Whoever has a click token can load it with any values, so a purchase
//! that only a pixel reported counts nowhere until its provider confirms it.

use std::time::Duration;

use poem::{
    Request, Response, handler,
    http::header,
    web::{Data, Path},
};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::{
    click_out,
    receive::{Reporter, UnreadableReport, keep_unreadable, problem_of, receive},
    report::NewReport,
    rules::{Purchase, Said},
    states::{Channel, ReportKind},
};
use crate::{
    kernel::{FieldErrors, Keyring, Result, TenantId},
    platform::{Platform, rate_limiter::Rate},
    providers,
};

/// The purpose of the signature of a provider's pixel.
const PURPOSE: &str = "pixel";
/// A transparent image of one pixel.
const GIF: &[u8] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\
    \x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";
/// Pixels of one provider that fit no click and are kept.
const UNMATCHED_PER_PROVIDER: Rate =
    Rate { name: "pixel-provider", count: 1_000, window: Duration::from_hours(1) };
/// Pixels with one click token.
const PER_CLICK: Rate = Rate { name: "pixel-click", count: 100, window: Duration::from_hours(1) };
/// The parameters of a pixel.
const PARAMETERS: [&str; 5] = ["click", "reference", "quantity", "amount", "currency"];
/// Longest query that is read.
const QUERY_BYTES_MAX: usize = 4_000;

/// The path of a provider's pixel.
pub fn pixel_path(keyring: &Keyring, tenant: TenantId) -> String {
    format!("/pixel/{}.gif", keyring.sign(PURPOSE, &tenant.to_string()))
}

/// Records what a pixel reports. Always answers with the image.
#[handler]
pub async fn pixel_image(
    request: &Request,
    Path(file): Path<String>,
    Data(platform): Data<&Platform>,
) -> Response {
    if let Err(error) = record(platform, &file, request.uri().query().unwrap_or_default()).await {
        tracing::warn!(?error, "a pixel was not recorded");
    }
    Response::builder()
        .content_type("image/gif")
        .header(header::CACHE_CONTROL, "no-store")
        .header("Cross-Origin-Resource-Policy", "cross-origin")
        .body(GIF)
}

async fn record(platform: &Platform, file: &str, query: &str) -> Result<()> {
    let keyring = &platform.config.keyring;
    let token = file.strip_suffix(".gif").unwrap_or(file);
    let tenant = keyring.verify(PURPOSE, token).and_then(|tenant| tenant.parse::<TenantId>().ok());
    let Some(tenant) = tenant else { return Ok(()) };
    if !is_selling(platform, tenant).await? {
        return Ok(());
    }
    let by = Reporter { tenant, channel: Channel::Pixel, actor: None };
    if query.len() > QUERY_BYTES_MAX {
        let problem = format!("The address has more than {QUERY_BYTES_MAX} bytes of parameters");
        return keep_wrong(platform, by, "", json!({"query": query}), &problem).await;
    }
    let sent: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .filter(|(name, _)| PARAMETERS.contains(&name.as_str()))
        .collect();
    let get = |name: &str| {
        sent.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.trim().to_owned())
    };
    let mut fields = FieldErrors::default();
    let number = |fields: &mut FieldErrors, name: &str| -> i64 {
        let value = get(name).and_then(|value| value.parse().ok());
        fields.check(value.is_some(), name, "Must be a whole number");
        value.unwrap_or_default()
    };
    let (quantity, amount) = (number(&mut fields, "quantity"), number(&mut fields, "amount"));
    let purchase = Purchase {
        click_token: get("click").unwrap_or_default(),
        quantity: i32::try_from(quantity).unwrap_or(i32::MAX),
        amount_minor: amount,
        currency: get("currency").unwrap_or_default(),
        ..Purchase::default()
    };
    let reference = get("reference").unwrap_or_default();
    if let Err(error) = fields.finish() {
        let fields: Map<String, Value> =
            sent.into_iter().map(|(name, value)| (name, value.into())).collect();
        return keep_wrong(platform, by, &reference, fields.into(), &problem_of(&error)).await;
    }
    if click_out::is_signed(keyring, &purchase.click_token) {
        platform.limits.check(PER_CLICK, purchase.click_token.trim()).await?;
    } else {
        platform.limits.check(UNMATCHED_PER_PROVIDER, &tenant.to_string()).await?;
    }
    let said = Said::Purchase(purchase);
    match receive(platform, by, NewReport { reference, own_key: String::new(), said }).await {
        Err(error) if error.status().is_server_error() => Err(error),
        _ => Ok(()),
    }
}

/// Keeps what cannot be read. A shopper's browser may load any address, so the rate is bounded.
async fn keep_wrong(
    platform: &Platform,
    by: Reporter,
    reference: &str,
    fields: Value,
    problem: &str,
) -> Result<()> {
    platform.limits.check(UNMATCHED_PER_PROVIDER, &by.tenant.to_string()).await?;
    let kind = ReportKind::Purchase;
    let report = UnreadableReport { kind, reference, fields, code: None, problem };
    keep_unreadable(platform, by, report).await
}

/// Whether the provider exists and is not suspended or rejected.
async fn is_selling(platform: &Platform, tenant: TenantId) -> Result<bool> {
    let mut tx = platform.db.tenant(tenant).await?;
    Ok(providers::require_approved(&mut tx, tenant).await.is_ok())
}
