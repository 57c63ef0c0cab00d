-- Why an order was cancelled, so that its page can say so. Orders cancelled before have no reason.

ALTER TABLE orders ADD COLUMN cancel_reason text
    CHECK (cancel_reason IN ('shopper', 'replaced', 'lapsed', 'units_gone'));
