-- A refund says whether its units come back, and has a note that its shopper does not read.

ALTER TABLE refunds
    ADD COLUMN note text NOT NULL DEFAULT '',  -- for SMP's team; `reason` is for the shopper
    ADD COLUMN restock boolean;                -- null: the units of what was never shipped come back
