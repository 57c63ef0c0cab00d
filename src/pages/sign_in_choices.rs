//! What a sign-in page offers beside a password.

use super::{
    context::{SignInChoice, SignInChoices},
    request::PageRequest,
};
use crate::{access::passkeys, platform::config::SignInProvider};

/// The providers that are set up, and whether passkeys work at this address.
pub fn choices(request: &PageRequest) -> SignInChoices {
    let config = &request.platform().config;
    let choice = |provider: &SignInProvider| SignInChoice {
        name: provider.name.clone(),
        label: provider.label.clone(),
    };
    SignInChoices {
        providers: config.sign_in_providers.iter().map(choice).collect(),
        passkeys: passkeys::are_offered(config),
    }
}
