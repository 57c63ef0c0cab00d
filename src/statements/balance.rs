//! What a provider is owed, and when it is paid.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::{
    maturity::{AwaitedEvidence, Maturity, maturity, next_run},
    payable::{self, PayableEntry},
    statement,
};
use crate::kernel::{Result, TenantId};

/// What a provider is owed in a currency. All amounts are minor units of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderBalance {
    /// ISO 4217.
    pub currency: String,
    /// All that SMP owes; negative is a debt of the provider's.
    pub owed_minor: i64,
    /// In statements that are not sent.
    pub unsent_minor: i64,
    pub outlook: PayoutOutlook,
}

/// What no statement pays yet, in minor units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PayoutOutlook {
    /// It has matured, so the next statement has it.
    pub ready_minor: i64,
    /// What will be in the statements of a time, by that time.
    pub upcoming: BTreeMap<OffsetDateTime, i64>,
    /// What waits for something.
    pub waiting: BTreeMap<AwaitedEvidence, i64>,
}

/// What a provider is owed in each currency. Platform scope.
pub async fn of_provider(
    conn: &mut PgConnection,
    tenant: TenantId,
    now: OffsetDateTime,
) -> Result<Vec<ProviderBalance>> {
    let mut found = vec![];
    for (currency, owed_minor) in payable::balances(conn, tenant).await? {
        let entries = payable::entries(conn, tenant, &currency, now, true).await?;
        let unsent_minor = statement::unsent_minor(conn, tenant, &currency).await?;
        let outlook = outlook(&entries, now);
        found.push(ProviderBalance { currency, owed_minor, unsent_minor, outlook });
    }
    Ok(found)
}

fn outlook(entries: &[PayableEntry], now: OffsetDateTime) -> PayoutOutlook {
    let mut outlook = PayoutOutlook::default();
    for entry in entries {
        let sum = match maturity(&entry.facts) {
            Maturity::At(at) if at <= now => &mut outlook.ready_minor,
            Maturity::At(at) => outlook.upcoming.entry(next_run(at)).or_default(),
            Maturity::Waits(evidence) => outlook.waiting.entry(evidence).or_default(),
        };
        *sum += entry.amount_minor;
    }
    outlook
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};
    use uuid::Uuid;

    use super::super::maturity::MaturityFacts;
    use super::*;
    use crate::orders::ParcelState;

    #[test]
    fn amounts_are_told_by_the_monday_that_pays_them() {
        let now = datetime!(2026-12-16 12:00 UTC);
        let entry = |amount_minor, days: i64, goods| PayableEntry {
            entry: Uuid::now_v7(),
            order: None,
            order_number: None,
            parcel: None,
            note: String::new(),
            amount_minor,
            facts: MaturityFacts {
                kind: "sale".to_owned(),
                posted_at: now - Duration::days(days),
                evened_out: false,
                goods,
                parcel: Some(ParcelState::ToShip),
                confirmed_at: None,
                shipped_at: None,
                delivered_at: None,
                disputed: false,
                refund_pending: false,
            },
        };
        let entries = [
            entry(100, 20, false),
            entry(30, 13, false),
            entry(4, 12, false),
            entry(7, 1, false),
            entry(500, 30, true),
        ];
        let expected = PayoutOutlook {
            ready_minor: 100,
            upcoming: [(datetime!(2026-12-21 4:00 UTC), 34), (datetime!(2027-01-04 4:00 UTC), 7)]
                .into(),
            waiting: [(AwaitedEvidence::Shipment, 500)].into(),
        };
        assert_eq!(outlook(&entries, now), expected);
    }
}
