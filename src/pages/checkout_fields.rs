//! What is typed in the checkout's form, as the checkout keeps it, and what a form begins with.

use sqlx::types::Json;

use super::{
    address_form, billing_form,
    form::{FormValues, form_value},
    request::PageRequest,
};
use crate::{
    checkouts::{self, NewSavedAddress, TypedFields},
    kernel::{AccountId, CheckoutId, Error, Result},
    orders::Address,
};

/// Names the checkout in its form.
pub const CHECKOUT: &str = "checkout";
/// The box that keeps the address in the account.
const KEEP_ADDRESS: &str = "keep_address";
/// The fields of the delivery address, apart from the phone, which is the customer's.
const ADDRESS: [&str; 9] =
    ["name", "company", "line1", "line2", "district", "city", "postal_code", "region", "country"];
/// Fields that are called the same in both.
const PLAIN: [&str; 5] = ["email", "phone", "billing_same", "vat_id", "payment_method"];

/// The checkout that a form names.
pub fn checkout_of(form: &FormValues) -> Option<CheckoutId> {
    form.get(CHECKOUT)?.parse().ok()
}

/// A form's values as fields of a checkout. Those that it has not are left out when they are kept.
pub fn typed(form: &FormValues) -> TypedFields {
    let field = |name: &str| match name.strip_prefix(billing_form::PREFIX) {
        _ if PLAIN.contains(&name) => name.to_owned(),
        Some(part) => format!("billing.{part}"),
        None => format!("shipping.{name}"),
    };
    form.iter().map(|(name, text)| (field(name), text.clone())).collect()
}

/// What a checkout kept, as a form's values.
pub fn values(typed: TypedFields) -> FormValues {
    let mut values = FormValues::new();
    for (field, text) in typed {
        let name = match field.split_once('.') {
            None => field,
            // The form asks for one phone.
            Some(("shipping", "phone")) if values.contains_key("phone") => continue,
            Some(("shipping", part)) => part.to_owned(),
            Some((_, part)) => format!("{}{part}", billing_form::PREFIX),
        };
        values.insert(name, text);
    }
    values
}

/// The last order's address, and whom it was billed to, so that they need not be typed again.
pub async fn of_last_order(request: &PageRequest, account: AccountId) -> Result<FormValues> {
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let row = sqlx::query!(
        r#"
        SELECT email, shipping_address AS "address: Json<Address>", phone,
               billing_address AS "billing: Json<Address>", vat_id FROM orders
        WHERE account_id = $1 ORDER BY created_at DESC LIMIT 1
        "#,
        account.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else { return Ok(FormValues::new()) };
    let mut values: FormValues = address_form::values(row.address.0).collect();
    values.insert("email".to_owned(), row.email);
    for (name, text) in [("phone", row.phone), ("vat_id", row.vat_id)] {
        if !text.is_empty() {
            values.insert(name.to_owned(), text);
        }
    }
    if let Some(Json(billing)) = row.billing {
        values.insert(billing_form::SAME.to_owned(), billing_form::OTHER.to_owned());
        let named =
            |(field, text): (String, String)| (format!("{}{field}", billing_form::PREFIX), text);
        values.extend(address_form::values(billing).map(named));
    }
    Ok(values)
}

/// Puts the account's default address in the place of the last order's.
pub async fn begin_with_default(
    request: &PageRequest,
    account: AccountId,
    values: &mut FormValues,
) -> Result<()> {
    let mut tx = request.platform().db.shopper(Some(account)).await?;
    let Some(address) = checkouts::default_address(&mut tx, account).await? else { return Ok(()) };
    for field in ADDRESS {
        values.remove(field);
    }
    values.extend(address_form::values(address));
    Ok(())
}

/// Keeps the address of an order that was placed, if its box was ticked. Without it the order stands all
/// the same.
pub async fn keep_address(request: &PageRequest, account: AccountId, form: &FormValues) {
    if form_value(form, KEEP_ADDRESS) != "true" {
        return;
    }
    let kept = async {
        let address = address_form::address(form);
        let new = NewSavedAddress::parse(&request.platform().addresses, address, false)?;
        let mut tx = request.platform().db.shopper(Some(account)).await?;
        checkouts::keep_address(&mut tx, account, new, request.now).await?;
        tx.commit().await?;
        Ok::<(), Error>(())
    };
    if let Err(error) = kept.await {
        tracing::info!(?error, "the address of an order was not kept in its account");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> FormValues {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_comes_back_from_its_checkout() {
        let form = pairs(&[
            ("city", "Berlin"),
            ("phone", "+49"),
            ("billing_same", "no"),
            ("billing_city", "Ulm"),
            ("vat_id", "DE1"),
        ]);
        let fields = typed(&form);
        let expected = pairs(&[
            ("shipping.city", "Berlin"),
            ("phone", "+49"),
            ("billing_same", "no"),
            ("billing.city", "Ulm"),
            ("vat_id", "DE1"),
        ]);
        assert_eq!(fields, expected);
        assert_eq!(values(fields), form);
    }

    #[test]
    fn the_phone_of_the_customer_comes_before_that_of_the_address() {
        let both = pairs(&[("phone", "+491"), ("shipping.phone", "+492")]);
        assert_eq!(values(both)["phone"], "+491");
        assert_eq!(values(pairs(&[("shipping.phone", "+492")]))["phone"], "+492");
    }
}
