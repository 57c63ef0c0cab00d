//! Which units of an order a refund is of, what they cost, and what becomes of them. Pure.

use std::collections::HashSet;

use super::{
    components::PricedPart,
    lines::OrderLine,
    refund_lines::{LineRestock, RefundLine},
};
use crate::{
    kernel::{FieldErrors, LineId, Money, ParcelId, RefundId, Result, limits::ORDER_LINES_MAX},
    payments::Refund,
};

/// Units of a line that are to be refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineChoice {
    pub line: LineId,
    pub quantity: i32,
    /// Minor units; None: what the units cost.
    pub amount_minor: Option<i64>,
    pub restock: LineRestock,
}

/// Where a line stands before a refund.
#[derive(Debug, Clone, Copy)]
pub struct LineStanding<'l> {
    pub line: &'l OrderLine,
    /// Units that were not refunded.
    pub units_left: i32,
    /// Units whose voucher was redeemed.
    pub redeemed: i32,
    /// Minor units of its price that were not refunded.
    pub left_minor: i64,
    /// Whether anything of its parcel was handed to a carrier, whatever became of it.
    pub was_shipped: bool,
}

impl LineStanding<'_> {
    /// Units that were neither refunded nor redeemed.
    pub fn unredeemed(&self) -> i32 {
        (self.units_left - self.redeemed).max(0)
    }
}

/// A choice that passed every check.
#[derive(Debug, Clone, Copy)]
pub struct ChosenUnits<'l> {
    pub line: &'l OrderLine,
    pub quantity: i32,
    pub amount_minor: i64,
    pub restock: LineRestock,
}

/// What some of the units that are left of a line cost, in minor units: their part of what is left of its
/// price, rounded down. The last ones get all of it, so that the parts add up to the whole.
pub fn amount_of(left_minor: i64, units_left: i32, quantity: i32) -> i64 {
    if quantity >= units_left {
        return left_minor;
    }
    let part = i128::from(left_minor) * i128::from(quantity) / i128::from(units_left);
    i64::try_from(part).unwrap_or(left_minor)
}

/// Checks which units are to be refunded, and says what each of them costs. An error names every wrong
/// field.
pub fn choose<'l>(
    choices: &[LineChoice],
    standings: &[LineStanding<'l>],
    currency: &str,
) -> Result<Vec<ChosenUnits<'l>>> {
    let mut fields = FieldErrors::default();
    let count = i64::try_from(choices.len()).unwrap_or(i64::MAX);
    let is_count = (1..=ORDER_LINES_MAX).contains(&count);
    let message = format!("Name 1 to {ORDER_LINES_MAX} lines; for an amount alone leave it out");
    fields.check(is_count, "lines", &message);
    let mut named = HashSet::new();
    let mut chosen = vec![];
    for (nth, choice) in choices.iter().enumerate() {
        let at = |field: &str| format!("lines.{nth}.{field}");
        let Some(standing) = standings.iter().find(|standing| standing.line.id == choice.line)
        else {
            fields.add(at("line_id"), "Is no line of this order; take the id of one of its lines");
            continue;
        };
        if !named.insert(choice.line) {
            fields.add(at("line_id"), "Is named twice; give one entry with all its units");
            continue;
        }
        if let Some(message) = wrong_quantity(choice.quantity, standing) {
            fields.add(at("quantity"), message);
            continue;
        }
        if let Some(message) = wrong_restock(choice.restock, standing.was_shipped) {
            fields.add(at("restock"), message);
        }
        let derived = amount_of(standing.left_minor, standing.units_left, choice.quantity);
        let amount_minor = choice.amount_minor.unwrap_or(derived);
        if amount_minor < 0 || amount_minor > standing.left_minor {
            let left = Money::new(standing.left_minor, currency);
            let most = standing.left_minor;
            let message = format!("{left} is left of this line; enter 0 to {most}");
            fields.add(at("amount_minor"), message);
        }
        let (line, quantity, restock) = (standing.line, choice.quantity, choice.restock);
        chosen.push(ChosenUnits { line, quantity, amount_minor, restock });
    }
    fields.finish()?;
    let mut fields = FieldErrors::default();
    let sum: i64 = chosen.iter().map(|units| units.amount_minor).sum();
    let message = "Nothing is left to refund for these units; name others, or refund an amount";
    fields.check(sum > 0, "lines", message);
    fields.finish()?;
    Ok(chosen)
}

fn wrong_quantity(quantity: i32, standing: &LineStanding<'_>) -> Option<String> {
    let most = standing.unredeemed();
    if standing.units_left == 0 {
        return Some("Every unit of this line was refunded already; leave the line out".to_owned());
    }
    if most == 0 {
        let message =
            "Every voucher of this line was redeemed; reverse a redemption, or refund an amount";
        return Some(message.to_owned());
    }
    if (1..=most).contains(&quantity) {
        return None;
    }
    let why = match standing.redeemed {
        0 => String::new(),
        1 => ", as one voucher was redeemed".to_owned(),
        redeemed => format!(", as {redeemed} vouchers were redeemed"),
    };
    Some(format!("Of this line {most} can be refunded{why}; enter 1 to {most}"))
}

