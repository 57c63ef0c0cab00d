//! Answers packed for the way: text by brotli or gzip, whichever the browser takes; and the gzip of
//! a page that many share, put together for each shopper from what was packed once.

use crc32fast::Hasher;
use flate2::{Compress as Deflate, Compression, FlushCompress};
use poem::{
    IntoResponse, Response,
    http::header,
    web::{Compress, CompressionAlgo, CompressionLevel},
};

/// Packs a text. Streams stay as they are: an event would wait in the packer for more to pack.
pub fn pack(mut response: Response, accept_encoding: &str) -> Response {
    let kind = response.content_type().unwrap_or_default();
    let is_text = (kind.starts_with("text/") && !kind.starts_with("text/event-stream"))
        || kind == "image/svg+xml";
    if !is_text {
        return response;
    }
    if !response.headers().contains_key(header::VARY) {
        response
            .headers_mut()
            .insert(header::VARY, header::HeaderValue::from_static("Accept-Encoding"));
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
    // Pages are packed anew for each shopper, so speed counts for more than the last percent.
    Compress::new(response, algorithm).with_quality(CompressionLevel::Fastest).into_response()
}

/// Whether a browser takes gzip; all of them do.
pub fn takes_gzip(accept_encoding: &str) -> bool {
    takes(accept_encoding, "gzip")
}

/// A gzip file (RFC 1952) put together from texts, some of which were packed before by [`blocks`].
pub struct Gzip {
    file: Vec<u8>,
    /// Waits to be written as it is (RFC 1951, 3.2.4).
    plain: Vec<u8>,
    check: Hasher,
    length: u32,
}

impl Gzip {
    pub fn with_capacity(bytes: usize) -> Self {
        let mut file = Vec::with_capacity(bytes);
        // No name, no time, no system that anybody knows.
        file.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
        Self { file, plain: vec![], check: Hasher::new(), length: 0 }
    }

    /// Adds a text and the blocks it was packed into.
    pub fn packed(&mut self, text: &[u8], blocks: &[u8]) {
        self.count(text);
        self.write_plain();
        self.file.extend_from_slice(blocks);
    }

    /// Adds a text as it is.
    pub fn plain(&mut self, text: &[u8]) {
        self.count(text);
        self.plain.extend_from_slice(text);
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.write_plain();
        self.write_block(true, &[]);
        self.file.extend_from_slice(&self.check.finalize().to_le_bytes());
        self.file.extend_from_slice(&self.length.to_le_bytes());
        self.file
    }

    fn count(&mut self, text: &[u8]) {
        self.check.update(text);
        self.length = self.length.wrapping_add(u32::try_from(text.len()).unwrap_or(u32::MAX)); // a page, never 4 GB
    }

    fn write_plain(&mut self) {
        let plain = std::mem::take(&mut self.plain);
        for block in plain.chunks(u16::MAX.into()) {
            self.write_block(false, block);
        }
    }

    fn write_block(&mut self, is_last: bool, bytes: &[u8]) {
        let length = u16::try_from(bytes.len()).unwrap_or_default(); // at most a chunk
        self.file.push(is_last.into());
        self.file.extend_from_slice(&length.to_le_bytes());
        self.file.extend_from_slice(&(!length).to_le_bytes());
        self.file.extend_from_slice(bytes);
    }
}

/// A text packed as well as can be into blocks that end at a byte and stand by themselves.
pub fn blocks(text: &[u8]) -> Vec<u8> {
    let mut deflate = Deflate::new(Compression::best(), false);
    let mut blocks = Vec::with_capacity(text.len() / 2 + 64);
    loop {
        let read = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
        // Writes into what room there is; an error means a broken state, which a new one has not.
        let _ = deflate.compress_vec(&text[read..], &mut blocks, FlushCompress::Full);
        if blocks.len() < blocks.capacity() {
            return blocks;
        }
        blocks.reserve(text.len() / 2 + 64);
    }
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
    fn a_browser_gets_what_it_takes() {
        assert_eq!(algorithm("gzip, deflate, br;q=0.9"), Some(CompressionAlgo::BR));
        assert_eq!(algorithm("gzip;q=1.0, br;q=0"), Some(CompressionAlgo::GZIP));
        assert_eq!((algorithm(""), algorithm("identity, *")), (None, None));
    }

    #[test]
    fn what_was_packed_in_parts_unpacks_as_a_whole() {
        use std::io::Read;
        let noise: String = (0..90_000_u32)
            .map(|n| char::from(b'a' + (n.wrapping_mul(2_654_435_761) >> 27) as u8 % 26))
            .collect();
        for parts in [
            &["", ""][..],
            &["<p>Grüße", "", "an alle</p>"],
            &["a", "b", "c"],
            &[&noise, "own", &noise, &noise],
        ] {
            let mut gzip = Gzip::with_capacity(16);
            for (nth, part) in parts.iter().enumerate() {
                let part = part.as_bytes();
                if nth % 2 == 0 { gzip.packed(part, &blocks(part)) } else { gzip.plain(part) }
            }
            let file = gzip.finish();
            let mut text = String::new();
            flate2::read::GzDecoder::new(&file[..]).read_to_string(&mut text).unwrap();
            assert_eq!(text, parts.concat());
        }
    }
}
