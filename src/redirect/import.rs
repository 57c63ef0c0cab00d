//! Reports as a CSV file, for providers without servers. Each line is a report of its own: good
//! lines count, and each bad one is named. The same file twice changes nothing.

use poem_openapi::Object;
use serde_json::{Map, Value};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    receive::{Received, Reporter, UnreadableReport, keep_unreadable, problem_of, receive},
    report::NewReport,
    rules::{Purchase, Reversal, Said, Update},
    states::ReportKind,
};
use crate::{
    kernel::{Error, FieldError, FieldErrors, Result, limits::IMPORT_LINES_MAX},
    platform::Platform,
};

/// The columns of the file, each at most once and in any order. `kind` and `reference` are
/// required.
pub const COLUMNS: [&str; 17] = [
    "kind",
    "reference",
    "click_token",
    "quantity",
    "amount_minor",
    "currency",
    "item",
    "purchased_at",
    "tracking_url",
    "update_reference",
    "occurred_at",
    "ships_on",
    "code",
    "confirmed",
    "confirmation_number",
    "reversal_reference",
    "reason",
];

/// What became of the lines of a file.
#[derive(Debug, Default, Object)]
#[oai(rename = "ReportImport")]
pub struct Import {
    /// Lines that count now.
    pub counted: i32,
    /// Lines that were reported before, with the same values.
    pub repeated: i32,
    /// Lines whose purchase is not reported yet; they are kept.
    pub waiting: i32,
    pub refused: Vec<RefusedLine>,
}

/// A line that was refused. It is kept in the list of reports.
#[derive(Debug, Object)]
pub struct RefusedLine {
    /// Counted from 1, the header included.
    pub line: u64,
    /// The reference on the line, if any.
    pub reference: String,
    /// Which fields are wrong, and what would be right.
    pub problem: String,
}

/// Reads a file and receives each of its lines.
pub async fn import(platform: &Platform, by: Reporter, text: &str) -> Result<Import> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let columns = columns(&mut reader)?;
    let mut lines = vec![];
    for record in reader.into_records() {
        if lines.len() == IMPORT_LINES_MAX {
            let message = format!(
                "Has more than {IMPORT_LINES_MAX} lines; nothing of it was read. Split it into \
                 several files"
            );
            return Err(FieldError::new("body", message).into());
        }
        lines.push(record);
    }
    let mut done = Import::default();
    for (nth, record) in (2_u64..).zip(lines) {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let problem = format!("The line cannot be read: {error}");
                done.refused.push(RefusedLine { line: nth, reference: String::new(), problem });
                continue;
            }
        };
        let line = record.position().map_or(nth, |position| line_of(text, position));
        let cells = ReportLine {
            more: record.iter().skip(columns.len()).map(str::to_owned).collect(),
            cells: columns
                .iter()
                .zip(record.iter())
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(name, cell)| (*name, cell.to_owned()))
                .collect(),
        };
        if cells.cells.is_empty() && cells.more.is_empty() {
            continue;
        }
        match receive_line(platform, by, &cells).await {
            Ok(Received::New(_)) => done.counted += 1,
            Ok(Received::Repeated(_)) => done.repeated += 1,
            Ok(Received::Waiting(_)) => done.waiting += 1,
            Err(error) if error.status().is_server_error() => return Err(error),
            Err(error) => done.refused.push(RefusedLine {
                line,
                reference: cells.text("reference"),
                problem: problem_of(&error),
            }),
        }
    }
    Ok(done)
}

/// The line of a record. The reader takes the record after a line that ends with CR and LF to begin
/// between the two.
fn line_of(text: &str, position: &csv::Position) -> u64 {
    let at = usize::try_from(position.byte()).unwrap_or(text.len());
    let rest = text.as_bytes().get(at..).unwrap_or_default();
    let before = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let ends = before.filter(|byte| **byte == b'\n').count();
    position.line() + u64::try_from(ends).unwrap_or_default()
}

/// The columns of a file, by its header.
fn columns(reader: &mut csv::Reader<&[u8]>) -> Result<Vec<&'static str>> {
    let mut fields = FieldErrors::default();
    let header = reader.headers().map_err(|error| {
        Error::BadRequest(format!("The header of the file cannot be read: {error}."))
    })?;
    let mut columns: Vec<&'static str> = vec![];
    for name in header {
        match COLUMNS.iter().find(|known| **known == name) {
            None => fields.add(
                "body",
                format!("{name:?} is not a column of this file; they are {}", COLUMNS.join(", ")),
            ),
            Some(known) if columns.contains(known) => {
                fields.add("body", format!("The column {known} is there twice; keep one"));
            }
            Some(known) => columns.push(*known),
        }
    }
    for required in ["kind", "reference"] {
        let message = format!("The column {required} is missing");
        fields.check(columns.contains(&required), "body", &message);
    }
    fields.finish()?;
    Ok(columns)
}

/// The cells of a line that are not empty, by column.
struct ReportLine {
    cells: Vec<(&'static str, String)>,
    /// Those beyond the columns of the header.
    more: Vec<String>,
}

impl ReportLine {
    fn get(&self, column: &str) -> Option<&str> {
        self.cells.iter().find(|(name, _)| *name == column).map(|(_, cell)| cell.as_str())
    }

