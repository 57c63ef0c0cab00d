-- What happened to an order, with who did it, and order numbers that tell no volume.

-- Numbers are random from now on; those that were counted stay what they are.
DROP SEQUENCE order_numbers;

CREATE TABLE order_history (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders,
    account_id uuid NOT NULL,                  -- the shopper whose order it is
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,                       -- who did it: 'account', 'api_key' or 'system'
    actor_id uuid,
    kind text NOT NULL,
    details jsonb NOT NULL                     -- no secrets, no addresses
);
CREATE INDEX order_history_order_idx ON order_history (order_id, at, id);
CALL protect('order_history', false, published => 'account_id = (SELECT scope_account())');

-- Orders that were placed before have the steps that their rows tell.
SET LOCAL smp.scope = 'platform';
INSERT INTO order_history (id, order_id, account_id, at, actor, actor_id, kind, details)
SELECT gen_random_uuid(), o.id, o.account_id, o.created_at, 'account', o.account_id, 'placed',
       jsonb_build_object('amount_minor', o.total_minor, 'currency', o.currency)
FROM orders o
UNION ALL
SELECT gen_random_uuid(), p.order_id, p.account_id, p.updated_at, 'account', p.account_id,
       CASE p.state WHEN 'failed' THEN 'payment_failed' ELSE 'payment_succeeded' END,
       jsonb_strip_nulls(jsonb_build_object(
           'payment_id', p.id, 'gateway', p.gateway, 'amount_minor', p.amount_minor,
           'currency', p.currency, 'reason', p.failure))
FROM payments p WHERE p.state IN ('failed', 'succeeded')
UNION ALL
SELECT gen_random_uuid(), r.order_id, r.account_id, r.settled_at, 'system', NULL,
       CASE r.state WHEN 'failed' THEN 'refund_failed' ELSE 'refunded' END,
       jsonb_strip_nulls(jsonb_build_object(
           'refund_id', r.id, 'parcel_id', r.parcel_id, 'amount_minor', r.amount_minor,
           'currency', r.currency, 'reason', CASE r.state WHEN 'succeeded' THEN r.reason END))
FROM refunds r WHERE r.settled_at IS NOT NULL
UNION ALL
SELECT gen_random_uuid(), s.order_id, s.account_id, e.created_at, 'system', NULL,
       CASE e.state WHEN 'handed_over' THEN 'shipped' ELSE e.state END,
       jsonb_build_object('parcel_id', s.parcel_id, 'shipment_id', s.id, 'carrier', s.carrier,
                          'tracking_number', s.tracking_number, 'note', e.note)
FROM shipment_events e
JOIN shipments s ON s.tenant_id = e.tenant_id AND s.id = e.shipment_id
WHERE e.state IN ('handed_over', 'in_transit', 'delivered', 'returned_to_sender');
SET LOCAL smp.scope = '';

-- Finance looks through payments by time.
CREATE INDEX payments_created_idx ON payments (created_at DESC, id DESC);
