//! The API of receipts: anyone can download the receipt of a sale that is over.

use poem::Body;
use poem_openapi::{ApiResponse, OpenApi, param::Path, payload::Binary};
use time::format_description::well_known::Rfc3339;

use super::{
    Allocator,
    receipt::{ENTRIES_PER_READ, ReceiptHeader, START, lines},
};
use crate::{
    access::{Anyone, Tag},
    kernel::{Error, Result},
    platform::Platform,
    sales::{PublishedSale, SaleMode, SaleState},
};

pub struct ReceiptApi {
    pub platform: Platform,
    pub allocator: Allocator,
}

#[derive(ApiResponse)]
enum ReceiptResponse {
    /// One JSON object a line: the header, then the entries, each bound to the one before by its
    /// hash. `smp receipt verify FILE` checks it.
    #[oai(status = 200, content_type = "application/x-ndjson")]
    Lines(Binary<Body>, #[oai(header = "Content-Disposition")] String),
}

#[OpenApi(tag = "Tag::Stock")]
impl ReceiptApi {
    /// The receipt of every move of a sale's stock, once the sale is over
    ///
    /// A file that proves how the stock of a hosted sale was handed out: one JSON object a line,
    /// each entry bound to the one before by its hash, without names. `smp receipt verify FILE`
    /// checks it.
    ///
    /// Refused with 409: `urn:smp:not_over` before the end, `urn:smp:redirect_sale`.
    #[oai(path = "/sales/:slug/receipt", method = "get", operation_id = "sale_receipt")]
    async fn sale_receipt(&self, _anyone: Anyone, slug: Path<String>) -> Result<ReceiptResponse> {
        let sale = self.allocator.sale_cache().get(&slug).await?.ok_or(Error::NotFound("sale"))?;
        if sale.content.mode == SaleMode::Redirect {
            return Err(Error::conflict(
                "redirect_sale",
                "The provider sold this in its own cart, so there is no receipt here.",
            ));
        }
        if sale.state != SaleState::Cancelled
            && !sale.rehearsal
            && self.platform.clock.now() < sale.content.ends_at
        {
            let detail = format!(
                "The receipt is public once the sale is over, at {}.",
                sale.content.ends_at.format(&Rfc3339).unwrap_or_default()
            );
            return Err(Error::conflict("not_over", detail));
        }
        let name = format!("attachment; filename=\"receipt-{}.ndjson\"", sale.slug);
        Ok(ReceiptResponse::Lines(
            Binary(Body::from_bytes_stream(file(&self.platform, &sale))),
            name,
        ))
    }
}

/// The file, a few entries at a time.
fn file(
    platform: &Platform,
    sale: &PublishedSale,
) -> impl futures_util::Stream<Item = std::io::Result<Vec<u8>>> + use<> {
    let header = ReceiptHeader::of(sale);
    let first = futures_util::stream::once(async move { line(&header) });
    let (platform, tenant, sale) = (platform.clone(), sale.tenant, sale.id);
    let entries = futures_util::stream::try_unfold(Some(START), move |after| {
        let platform = platform.clone();
        async move {
            let Some(after) = after else { return Ok(None) };
            let read = async {
                let mut tx = platform.db.shopper(None).await?;
                lines(&mut tx, tenant, sale, after, ENTRIES_PER_READ).await
            };
            let lines = read.await.map_err(|error| std::io::Error::other(format!("{error:?}")))?;
            let next = lines.last().map(|line| (line.item, line.sequence));
            let mut bytes = vec![];
            for entry in &lines {
                bytes.extend(line(entry)?);
            }
            Ok(Some((bytes, next)))
        }
    });
    futures_util::StreamExt::chain(first, entries)
}

fn line(value: &impl serde::Serialize) -> std::io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}
