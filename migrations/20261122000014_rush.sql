-- The hot tables, leaner: one index leads by the shopper, for their keys, their limit and what they hold; and what the
-- desk writes for a group of arrivals travels in as few statements as can be.
ALTER TABLE holds DROP CONSTRAINT holds_idempotency_key,
    ADD CONSTRAINT holds_idempotency_key UNIQUE (account_id, tenant_id, idempotency_key);
DROP INDEX holds_account_idx, holds_expired_idx, waitlist_account_idx, waitlist_open_key;
-- One place in line for each shopper and item.
CREATE UNIQUE INDEX waitlist_open_key ON waitlist (account_id, tenant_id, sale_item_id) WHERE state IN ('waiting', 'offered');

-- What a visitor likes, over all sales.
CREATE INDEX favourites_visitor_idx ON favourites (visitor_id);

-- Packing these costs more than the room it takes.
ALTER TABLE events ALTER COLUMN payload SET STORAGE EXTERNAL;

-- Writes an event at the end of the tenant's log, and the job that tells of it (attempts null: no job, for events that nobody
-- is told of at once). The counter row is locked until commit: a
-- tenant's events commit in the order of their numbers. In plpgsql, because the queue's schema is made after the migrations.
CREATE FUNCTION publish_event(tenant uuid, event_id uuid, kind text, payload jsonb, attempts int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE sequence bigint;
BEGIN
    INSERT INTO event_counters AS c (tenant_id, last_sequence) VALUES (tenant, 1)
        ON CONFLICT (tenant_id) DO UPDATE SET last_sequence = c.last_sequence + 1 RETURNING last_sequence INTO sequence;
    INSERT INTO events (tenant_id, sequence, id, type, payload) VALUES (tenant, sequence, event_id, kind, payload);
    IF attempts IS NOT NULL THEN
        PERFORM graphile_worker.add_job('event_deliver', json_build_object('tenant_id', tenant, 'sequence', sequence), max_attempts => attempts);
    END IF;
    RETURN sequence;
END $$;
