//! Which files may be uploaded: their types and sizes, and how the type is recognized.

use super::asset::AssetKind;
use crate::kernel::{FieldErrors, Result, validate};

pub const MIB: i64 = 1024 * 1024;

/// (content type, kind, largest file in bytes)
const TYPES: &[(&str, AssetKind, i64)] = &[
    ("image/jpeg", AssetKind::Image, 20 * MIB),
    ("image/png", AssetKind::Image, 20 * MIB),
    ("image/webp", AssetKind::Image, 20 * MIB),
    ("image/gif", AssetKind::Image, 20 * MIB),
    ("application/pdf", AssetKind::Pdf, 20 * MIB),
];
const FILENAME_CHARS_MAX: usize = 255;

/// A checked announcement of an upload.
pub struct NewAsset {
    pub kind: AssetKind,
    pub filename: String,
    pub content_type: String,
    pub size_bytes: i64,
}

/// Checks the announcement of an upload.
pub fn check(filename: &str, content_type: &str, size_bytes: i64) -> Result<NewAsset> {
    let mut fields = FieldErrors::default();
    let filename = validate::text(&mut fields, "filename", filename, 1, FILENAME_CHARS_MAX);
    fields.check(
        !filename.chars().any(char::is_control),
        "filename",
        "Must not contain control characters",
    );
    let content_type = content_type.trim().to_lowercase();
    let known = TYPES.iter().find(|(accepted, ..)| *accepted == content_type);
    if known.is_none() {
        fields.add("content_type", not_accepted(&content_type));
    }
    let largest = known.map_or(i64::MAX, |known| known.2);
    fields.check(size_bytes > 0, "size_bytes", "The file is empty; choose one with content");
    fields.check(
        size_bytes <= largest,
        "size_bytes",
        &format!("A file of this type may have at most {} MiB; make it smaller", largest / MIB),
    );
    fields.finish()?;
    Ok(NewAsset {
        kind: known.map_or(AssetKind::Pdf, |known| known.1),
        filename,
        content_type,
        size_bytes,
    })
}

fn not_accepted(content_type: &str) -> String {
    if content_type.starts_with("video/") {
        return "Videos cannot be shown to shoppers. Upload pictures instead".to_owned();
    }
    format!(
        "{content_type:?} is not accepted. Upload a picture (JPEG, PNG, WebP, GIF) to show to \
         shoppers, or a PDF as evidence for SMP's reviewers"
    )
}

/// The content type that the first bytes indicate; empty if it is unknown.
pub fn sniff(bytes: &[u8]) -> &'static str {
    infer::get(bytes).map_or("", |found| found.mime_type())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_its_limit() {
        assert!(check("a.png", "image/png", 20 * MIB).is_ok());
        assert!(check("a.png", "image/png", 20 * MIB + 1).is_err());
        assert!(check("a.pdf", "application/pdf", 20 * MIB).is_ok());
        for bad in ["image/svg+xml", "text/html", "", "image/heic", "video/mp4", "video/webm"] {
            assert!(check("a", bad, 1).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_type_is_recognized_from_the_content() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n0000"), "image/png");
        assert_eq!(sniff(b"%PDF-1.7"), "application/pdf");
        assert_ne!(sniff(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "image/png");
        assert_eq!(sniff(b"nothing known"), "");
    }
}
