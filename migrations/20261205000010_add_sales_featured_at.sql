-- When a sale was last featured on the home page; null once somebody stopped featuring it. When the
-- one featured last is taken away or is over, the one before comes back.

ALTER TABLE sales ADD COLUMN featured_at timestamptz;
-- The table's policies hold for its owner too.
SET LOCAL smp.scope = 'platform';
UPDATE sales SET featured_at = updated_at WHERE featured;
ALTER TABLE sales ADD CONSTRAINT sales_featured_check
    CHECK (NOT featured OR featured_at IS NOT NULL);
CREATE INDEX sales_featured_idx ON sales (featured_at DESC) WHERE featured_at IS NOT NULL;
