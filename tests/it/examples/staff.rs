//! What happens before the examples of SMP's team, and of what an owner changes of a member.

use serde_json::Value;

use super::Story;
use crate::staff_team::newest_token;

impl Story {
    pub(super) async fn before_staff(&mut self, example: &Value) {
        match example["operation"].as_str().unwrap() {
            "staff_invitation_resend" | "staff_invitation_revoke" => {
                let invitation = self.answers["staff_invite"]["id"].clone();
                self.bind_parameter(example, "invitation", &invitation);
            }
            "staff_invitation_get" => {
                let token = newest_token(&self.app).await;
                self.secrets.push(("example-staff-invitation-token".to_owned(), token.clone()));
                self.bind_parameter(example, "token", &token.into());
            }
            "staff_roles_set" | "staff_suspend" | "staff_resume" | "staff_remove" => {
                let account = self.answers["staff_invitation_accept"]["account_id"].clone();
                self.bind_parameter(example, "account", &account);
            }
            id @ ("member_roles_set" | "member_suspend" | "member_resume" | "member_remove") => {
                let member = if id == "member_remove" { "analyst" } else { "fulfilment" };
                self.meet(member).await;
                let me = self.people[member].get("/api/v1/me").await.json(200);
                self.bind_parameter(example, "account", &me["account"]["id"]);
            }
            _ => {}
        }
    }
}
