//! The API of commission, for SMP's finance.

use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};
use serde_json::json;
use time::OffsetDateTime;

use super::commission::{self, CommissionRule, NewCommissionRule};
use crate::{
    access::{Staff, Tag, audit},
    kernel::{
        CommissionRuleId, Error, FieldErrors, Input, Result, SaleId, TenantId,
        limits::PRICE_MINOR_MAX, validate,
    },
    platform::Platform,
    providers,
    sales::{self, SaleKind},
};

/// A whole, in millionths.
const WHOLE_PPM: i32 = 1_000_000;

pub struct CommissionApi {
    pub platform: Platform,
}

/// What SMP takes of what is sold, and of what.
#[derive(Object)]
#[oai(rename = "CommissionRule")]
struct CommissionRuleView {
    id: CommissionRuleId,
    /// Null: every provider.
    provider_id: Option<TenantId>,
    provider_name: Option<String>,
    /// Null: every kind of sale.
    kind: Option<SaleKind>,
    /// Null: every sale.
    sale_id: Option<SaleId>,
    sale_slug: Option<String>,
    /// Null: every currency.
    currency: Option<String>,
    /// Millionths of what a line costs: 125000 is 12.5 %.
    ppm: i32,
    /// For each unit, in minor units of the currency.
    fixed_minor: i64,
    set_at: OffsetDateTime,
}

impl From<CommissionRule> for CommissionRuleView {
    fn from(rule: CommissionRule) -> Self {
        Self {
            id: rule.id,
            provider_id: rule.provider,
            provider_name: rule.provider_name,
            kind: rule.kind,
            sale_id: rule.sale,
            sale_slug: rule.sale_slug,
            currency: rule.currency,
            ppm: rule.ppm,
            fixed_minor: rule.fixed_minor,
            set_at: rule.set_at,
        }
    }
}

#[derive(Object)]
struct CommissionRules {
    items: Vec<CommissionRuleView>,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct CommissionRuleInput {
    /// Leave it out for every provider.
    provider_id: Option<TenantId>,
    /// Leave it out for every kind of sale, and for a rule of one sale.
    kind: Option<SaleKind>,
    /// A sale of the provider; leave it out for every sale.
    sale_id: Option<SaleId>,
    /// ISO 4217; leave it out for every currency.
    currency: Option<String>,
    /// Millionths of what a line costs, 0 to 1,000,000: 125000 is 12.5 %.
    ppm: i32,
    /// For each unit, in minor units of the currency, which a fixed amount needs; 0 when left out.
    fixed_minor: Option<i64>,
}

#[derive(ApiResponse)]
enum CommissionRuleDeleted {
    /// It is gone.
    #[oai(status = 204)]
    Deleted,
}

impl CommissionRuleInput {
    /// The currency of the rule, as it is kept.
    fn check(&self) -> Result<Option<String>> {
        let mut fields = FieldErrors::default();
        let currency = self
            .currency
            .as_deref()
            .and_then(|code| validate::currency(&mut fields, "currency", code));
        fields.check(
            (0..=WHOLE_PPM).contains(&self.ppm),
            "ppm",
            "Must be from 0 to 1000000 millionths; 125000 is 12.5 %",
        );
        let fixed = self.fixed_minor.unwrap_or(0);
        fields.check(
            (0..=PRICE_MINOR_MAX).contains(&fixed),
            "fixed_minor",
            &format!("Must be from 0 to {PRICE_MINOR_MAX} minor units"),
        );
        fields.check(
            fixed == 0 || self.currency.is_some(),
            "currency",
            "A fixed amount needs its currency; name one, or leave the fixed amount out",
        );
        fields.check(
            self.sale_id.is_none() || self.provider_id.is_some(),
            "provider_id",
            "A rule of a sale needs the sale’s provider",
        );
        fields.check(
            self.sale_id.is_none() || self.kind.is_none(),
            "kind",
            "A sale has its kind already; leave it out",
        );
        fields.finish()?;
        Ok(currency.map(|currency| currency.code().to_owned()))
    }
}

#[OpenApi(tag = "Tag::Ledger")]
impl CommissionApi {
    /// The rules of commission
    ///
    /// What SMP takes of each line that is sold: a share of it, and an amount for each unit. Of the rules that
    /// fit a line the most specific counts: one of its sale, of its provider and kind, of its provider, of its
    /// kind, of all; among those, one of its currency. Without any, SMP takes nothing.
    #[oai(path = "/commission-rules", method = "get", operation_id = "commission_rule_list")]
    async fn commission_rule_list(&self, _staff: Staff) -> Result<Json<CommissionRules>> {
        let mut tx = self.platform.db.platform("commission rules").await?;
        let rules = commission::list(&mut tx).await?;
        Ok(Json(CommissionRules { items: rules.into_iter().map(Into::into).collect() }))
    }

