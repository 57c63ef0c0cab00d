//! What templates are given. The types are a contract with every theme; the unit tests compare them
//! with complete examples.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use uuid::Uuid;

use super::wording::{MoneyOutcome, Scarcity, StockOutcome};
use crate::{kernel::Money, providers::SocialLink, sales::SaleMode};

macro_rules! contexts {
    ($($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty,)*
    })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[cfg_attr(test, derive(Deserialize), serde(deny_unknown_fields))]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }
    )*};
}

/// A point in time, serialised as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(Deserialize))]
#[serde(transparent)]
pub struct Instant(#[serde(with = "time::serde::rfc3339")] pub OffsetDateTime);

impl From<OffsetDateTime> for Instant {
    fn from(at: OffsetDateTime) -> Self {
        Self(at)
    }
}

mod accounts;
mod cards;
mod factors;
mod life;
mod messages;
mod orders;
mod phone;
mod sellers;
mod sign_in;

pub use accounts::*;
pub use factors::*;
pub use life::*;
pub use messages::*;
pub use orders::*;
pub use phone::PhonePage;
pub use sellers::*;
pub use sign_in::*;

contexts! {
    /// SMP's settings, on every page.
    Brand {
        name: String,
        tagline: String,
        support_email: String,
        support_phone: Option<String>,
        support_phone_href: Option<String>,
        support_hours: Option<String>,
        social: Vec<SocialLink>,
    }
    ThemeContext {
        slug: String,
        accent_url: String,
    }
    PageContext {
        /// Canonical and absolute.
        url: String,
        path: String,
        noindex: bool,
        image: Option<SocialCard>,
    }
    SocialCard {
        url: String,
        width: i32,
        height: i32,
        alt: String,
    }
    Viewer {
        name: String,
        email: String,
    }
    /// The units held for this shopper, and when the first of them expire.
    CartBadge {
        count: i64,
        expires_at: Instant,
    }
    Flash {
        /// `success` or `info`.
        kind: String,
        text: String,
    }
    /// What every page is given.
    Common {
        lang: String,
        locale: String,
        base_url: String,
        server_time: String,
        dev: bool,
        theme: ThemeContext,
        brand: Brand,
        page: PageContext,
        viewer: Option<Viewer>,
        cart: Option<CartBadge>,
        flash: Option<Flash>,
        form: Form,
    }
    /// A rejected form; empty before it is submitted.
    #[derive(Default)]
    Form {
        values: BTreeMap<String, String>,
        errors: BTreeMap<String, String>,
        summary: Vec<FormProblem>,
    }
    FormProblem {
        field: Option<String>,
        /// The page that solves it, if another than this.
        url: Option<String>,
        message: String,
    }
    Picture {
        src: String,
        srcset: String,
        width: i32,
        height: i32,
        alt: String,
    }
    NamedProvider {
        name: String,
        slug: String,
    }
    /// When shoppers can register for a sale.
    Registration {
        /// `before`, `open` or `closed`.
        stage: String,
        /// The stage at the start of the sale, or now if that is later.
        stage_live: String,
        opens_at: Instant,
        closes_at: Instant,
        /// Only registered shoppers can buy.
        only: bool,
    }
    SaleCard {
        slug: String,
        url: String,
        title: String,
        summary: String,
        mode: SaleMode,
        phase: String,
        starts_at: Instant,
        ends_at: Instant,
        registration: Option<Registration>,
        provider: NamedProvider,
        image: Option<Picture>,
        price: Money,
        prices_vary: bool,
        compare_at: Option<Money>,
        saving_percent: Option<i64>,
        level: Option<Scarcity>,
    }
    SaleProvider {
        name: String,
        slug: String,
        about: Option<String>,
        support_email: Option<String>,
        support_phone: Option<String>,
        support_url: Option<String>,
        cart_host: Option<String>,
    }
    Attribute {
        name: String,
        value: String,
    }
    /// What is due at once for each unit, and the rest.
    SaleDeposit {
        amount: Money,
        rest: Money,
        rest_due_on: String,
        /// The last day on which the rest is taken; None in redirect mode.
        last_day: Option<String>,
        /// What becomes of the deposit when the rest is not paid: `kept` or `refunded`; None in redirect
        /// mode, where the provider's terms say it.
        terms: Option<String>,
    }
    SaleItem {
        id: Uuid,
        name: String,
        attributes: Vec<Attribute>,
        price: Money,
        compare_at: Option<Money>,
        saving_percent: Option<i64>,
        limit: i32,
        selectable: bool,
        selected: bool,
        available: Option<i32>,
        capacity: Option<i32>,
        level: Option<Scarcity>,
        slot_starts_on: Option<String>,
        slot_ends_on: Option<String>,
        deposit: Option<SaleDeposit>,
    }
    /// How far an aggregated sale is towards its target.
    Target {
        quantity: i32,
        /// None in redirect mode.
        ordered: Option<i32>,
        is_reached: bool,
        /// Below it, everyone gets the money back.
        refunds: bool,
    }
    ShipWindow {
        /// Like `4 to 6 weeks`.
        text: String,
        promised_by: Instant,
    }
    Sale {
        slug: String,
        url: String,
        title: String,
        summary: String,
        mode: SaleMode,
        phase: String,
        starts_at: Instant,
        ends_at: Instant,
        /// When it was cancelled.
        cancelled_at: Option<Instant>,
        registration: Option<Registration>,
        provider: SaleProvider,
        image: Option<Picture>,
        price: Money,
        prices_vary: bool,
        compare_at: Option<Money>,
        saving_percent: Option<i64>,
        level: Option<Scarcity>,
        description: Vec<String>,
        terms: Vec<String>,
        images: Vec<Picture>,
        countries: Vec<String>,
        /// How long units are held, like `10 minutes`.
        hold_time: String,
        /// How long a waitlist offer is held, like `10 minutes`.
        offer_time: String,
        items: Vec<SaleItem>,
        max_quantity: i32,
        available: Option<i32>,
        capacity: Option<i32>,
        target: Option<Target>,
        ships: Option<ShipWindow>,
        voucher_valid_days: Option<i32>,
    }
    HomePage {
        featured: Option<SaleCard>,
        on_now: Vec<SaleCard>,
        next: Vec<SaleCard>,
        ended: Vec<SaleCard>,
    }
    AccessPoint {
        code: String,
        name: String,
        placement: String,
    }
    LandingPage {
        access_point: AccessPoint,
        sale: Sale,
    }
    SalePage {
        sale: Sale,
        /// Whether this shopper is registered for the sale.
        registered: bool,
        /// Only registered shoppers can buy, and this one is not registered.
        must_register: bool,
        /// `set` or `offered`: an email shortly before the start, where there is no registration.
        reminder: Option<String>,
        /// The country of this shopper's last order, if the sale does not ship there.
        refused_country: Option<String>,
        held: Option<HeldUnits>,
        /// This shopper's entries on the waitlists of the sale's items.
        waitlist: Vec<WaitlistWidgetEntry>,
        favourite: Favourite,
        share: Share,
        visit_id: Option<String>,
        idempotency_key: String,
        preview: Option<Preview>,
    }
    WaitlistWidgetEntry {
        id: Uuid,
        item_name: String,
        quantity: i32,
        accept_fewer: bool,
        /// Whether units are held for it now.
        offered: bool,
        /// Until when they are held.
        offered_until: Option<Instant>,
        /// What is left of that time, in words, while its clock stands still.
        time_left: Option<String>,
        /// 1 is next.
        position: i64,
        /// `likely`, `possible` or `unlikely`.
        chance: String,
    }
    /// The units of this sale held for this shopper.
    HeldUnits {
        quantity: i64,
        expires_at: Instant,
        /// What is left of its time, in words, while its clock stands still.
        time_left: Option<String>,
    }
    Favourite {
        on: bool,
        count: i64,
    }
    Share {
        url: String,
        email_url: String,
    }
    Preview {
        revision_number: i32,
        state: String,
        submitted_at: Instant,
        submitted_by_name: String,
        portal_url: String,
    }
    SignPage {
        next: String,
        next_query: String,
        /// Why the shopper has to sign in: `buy`, `register` or `account`.
        reason: Option<String>,
        /// What is held as soon as the shopper has signed in, because they pressed Buy before.
        pressed: Option<PressedUnits>,
        choices: SignInChoices,
    }
    PressedUnits {
        title: String,
        item_name: String,
        quantity: i32,
    }
    HelpPage {
        order: Option<Order>,
        sale: Option<HelpSale>,
        conversations: Vec<ConversationRow>,
        action: String,
        next_query: String,
    }
    HelpSale {
        title: String,
        url: String,
        mode: SaleMode,
        provider: SaleProvider,
    }
    ConversationRow {
        id: String,
        url: String,
        subject: String,
        state: String,
        updated_at: Instant,
        order_number: Option<String>,
    }
    ConversationPage {
        conversation: Conversation,
    }
    Conversation {
        id: String,
        subject: String,
        state: String,
        order_number: Option<String>,
        created_at: Instant,
        messages: Vec<ConversationMessage>,
    }
    ConversationMessage {
        author: String,
        author_name: String,
        body: Vec<String>,
        created_at: Instant,
    }
    FeedbackPage {
        sale: Sale,
        order_number: Option<String>,
        given: Option<GivenFeedback>,
    }
    GivenFeedback {
        rating: i32,
        comments: Vec<String>,
        created_at: Instant,
    }
    /// A sale in a list on the account page.
    ListedSale {
        title: String,
        url: String,
        provider_name: String,
        phase: String,
        starts_at: Instant,
        ends_at: Instant,
        image: Option<Picture>,
    }
    /// A place on a waitlist.
    WaitlistRow {
        sale: ListedSale,
        entry: WaitlistWidgetEntry,
    }
    AccountPage {
        /// Of the portal, for members of a provider's team or SMP's.
        portal_url: Option<String>,
        registrations: Vec<ListedSale>,
        waitlist: Vec<WaitlistRow>,
        /// Of this browser.
        favourites: Vec<ListedSale>,
        orders: Vec<OrderRow>,
        conversions: Vec<ConversionRow>,
        conversations: Vec<ConversationRow>,
    }
    OrderRow {
        number: String,
        url: String,
        /// As [`Order::status`].
        status: String,
        partly_refunded: bool,
        total: Money,
        rest: Option<OrderRest>,
        refunded: Option<Money>,
        created_at: Instant,
        titles: Vec<String>,
        image: Option<Picture>,
    }
    ConversionRow {
        reference: String,
        title: String,
        sale_url: String,
        provider_name: String,
        quantity: i32,
        amount: Money,
        state: String,
        item_name: String,
        is_reservation: bool,
        /// The days of a reservation, as ISO dates.
        slot_starts_on: Option<String>,
        slot_ends_on: Option<String>,
        confirmed_at: Option<Instant>,
        confirmation_number: Option<String>,
        tracking_url: Option<String>,
        ships_on: Option<String>,
        promised_by: Option<Instant>,
        code: Option<String>,
        reported_at: Instant,
        reversed_quantity: i32,
        reversed: Option<Money>,
        reversed_at: Option<Instant>,
        reversal_reason: Option<String>,
        support: SupportContacts,
        feedback_url: Option<String>,
    }
    SupportContacts {
        email: Option<String>,
        phone: Option<String>,
        url: Option<String>,
    }
    ErrorPage {
        error: ErrorContext,
        sale: Option<SaleCard>,
    }
    ErrorContext {
        status: u16,
        code: String,
        detail: Option<String>,
        reference: Option<String>,
        money: Option<MoneyOutcome>,
        stock: Option<StockOutcome>,
        expires_at: Option<Instant>,
        retry_after_seconds: Option<u32>,
    }
}
