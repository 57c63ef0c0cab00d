//! The links by which people switch messages of a kind off without signing in. A link is signed, so it
//! needs no row, works as often as it is opened, and is good for nothing else.

use strum::IntoEnumIterator;

use super::preferences::MessageKind;
use crate::kernel::{AccountId, Keyring};

/// What the signature is for.
const PURPOSE: &str = "unsubscribe";

/// Whose emails of which kind a link switches off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsubscribeLink {
    pub account: AccountId,
    pub kind: MessageKind,
}

impl UnsubscribeLink {
    /// The part of the address that says whose and which.
    pub fn token(&self, keyring: &Keyring) -> String {
        keyring.sign(PURPOSE, &format!("{}.{}", self.account, word(self.kind)))
    }

    /// What a token says; None if none of the server's secrets signed it.
    pub fn read(keyring: &Keyring, token: &str) -> Option<Self> {
        let (account, kind) = keyring.verify(PURPOSE, token)?.split_once('.')?;
        Some(Self { account: account.parse().ok()?, kind: kind_of(kind)? })
    }
}

/// The word for a kind in links, which must mean the same for as long as an email is kept.
fn word(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::Reminders => "reminders",
        MessageKind::Waitlist => "waitlist",
        MessageKind::Orders => "orders",
        MessageKind::Launches => "launches",
        MessageKind::Team => "team",
    }
}

fn kind_of(text: &str) -> Option<MessageKind> {
    MessageKind::iter().find(|kind| word(*kind) == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_of_one_account_and_one_kind() {
        let keyring = Keyring::new(b"a secret that is long enough for it", []);
        let link = UnsubscribeLink { account: AccountId::new(), kind: MessageKind::Waitlist };
        let token = link.token(&keyring);
        assert_eq!(UnsubscribeLink::read(&keyring, &token), Some(link));
        let others = token.replace(".waitlist.", ".orders.");
        assert_ne!(others, token);
        for wrong in [others.as_str(), &token[..token.len() - 1], "", "a.b.c", "\u{202e}"] {
            assert_eq!(UnsubscribeLink::read(&keyring, wrong), None, "{wrong}");
        }
        let signed_for_else = keyring.sign("click", token.rsplit_once('.').unwrap().0);
        assert_eq!(UnsubscribeLink::read(&keyring, &signed_for_else), None);
    }
}
