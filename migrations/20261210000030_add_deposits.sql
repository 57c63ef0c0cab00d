-- An item may ask for a deposit, with the rest due by a date.

ALTER TABLE sale_items
    ADD COLUMN deposit_minor bigint CHECK (deposit_minor >= 1), -- for each unit, of the price
    ADD COLUMN rest_due_on date,
    ADD CONSTRAINT sale_items_deposit_check CHECK (
        (deposit_minor IS NULL) = (rest_due_on IS NULL) AND deposit_minor < price_minor
    );
