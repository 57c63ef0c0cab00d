//! From a checkout to its order.

use super::{
    fields,
    open::require_open,
    state::CheckoutState,
    store::{self, CheckoutRow},
};
use crate::{
    kernel::{AccountId, CheckoutId, Error, HoldId, Result},
    orders::{self, Checkout, OrderView},
    platform::Platform,
    stock,
};

/// Places the order of a checkout: of its holds, those that are held still. A repeat returns the same
/// order. Another total than the one expected, in minor units, is a conflict.
pub async fn place(
    platform: &Platform,
    account: AccountId,
    id: CheckoutId,
    expected_total_minor: i64,
) -> Result<OrderView> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    let row = store::of_account(&mut tx, account, id).await?;
    let held = stock::held_by(&mut tx, account, platform.clock.now()).await?;
    drop(tx);
    if let (CheckoutState::Placed, Some(number)) = (row.state, &row.order_number) {
        return orders::order_view(platform, account, number).await;
    }
    require_open(&row)?;
    let holds: Vec<HoldId> =
        held.into_iter().map(|hold| hold.id).filter(|hold| row.has(*hold)).collect();
    if holds.is_empty() {
        return Err(ran_out());
    }
    let order = order(platform, account, &row, &holds, expected_total_minor).await?;
    note_placed(platform, account, id, &order.number).await?;
    Ok(order)
}

async fn order(
    platform: &Platform,
    account: AccountId,
    row: &CheckoutRow,
    holds: &[HoldId],
    expected_total_minor: i64,
) -> Result<OrderView> {
    let typed = &row.fields.0;
    let checkout = Checkout {
        address: fields::shipping_address(typed),
        email: fields::email(typed),
        billing: fields::billing(typed),
        currency: None,
        hold_ids: Some(holds),
        expected_total_minor: Some(expected_total_minor),
    };
    orders::place(platform, account, checkout).await.map_err(|error| match &error {
        // A hold ran out in this moment.
        Error::Invalid(wrong) if wrong.iter().any(|one| one.field.starts_with("hold_ids")) => {
            ran_out()
        }
        _ => fields::at_fields(error),
    })
}

fn ran_out() -> Error {
    Error::conflict(
        "hold_expired",
        "Your hold on what is in this checkout ran out, so nothing was ordered or charged. What you \
         typed is kept. If any units are left, press Buy again.",
    )
}

/// Notes that a checkout became an order.
pub async fn note_placed(
    platform: &Platform,
    account: AccountId,
    id: CheckoutId,
    order_number: &str,
) -> Result<()> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    store::set_placed(&mut tx, account, id, order_number, platform.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The payment method that was chosen in the checkout of an order, by the name of its gateway.
pub async fn payment_method_of(
    platform: &Platform,
    account: AccountId,
    order_number: &str,
) -> Result<Option<String>> {
    let mut tx = platform.db.shopper(Some(account)).await?;
    store::payment_method_of(&mut tx, account, order_number).await
}
