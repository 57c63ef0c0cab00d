//! What the pages about the second factor are given.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;

use super::Instant;

contexts! {
    /// The page of a sign-in that waits for its code.
    SignCodePage {
        next: String,
        next_query: String,
    }
    /// The part of the page Security about the second factor, as `second_factor`.
    SecondFactorPanel {
        /// Since when there is one.
        confirmed_at: Option<Instant>,
        recovery_codes_left: i64,
        /// Whether a role of the account needs one.
        is_required: bool,
        /// When a role stops working without one; None unless one is missing.
        due_at: Option<Instant>,
    }
    FactorSetUpPage {
        is_required: bool,
        due_at: Option<Instant>,
        /// A factor is in use, which this one replaces.
        is_replacement: bool,
        /// None before the set-up is begun.
        app: Option<FactorApp>,
    }
    /// What an authenticator app needs to know.
    FactorApp {
        /// In base 32, in groups of four.
        secret: String,
        /// `otpauth://…`
        url: String,
        /// The address as a QR code: a `data:` address of a picture.
        picture: String,
    }
    /// Recovery codes, shown once.
    RecoveryCodesPage {
        codes: Vec<String>,
        /// The factor was set up with them just now.
        is_new: bool,
    }
    /// Before something changes about a factor in use.
    FactorChangePage {
        /// `replace`, `codes` or `remove`.
        change: String,
        /// Whether a code has to be typed first.
        asks_code: bool,
    }
}
