-- Orders that are cancelled with a sale of theirs, because nothing was paid for them yet.

ALTER TABLE orders
    DROP CONSTRAINT orders_cancel_reason_check,
    ADD CONSTRAINT orders_cancel_reason_check CHECK (
        cancel_reason IN ('shopper', 'replaced', 'lapsed', 'units_gone', 'rest_unpaid',
                          'sale_cancelled', 'target_missed')
    );
