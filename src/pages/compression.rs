//! Compressed responses: brotli or gzip, whichever the browser accepts.

use poem::{
    IntoResponse, Response,
    http::{HeaderValue, header},
    web::{Compress, CompressionAlgo, CompressionLevel},
};

/// Compresses a text with brotli or gzip, as the browser accepts. Event streams stay as they are:
/// an event would wait in the compressor for more data.
pub fn compress(mut response: Response, accept_encoding: &str) -> Response {
    let kind = response.content_type().unwrap_or_default();
    let is_text = (kind.starts_with("text/") && !kind.starts_with("text/event-stream"))
        || kind == "image/svg+xml";
    if !is_text {
        return response;
    }
    if !response.headers().contains_key(header::VARY) {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    if response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let Some(algorithm) = algorithm(accept_encoding) else { return response };
    let body = response.take_body();
    let is_empty = body.is_empty();
    response.set_body(body);
    if is_empty {
        return response;
    }
    // Pages are compressed for each request, so speed matters more than the last percent of size.
    Compress::new(response, algorithm).with_quality(CompressionLevel::Fastest).into_response()
}

/// Whether the browser accepts gzip; all of them do.
pub fn takes_gzip(accept_encoding: &str) -> bool {
    takes(accept_encoding, "gzip")
}

fn algorithm(accept_encoding: &str) -> Option<CompressionAlgo> {
    if takes(accept_encoding, "br") {
        Some(CompressionAlgo::BR)
    } else {
        takes_gzip(accept_encoding).then_some(CompressionAlgo::GZIP)
    }
}

fn takes(accept_encoding: &str, name: &str) -> bool {
    let mut codings =
        accept_encoding.split(',').map(|coding| coding.split_once(';').unwrap_or((coding, "")));
    codings.any(|(coding, quality)| {
        coding.trim() == name && quality.trim().trim_start_matches("q=").parse() != Ok(0.0_f32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_algorithm_that_the_browser_accepts_is_chosen() {
        assert_eq!(algorithm("gzip, deflate, br;q=0.9"), Some(CompressionAlgo::BR));
        assert_eq!(algorithm("gzip;q=1.0, br;q=0"), Some(CompressionAlgo::GZIP));
        assert_eq!((algorithm(""), algorithm("identity, *")), (None, None));
    }
}
