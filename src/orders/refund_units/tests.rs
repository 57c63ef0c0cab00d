//! Tests of what refunds of units take.

use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;
use crate::{
    kernel::{Error, HoldId, OrderId, PaymentId, SaleId, SaleItemId, TenantId},
    orders::{
        components,
        rules::{self, PriorRefund, RefundablePart},
    },
    payments::RefundState,
};

fn line(parcel: ParcelId, quantity: i32) -> OrderLine {
    OrderLine {
        tenant: TenantId(Uuid::nil()),
        id: LineId::new(),
        parcel,
        order: OrderId(Uuid::nil()),
        sale: SaleId::new(),
        sale_item: SaleItemId::new(),
        hold: HoldId::new(),
        visit: None,
        title: String::new(),
        item_name: String::new(),
        sku: String::new(),
        image_key: None,
        quantity,
        unit_price_minor: 1000,
        deposit_minor: None,
        rest_due_on: None,
        slot_starts_on: None,
        slot_ends_on: None,
        voucher_valid_days: None,
    }
}

fn refund(parcel: Option<ParcelId>) -> Refund {
    Refund {
        id: RefundId::new(),
        order_id: OrderId(Uuid::nil()),
        payment_id: PaymentId(Uuid::nil()),
        amount_minor: 1000,
        currency: "EUR".to_owned(),
        state: RefundState::Succeeded,
        reason: String::new(),
        note: String::new(),
        restock: None,
        created_at: OffsetDateTime::UNIX_EPOCH,
        settled_at: None,
        parcel,
        reference: String::new(),
        surplus: false,
        retried: false,
        made_before: false,
        emptied_order: false,
    }
}

fn row(refund: &Refund, line: &OrderLine, quantity: i32, restock: LineRestock) -> RefundLine {
    RefundLine {
        tenant: line.tenant,
        refund: refund.id,
        order: line.order,
        line: line.id,
        quantity,
        amount_minor: 1000,
        restock,
    }
}

fn standing(line: &OrderLine, was_shipped: bool) -> LineStanding<'_> {
    LineStanding { line, units_left: line.quantity, redeemed: 0, left_minor: 1000, was_shipped }
}

fn choice(line: &OrderLine, quantity: i32, restock: LineRestock) -> LineChoice {
    LineChoice { line: line.id, quantity, amount_minor: None, restock }
}

