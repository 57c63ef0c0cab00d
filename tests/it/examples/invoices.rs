//! What happens before the examples about invoices: they are issued by jobs.

use serde_json::Value;

use super::Story;

impl Story {
    pub(super) async fn before_invoices(&mut self, example: &Value) {
        if example["operation"] == "my_invoice_list" {
            self.app.run_jobs().await;
            return;
        }
        let id = self.answers["invoice_list"]["items"][0]["id"].clone();
        self.bind_parameter(example, "invoice", &id);
    }
}
