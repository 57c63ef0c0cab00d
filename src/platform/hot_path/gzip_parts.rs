//! A gzip file put together from parts: texts that were compressed once, and texts that are stored
//! uncompressed between them. It saves compressing a page for each shopper who gets it.

use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};

/// A gzip file (RFC 1952) put together from texts, some of which were compressed before by
/// [`Self::compress`].
pub struct GzipParts {
    file: Vec<u8>,
    /// Text still to be written as a stored block (RFC 1951, 3.2.4).
    stored: Vec<u8>,
    checksum: Hasher,
    length: u32,
}

impl GzipParts {
    pub fn with_capacity(bytes: usize) -> Self {
        let mut file = Vec::with_capacity(bytes);
        // Deflate; no file name, no modification time, unknown operating system.
        file.extend_from_slice(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
        Self { file, stored: vec![], checksum: Hasher::new(), length: 0 }
    }

    /// Compresses a text as well as possible, into blocks that end at a byte and refer to nothing
    /// outside the text.
    pub fn compress(text: &[u8]) -> Vec<u8> {
        let mut deflate = Compress::new(Compression::best(), false);
        let mut blocks = Vec::with_capacity(text.len() / 2 + 64);
        loop {
            let read = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
            // Writes into the spare capacity. An error would mean a corrupt state, which a new
            // compressor does not have.
            let _ = deflate.compress_vec(&text[read..], &mut blocks, FlushCompress::Full);
            if blocks.len() < blocks.capacity() {
                return blocks;
            }
            blocks.reserve(text.len() / 2 + 64);
        }
    }

    /// Adds a text by the blocks it was compressed into.
    pub fn compressed(&mut self, text: &[u8], blocks: &[u8]) {
        self.count(text);
        self.write_stored();
        self.file.extend_from_slice(blocks);
    }

    /// Adds a text uncompressed.
    pub fn plain(&mut self, text: &[u8]) {
        self.count(text);
        self.stored.extend_from_slice(text);
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.write_stored();
        self.write_block(true, &[]);
        self.file.extend_from_slice(&self.checksum.finalize().to_le_bytes());
        self.file.extend_from_slice(&self.length.to_le_bytes());
        self.file
    }

    fn count(&mut self, text: &[u8]) {
        self.checksum.update(text);
        // A page is never 4 GB long.
        self.length = self.length.wrapping_add(u32::try_from(text.len()).unwrap_or(u32::MAX));
    }

    fn write_stored(&mut self) {
        let stored = std::mem::take(&mut self.stored);
        for block in stored.chunks(u16::MAX.into()) {
            self.write_block(false, block);
        }
    }

    fn write_block(&mut self, is_last: bool, bytes: &[u8]) {
        let length = u16::try_from(bytes.len()).unwrap_or_default(); // at most one chunk
        self.file.push(is_last.into());
        self.file.extend_from_slice(&length.to_le_bytes());
        self.file.extend_from_slice(&(!length).to_le_bytes());
        self.file.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_decompress_to_the_whole_text() {
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
            let mut gzip = GzipParts::with_capacity(16);
            for (nth, part) in parts.iter().enumerate() {
                let part = part.as_bytes();
                if nth % 2 == 0 {
                    gzip.compressed(part, &GzipParts::compress(part));
                } else {
                    gzip.plain(part);
                }
            }
            let file = gzip.finish();
            let mut text = String::new();
            flate2::read::GzDecoder::new(&file[..]).read_to_string(&mut text).unwrap();
            assert_eq!(text, parts.concat());
        }
    }
}
