//! What happens before the examples of statements.

use serde_json::Value;
use smp::{
    kernel::TenantId,
    ledger::{self, LedgerAccount, LedgerEntry, LedgerTransfer, TransferKind},
};
use time::Duration;

use super::Story;

/// SMP's own bank account.
pub(super) const BANK: [(&str, &str); 3] = [
    ("smp_bank_holder", "SMP"),
    ("smp_bank_iban", "DE89 3704 0044 0532 0130 00"),
    ("smp_bank_bic", "COBADEFF"),
];

impl Story {
    pub(super) async fn before_statements(&mut self, example: &Value) {
        match example["operation"].as_str().unwrap() {
            "payout_balance_get" => self.owe(184_250).await,
            // The owner changed it some days ago, and cannot be paid by transfer.
            "bank_file_create" => {
                self.change("UPDATE bank_accounts SET changed_at = changed_at - interval '4 days'")
                    .await;
                self.change("UPDATE payout_accounts SET state = 'restricted'").await;
            }
            "statement_send" => {
                self.change("UPDATE payout_accounts SET state = 'enabled'").await;
            }
            _ => {}
        }
        if !example["request"]["parameters"]["statement"].is_null() {
            let drafted = self.answers["statement_draft"]["items"][0]["id"].clone();
            self.bind_parameter(example, "statement", &drafted);
        }
        if !example["request"]["parameters"]["file"].is_null() {
            let made = self.answers["bank_file_create"]["file"]["id"].clone();
            self.bind_parameter(example, "file", &made);
        }
    }

    /// SMP owes the provider this many cents of sales that have matured.
    async fn owe(&self, minor: i64) {
        let entry = |account, tenant, amount_minor| LedgerEntry {
            account,
            tenant,
            gateway: String::new(),
            parcel: None,
            line: None,
            amount_minor,
        };
        let transfer = LedgerTransfer {
            key: "the story's sales".to_owned(),
            kind: TransferKind::Sale,
            currency: "EUR".to_owned(),
            order: None,
            payment: None,
            note: "Sales at the market".to_owned(),
            entries: vec![
                entry(LedgerAccount::ProviderPayable, self.tenant(), -minor),
                entry(LedgerAccount::GatewayCash, TenantId::PLATFORM, minor),
            ],
        };
        let at = self.app.platform.clock.now() - Duration::days(20);
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        ledger::post(&mut tx, &[transfer], at).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn change(&self, sql: &'static str) {
        let mut tx = self.app.platform.db.platform("test").await.unwrap();
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}
