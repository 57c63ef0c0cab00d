//! What happens before the examples of vouchers.

use serde_json::Value;

use super::Story;

impl Story {
    pub(super) async fn before_vouchers(&mut self, example: &Value) {
        match example["operation"].as_str().unwrap() {
            "order_voucher_list" => {
                let number = self.buy("wheel-course").await;
                self.bind_parameter(example, "number", &number);
                self.answers.insert("made to order".to_owned(), self.buy("bowls-to-order").await);
            }
            "voucher_look_up" | "voucher_redeem" => {
                let code = self.answers["order_voucher_list"]["items"][0]["code"].clone();
                self.bind_field(example, "code", code.as_str().unwrap());
            }
            "voucher_redemption_reverse" => {
                let redemption = self.answers["voucher_redeem"]["id"].clone();
                self.bind_parameter(example, "redemption", &redemption);
            }
            _ => {}
        }
    }
}
