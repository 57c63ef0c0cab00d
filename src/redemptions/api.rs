//! The API of redemptions.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};

use super::{
    redeem,
    views::{RedeemableVoucherView, RedemptionView},
};
use crate::{
    access::{MemberOrKey, Tag},
    kernel::{Input, Page, PageQuery, RedemptionId, Result, TenantId},
    platform::Platform,
};

pub struct RedemptionsApi {
    pub platform: Platform,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct VoucherCodeInput {
    /// As the customer shows it. Upper and lower case are the same, and dashes and spaces may be left out.
    code: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RedemptionInput {
    /// As the customer shows it. Upper and lower case are the same, and dashes and spaces may be left out.
    code: String,
    /// Yours, of a receipt or a booking: at most 120 characters, and may be empty. With it, the request can be
    /// repeated.
    reference: String,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct RedemptionReversalInput {
    /// Why, for your team; 1 to 1000 characters.
    reason: String,
}

#[derive(ApiResponse)]
enum Redeemed {
    /// Redeemed.
    #[oai(status = 201)]
    Created(Json<RedemptionView>),
}

#[OpenApi(tag = "Tag::Vouchers")]
impl RedemptionsApi {
    /// Look up a voucher by its code
    ///
    /// What the voucher is of, whether it can be redeemed, and until when. Changes nothing. The code is in
    /// the body, so that it stands in no log. A code that none of the provider's vouchers has is a 422 on
    /// `code`.
    #[oai(
        path = "/providers/:tenant/vouchers/lookup",
        method = "post",
        operation_id = "voucher_look_up"
    )]
    async fn voucher_look_up(
        &self,
        _caller: MemberOrKey,
        tenant: Path<TenantId>,
        body: Input<VoucherCodeInput>,
    ) -> Result<Json<RedeemableVoucherView>> {
        Ok(Json(redeem::look_up(&self.platform, tenant.0, &body.code).await?))
    }

    /// Redeem a voucher
    ///
    /// A voucher can be redeemed once, until its last day, unless it is refunded; its customer is told by
    /// email. A repeat with the same code and `reference` returns the same redemption. Written to the audit
    /// log.
    ///
    /// A code that none of the provider's vouchers has is a 422 on `code`. Refused with 409:
    /// `urn:smp:voucher_redeemed`, `urn:smp:voucher_expired` and `urn:smp:voucher_void`, which was refunded or
    /// is about to be.
    #[oai(
        path = "/providers/:tenant/vouchers/redemptions",
        method = "post",
        operation_id = "voucher_redeem"
    )]
    async fn voucher_redeem(
        &self,
        caller: MemberOrKey,
        tenant: Path<TenantId>,
        body: Input<RedemptionInput>,
    ) -> Result<Redeemed> {
        let redeemed =
            redeem::redeem(&self.platform, tenant.0, caller.actor, &body.code, &body.reference);
        Ok(Redeemed::Created(Json(redeemed.await?)))
    }

    /// A provider's redemptions, newest first
    ///
    /// Those that were reversed stay, with who reversed them and why.
    #[oai(
        path = "/providers/:tenant/vouchers/redemptions",
        method = "get",
        operation_id = "voucher_redemption_list"
    )]
    async fn voucher_redemption_list(
        &self,
        _caller: MemberOrKey,
        tenant: Path<TenantId>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<RedemptionView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        Ok(Json(redeem::list(&self.platform, tenant.0, &page).await?))
    }

    /// Reverse a redemption
    ///
    /// For one that was a mistake: the voucher can be redeemed again until its last day, or is void when its order
    /// was refunded meanwhile. Its customer is told by email. Written to the audit log.
    ///
    /// One that was reversed already is a 409 `urn:smp:redemption_reversed`.
    #[oai(
        path = "/providers/:tenant/vouchers/redemptions/:redemption/reversal",
        method = "post",
        operation_id = "voucher_redemption_reverse"
    )]
    async fn voucher_redemption_reverse(
        &self,
        caller: MemberOrKey,
        tenant: Path<TenantId>,
        redemption: Path<RedemptionId>,
        body: Input<RedemptionReversalInput>,
    ) -> Result<Json<RedemptionView>> {
        let reversed =
            redeem::reverse(&self.platform, tenant.0, caller.actor, redemption.0, &body.reason);
        Ok(Json(reversed.await?))
    }
}
