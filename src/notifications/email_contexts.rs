//! Orders, parcels and sales as email templates want them.

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    kernel::Country,
    orders::{self, OrderLineView, OrderParcelView, OrderView, RefundView},
    platform::{Platform, PublicPath},
    sales::PublishedSale,
};

/// A sale that the recipient registered for.
pub fn sale(platform: &Platform, sale: &PublishedSale) -> Value {
    let content = &sale.content;
    json!({
        "title": content.title,
        "provider_name": sale.provider_name,
        "url": platform.public_url(PublicPath::Sale { slug: &sale.slug }),
        "starts_at": rfc3339(content.starts_at),
        "ends_at": rfc3339(content.ends_at),
        "registered_only": content.registered_only,
    })
}

pub fn order(order: &OrderView) -> Value {
    let mut address = json!(order.shipping_address);
    address["country_name"] = country_name(&order.shipping_address.country).into();
    let billing = order.billing_address.as_ref().map(|billing| {
        let mut address = json!(billing);
        address["country_name"] = country_name(&billing.country).into();
        address
    });
    json!({
        "number": order.number,
        "total": order.total,
        "rest": rest(order),
        "cash_due": order.cash_due,
        "email": order.email,
        "shipping_address": address,
        "phone": order.phone,
        "billing_address": billing,
        "vat_id": order.vat_id,
        "parcels": order.parcels.iter().map(parcel).collect::<Vec<_>>(),
        "has_vouchers": !order.vouchers.is_empty(),
        "vouchers_only": order.parcels.iter().all(|parcel| is_vouchers_only(&parcel.lines)),
        "nothing_to_ship": order.parcels.iter().all(|parcel| has_nothing_to_ship(&parcel.lines)),
    })
}

/// What is left to pay of an order after its deposit; null when nothing is.
pub fn rest(order: &OrderView) -> Value {
    let Some((rest, due_on)) =
        order.rest.as_ref().zip(order.rest_due_on).filter(|_| order.rest_is_due)
    else {
        return Value::Null;
    };
    json!({
        "amount": rest,
        "deposit": order.due_now,
        "due_on": due_on.to_string(),
        "last_day": orders::last_day_of_rest(due_on).to_string(),
        "terms": rest_terms(order),
    })
}

/// What becomes of the deposit when the rest is not paid: `kept`, `refunded`, or `some` of each.
fn rest_terms(order: &OrderView) -> &'static str {
    match order.kept_if_unpaid.as_ref().map(|kept| kept.amount) {
        None | Some(0) => "refunded",
        Some(kept) if kept == order.due_now.amount => "kept",
        Some(_) => "some",
    }
}

/// Where the money of a refund goes, like "Visa ending in 4242"; None: unknown.
pub fn destination(refund: &RefundView) -> Option<String> {
    let brand = match refund.method_brand.as_deref()? {
        "amex" => "American Express".to_owned(),
        other => {
            let mut letters = other.replace('_', " ");
            if let Some(first) = letters.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            letters
        }
    };
    Some(match refund.method_last4.as_deref().filter(|last4| !last4.is_empty()) {
        Some(last4) => format!("{brand} ending in {last4}"),
        None => brand,
    })
}

pub fn parcel(parcel: &OrderParcelView) -> Value {
    let mut context = json!(parcel);
    context["vouchers_only"] = is_vouchers_only(&parcel.lines).into();
    context
}

pub fn is_vouchers_only(lines: &[OrderLineView]) -> bool {
    lines.iter().all(|line| line.voucher_valid_days.is_some())
}

/// Vouchers and reservations only.
pub fn has_nothing_to_ship(lines: &[OrderLineView]) -> bool {
    let mut kinds = lines.iter().map(OrderLineView::kind);
    kinds.all(|kind| kind.is_voucher || kind.is_reservation)
}

/// The English name of a country, or its code.
pub fn country_name(code: &str) -> &str {
    Country::name_of(code)
}

pub fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}
