//! What the templates about one's own account are given: confirming, recovering, security.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;

use super::{Instant, SecondFactorPanel, SignInMethodsPanel};

contexts! {
    VerifyPage {
        /// Where the code was sent.
        email: String,
        next: String,
    }
    /// A link of an email that asks before it does something.
    AccountLinkPage {
        /// `verify_email`, `change_email` or `undo_email_change`.
        kind: String,
        /// The address that is confirmed, or that comes back.
        email: String,
        action: String,
    }
    ForgotPage {
        /// The link was sent, if there is an account.
        sent_to: Option<String>,
    }
    ResetPage {
        email: String,
        action: String,
    }
    SecurityPage {
        email: String,
        is_verified: bool,
        has_password: bool,
        sessions: Vec<SecuritySession>,
        has_other_sessions: bool,
        /// Of `partials/security_second_factor`.
        second_factor: SecondFactorPanel,
        /// Of `partials/security_sign_in_methods`.
        sign_in_methods: SignInMethodsPanel,
    }
    SecuritySession {
        /// The browser and the system.
        device: String,
        created_at: Instant,
        is_current: bool,
        end_url: String,
    }
}
