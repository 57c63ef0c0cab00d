//! The API of refunds beside those of SMP's customer service: by the provider of a parcel, and of what a
//! gateway refused.

use poem_openapi::{
    Object, OpenApi,
    param::{Header, Path, Query},
    payload::Json,
};

use super::{
    api::{RefundLineInput, RefundMade},
    refund_by_lines::{LineRefund, RefundingProvider, refund_own_lines},
    refund_failures::{
        FailedRefundFilter, FailedRefundView, failed_refunds, retry_refund, settle_elsewhere,
    },
    refund_units::LineChoice,
    view::RefundView,
};
use crate::{
    access::{Member, Staff, Tag},
    kernel::{Input, Page, PageQuery, ParcelId, RefundId, Result, TenantId, validate},
    platform::Platform,
};

pub struct RefundsApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct ParcelRefundInput {
    /// For the shopper, who gets it by email; at most 500 characters.
    reason: String,
    /// For the provider's team and SMP's; at most 500 characters.
    note: Option<String>,
    /// The units to refund, of this parcel.
    lines: Vec<RefundLineInput>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RefundElsewhereInput {
    /// How the money was paid, for SMP's team: by which account, when, with which reference. 1 to 500
    /// characters.
    note: String,
}

#[OpenApi(tag = "Tag::Orders")]
impl RefundsApi {
    /// Refund units of a parcel
    ///
    /// Pays money back for units of the provider's own parcel, the way it was paid: each line costs its
    /// part of the price that was charged for it. Units that were `never_sold` go back on sale, those that
    /// `came_back` while their sale runs, those that are `lost` never. A parcel of which no unit is left is
    /// not sent. The shopper is told, with the reason. Written to the audit log.
    ///
    /// A provider may refund up to a limit at once and within 30 days, which depend on the currency;
    /// beyond it the answer is a 409 `urn:smp:refund_limit`, and SMP's customer service makes the refund.
    ///
    /// A repeat with the same `Idempotency-Key` (1 to 120 characters) refunds once; the key of another
    /// refund is a 409 `urn:smp:key_reused`. Refused with 409 as well: `urn:smp:not_paid`,
    /// `urn:smp:order_cancelled`, `urn:smp:rest_due`, `urn:smp:already_refunded`, `urn:smp:disputed`. Wrong
    /// lines, too many units and what was shipped as `never_sold` are a 422 on the field.
    #[oai(
        path = "/providers/:tenant/parcels/:parcel/refunds",
        method = "post",
        operation_id = "parcel_refund_create"
    )]
    async fn parcel_refund_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
        parcel: Path<ParcelId>,
        body: Input<ParcelRefundInput>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<String>>,
    ) -> Result<RefundMade> {
        let lines: Vec<LineChoice> = body.lines.iter().map(LineChoice::from).collect();
        let request = LineRefund {
            reason: &body.reason,
            note: body.note.as_deref().unwrap_or_default(),
            lines: &lines,
            idempotency_key: key.0.as_deref(),
        };
        let provider = RefundingProvider { tenant: tenant.0, parcel: parcel.0 };
        let refund = refund_own_lines(&self.platform, member.account(), provider, request).await?;
        Ok(RefundMade::Created(Json(refund)))
    }

    /// Refunds that failed, newest first
    ///
    /// What a gateway refused to refund, and nobody has seen to yet: it was neither tried again with
    /// success, nor paid another way, nor refunded by another refund of its order. `failed_at` says since
    /// when the shopper has been waiting.
    #[oai(path = "/refunds/failed", method = "get", operation_id = "failed_refund_list")]
    async fn failed_refund_list(
        &self,
        _staff: Staff,
        /// The name of a gateway, like `sandbox`.
        gateway: Query<Option<String>>,
        /// Part of the number of an order, of its email or of its customer's name.
        q: Query<Option<String>>,
        /// Only those that failed at least as many days ago.
        days: Query<Option<u16>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<FailedRefundView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let filter = FailedRefundFilter {
            gateway: validate::search("gateway", gateway.0.as_deref())?,
            q: validate::search("q", q.0.as_deref())?,
            days: days.0,
        };
        Ok(Json(failed_refunds(&self.platform, filter, &page).await?))
    }

    /// Try a refund again
    ///
    /// Has the gateway try a refund again that it refused, as a refund of its own, which is the answer. One
    /// that was made after all is noted as such instead. Written to the audit log.
    ///
    /// Refused with 409: `urn:smp:refund_not_failed`, `urn:smp:refunded_meanwhile` when other refunds of
    /// the order have taken the money or the units, `urn:smp:refund_under_way` when the gateway says that
    /// the money is on its way after all, `urn:smp:disputed`.
    #[oai(path = "/refunds/:refund/retry", method = "post", operation_id = "refund_retry")]
    async fn refund_retry(&self, staff: Staff, refund: Path<RefundId>) -> Result<RefundMade> {
        let refund = retry_refund(&self.platform, staff.0.account.id, refund.0).await?;
        Ok(RefundMade::Created(Json(refund)))
    }

    /// Say that a refund was paid another way
    ///
    /// For a refund that its gateway refused, once the money was paid to the shopper another way, such as
    /// by bank transfer: it becomes `settled_elsewhere`, and what follows from a refund follows. The shopper
    /// is told. Written to the audit log, with the note.
    ///
    /// Refused with 409: `urn:smp:refund_not_failed`, `urn:smp:refunded_meanwhile`,
    /// `urn:smp:refund_under_way`, `urn:smp:disputed`.
    #[oai(
        path = "/refunds/:refund/settle-elsewhere",
        method = "post",
        operation_id = "refund_settle_elsewhere"
    )]
    async fn refund_settle_elsewhere(
        &self,
        staff: Staff,
        refund: Path<RefundId>,
        body: Input<RefundElsewhereInput>,
    ) -> Result<Json<RefundView>> {
        let by = staff.0.account.id;
        Ok(Json(settle_elsewhere(&self.platform, by, refund.0, &body.note).await?))
    }
}
