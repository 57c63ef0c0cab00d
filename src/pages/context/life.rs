//! What the pages of a shopper's own data are given.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;
use uuid::Uuid;

use super::{AddressFormField, CountryChoice, Instant, ListedSale};

contexts! {
    MyProfilePage {
        email: String,
        phone: Option<String>,
        languages: Vec<LanguageChoice>,
        /// IANA names.
        time_zones: Vec<String>,
    }
    LanguageChoice {
        tag: String,
        name: String,
        selected: bool,
    }
    MyAddressesPage {
        /// The default first.
        addresses: Vec<SavedAddressRow>,
        /// Whether there may be one more.
        can_add: bool,
    }
    SavedAddressRow {
        id: Uuid,
        /// As on a parcel.
        lines: Vec<String>,
        is_default: bool,
    }
    MyAddressPage {
        action: String,
        is_new: bool,
        countries: Vec<CountryChoice>,
        address_fields: Vec<AddressFormField>,
        /// Whether it is the default, or will be.
        is_default: bool,
    }
    MyMessagesPage {
        kinds: Vec<MessageKindRow>,
        /// To which SMS go; only one that was verified.
        phone: Option<String>,
    }
    MessageKindRow {
        /// As in the form's fields.
        name: String,
        title: String,
        text: String,
        email: bool,
        /// Null where there is no SMS.
        sms: Option<SmsChoice>,
    }
    SmsChoice {
        on: bool,
        /// They go to the phone of the order's address, and not to that of the account.
        to_order: bool,
    }
    MyFavouritesPage {
        /// Of this browser.
        favourites: Vec<ListedSale>,
        reminders: Vec<ListedSale>,
        follows: Vec<FollowRow>,
    }
    FollowRow {
        name: String,
        url: String,
        followed_at: Instant,
    }
    MyDataPage {
        exports: Vec<ExportRow>,
        /// Whether another export may be asked for now.
        can_export: bool,
        /// What keeps the account from being deleted.
        obstacles: Vec<String>,
        needs_password: bool,
    }
    ExportRow {
        url: String,
        /// `requested`, `ready` or `removed`.
        state: String,
        requested_at: Instant,
        expires_at: Option<Instant>,
        size_kib: Option<i64>,
    }
    /// Confirms that an account is deleted.
    ErasurePage {
        action: String,
    }
}
