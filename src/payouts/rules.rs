//! What a provider's account at Stripe amounts to, without the database.

use super::{
    account::{PayoutAccount, PayoutState},
    requirements,
};

/// What Stripe says of an account, as far as its state follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFlags<'a> {
    /// Its owner has finished the form.
    pub details_submitted: bool,
    /// SMP may transfer money to it.
    pub transfers_active: bool,
    pub payouts_enabled: bool,
    pub disabled_reason: Option<&'a str>,
}

/// The state of an account. It can be paid when SMP may transfer to it and Stripe pays out from it; what
/// Stripe asks for besides has a date.
pub fn state(flags: AccountFlags<'_>) -> PayoutState {
    if flags.disabled_reason.is_some_and(|reason| reason.starts_with("rejected")) {
        PayoutState::Disabled
    } else if flags.transfers_active && flags.payouts_enabled {
        PayoutState::Enabled
    } else if flags.details_submitted {
        PayoutState::Restricted
    } else {
        PayoutState::Onboarding
    }
}

/// What keeps a provider from being paid, in a sentence; None: nothing does.
pub fn missing(account: Option<&PayoutAccount>) -> Option<String> {
    let Some(account) = account else {
        return Some("This provider has not set up its payouts.".to_owned());
    };
    match account.state {
        PayoutState::Enabled => None,
        PayoutState::None | PayoutState::Onboarding => {
            Some("This provider has not finished setting up its payouts.".to_owned())
        }
        PayoutState::Disabled => {
            Some("The gateway has closed this provider’s account for payouts.".to_owned())
        }
        PayoutState::Restricted => Some(match requirements::listed(&account.requirements) {
            asked if asked.is_empty() => {
                "The gateway is checking what this provider entered for its payouts.".to_owned()
            }
            asked => {
                let words: Vec<&str> = asked.iter().map(|one| one.words.as_str()).collect();
                format!("Before payouts, this provider still has to give: {}.", words.join("; "))
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::types::Json;
    use time::OffsetDateTime;

    use super::super::account::Requirements;
    use super::*;
    use crate::kernel::TenantId;

    const NEW: AccountFlags<'_> = AccountFlags {
        details_submitted: false,
        transfers_active: false,
        payouts_enabled: false,
        disabled_reason: Some("requirements.past_due"),
    };

    #[test]
    fn an_account_can_be_paid_when_transfers_and_payouts_are_on() {
        let submitted = AccountFlags { details_submitted: true, ..NEW };
        let transfers = AccountFlags { transfers_active: true, ..submitted };
        let payouts = AccountFlags { payouts_enabled: true, ..submitted };
        let both = AccountFlags { payouts_enabled: true, ..transfers };
        for (flags, expected) in [
            (NEW, PayoutState::Onboarding),
            (submitted, PayoutState::Restricted),
            (transfers, PayoutState::Restricted),
            (payouts, PayoutState::Restricted),
            (both, PayoutState::Enabled),
            (AccountFlags { disabled_reason: None, ..both }, PayoutState::Enabled),
            (
                AccountFlags { disabled_reason: Some("rejected.fraud"), ..both },
                PayoutState::Disabled,
            ),
        ] {
            assert_eq!(state(flags), expected, "{flags:?}");
        }
    }

    fn account(state: PayoutState, due: &[&str]) -> PayoutAccount {
        let at = OffsetDateTime::UNIX_EPOCH;
        let currently_due = due.iter().map(|&field| field.to_owned()).collect();
        PayoutAccount {
            tenant: TenantId::PLATFORM,
            gateway: "stripe".to_owned(),
            reference: "acct_1".to_owned(),
            state,
            payouts_enabled: false,
            requirements: Json(Requirements { currently_due, ..Requirements::default() }),
            looked_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn what_is_missing_is_said_in_words() {
        let of = |state, due: &[&str]| missing(Some(&account(state, due))).unwrap_or_default();
        assert_eq!(missing(None).unwrap(), "This provider has not set up its payouts.");
        assert_eq!(missing(Some(&account(PayoutState::Enabled, &["external_account"]))), None);
        assert!(of(PayoutState::Onboarding, &[]).contains("not finished"));
        assert!(of(PayoutState::Disabled, &[]).contains("closed"));
        assert!(of(PayoutState::Restricted, &[]).contains("checking"));
        assert_eq!(
            of(PayoutState::Restricted, &["external_account", "individual.dob.day"]),
            "Before payouts, this provider still has to give: a bank account for payouts; \
             a date of birth."
        );
    }
}
