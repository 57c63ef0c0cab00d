//! The largest amounts, quantities, counts and texts that are accepted from outside; `docs/limits.md`
//! has them for people who meet them. Products and sums of accepted values fit a 64-bit integer: the
//! dearest purchase is `AMOUNT_MINOR_MAX`, and the dearest order, of `ORDER_LINES_MAX` such lines, is
//! below `SUM_MAX`. Reports bound their sums all the same (`bounded_sum` in the migrations), because
//! a database may hold rows that were accepted under other limits.

/// Highest price of one unit, in minor units.
pub const PRICE_MINOR_MAX: i64 = 10_000_000_000;
/// Units of one item that one shopper may buy, at most; also of one purchase.
pub const UNITS_PER_SHOPPER_MAX: i32 = 1_000;
/// Highest amount of one purchase, in minor units.
pub const AMOUNT_MINOR_MAX: i64 = PRICE_MINOR_MAX * UNITS_PER_SHOPPER_MAX as i64;
/// Lines of one order, at most: the holds that are read of one shopper.
pub const ORDER_LINES_MAX: i64 = 100;
/// Largest sum in a report, as `bounded_sum` in the migrations has it: every JSON reader takes it
/// exactly.
pub const SUM_MAX: i64 = (1 << 53) - 1;

/// Units of one item, at most: its capacity, what is guaranteed of it, what a sale aims for.
pub const UNITS_MAX: i32 = 10_000_000;
/// Items of an offer or of a sale, at most.
pub const ITEMS_MAX: usize = 50;
/// Pictures of an offer, at most.
pub const ASSETS_MAX: usize = 20;
/// Attributes of an item, at most.
pub const ATTRIBUTES_MAX: usize = 10;
/// Addresses of a provider's own carts, at most.
pub const CART_ORIGINS_MAX: usize = 10;
/// Purchases that may be reported of one click, at most, whether reversed or not.
pub const REPORTS_PER_CLICK_MAX: i64 = 100;
/// Days after a click within which its purchase is made, at most.
pub const CLICK_DAYS_MAX: i32 = 30;
/// Lines of an import of reports, at most.
pub const IMPORT_LINES_MAX: usize = 1_000;
/// Postbacks of one provider that cannot be read and are kept within a day, at most.
pub const UNREADABLE_REPORTS_A_DAY_MAX: i64 = 500;
/// Made-up shoppers of a rehearsal, at most.
pub const REHEARSAL_SHOPPERS_MAX: i32 = 100_000;
/// Units of a rehearsal, at most.
pub const REHEARSAL_UNITS_MAX: i32 = 1_000_000;

/// Days after a sale's end by which its parcels ship, at most.
pub const SHIP_DAYS_MAX: i32 = 365;
/// Days that a voucher is valid, at most.
pub const VOUCHER_DAYS_MAX: i32 = 3_650;
/// Seconds that one visit is in view, at most: a day.
pub const VISIT_SECONDS_MAX: i32 = 86_400;
/// Days a report looks back, at most.
pub const REPORT_DAYS_MAX: u32 = 366;

/// Longest email address, in bytes (RFC 5321).
pub const EMAIL_BYTES_MAX: usize = 254;
/// Shortest password, in characters.
pub const PASSWORD_CHARS_MIN: usize = 10;
/// Longest password, in characters: hashing must stay cheap.
pub const PASSWORD_CHARS_MAX: usize = 200;
/// Longest name of a person, and line of an address.
pub const PERSON_NAME_CHARS_MAX: usize = 120;
/// Longest name of a city or region.
pub const CITY_CHARS_MAX: usize = 80;
/// Longest postal code.
pub const POSTAL_CODE_CHARS_MAX: usize = 12;
/// Longest web address.
pub const URL_BYTES_MAX: usize = 2_000;
/// Longest text that a list is searched for.
pub const SEARCH_CHARS_MAX: usize = 200;
/// Longest idempotency key.
pub const IDEMPOTENCY_KEY_CHARS_MAX: usize = 100;
/// Longest cursor of a list, in bytes.
pub const CURSOR_BYTES_MAX: usize = 100;

