//! A person's data as a ZIP of JSON files.

use std::io::{Cursor, Write};

use sqlx::PgConnection;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    access, care, checkouts, invoices,
    kernel::{AccountId, PersonalFile, Result},
    orders, payments, redirect, sales, stock, vouchers,
};

const README: &str = "Your data, a JSON file for each kind. Times are RFC 3339 in UTC. Amounts are in \
    minor units of their currency: 1999 with EUR is 19.99 EUR. A provider_id or sale_id is that of the \
    seller or the sale.\n\nLeft out: passwords and codes, which are kept as hashes or sealed; the text \
    of messages that you have; favourites, which are kept for your browser and not for your account. \
    What you wrote to others is in conversation_messages.json.\n";

/// What every slice below has of a person. Platform scope.
pub async fn collect(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let mut files = access::export_of_account(conn, account).await?;
    files.extend(sales::export_of(conn, account).await?);
    files.extend(stock::export_of(conn, account).await?);
    files.extend(payments::export_of(conn, account).await?);
    files.extend(vouchers::export_of(conn, account).await?);
    files.extend(orders::export_of(conn, account).await?);
    files.extend(checkouts::export_of(conn, account).await?);
    files.extend(invoices::export_of(conn, account).await?);
    files.extend(redirect::export_of(conn, account).await?);
    files.extend(care::export_of(conn, account).await?);
    Ok(files)
}

/// The files in a ZIP. Takes a while: not on a thread that answers requests.
pub fn zipped(files: &[PersonalFile]) -> anyhow::Result<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    zip.start_file("README.txt", options)?;
    zip.write_all(README.as_bytes())?;
    for file in files {
        zip.start_file(format!("{}.json", file.name), options)?;
        serde_json::to_writer_pretty(&mut zip, &file.rows)?;
    }
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_zip_has_a_file_for_each_kind() {
        let rows = json!([{"number": "SMP-1", "name": "Ünal 🌱"}]);
        let bytes = zipped(&[PersonalFile::new("orders", rows.clone())]).unwrap();
        let mut read = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(read.len(), 2);
        let mut text = String::new();
        read.by_name("orders.json").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), rows);
    }
}
