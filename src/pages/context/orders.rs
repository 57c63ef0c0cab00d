//! What the templates of cart, checkout, payment and orders are given.

#[cfg(test)]
use serde::Deserialize;
use serde::Serialize;

use super::{Instant, Picture};
use crate::kernel::Money;

contexts! {
    CartPage {
        parcels: Vec<CartParcel>,
        /// None with several currencies.
        total: Option<Money>,
        /// What of the total is due later; with several currencies, None.
        rest: Option<OrderRest>,
        /// One for each currency, when there are several: each is an order of its own.
        totals_by_currency: Vec<Money>,
        /// When the first hold expires whose clock runs; None while all clocks stand still.
        expires_at: Option<Instant>,
        /// There is more than one thing to choose from.
        has_choice: bool,
        /// Those that wait for payment, newest first.
        open_orders: Vec<OpenOrder>,
        /// Those in which something was typed, newest first.
        open_checkouts: Vec<OpenCheckout>,
        expired: Vec<ExpiredHold>,
    }
    /// What is left to pay of an order after its deposit.
    OrderRest {
        amount: Money,
        /// What is due at once, or was.
        due_now: Money,
        due_on: String,
        /// The last day on which it is taken.
        last_day: String,
        /// The deposit is paid, and the rest is not.
        is_due: bool,
        is_paid: bool,
        /// What becomes of the deposit when the rest is not paid: `kept`, `refunded`, or `some` of each.
        terms: String,
        /// What of the deposit is kept then.
        kept: Money,
    }
    CartParcel {
        provider_name: String,
        subtotal: Money,
        holds: Vec<CartHold>,
    }
    CartHold {
        id: String,
        sale_url: String,
        title: String,
        item_name: String,
        quantity: i32,
        unit_price: Money,
        total: Money,
        expires_at: Instant,
        /// What is left of its time, in words, while its clock stands still.
        time_left: Option<String>,
        image: Option<Picture>,
        slot_starts_on: Option<String>,
        slot_ends_on: Option<String>,
        voucher_valid_days: Option<i32>,
        promised_ship_by: Option<Instant>,
    }
    OpenOrder {
        number: String,
        total: Money,
        /// None while its clock stands still.
        pay_by: Option<Instant>,
    }
    OpenCheckout {
        url: String,
        currency: String,
        /// What is held of it, in units.
        units: i32,
    }
    ExpiredHold {
        title: String,
        item_name: String,
        quantity: i32,
        sale_url: String,
    }
    CheckoutPage {
        parcels: Vec<CartParcel>,
        total: Option<Money>,
        /// What of the total is due later.
        rest: Option<OrderRest>,
        expires_at: Option<Instant>,
        /// Those that everything ships to.
        countries: Vec<CountryChoice>,
        /// The shopper's country, if something does not ship there.
        refused_country: Option<CountryChoice>,
        /// What does not ship to the shopper's country, or to any country with the rest.
        conflicts: Vec<ShippingConflict>,
        vouchers_only: bool,
        /// Where the form is sent.
        action: String,
        /// Those that depend on the country.
        address_fields: Vec<AddressFormField>,
        billing: BillingForm,
    }
    BillingForm {
        /// It is another than the delivery address.
        other: bool,
        countries: Vec<CountryChoice>,
        /// Those that depend on the country.
        address_fields: Vec<AddressFormField>,
    }
    AddressFormField {
        id: String,
        label: String,
        autocomplete: String,
        required: bool,
        hint: Option<String>,
        error: Option<String>,
        value: String,
        /// What it is chosen from, where there is a list.
        options: Option<Vec<RegionChoice>>,
    }
    RegionChoice {
        key: String,
        label: String,
        selected: bool,
    }
    ShippingConflict {
        title: String,
        sale_url: String,
        countries: Vec<String>,
    }
    CountryChoice {
        code: String,
        name: String,
        selected: bool,
    }
    PaymentPage {
        order: Order,
        /// The address is to be confirmed before anything is paid.
        verify: Option<PaymentVerification>,
        /// Why the last payment failed, and what it means.
        failure: Option<String>,
        /// The ways to pay; empty when there is none.
        methods: Vec<PaymentChoice>,
        /// One of them needs a phone number.
        needs_phone: bool,
        /// One of them leads to the made-up bank.
        test_bank: bool,
        /// One of them is a real gateway that takes its test cards alone.
        test_cards: bool,
    }
    PaymentVerification {
        /// Where the code was sent.
        email: String,
        /// Where its form goes.
        action: String,
    }
    PaymentChoice {
        gateway: String,
        label: String,
        needs_phone: bool,
        selected: bool,
        /// It moves no real money.
        is_test: bool,
    }
    PaymentStepPage {
        order: OrderToPay,
        payment: PaymentToFollow,
        /// What to do next, as `orders::PaymentActionKind` names it; None: wait.
        step: Option<String>,
        /// Where the page goes by itself after a moment, while it waits.
        refresh_url: Option<String>,
    }
    /// What a step needs of a payment's action.
    PaymentToFollow {
        id: String,
        amount: Money,
        url: Option<String>,
        fields: Vec<HiddenField>,
        sent_to: Option<String>,
        client_secret: Option<String>,
        publishable_key: Option<String>,
        script_url: Option<String>,
        return_url: String,
    }
    HiddenField {
        name: String,
        value: String,
    }
    SandboxBankPage {
        order_number: String,
        amount: Money,
        /// Where the answer is sent.
        action: String,
    }
    OrderToPay {
        number: String,
        total: Money,
        /// None while its clock stands still.
        pay_by: Option<Instant>,
        rest: Option<OrderRest>,
    }
    OrderPage {
        order: Order,
        fresh: bool,
        /// It is paid, and may be cancelled.
        cancel_offered: bool,
        /// Oldest first.
        history: Vec<HistoryStep>,
        /// Invoices and credit notes, oldest first.
        invoices: Vec<InvoiceLink>,
        /// Names of the providers whose invoice comes from themselves.
        invoices_by_provider: Vec<String>,
        /// Names of the providers whose invoice is still to come.
        invoices_waiting: Vec<String>,
    }
    InvoiceLink {
        /// Invoice or credit note, in words.
        title: String,
        number: String,
        total: Money,
    }
    InvoicePage {
        title: String,
        invoice_number: String,
        order_number: String,
        /// ISO date, in the issuer's time zone.
        issued_on: String,
        supplied_at: Instant,
        corrects_number: Option<String>,
        /// Name, address and numbers, line by line.
        issuer: Vec<String>,
        buyer: Vec<String>,
        lines: Vec<InvoicePageLine>,
        total: Money,
        /// None: no tax is shown.
        net: Option<Money>,
        taxes: Vec<InvoicePageTax>,
    }
    InvoicePageLine {
        description: String,
        sku: String,
        quantity: i32,
        unit_price: Money,
        discount: Option<Money>,
        /// In words; None: no tax is shown, or there are several.
        tax_rate: Option<String>,
        total: Money,
    }
    InvoicePageTax {
        /// In words; None: of several rates.
        rate: Option<String>,
        net: Money,
        tax: Money,
    }
    HistoryStep {
        at: Instant,
        /// In words for the shopper.
        text: String,
        by: String,
    }
    CancelOrderPage {
        order: Order,
        /// What goes back; None when nothing was paid yet, or nothing goes back.
        refund: Option<Money>,
        /// What of the deposits does not go back.
        kept: Option<Money>,
    }
    ReaddressPage {
        order: Order,
        /// Those that everything in it ships to.
        countries: Vec<CountryChoice>,
        /// The chosen country, if something does not ship there.
        refused_country: Option<CountryChoice>,
        vouchers_only: bool,
        /// Where the form is sent.
        action: String,
        /// Those that depend on the country.
        address_fields: Vec<AddressFormField>,
    }
    TrackingPage {
        order: Order,
    }
    Order {
        number: String,
        state: String,
        /// Where it stands, as `orders::OrderStatus` names it.
        status: String,
        partly_refunded: bool,
        email: String,
        created_at: Instant,
        confirmed_at: Option<Instant>,
        /// Until when it can be paid; None while its clock stands still.
        pay_by: Option<Instant>,
        total: Money,
        /// None when the total is due at once.
        rest: Option<OrderRest>,
        refunded: Option<Money>,
        /// Its shopper cancelled it.
        cancelled_by_shopper: bool,
        /// To be paid in cash on delivery.
        cash_due: Option<Money>,
        fully_refunded: bool,
        shipping_address: Address,
        phone: Option<String>,
        /// None: the shipping address.
        billing_address: Option<Address>,
        vat_id: Option<String>,
        parcels: Vec<Parcel>,
        payment: Option<Payment>,
        refunds: Vec<Refund>,
        has_shipments: bool,
        vouchers: Vec<VoucherCode>,
        vouchers_only: bool,
        /// Vouchers and reservations only.
        nothing_to_ship: bool,
    }
    VoucherCode {
        title: String,
        item_name: String,
        code: Option<String>,
        /// As `vouchers::VoucherState` names it.
        state: String,
        valid_until: Instant,
        redeemed_at: Option<Instant>,
    }
    Address {
        name: String,
        company: Option<String>,
        line1: String,
        line2: Option<String>,
        district: Option<String>,
        postal_code: String,
        city: String,
        region: Option<String>,
        country_name: String,
        phone: Option<String>,
    }
    Parcel {
        id: String,
        provider_name: String,
        provider_slug: String,
        /// Where it stands, as `orders::ParcelStatus` names it.
        state: String,
        subtotal: Money,
        lines: Vec<ParcelLine>,
        shipments: Vec<Shipment>,
        promised_ship_by: Option<Instant>,
        promise_missed: bool,
        refund_offered: bool,
    }
    ParcelLine {
        id: String,
        title: String,
        item_name: String,
        sku: String,
        quantity: i32,
        unit_price: Money,
        total: Money,
        image: Option<Picture>,
        sale_url: String,
        feedback_url: Option<String>,
        slot_starts_on: Option<String>,
        slot_ends_on: Option<String>,
        voucher_valid_days: Option<i32>,
    }
    Payment {
        state: String,
        amount: Money,
        method_brand: Option<String>,
        method_last4: Option<String>,
    }
    Refund {
        amount: Money,
        state: String,
        reason: String,
        created_at: Instant,
        settled_at: Option<Instant>,
        /// Like "Visa ending in 4242".
        destination: Option<String>,
        units: Vec<RefundedUnits>,
    }
    RefundedUnits {
        quantity: i32,
        title: String,
        item_name: String,
    }
    Shipment {
        id: String,
        carrier: String,
        tracking_number: String,
        tracking_url: Option<String>,
        state: String,
        created_at: Instant,
        events: Vec<ShipmentEvent>,
    }
    ShipmentEvent {
        state: String,
        note: String,
        created_at: Instant,
    }
}