/// Longest slug of a provider.
pub const PROVIDER_SLUG_CHARS_MAX: usize = 63;
/// Longest name of a provider.
pub const PROVIDER_NAME_CHARS_MAX: usize = 120;
/// Longest category of a provider.
pub const CATEGORY_CHARS_MAX: usize = 120;
/// Longest company registration.
pub const REGISTRATION_CHARS_MAX: usize = 80;
/// Longest text of an application, such as what a provider says about itself.
pub const APPLICATION_CHARS_MAX: usize = 4_000;
/// Longest note of a vetting.
pub const VETTING_NOTE_CHARS_MAX: usize = 2_000;
/// Longest text of a contract's template.
pub const CONTRACT_CHARS_MAX: usize = 30_000;
/// Days within which a contract guarantees delivery, at most.
pub const DELIVERY_DAYS_MAX: i32 = 365;
/// Days for which a contract guarantees that reservations, coupons and vouchers are honoured, at most.
pub const HONOUR_DAYS_MAX: i32 = 3_650;
/// Most rules of commission.
pub const COMMISSION_RULES_MAX: i64 = 2_000;
/// Shortest name that signs a contract, in characters.
pub const SIGNATURE_CHARS_MIN: usize = 2;
/// Most comments on one application, and most notes.
pub const VETTING_REMARKS_MAX: i64 = 500;
/// Most requirements that SMP defines.
pub const REQUIREMENT_DEFINITIONS_MAX: usize = 100;
/// Longest code of a requirement.
pub const REQUIREMENT_CODE_CHARS_MAX: usize = 40;
/// Longest title of a requirement.
pub const REQUIREMENT_TITLE_CHARS_MAX: usize = 120;
/// Most categories that a requirement names.
pub const REQUIREMENT_CATEGORIES_MAX: usize = 50;
/// Longest validity of a requirement, in months.
pub const REQUIREMENT_MONTHS_MAX: i32 = 120;
/// Most answers to one requirement.
pub const REQUIREMENT_ANSWERS_MAX: usize = 50;
/// Longest name of a passkey.
pub const PASSKEY_NAME_CHARS_MAX: usize = 60;
/// Passkeys of one account at most.
pub const PASSKEYS_MAX: usize = 10;
/// Longest name of an API key.
pub const API_KEY_NAME_CHARS_MAX: usize = 80;
/// Longest time until an API key expires, in years.
pub const API_KEY_YEARS_MAX: i64 = 10;
/// Longest time that a rotated API key goes on beside its successor, in days.
pub const API_KEY_OVERLAP_DAYS_MAX: i64 = 30;
/// How long a reported stock figure proves something, in days.
pub const STOCK_FIGURE_DAYS_MAX: i64 = 7;

/// Longest title of an offer or of a sale.
pub const TITLE_CHARS_MAX: usize = 140;
/// Longest summary of an offer.
pub const SUMMARY_CHARS_MAX: usize = 300;
/// Longest description of an offer, and terms.
pub const DESCRIPTION_CHARS_MAX: usize = 20_000;
/// Longest SKU.
pub const SKU_CHARS_MAX: usize = 64;
/// Longest name of an item.
pub const ITEM_NAME_CHARS_MAX: usize = 140;
/// Longest name of an attribute.
pub const ATTRIBUTE_NAME_CHARS_MAX: usize = 40;
/// Longest value of an attribute.
pub const ATTRIBUTE_VALUE_CHARS_MAX: usize = 120;
/// Longest slug of a sale that is chosen; one that is made may be longer.
pub const SALE_SLUG_CHARS_MAX: usize = 80;
/// Longest name of an access point.
pub const ACCESS_POINT_NAME_CHARS_MAX: usize = 120;
/// Longest reason, note of a submission, or evidence of a guarantee.
pub const REASON_CHARS_MAX: usize = 1_000;

/// Longest reason and note of a refund, and reason of a reversal.
pub const REFUND_REASON_CHARS_MAX: usize = 500;
/// Longest order number of a provider's own shop.
pub const REFERENCE_CHARS_MAX: usize = 120;
/// Longest code that a provider issued for a purchase.
pub const PURCHASE_CODE_CHARS_MAX: usize = 200;
/// What is kept of the body of a postback that cannot be read.
pub const UNREADABLE_BODY_BYTES_MAX: usize = 4_096;
/// What is kept of a header of a postback that cannot be read.
pub const UNREADABLE_HEADER_CHARS_MAX: usize = 200;
/// Longest code of a bank.
pub const BANK_CODE_CHARS_MAX: usize = 20;
/// Longest name of a carrier, and tracking number.
pub const CARRIER_CHARS_MAX: usize = 80;
/// Longest note of a parcel's progress.
pub const TRACKING_NOTE_CHARS_MAX: usize = 300;
/// Longest subject of a conversation.
pub const SUBJECT_CHARS_MAX: usize = 140;
/// Longest message of a conversation.
pub const MESSAGE_CHARS_MAX: usize = 5_000;
/// Longest comments of a feedback.
pub const COMMENTS_CHARS_MAX: usize = 4_000;

// The dearest order is a sum that a report shows exactly.
const _: () = assert!(AMOUNT_MINOR_MAX * ORDER_LINES_MAX <= SUM_MAX);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_units_of_a_sale_fit_an_i32() {
        let units = ITEMS_MAX * usize::try_from(UNITS_MAX).unwrap();
        assert!(i32::try_from(units).is_ok(), "{units}");
    }
}
