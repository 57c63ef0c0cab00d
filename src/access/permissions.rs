//! The permissions of `policy.csv` in words, for people whose role lacks one.

/// What each permission that a role can lack allows, as in “Your role can’t …”.
const WORDS: [(&str, &str); 32] = [
    ("access_points.write", "change access points"),
    ("audit.read", "see the audit log"),
    ("care", "answer shoppers"),
    ("catalogue.read", "see offers and assets"),
    ("catalogue.write", "change offers and assets"),
    ("conversions.read", "see conversions"),
    ("feedback.read", "see feedback"),
    ("invitations", "revoke or resend invitations"),
    ("keys", "manage API keys"),
    ("members.read", "see the team"),
    ("messages.read", "see messages"),
    ("orders.read", "see orders"),
    ("own", "do that"),
    ("parcels", "see parcels"),
    ("platform.read", "see what belongs to all providers"),
    ("postbacks", "report purchases"),
    ("provider.manage", "change the shop profile"),
    ("provider.read", "see the shop profile"),
    ("refunds", "refund orders"),
    ("review.decide", "decide reviews"),
    ("revisions.read", "see reviews"),
    ("sales.control", "change a waitlist’s order"),
    ("sales.feature", "feature sales"),
    ("sales.read", "see sales"),
    ("sales.rehearse", "rehearse sales"),
    ("sales.stop", "pause or cancel sales"),
    ("sales.write", "change sales"),
    ("statistics.provider", "see statistics"),
    ("statistics.read", "see statistics"),
    ("team", "change the team"),
    ("vetting.decide", "vet providers"),
    ("vetting.read", "see the vetting"),
];

/// What a permission allows, in words.
pub fn in_words(permission: &str) -> Option<&'static str> {
    WORDS.iter().find(|(name, _)| *name == permission).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::access::policy::Policy;

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
