//! The policy of `policy.csv` in words: its permissions for people whose role lacks one, and who may
//! call an operation for the API's description.

use super::policy::Policy;

/// The roles of a provider's team, and of SMP's.
const PROVIDER_ROLES: [&str; 5] = ["owner", "editor", "fulfilment", "analyst", "cashier"];
const STAFF_ROLES: [&str; 5] = ["admin", "manager", "support", "marketing", "finance"];

/// What each permission that a role can lack allows, as in “Your role can’t …”.
const WORDS: &[(&str, &str)] = &[
    ("access_points.write", "change access points"),
    ("audit.read", "see the audit log"),
    ("care", "answer shoppers"),
    ("catalogue.read", "see offers and assets"),
    ("catalogue.write", "change offers and assets"),
    ("commission.manage", "set commission"),
    ("contracts.manage", "manage contracts"),
    ("contracts.read", "see the contract"),
    ("contracts.sign", "sign the contract"),
    ("conversions.read", "see conversions"),
    ("conversions.write", "confirm conversions and import reports"),
    ("disputes.answer", "submit evidence or accept disputes"),
    ("disputes.draft", "write evidence for disputes"),
    ("disputes.read", "see disputes"),
    ("feedback.read", "see feedback"),
    ("invitations", "revoke or resend invitations"),
    ("invoices.read", "see invoices"),
    ("invoicing.manage", "change how invoices are made"),
    ("jobs", "see failing jobs"),
    ("keys", "manage API keys"),
    ("ledger", "see the ledger, and explain differences"),
    ("members.read", "see the team"),
    ("messages.lift", "allow suppressed addresses again"),
    ("messages.manage", "switch messages on and off"),
    ("messages.read", "see messages"),
    ("orders.oversee", "see every provider’s orders"),
    ("orders.read", "see orders"),
    ("own", "do that"),
    ("parcels.read", "see parcels"),
    ("parcels.refund", "refund parcels"),
    ("payouts.manage", "set up payouts"),
    ("payouts.overview", "see every provider’s payouts"),
    ("payouts.read", "see payouts"),
    ("platform.read", "see what belongs to all providers"),
    ("postbacks", "report purchases"),
    ("provider.manage", "change the shop profile"),
    ("provider.read", "see the shop profile"),
    ("refunds", "refund orders"),
    ("refunds.chase", "see to refunds that failed"),
    ("review.decide", "decide reviews"),
    ("revisions.read", "see reviews"),
    ("sales.control", "change a waitlist’s order"),
    ("sales.feature", "feature sales"),
    ("sales.read", "see sales"),
    ("sales.rehearse", "rehearse sales"),
    ("sales.stop", "pause or cancel sales"),
    ("sales.write", "change sales"),
    ("second_factors.reset", "reset a second factor"),
    ("shipments.write", "ship parcels"),
    ("staff.manage", "change SMP’s team"),
    ("statements.manage", "draft, approve and send statements"),
    ("statistics.provider", "see statistics"),
    ("statistics.read", "see statistics"),
    ("stock.write", "report stock"),
    ("team", "change the team"),
    ("vetting.comment", "take part in the vetting"),
    ("vetting.decide", "vet providers"),
    ("vetting.read", "see the vetting"),
    ("vouchers.redeem", "redeem vouchers"),
];

/// What a permission allows, in words.
pub fn in_words(permission: &str) -> Option<&'static str> {
    WORDS.iter().find(|(name, _)| *name == permission).map(|(_, words)| *words)
}

/// Who may call an operation, as a sentence.
pub fn callers_in_words(operation: &str) -> String {
    let roles = Policy::roles_of(operation);
    if roles.contains("anyone") {
        return "Anyone may call this, signed in or not.".to_owned();
    }
    if roles.contains("account") {
        return "Everyone who is signed in may call this, for their own account.".to_owned();
    }
    let of = |team: [&'static str; 5]| -> Vec<&str> {
        team.into_iter().filter(|role| roles.contains(role)).collect()
    };
    let (provider, staff) = (of(PROVIDER_ROLES), of(STAFF_ROLES));
    let mut teams = vec![];
    if provider.len() == PROVIDER_ROLES.len() {
        teams.push("every role of the provider's team".to_owned());
    } else if !provider.is_empty() {
        teams.push(format!("{} of the provider's team", listed(&provider)));
    }
    if staff.len() == STAFF_ROLES.len() {
        teams.push("every role of SMP's team".to_owned());
    } else if !staff.is_empty() {
        teams.push(format!("{} of SMP's team", listed(&staff)));
    }
    let key = Policy::scope_of(operation)
        .map(|scope| format!("an API key of the provider that has the scope `{scope}`"));
    teams.extend(key);
    format!("May be called by {}.", teams.join(", and by "))
}

/// `owner`, `owner and editor`, `owner, editor and analyst`.
fn listed(roles: &[&str]) -> String {
    match roles {
        [roles @ .., last] if !roles.is_empty() => format!("{} and {last}", roles.join(", ")),
        _ => roles.join(""),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn callers_are_told_in_words() {
        for (operation, words) in [
            ("shop_list", "Anyone may call this, signed in or not."),
            ("hold_create", "Everyone who is signed in may call this, for their own account."),
            (
                "postback_purchase",
                "May be called by an API key of the provider that has the scope `postbacks`.",
            ),
            (
                "parcel_list",
                "May be called by owner and fulfilment of the provider's team, and by an API key \
                 of the provider that has the scope `parcels.read`.",
            ),
            (
                "provider_order_get",
                "May be called by owner and fulfilment of the provider's team, and by an API key \
                 of the provider that has the scope `orders.read`.",
            ),
            ("member_invite", "May be called by owner of the provider's team."),
            (
                "access_point_create",
                "May be called by owner and editor of the provider's team, and by admin, manager \
                 and marketing of SMP's team.",
            ),
            ("provider_list", "May be called by every role of SMP's team."),
        ] {
            assert_eq!(callers_in_words(operation), words);
        }
    }

    #[test]
    fn every_permission_has_words() {
        let permissions: BTreeSet<&str> =
            Policy::operations().into_iter().filter_map(Policy::permission_of).collect();
        let known: BTreeSet<&str> = WORDS.iter().map(|(name, _)| *name).collect();
        let lacking: Vec<_> =
            permissions.difference(&known).filter(|name| **name != "public").collect();
        let needless: Vec<_> = known.difference(&permissions).collect();
        assert!(lacking.is_empty() && needless.is_empty(), "{lacking:?} {needless:?}");
    }
}