    /// Set a rule of commission
    ///
    /// Sets what SMP takes of a provider, a kind of sale, a sale and a currency; a rule of the same four is
    /// replaced. It counts for orders that are confirmed from now on: what was confirmed keeps its commission.
    /// Answers with every rule. Refused with 409 `urn:smp:too_many_rules` after 2,000.
    #[oai(path = "/commission-rules", method = "put", operation_id = "commission_rule_set")]
    async fn commission_rule_set(
        &self,
        staff: Staff,
        body: Input<CommissionRuleInput>,
    ) -> Result<Json<CommissionRules>> {
        let input = body.0;
        let currency = input.check()?;
        let now = self.platform.clock.now();
        let mut tx = self.platform.db.platform("set commission").await?;
        if let Some(provider) = input.provider_id {
            providers::get(&mut tx, provider).await?;
            if let Some(sale) = input.sale_id {
                sales::sale(&mut tx, provider, sale, now).await?;
            }
        }
        let fixed_minor = input.fixed_minor.unwrap_or(0);
        let new = NewCommissionRule {
            provider: input.provider_id,
            kind: input.kind,
            sale: input.sale_id,
            currency: currency.as_deref(),
            ppm: input.ppm,
            fixed_minor,
            by: staff.0.account.id,
        };
        let id = commission::set(&mut tx, &new, now).await?;
        let details = json!({
            "provider_id": input.provider_id,
            "kind": input.kind,
            "sale_id": input.sale_id,
            "currency": currency,
            "ppm": input.ppm,
            "fixed_minor": fixed_minor,
        });
        let subject = format!("commission rule {id}");
        let tenant = input.provider_id.unwrap_or(TenantId::PLATFORM);
        audit::record(&mut tx, staff.actor(), tenant, "commission_rule_set", &subject, &details)
            .await?;
        let rules = commission::list(&mut tx).await?;
        tx.commit().await?;
        Ok(Json(CommissionRules { items: rules.into_iter().map(Into::into).collect() }))
    }

    /// Delete a rule of commission
    ///
    /// What it was for follows the next more general rule from now on. What was confirmed keeps its commission.
    #[oai(
        path = "/commission-rules/:rule",
        method = "delete",
        operation_id = "commission_rule_delete"
    )]
    async fn commission_rule_delete(
        &self,
        staff: Staff,
        rule: Path<CommissionRuleId>,
    ) -> Result<CommissionRuleDeleted> {
        let mut tx = self.platform.db.platform("delete commission").await?;
        let rules = commission::list(&mut tx).await?;
        let old = rules.iter().find(|known| known.id == rule.0);
        let old = old.ok_or(Error::NotFound("commission rule"))?;
        commission::delete(&mut tx, rule.0).await?;
        let details = json!({
            "provider_id": old.provider,
            "kind": old.kind,
            "sale_id": old.sale,
            "currency": old.currency,
            "ppm": old.ppm,
            "fixed_minor": old.fixed_minor,
        });
        let subject = format!("commission rule {}", rule.0);
        let tenant = old.provider.unwrap_or(TenantId::PLATFORM);
        audit::record(&mut tx, staff.actor(), tenant, "commission_rule_delete", &subject, &details)
            .await?;
        tx.commit().await?;
        Ok(CommissionRuleDeleted::Deleted)
    }
}