fn wrong_restock(restock: LineRestock, was_shipped: bool) -> Option<&'static str> {
    match restock {
        LineRestock::NeverSold if was_shipped => {
            Some("The parcel was shipped, so its units left the house; choose came_back or lost")
        }
        LineRestock::CameBack if !was_shipped => Some(
            "The parcel was never shipped, so nothing came back; choose never_sold, or lost for \
             units that cannot be sold",
        ),
        _ => None,
    }
}

/// What a refund takes of each part, when it names its lines; empty when it does not.
pub fn of_parts(refund: RefundId, rows: &[RefundLine], parts: &[PricedPart<'_>]) -> Vec<i64> {
    let own: Vec<&RefundLine> = rows.iter().filter(|row| row.refund == refund).collect();
    if own.is_empty() {
        return vec![];
    }
    let amount = |line: &OrderLine| own.iter().find(|row| row.line == line.id);
    let of_part = |part: &PricedPart<'_>| part.line.and_then(amount).map_or(0, |r| r.amount_minor);
    parts.iter().map(of_part).collect()
}

/// Units of a line that were not refunded by `refunds`, of which `rows` has the lines.
pub fn units_left(line: &OrderLine, refunds: &[&Refund], rows: &[RefundLine]) -> i32 {
    let is_of = |row: &&RefundLine| refunds.iter().any(|refund| refund.id == row.refund);
    let names_lines = |refund: &Refund| rows.iter().any(|row| row.refund == refund.id);
    let is_parcel_gone =
        refunds.iter().any(|refund| refund.parcel == Some(line.parcel) && !names_lines(refund));
    if is_parcel_gone {
        return 0;
    }
    let refunded: i32 =
        rows.iter().filter(|row| row.line == line.id).filter(is_of).map(|row| row.quantity).sum();
    (line.quantity - refunded).max(0)
}

/// Units of a line that a refund is of.
#[derive(Debug, Clone, Copy)]
pub struct MovedUnits<'l> {
    pub line: &'l OrderLine,
    pub quantity: i32,
    /// None: as the refund says for everything.
    pub restock: Option<LineRestock>,
}

/// The units that a refund is of, after the `prior` ones. One that names its lines is of those units; one
/// of a parcel, or of everything that was left (`is_full`), of all units that are left; any other of none.
pub fn moved<'l>(
    lines: &'l [OrderLine],
    refund: &Refund,
    is_full: bool,
    prior: &[&Refund],
    rows: &[RefundLine],
) -> Vec<MovedUnits<'l>> {
    let own: Vec<&RefundLine> = rows.iter().filter(|row| row.refund == refund.id).collect();
    let mut moved = vec![];
    for line in lines {
        let left = units_left(line, prior, rows);
        let chosen = own.iter().find(|row| row.line == line.id);
        let quantity = chosen.map_or(0, |row| row.quantity).min(left);
        if let Some(row) = chosen.filter(|_| quantity > 0) {
            moved.push(MovedUnits { line, quantity, restock: Some(row.restock) });
        }
        let takes_rest = is_full || (own.is_empty() && refund.parcel == Some(line.parcel));
        if takes_rest && left > quantity {
            moved.push(MovedUnits { line, quantity: left - quantity, restock: None });
        }
    }
    moved
}

/// The parcels of which no unit is left once `moved` is.
pub fn emptied(
    lines: &[OrderLine],
    moved: &[MovedUnits<'_>],
    prior: &[&Refund],
    rows: &[RefundLine],
) -> Vec<ParcelId> {
    let of_line = |line: &OrderLine| -> i32 {
        moved.iter().filter(|units| units.line.id == line.id).map(|units| units.quantity).sum()
    };
    let mut parcels: Vec<ParcelId> = moved.iter().map(|units| units.line.parcel).collect();
    parcels.sort_unstable();
    parcels.dedup();
    parcels.retain(|parcel| {
        let mut of_parcel = lines.iter().filter(|line| line.parcel == *parcel);
        of_parcel.all(|line| units_left(line, prior, rows) == of_line(line))
    });
    parcels
}

/// Shares the chosen units out over the refunds that are made of them, one for each payment the money
/// goes back to: `refunds` has each with its amount, and the units are with the first that takes of them.
pub fn rows_of(chosen: &[ChosenUnits<'_>], refunds: &[(RefundId, i64)]) -> Vec<RefundLine> {
    let mut left: Vec<(i32, i64)> =
        chosen.iter().map(|units| (units.quantity, units.amount_minor)).collect();
    let mut rows = vec![];
    for (nth, (refund, amount)) in refunds.iter().enumerate() {
        let mut room = *amount;
        for (units, (quantity, amount)) in chosen.iter().zip(&mut left) {
            let taken = room.min(*amount);
            // Units that cost nothing go with the first refund.
            if taken == 0 && (nth > 0 || *amount > 0) {
                continue;
            }
            rows.push(RefundLine {
                tenant: units.line.tenant,
                refund: *refund,
                order: units.line.order,
                line: units.line.id,
                quantity: std::mem::take(quantity),
                amount_minor: taken,
                restock: units.restock,
            });
            room -= taken;
            *amount -= taken;
        }
    }
    rows
}

#[cfg(test)]
mod tests;
