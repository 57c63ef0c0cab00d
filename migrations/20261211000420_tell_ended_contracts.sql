-- The owners are told once when a contract ends. Those that ended before are not news.

ALTER TABLE contracts ADD COLUMN end_told_at timestamptz;
SET LOCAL smp.scope = 'platform';
UPDATE contracts SET end_told_at = ends_at WHERE state = 'countersigned' AND ends_at <= now();
SET LOCAL smp.scope = '';
CREATE INDEX contracts_ending_idx ON contracts (ends_at)
    WHERE state = 'countersigned' AND end_told_at IS NULL;
