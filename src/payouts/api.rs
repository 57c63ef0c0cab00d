//! The API of payouts: a provider's account, the links to the gateway's pages, and all providers' states.

use std::collections::HashMap;

use poem_openapi::{
    Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use time::OffsetDateTime;

use super::{
    account::{self, PayoutAccount, PayoutState},
    account_view::PayoutAccountView,
    onboarding,
};
use crate::{
    access::{Member, Staff, Tag},
    kernel::{Error, Page, PageQuery, Result, TenantId},
    platform::Platform,
    providers::{self, Seller},
};

pub struct PayoutsApi {
    pub platform: Platform,
}

/// Where the owner goes on.
#[derive(Object)]
struct PayoutOnboarding {
    /// The gateway's form: open it at once, as it opens once and only for minutes. Null where there is
    /// nothing to fill in, as in a sandbox.
    url: Option<String>,
    account: PayoutAccountView,
}

#[derive(Object)]
struct PayoutDashboard {
    /// The gateway's pages about the account: open it at once, as it opens once.
    url: String,
}

#[OpenApi(tag = "Tag::Payouts")]
impl PayoutsApi {
    /// A provider's payouts
    ///
    /// Where the provider's account stands, and what the gateway asks for. An account that waits for
    /// something is looked up at the gateway first.
    #[oai(path = "/providers/:tenant/payouts", method = "get", operation_id = "payout_account_get")]
    async fn payout_account_get(
        &self,
        _member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<PayoutAccountView>> {
        Ok(Json(self.view(tenant.0).await?))
    }

    /// Set up payouts, or go on with it
    ///
    /// Makes the provider's account at the gateway if it has none, and gives the address of the gateway's
    /// form, where the owner enters what the gateway asks for. The address opens once, and only for
    /// minutes: ask for it when it is needed. Without a real gateway the account is a test account, enabled
    /// at once. Written to the audit log. Repeated, it finds the same account.
    ///
    /// Refused with 409: `urn:smp:payouts_not_offered` where no gateway pays providers out,
    /// `urn:smp:payouts_refused` with the gateway's reason, `urn:smp:provider_rejected`.
    #[oai(
        path = "/providers/:tenant/payouts/onboarding",
        method = "post",
        operation_id = "payout_onboarding_create"
    )]
    async fn payout_onboarding_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<PayoutOnboarding>> {
        member.require_step_up(self.platform.clock.now())?;
        let url = onboarding::begin(&self.platform, tenant.0, member.account()).await?;
        Ok(Json(PayoutOnboarding { url, account: self.view(tenant.0).await? }))
    }

    /// Open the gateway's pages about a provider's account
    ///
    /// Gives the address where the owner sees payouts and changes the bank account. It opens once.
    ///
    /// Refused with 409: `urn:smp:no_payout_dashboard`, `urn:smp:payouts_not_finished`,
    /// `urn:smp:payouts_not_offered`, `urn:smp:payouts_refused`.
    #[oai(
        path = "/providers/:tenant/payouts/dashboard",
        method = "post",
        operation_id = "payout_dashboard_create"
    )]
    async fn payout_dashboard_create(
        &self,
        member: Member,
        tenant: Path<TenantId>,
    ) -> Result<Json<PayoutDashboard>> {
        member.require_step_up(self.platform.clock.now())?;
        let url = onboarding::dashboard(&self.platform, tenant.0).await?;
        Ok(Json(PayoutDashboard { url }))
    }

    /// Payouts of every provider
    ///
    /// Every provider that was not rejected, the newest first, with where its account stands.
    #[oai(path = "/payout-accounts", method = "get", operation_id = "payout_account_list")]
    async fn payout_account_list(
        &self,
        _staff: Staff,
        state: Query<Option<PayoutState>>,
        /// `next_cursor` of the page before; leave it out for the first page.
        cursor: Query<Option<String>>,
        /// Entries on the page: 1 to 100, 25 by default.
        limit: Query<Option<u32>>,
    ) -> Result<Json<Page<PayoutAccountView>>> {
        let page = PageQuery::new(cursor.0.as_deref(), limit.0)?;
        let config = &self.platform.config;
        let gateway = onboarding::payout_gateway(config);
        let mut tx = self.platform.db.platform("payout accounts").await?;
        let found =
            account::providers_page(&mut tx, gateway.unwrap_or_default(), state.0, &page).await?;
        let tenants: Vec<TenantId> = found.iter().map(|(tenant, _)| *tenant).collect();
        let sellers: HashMap<TenantId, Seller> = providers::sellers(&mut tx, &tenants).await?;
        let accounts = account::of_gateway(&mut tx, gateway.unwrap_or_default()).await?;
        let accounts: HashMap<TenantId, PayoutAccount> =
            accounts.into_iter().map(|account| (account.tenant, account)).collect();
        let (found, next_cursor) = page.cut(found, |(tenant, created_at)| (*created_at, tenant.0));
        let view = |(tenant, _): (TenantId, OffsetDateTime)| {
            let seller = sellers.get(&tenant)?;
            Some(PayoutAccountView::new(seller, gateway, accounts.get(&tenant), config))
        };
        Ok(Json(Page { items: found.into_iter().filter_map(view).collect(), next_cursor }))
    }
}

impl PayoutsApi {
    async fn view(&self, tenant: TenantId) -> Result<PayoutAccountView> {
        let account = onboarding::current(&self.platform, tenant).await?;
        let mut tx = self.platform.db.tenant(tenant).await?;
        let seller = providers::sellers(&mut tx, &[tenant]).await?.remove(&tenant);
        let seller = seller.ok_or(Error::NotFound("provider"))?;
        let config = &self.platform.config;
        let gateway = onboarding::payout_gateway(config);
        Ok(PayoutAccountView::new(&seller, gateway, account.as_ref(), config))
    }
}
