-- What an aggregated sale does when it ends below its target: refund everyone, or wait for the goods all
-- the same. Sales until now wait.

ALTER TABLE sales
    ADD COLUMN when_target_missed text CHECK (when_target_missed IN ('refund', 'wait')),
    ADD COLUMN target_checked_at timestamptz,         -- when it was compared with what was sold, after its end
    ADD COLUMN target_missed boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT sales_target_missed_check CHECK (when_target_missed IS NULL OR kind = 'aggregated');
CREATE INDEX sales_target_idx ON sales (tenant_id, id)
    WHERE kind = 'aggregated' AND state = 'approved' AND target_checked_at IS NULL;
