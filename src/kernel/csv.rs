//! Tables as CSV (RFC 4180 in UTF-8 with a byte order mark, by which spreadsheets recognize the
//! encoding), safe to open in a spreadsheet.

use std::borrow::Cow;

use super::Result;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A table that is being written.
pub struct Csv(csv::Writer<Vec<u8>>);

impl Csv {
    pub fn new(header: &[&str]) -> Result<Self> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
        writer.write_record(header).map_err(anyhow::Error::from)?;
        Ok(Self(writer))
    }

    /// Adds a row, which has a value for each column of the header.
    pub fn row<const COLUMNS: usize>(&mut self, values: [&str; COLUMNS]) -> Result<()> {
        let values = values.map(without_formula);
        self.0
            .write_record(values.iter().map(|value| value.as_bytes()))
            .map_err(|error| anyhow::Error::from(error).into())
    }

    pub fn finish(self) -> Result<String> {
        let bytes = self.0.into_inner().map_err(|error| anyhow::Error::from(error.into_error()))?;
        Ok(String::from_utf8(bytes).map_err(anyhow::Error::from)?)
    }
}

/// A text that no spreadsheet takes for a formula: one that could be begins with an apostrophe.
/// Numbers stay as they are.
fn without_formula(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err() {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}
