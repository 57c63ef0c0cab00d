//! The largest amounts, quantities and counts that are accepted from outside. Products and sums of
//! accepted values fit a 64-bit integer: the dearest purchase is `AMOUNT_MINOR_MAX`, and almost a
//! million of those are below `SUM_MAX`. Reports bound their sums all the same (`bounded_sum` in the
//! migrations), because a database may hold rows that were accepted under other limits.

/// Highest price of one unit, in minor units.
pub const PRICE_MINOR_MAX: i64 = 10_000_000_000;
/// Units of one item that one shopper may buy, at most; also of one purchase.
pub const UNITS_PER_SHOPPER_MAX: i32 = 1_000;
/// Highest amount of one purchase, in minor units.
pub const AMOUNT_MINOR_MAX: i64 = PRICE_MINOR_MAX * UNITS_PER_SHOPPER_MAX as i64;
/// Units of one item, at most: its capacity, what is guaranteed of it, what a sale aims for.
pub const UNITS_MAX: i32 = 10_000_000;
/// Days after a sale's end by which its parcels ship, at most.
pub const SHIP_DAYS_MAX: i32 = 365;
/// Days that a voucher is valid, at most.
pub const VOUCHER_DAYS_MAX: i32 = 3_650;
/// Seconds that one visit is in view, at most: a day.
pub const VISIT_SECONDS_MAX: i32 = 86_400;
/// Made-up shoppers of a rehearsal, at most.
pub const REHEARSAL_SHOPPERS_MAX: i32 = 100_000;
/// Units of a rehearsal, at most.
pub const REHEARSAL_UNITS_MAX: i32 = 1_000_000;
/// Days a report looks back, at most.
pub const REPORT_DAYS_MAX: u32 = 366;
/// Largest sum in a report, as `bounded_sum` in the migrations has it: every JSON reader takes it
/// exactly.
pub const SUM_MAX: i64 = (1 << 53) - 1;
