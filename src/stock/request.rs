//! A request to hold units, and its outcome. The API and the form of the product page both make
//! their [`HoldRequest`] from a [`HoldInput`].

use poem_openapi::Object;
use serde::Deserialize;
use uuid::Uuid;

use super::{Hold, WaitlistEntry};
use crate::kernel::{
    AccountId, FieldErrors, Result, SaleItemId, limits::IDEMPOTENCY_KEY_CHARS_MAX,
};

/// Which units a shopper wants, and what to do when they are sold out.
#[derive(Debug, Clone, Object, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
pub struct HoldInput {
    pub sale_item_id: SaleItemId,
    /// 1 up to the item's limit per shopper.
    pub quantity: i32,
    /// Whether to join the waitlist when too few units are left. True by default.
    #[oai(default = "wait_by_default")]
    #[serde(default = "wait_by_default")]
    pub wait: bool,
    /// Whether to take fewer units from the waitlist rather than wait for all of them.
    #[oai(default)]
    #[serde(default)]
    pub accept_fewer: bool,
}

fn wait_by_default() -> bool {
    true
}

/// A shopper's request to hold units of an item of a published sale.
#[derive(Debug, Clone)]
pub struct HoldRequest {
    pub account: AccountId,
    pub sale_slug: String,
    pub sale_item_id: SaleItemId,
    pub quantity: i32,
    /// The same key from the same account for the same item and quantity gets the same outcome;
    /// with another item or quantity it is a conflict.
    pub idempotency_key: String,
    pub visit_id: Option<Uuid>,
    /// Joins the waitlist when too few units are left; otherwise that is a conflict.
    pub wait: bool,
    pub accept_fewer: bool,
}

impl HoldRequest {
    /// A request without an idempotency key gets one of its own, so it is never taken for a retry.
    pub fn new(
        account: AccountId,
        sale_slug: String,
        input: &HoldInput,
        idempotency_key: Option<String>,
        visit_id: Option<Uuid>,
    ) -> Self {
        Self {
            account,
            sale_slug,
            sale_item_id: input.sale_item_id,
            quantity: input.quantity,
            idempotency_key: idempotency_key.unwrap_or_else(|| Uuid::now_v7().to_string()),
            visit_id,
            wait: input.wait,
            accept_fewer: input.accept_fewer,
        }
    }

    /// Refuses a quantity below 1 and a key that is empty or too long.
    pub(super) fn check(&self) -> Result<()> {
        let mut fields = FieldErrors::default();
        fields.check(self.quantity >= 1, "quantity", "Must be 1 or more");
        // Bytes first: they are known without a walk through the key.
        let key = &self.idempotency_key;
        let fits = !key.is_empty()
            && (key.len() <= IDEMPOTENCY_KEY_CHARS_MAX
                || key.chars().count() <= IDEMPOTENCY_KEY_CHARS_MAX);
        if !fits {
            fields.add(
                "Idempotency-Key",
                format!(
                    "The idempotency key must have 1 to {IDEMPOTENCY_KEY_CHARS_MAX} characters"
                ),
            );
        }
        fields.finish()
    }
}

/// The outcome of a request to hold units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldOutcome {
    Held(Hold),
    /// On the waitlist. The number is the entry's rank, 1 being next, when it has just joined.
    Waiting(WaitlistEntry, Option<i64>),
}
