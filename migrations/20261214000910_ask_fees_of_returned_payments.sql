-- The gateway keeps its fee of a payment that paid for nothing, too: it is due to be asked for when the money
-- is returned.
UPDATE payments p SET fee_check_at = now()
WHERE gateway = 'stripe' AND state <> 'succeeded' AND fee_minor IS NULL AND reference <> ''
  AND EXISTS (SELECT FROM refunds r WHERE r.payment_id = p.id AND r.surplus);

DROP INDEX payments_fee_idx;
CREATE INDEX payments_fee_idx ON payments (fee_check_at NULLS FIRST)
    WHERE gateway = 'stripe' AND fee_minor IS NULL AND (state = 'succeeded' OR fee_check_at IS NOT NULL);
