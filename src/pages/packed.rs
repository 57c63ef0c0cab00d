//! Answers packed for the way: text by brotli or gzip, whichever the browser takes.

use poem::{
    IntoResponse, Response,
    http::header,
    web::{Compress, CompressionAlgo, CompressionLevel},
};

/// Packs a text. Streams stay as they are: an event would wait in the packer for more to pack.
pub fn pack(mut response: Response, accept_encoding: &str) -> Response {
    let kind = response.content_type().unwrap_or_default();
    let is_text = (kind.starts_with("text/") && !kind.starts_with("text/event-stream")) || kind == "image/svg+xml";
    if !is_text || response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    response.headers_mut().append(header::VARY, header::HeaderValue::from_static("Accept-Encoding"));
    let body = response.take_body();
    let is_empty = body.is_empty();
    response.set_body(body);
    match algorithm(accept_encoding) {
        // Pages are packed anew for each shopper, so speed counts for more than the last percent.
        Some(algorithm) if !is_empty => Compress::new(response, algorithm).with_quality(CompressionLevel::Fastest).into_response(),
        _ => response,
    }
}

fn algorithm(accept_encoding: &str) -> Option<CompressionAlgo> {
    let takes = |name: &str| {
        let mut codings = accept_encoding.split(',').map(|coding| coding.split_once(';').unwrap_or((coding, "")));
        codings.any(|(coding, quality)| coding.trim() == name && quality.trim().trim_start_matches("q=").parse() != Ok(0.0_f32))
    };
    if takes("br") { Some(CompressionAlgo::BR) } else { takes("gzip").then_some(CompressionAlgo::GZIP) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_gets_what_it_takes() {
        assert_eq!(algorithm("gzip, deflate, br;q=0.9"), Some(CompressionAlgo::BR));
        assert_eq!(algorithm("gzip;q=1.0, br;q=0"), Some(CompressionAlgo::GZIP));
        assert_eq!((algorithm(""), algorithm("identity, *")), (None, None));
    }
}
