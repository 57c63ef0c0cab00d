//! Renditions over HTTP. A key changes with the content, so a response may be cached forever.

use poem::{
    EndpointExt, IntoResponse, Response, Route, get, handler,
    http::{StatusCode, header},
    web::{Data, Path},
};

use crate::{
    kernel::{Error, Result},
    platform::Platform,
};

const CACHE_FOREVER: &str = "public, max-age=31536000, immutable";

/// The routes below `/media`.
pub fn media_routes(platform: &Platform) -> Route {
    Route::new().at("/*key", get(media.data(platform.clone())))
}

#[handler]
async fn media(
    request: &poem::Request,
    Path(key): Path<String>,
    platform: Data<&Platform>,
) -> Result<Response> {
    if !is_rendition(&key) {
        return Err(Error::NotFound("file"));
    }
    let etag = format!("\"{key}\"");
    let is_known = request
        .header(header::IF_NONE_MATCH.as_str())
        .is_some_and(|tags| tags.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let answer = Response::builder()
        .header(header::CACHE_CONTROL, CACHE_FOREVER)
        .header(header::ETAG, &etag);
    if is_known {
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    let object = platform.objects.get(&key).await?.ok_or(Error::NotFound("file"))?;
    Ok(answer
        .content_type("image/webp")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body(object.bytes)
        .into_response())
}

/// Whether a key is `renditions/<hexadecimal>/<uuid>-<width>.webp`. No other file is served.
fn is_rendition(key: &str) -> bool {
    let Some((hash, file)) = key.strip_prefix("renditions/").and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let Some((asset, width)) = file.strip_suffix(".webp").and_then(|stem| stem.rsplit_once('-'))
    else {
        return false;
    };
    let hexadecimal =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal(hash)
        && asset.split('-').all(hexadecimal)
        && !width.is_empty()
        && width.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_rendition;

    #[test]
    fn only_renditions_are_served() {
        assert!(is_rendition("renditions/0a1b/0190b1c2-0000-7000-8000-000000000000-320.webp"));
        for bad in [
            "originals/a/b",
            "renditions/../originals/a",
            "renditions/0a/../../x-320.webp",
            "renditions/0a/x",
            "renditions//-.webp",
            "renditions/0a/0b-320.png",
            "",
            "renditions/",
        ] {
            assert!(!is_rendition(bad), "{bad}");
        }
    }
}
