//! Ways to sign in: those that a sign-in page offers, and those of an account.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;

use super::Instant;

contexts! {
    /// Other ways to sign in than a password.
    SignInChoices {
        providers: Vec<SignInChoice>,
        passkeys: bool,
    }
    SignInChoice {
        /// In addresses: `google`.
        name: String,
        label: String,
    }
    /// Why somebody is not signed in, or why nothing was connected.
    SignInFailedPage {
        is_connecting: bool,
        detail: String,
        /// Back to where they began.
        back_url: String,
    }
    /// An account that has the address that a provider vouches for.
    ConnectPage {
        label: String,
        email: String,
        /// Whether its owner is signed in.
        is_signed_in: bool,
        sign_in_url: String,
    }
    /// The section of the account's security page.
    SignInMethodsPanel {
        has_password: bool,
        connected: Vec<ConnectedRow>,
        /// Providers that are not connected yet.
        available: Vec<SignInChoice>,
        passkeys: Vec<PasskeyRow>,
        passkeys_offered: bool,
        /// Whether the last sign-in was a moment ago, so that something can be changed.
        is_recent: bool,
        sign_in_url: String,
    }
    ConnectedRow {
        name: String,
        label: String,
        email: Option<String>,
        connected_at: Instant,
        used_at: Option<Instant>,
        may_go: bool,
    }
    PasskeyRow {
        id: String,
        name: String,
        created_at: Instant,
        used_at: Option<Instant>,
        may_go: bool,
    }
}
