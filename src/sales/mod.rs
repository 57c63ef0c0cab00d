//! Sales: a schedule on which an offer is sold, in one of four kinds; its revisions; what of it is
//! published; whether it is open; registration and reminders, and the mailings to the shoppers of
//! both; who follows a provider; access points.
//!
//! Owns the tables `sales`, `sale_items`, `revisions`, `registrations`, `registration_mailings`,
//! `sale_reminders`, `follows`, `access_points` and `guaranteed_units`. Reads three others: `stock` (the levels shown with a
//! sale, and the phase `sold_out` that lists are filtered by), `providers` (its state, because
//! lists and mailings leave out suspended sellers) and `items` (the names of stocked items, for the
//! stock monitor).

mod access_points;
mod api;
mod calendar;
mod content;
mod control;
mod copies;
mod decision;
mod deposit;
mod drafts;
mod following;
mod following_api;
mod guarantee;
mod guaranteed_units;
mod input;
mod kinds;
mod mailings;
mod open;
mod personal_data;
mod phase;
mod published;
mod registration;
mod registration_api;
mod rehearsal;
mod reminders;
mod revisions;
mod rules;
mod sale;
mod sale_cache;
mod states;
mod stock_levels;
mod stocked_items;
mod store;
mod storefront_api;
mod submission;
mod targets;
mod terms;
mod views;
mod visitors;

pub use access_points::AccessPointsApi;
pub use api::SalesApi;
pub use calendar::start_calendar;
pub use content::{Content, ContentAsset, ContentItem, ContentRendition};
pub use control::{Controller, halt};
pub use decision::{Decision, Submission};
pub use deposit::REST_GRACE;
pub use following::{
    FOLLOWERS_BATCH, Follow, follow, followed_by, followers_after, is_following, unfollow,
};
pub use following_api::FollowingApi;
pub use guaranteed_units::{
    CountedUnits, GUARANTEE_WARNING_PERCENT, GuaranteedUnits, count_reported, is_sold_out,
    of_sales as guaranteed_units,
};
pub use mailings::{MailingKind, REMINDER_BEFORE, RegistrationMailing, starting, starts_between};
pub use open::NotOpen;
pub use personal_data::{erase as erase_personal_data, export_of};
pub use phase::{Phase, RegistrationStage, RegistrationWindow, phase};
pub use published::{
    PublishedSale, published, published_at, published_by_id, published_by_ids, published_list,
    published_or_rehearsed, slug,
};
pub use registration::{
    Registration, RegistrationStatus, not_registered, register, registered, registered_accounts,
    registered_after, registrations_of_account, withdraw_registration,
};
pub use registration_api::RegistrationApi;
pub use rehearsal::{
    RehearsalCopy, copy_for_rehearsal, end_rehearsal, register_for_rehearsal, rehearsals_before,
    remove_rehearsal,
};
pub use reminders::{
    REMINDED_BEFORE, SaleReminder, forget as forget_reminder, remind, reminders_of_account,
};
pub use revisions::{
    Revision, open_revision_count, revision, revisions_in_state, revisions_of_sale,
};
pub use sale_cache::{SLUG_BYTES_MAX, SaleCache};
pub use states::{RevisionState, SaleKind, SaleMode, SaleState};
pub use stock_levels::{StockLevel, stock_levels, stock_levels_of};
pub use stocked_items::{StockedItem, stocked_items};
pub use store::get as sale;
pub use storefront_api::StorefrontApi;
pub use submission::{submit, withdraw};
pub use targets::{RefundedSale, check_targets, refunded_among};
pub use terms::{Deposit, KindTerms, ReservationSlot, TargetMissed};
pub use views::{SaleTenantView, SaleView, sale_view};
pub use visitors::{is_prefetch, is_robot, remember_visit, visit, visitor, visitor_or_new};
