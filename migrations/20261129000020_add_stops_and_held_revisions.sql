-- What was held is sold as it was held: a hold knows the revision it was made under, and its clock
-- stands still while its sale is halted or its provider suspended.

ALTER TABLE sales
    ADD COLUMN stopped_at timestamptz,         -- when it was halted or cancelled
    -- Its provider halted it, and may resume it; what SMP halted, SMP resumes.
    ADD COLUMN halted_by_provider boolean NOT NULL DEFAULT false;

ALTER TABLE holds
    ADD COLUMN revision_id uuid,               -- sold at its price and terms; null: older than this column
    ADD COLUMN stopped_at timestamptz;         -- its clock stands still since then
-- New holds are not in it.
CREATE INDEX holds_stopped_idx ON holds (tenant_id, sale_item_id) WHERE stopped_at IS NOT NULL;
-- The tables' policies hold for their owner too.
SET LOCAL smp.scope = 'platform';
UPDATE holds h SET revision_id = s.approved_revision_id
FROM sales s WHERE h.state = 'held' AND s.tenant_id = h.tenant_id AND s.id = h.sale_id;

-- waiting → closed, when the sale ends or is cancelled.
ALTER TABLE waitlist
    DROP CONSTRAINT waitlist_state_check,
    ADD CONSTRAINT waitlist_state_check
        CHECK (state IN ('waiting', 'offered', 'taken', 'lapsed', 'left', 'closed'));
