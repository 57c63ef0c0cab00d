//! What this slice has of a person: for the export of their data, and for its erasure.

use sqlx::PgConnection;

use crate::kernel::{
    AccountId, Result,
    personal::{ERASED, EXPORT_ROWS_MAX, PersonalFile},
};

/// A parcel that no carrier reports as delivered counts as such this long after its order was confirmed.
const DELIVERY_DAYS: i32 = 90;

/// Orders with their lines, parcels, shipments and history. Platform scope.
pub async fn export_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<PersonalFile>> {
    let orders = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, number, state, email, phone, shipping_address, billing_address, vat_id, currency,
                   total_minor, refunded_minor, rest_minor, rest_due_on, created_at, confirmed_at,
                   cancel_reason
            FROM orders WHERE account_id = $1 ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let order_lines = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT l.order_id, l.tenant_id AS provider_id, l.sale_id, l.title, l.item_name, l.sku,
                   l.quantity, l.unit_price_minor, l.slot_starts_on, l.slot_ends_on, o.created_at
            FROM order_lines l JOIN orders o ON o.id = l.order_id
            WHERE o.account_id = $1 ORDER BY o.created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let parcels = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT id, order_id, order_number, tenant_id AS provider_id, state, shipping_address,
                   subtotal_minor, currency, promised_ship_by, created_at
            FROM parcels WHERE order_id IN (SELECT id FROM orders WHERE account_id = $1)
            ORDER BY created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let order_history = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT order_id, kind, details, at AS created_at FROM order_history
            WHERE order_id IN (SELECT id FROM orders WHERE account_id = $1) ORDER BY at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    let shipments = sqlx::query_scalar!(
        r#"
        SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.created_at), '[]') AS "rows!" FROM (
            SELECT s.id, s.order_id, s.parcel_id, s.tenant_id AS provider_id, s.carrier,
                   s.tracking_number, s.tracking_url, s.state, s.created_at,
                   (SELECT jsonb_agg(jsonb_build_object('state', e.state, 'note', e.note,
                                                        'created_at', e.created_at)
                                     ORDER BY e.created_at)
                    FROM shipment_events e
                    WHERE e.tenant_id = s.tenant_id AND e.shipment_id = s.id) AS events
            FROM shipments s WHERE order_id IN (SELECT id FROM orders WHERE account_id = $1)
            ORDER BY s.created_at LIMIT $2
        ) t
        "#,
        account.0,
        EXPORT_ROWS_MAX
    )
    .fetch_one(&mut *conn)
    .await?;
    Ok(vec![
        PersonalFile::new("orders", orders),
        PersonalFile::new("order_lines", order_lines),
        PersonalFile::new("parcels", parcels),
        PersonalFile::new("shipments", shipments),
        PersonalFile::new("order_history", order_history),
    ])
}

/// Takes the person out of the orders of an account. What was bought, for how much and in which country
/// stays, as the books and the law on invoices need it. Platform scope.
pub async fn erase(conn: &mut PgConnection, account: AccountId) -> Result<()> {
    sqlx::query!(
        "
        UPDATE orders SET email = 'erased@erased.invalid', phone = '', vat_id = '',
            billing_address = NULL, shipping_address = jsonb_build_object(
                'name', $2::text, 'line1', $2::text, 'city', '', 'postal_code', '',
                'country', shipping_address->>'country'
            )
        WHERE account_id = $1
        ",
        account.0,
        ERASED,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "
        UPDATE parcels SET shipping_address = jsonb_build_object(
            'name', $2::text, 'line1', $2::text, 'city', '', 'postal_code', '',
            'country', shipping_address->>'country'
        )
        WHERE order_id IN (SELECT id FROM orders WHERE account_id = $1)
        ",
        account.0,
        ERASED,
    )
    .execute(&mut *conn)
    .await?;
    // A provider may have written with whom a parcel was left.
    sqlx::query!(
        "
        UPDATE shipment_events SET note = '' WHERE (tenant_id, shipment_id) IN (
            SELECT tenant_id, id FROM shipments
            WHERE order_id IN (SELECT id FROM orders WHERE account_id = $1)
        )
        ",
        account.0
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Orders of an account that are not settled yet: unpaid, not shipped, or not delivered in
/// [`DELIVERY_DAYS`]. Their numbers, at most 20. Platform scope.
pub async fn unsettled_of(conn: &mut PgConnection, account: AccountId) -> Result<Vec<String>> {
    let numbers = sqlx::query_scalar!(
        "
        SELECT number FROM orders
        WHERE account_id = $1 AND (
            state = 'awaiting_payment'
            OR EXISTS (
                SELECT FROM parcels p
                WHERE p.order_id = orders.id AND (
                    p.state = 'to_ship'
                    OR p.state = 'shipped' AND orders.confirmed_at > now() - make_interval(days => $2)
                )
            )
        )
        ORDER BY created_at LIMIT 20
        ",
        account.0,
        DELIVERY_DAYS,
    );
    Ok(numbers.fetch_all(conn).await?)
}
