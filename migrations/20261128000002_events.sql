-- The durable event log: what happened, in the order of each tenant. Events of the platform itself
-- have the nil tenant.

CREATE TABLE event_counters (
    tenant_id uuid PRIMARY KEY,
    last_sequence bigint NOT NULL
);
CALL protect('event_counters', true);

-- Append-only.
CREATE TABLE events (
    tenant_id uuid NOT NULL,
    sequence bigint NOT NULL,                  -- from 1, without gaps
    id uuid NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, sequence)
);
-- Not compressed: compressing a payload costs more time than the space is worth.
ALTER TABLE events ALTER COLUMN payload SET STORAGE EXTERNAL;
CALL protect('events', true);
REVOKE UPDATE, DELETE ON events FROM smp_app;

-- Appends an event to the tenant's log, adds the job that delivers it to subscribers, and returns
-- the event's sequence number. `attempts` is how often the job may be tried; null adds no job, for
-- events that nobody subscribes to. The tenant's counter row stays locked until the commit, so its
-- events commit in the order of their numbers.
-- PL/pgSQL looks up names when it runs: the job queue creates its schema after the migrations.
CREATE FUNCTION publish_event(
    tenant uuid,
    event_id uuid,
    kind text,
    payload jsonb,
    attempts int
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE sequence bigint;
BEGIN
    INSERT INTO event_counters AS c (tenant_id, last_sequence) VALUES (tenant, 1)
        ON CONFLICT (tenant_id) DO UPDATE SET last_sequence = c.last_sequence + 1
        RETURNING last_sequence INTO sequence;
    INSERT INTO events (tenant_id, sequence, id, type, payload)
        VALUES (tenant, sequence, event_id, kind, payload);
    IF attempts IS NOT NULL THEN
        PERFORM graphile_worker.add_job(
            'event_deliver',
            json_build_object('tenant_id', tenant, 'sequence', sequence),
            max_attempts => attempts
        );
    END IF;
    RETURN sequence;
END $$;