fn wrong_fields(answer: Result<Vec<ChosenUnits<'_>>>) -> Vec<String> {
    match answer {
        Err(Error::Invalid(fields)) => fields.into_iter().map(|wrong| wrong.field).collect(),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn any_split_of_the_units_in_any_order_adds_up_to_the_lines(
        lines in prop::collection::vec((0_i64..1_000_000, 1_i32..40), 1..5),
        shipping in 0_i64..5_000,
        steps in prop::collection::vec((0_usize..5, 1_i32..9), 0..60),
    ) {
        let parcel = Some(ParcelId::new());
        let part = |price_minor: i64| RefundablePart { price_minor, parcel };
        let mut parts: Vec<RefundablePart> = lines.iter().map(|(price, _)| part(*price)).collect();
        parts.push(part(shipping));
        let mut units: Vec<i32> = lines.iter().map(|(_, units)| *units).collect();
        let mut made: Vec<Vec<i64>> = vec![];
        // What the steps leave is refunded line by line, a unit at a time.
        let rest = (0..lines.len()).flat_map(|nth| (0..40).map(move |_| (nth, 1)));
        for (nth, wanted) in steps.into_iter().chain(rest) {
            let nth = nth % lines.len();
            let quantity = wanted.min(units[nth]);
            if quantity == 0 {
                continue;
            }
            let prior: Vec<PriorRefund<'_>> = made
                .iter()
                .map(|taken| PriorRefund {
                    amount_minor: taken.iter().sum(),
                    parcel: None,
                    of_parts: taken,
                })
                .collect();
            let left = rules::left(&parts, &prior);
            let amount = amount_of(left[nth], units[nth], quantity);
            prop_assert!((0..=left[nth]).contains(&amount));
            let mut taken = vec![0; parts.len()];
            taken[nth] = amount;
            units[nth] -= quantity;
            made.push(taken);
        }
        for (nth, (price, _)) in lines.iter().enumerate() {
            prop_assert_eq!(made.iter().map(|taken| taken[nth]).sum::<i64>(), *price);
        }
        prop_assert_eq!(made.iter().map(|taken| taken[lines.len()]).sum::<i64>(), 0);
    }

    #[test]
    fn units_shared_out_over_two_payments_stay_whole(
        amounts in prop::collection::vec((1_i32..5, 1_i64..10_000), 1..5),
        share in 0_i64..=100,
    ) {
        let parcel = ParcelId::new();
        let lines: Vec<OrderLine> = amounts.iter().map(|(units, _)| line(parcel, *units)).collect();
        let chosen: Vec<ChosenUnits<'_>> = lines
            .iter()
            .zip(&amounts)
            .map(|(line, (quantity, amount_minor))| ChosenUnits {
                line,
                quantity: *quantity,
                amount_minor: *amount_minor,
                restock: LineRestock::Lost,
            })
            .collect();
        let whole: i64 = amounts.iter().map(|(_, amount)| amount).sum();
        let first = whole * share / 100;
        let refunds: Vec<(RefundId, i64)> = [first, whole - first]
            .into_iter()
            .filter(|amount| *amount > 0)
            .map(|amount| (RefundId::new(), amount))
            .collect();
        let rows = rows_of(&chosen, &refunds);
        for (refund, amount) in &refunds {
            let own = rows.iter().filter(|row| row.refund == *refund);
            prop_assert_eq!(own.map(|row| row.amount_minor).sum::<i64>(), *amount);
        }
        for units in &chosen {
            let own: Vec<&RefundLine> = rows.iter().filter(|row| row.line == units.line.id).collect();
            prop_assert_eq!(own.iter().map(|row| row.quantity).sum::<i32>(), units.quantity);
            prop_assert_eq!(own.iter().map(|row| row.amount_minor).sum::<i64>(), units.amount_minor);
        }
    }
}

#[test]
fn every_wrong_field_is_named() {
    let parcel = ParcelId::new();
    let (packed, shipped, gone) = (line(parcel, 2), line(parcel, 2), line(parcel, 2));
    let standings = [
        standing(&packed, false),
        standing(&shipped, true),
        LineStanding { units_left: 0, ..standing(&gone, false) },
    ];
    let unknown = line(parcel, 1);
    let choices = [
        choice(&unknown, 1, LineRestock::Lost),
        choice(&packed, 3, LineRestock::NeverSold),
        choice(&shipped, 1, LineRestock::NeverSold),
        choice(&gone, 1, LineRestock::NeverSold),
        LineChoice { amount_minor: Some(1001), ..choice(&shipped, 1, LineRestock::CameBack) },
    ];
    assert_eq!(
        wrong_fields(choose(&choices, &standings, "EUR")),
        [
            "lines.0.line_id",
            "lines.1.quantity",
            "lines.2.restock",
            "lines.3.quantity",
            "lines.4.line_id"
        ]
    );
    let dear = LineChoice { amount_minor: Some(1001), ..choice(&packed, 1, LineRestock::CameBack) };
    assert_eq!(
        wrong_fields(choose(&[dear], &standings, "EUR")),
        ["lines.0.restock", "lines.0.amount_minor"]
    );
    assert_eq!(wrong_fields(choose(&[], &standings, "EUR")), ["lines"]);
    let free = LineChoice { amount_minor: Some(0), ..choice(&packed, 1, LineRestock::Lost) };
    assert_eq!(wrong_fields(choose(&[free], &standings, "EUR")), ["lines"]);
    let half = choose(&[choice(&packed, 1, LineRestock::Lost)], &standings, "EUR").unwrap();
    assert_eq!(half[0].amount_minor, 500);
}

#[test]
fn units_move_once() {
    let (first, second) = (ParcelId::new(), ParcelId::new());
    let lines = [line(first, 3), line(first, 1), line(second, 2)];
    let (one, whole) = (refund(Some(first)), refund(None));
    let rows = [row(&one, &lines[0], 2, LineRestock::NeverSold)];
    let quantities = |moved: &[MovedUnits<'_>]| {
        moved.iter().map(|units| (units.quantity, units.restock)).collect::<Vec<_>>()
    };
    let moved_by_one = moved(&lines, &one, false, &[], &rows);
    assert_eq!(quantities(&moved_by_one), [(2, Some(LineRestock::NeverSold))]);
    assert!(emptied(&lines, &moved_by_one, &[], &rows).is_empty());

    let rest = moved(&lines, &whole, true, &[&one], &rows);
    assert_eq!(quantities(&rest), [(1, None), (1, None), (2, None)]);
    let mut both = [first, second];
    both.sort_unstable();
    assert_eq!(emptied(&lines, &rest, &[&one], &rows), both);

    // An amount moves nothing, and a whole parcel only what is left of it.
    assert!(moved(&lines, &whole, false, &[&one], &rows).is_empty());
    let parcel = refund(Some(first));
    let of_parcel = moved(&lines, &parcel, false, &[&one], &rows);
    assert_eq!(quantities(&of_parcel), [(1, None), (1, None)]);
    assert_eq!(emptied(&lines, &of_parcel, &[&one], &rows), [first]);
    assert_eq!(units_left(&lines[0], &[&parcel], &rows), 0);
}

#[test]
fn a_refund_that_names_no_lines_takes_of_no_part_by_name() {
    let lines = [line(ParcelId::new(), 2)];
    let quote = components::quote(&lines).unwrap();
    let parts = components::parts(&quote, &lines);
    let named = refund(None);
    let rows = [row(&named, &lines[0], 1, LineRestock::Lost)];
    assert_eq!(of_parts(named.id, &rows, &parts), [1000]);
    assert!(of_parts(RefundId::new(), &rows, &parts).is_empty());
}