    fn text(&self, column: &str) -> String {
        self.get(column).unwrap_or_default().to_owned()
    }

    fn optional(&self, column: &str) -> Option<String> {
        self.get(column).map(str::to_owned)
    }

    fn number<T: std::str::FromStr>(&self, fields: &mut FieldErrors, column: &str) -> Option<T> {
        let number = self.get(column)?.parse().ok();
        fields.check(number.is_some(), column, "Must be a whole number that is not too large");
        number
    }

    fn required<T: std::str::FromStr + Default>(
        &self,
        fields: &mut FieldErrors,
        column: &str,
    ) -> T {
        fields.check(self.get(column).is_some(), column, "Is required");
        self.number(fields, column).unwrap_or_default()
    }

    fn time(&self, fields: &mut FieldErrors, column: &str) -> Option<OffsetDateTime> {
        let at = OffsetDateTime::parse(self.get(column)?, &Rfc3339).ok();
        fields.check(at.is_some(), column, "Must be a time like 2026-03-01T12:00:00Z");
        at
    }

    fn day(&self, fields: &mut FieldErrors, column: &str) -> Option<Date> {
        let format = time::macros::format_description!("[year]-[month]-[day]");
        let day = Date::parse(self.get(column)?, format).ok();
        fields.check(day.is_some(), column, "Must be a day like 2026-12-04");
        day
    }

    fn flag(&self, fields: &mut FieldErrors, column: &str) -> bool {
        let text = self.get(column).unwrap_or("false").to_lowercase();
        fields.check(matches!(text.as_str(), "true" | "false"), column, "Must be true or false");
        text == "true"
    }

    /// What the line reports, as far as its cells can be read.
    fn said(&self, fields: &mut FieldErrors, kind: ReportKind) -> (String, Said) {
        match kind {
            ReportKind::Purchase => {
                let purchase = Purchase {
                    click_token: self.text("click_token"),
                    quantity: self.required(fields, "quantity"),
                    amount_minor: self.required(fields, "amount_minor"),
                    currency: self.text("currency"),
                    item: self.optional("item"),
                    purchased_at: self.time(fields, "purchased_at"),
                    tracking_url: self.optional("tracking_url"),
                };
                (String::new(), Said::Purchase(purchase))
            }
            ReportKind::Update => {
                fields.check(self.get("occurred_at").is_some(), "occurred_at", "Is required");
                let at = self.time(fields, "occurred_at");
                let update = Update {
                    occurred_at: at.unwrap_or(OffsetDateTime::UNIX_EPOCH),
                    tracking_url: self.optional("tracking_url"),
                    ships_on: self.day(fields, "ships_on"),
                    code: self.optional("code"),
                    confirmed: self.flag(fields, "confirmed"),
                    confirmation_number: self.optional("confirmation_number"),
                };
                (self.text("update_reference"), Said::Update(update))
            }
            ReportKind::Reversal => {
                let reversal = Reversal {
                    quantity: self.number(fields, "quantity"),
                    amount_minor: self.number(fields, "amount_minor"),
                    reason: self.text("reason"),
                };
                (self.text("reversal_reference"), Said::Reversal(reversal))
            }
        }
    }

    /// As they were sent, but for a code.
    fn as_sent(&self) -> Value {
        let cells = self.cells.iter().filter(|(name, _)| *name != "code");
        let mut fields: Map<String, Value> =
            cells.map(|(name, cell)| ((*name).to_owned(), cell.as_str().into())).collect();
        if !self.more.is_empty() {
            fields.insert("more".to_owned(), self.more.join(",").into());
        }
        Value::Object(fields)
    }
}

async fn receive_line(platform: &Platform, by: Reporter, line: &ReportLine) -> Result<Received> {
    let mut fields = FieldErrors::default();
    fields.check(line.more.is_empty(), "line", "Has more cells than the header has columns");
    let kind = match line.get("kind").unwrap_or_default() {
        "purchase" => Some(ReportKind::Purchase),
        "update" => Some(ReportKind::Update),
        "reversal" => Some(ReportKind::Reversal),
        other => {
            fields.add("kind", format!("{other:?} is not one of purchase, update and reversal"));
            None
        }
    };
    let said = kind.map(|kind| line.said(&mut fields, kind));
    let reference = line.text("reference");
    match (fields.finish(), said) {
        (Ok(()), Some((own_key, said))) => {
            receive(platform, by, NewReport { reference, own_key, said }).await
        }
        (Err(error), _) => {
            let kind = kind.unwrap_or(ReportKind::Purchase);
            let unreadable = UnreadableReport {
                kind,
                reference: &reference,
                fields: line.as_sent(),
                code: line.get("code"),
                problem: &problem_of(&error),
            };
            keep_unreadable(platform, by, unreadable).await?;
            Err(error)
        }
        (Ok(()), None) => Err(Error::BadRequest("The line has no kind.".to_owned())),
    }
}
