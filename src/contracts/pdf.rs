//! A contract as PDF: the document as it was offered, the signatures, and the hash on every page.

use std::path::Path;

use time::{OffsetDateTime, macros::format_description};

use super::{
    contract::Contract,
    document::{Block, blocks},
};
use crate::{
    kernel::Result,
    platform::paper::{Fonts, Paper, TextStyle},
    providers::fonts_folder,
};

fn date_time(at: OffsetDateTime) -> String {
    let format = format_description!(
        "[day padding:none] [month repr:long] [year], [hour]:[minute]:[second] UTC"
    );
    at.to_offset(time::UtcOffset::UTC).format(format).unwrap_or_default()
}

/// What stands under the document: who signed it, and when.
fn signatures(contract: &Contract, provider: &str) -> Vec<String> {
    let line = |whom: &str, name: Option<&str>, at: Option<OffsetDateTime>| match (name, at) {
        (Some(name), Some(at)) => format!("Signed for {whom} by {name}\non {}", date_time(at)),
        _ => format!("Not signed for {whom} yet"),
    };
    vec![
        line(provider, contract.signed_name.as_deref(), contract.signed_at),
        line("SMP", contract.countersigned_name.as_deref(), contract.countersigned_at),
    ]
}

/// The PDF of a contract, with the fonts of the default pack in this folder of packs.
pub fn write(contract: &Contract, provider: &str, tenants_dir: &Path) -> Result<Vec<u8>> {
    let fonts = Fonts::read(&fonts_folder(tenants_dir))?;
    let mut paper = Paper::new(&fonts);
    for (nth, block) in blocks(&contract.document).into_iter().enumerate() {
        match block {
            Block::Heading(text) if nth == 0 => paper.set(text, TextStyle::Title, 0.0)?,
            Block::Heading(text) => paper.set(text, TextStyle::Heading, 14.0)?,
            Block::Paragraph(text) => paper.set(text, TextStyle::Text, 8.0)?,
            Block::Item(text) => paper.bullet(text)?,
        }
    }
    paper.set("Signatures", TextStyle::Heading, 24.0)?;
    for signature in signatures(contract, provider) {
        paper.set(&signature, TextStyle::Text, 8.0)?;
    }
    paper.set("SHA-256 of the document:", TextStyle::Footnote, 14.0)?;
    paper.set(&contract.document_hash, TextStyle::Footnote, 0.0)?;
    let footer = |page: usize, pages: usize| {
        format!(
            "{provider}, version {} · {} · page {page} of {pages}",
            contract.number,
            contract.document_hash.get(..16).unwrap_or_default(),
        )
    };
    Ok(paper.finish(&contract.title, footer)?)
}
