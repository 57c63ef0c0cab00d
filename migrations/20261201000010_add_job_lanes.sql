-- Jobs wait in lanes, so that bulk delays nothing else, and in rounds within a lane, so that a tenant
-- with thousands of jobs lets other tenants' jobs go first.

-- How many of its events a tenant is taken to have waiting: each adds one, and 200 of them are
-- taken to be delivered each second.
ALTER TABLE event_counters
    ADD backlog real NOT NULL DEFAULT 0,
    ADD backlog_at timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT event_counters_backlog_check CHECK (backlog >= 0);

CREATE FUNCTION backlog_left(backlog real, since timestamptz) RETURNS real
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN greatest(0, backlog - 200 * extract(epoch FROM clock_timestamp() - since))::real;

-- The round of the next job of a tenant with this backlog: a round has 20 jobs of each tenant.
CREATE FUNCTION job_round(backlog real) RETURNS int
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN least(floor(backlog / 20), 10000)::int;

-- The round of the next job of a tenant.
CREATE FUNCTION job_round(tenant uuid) RETURNS int
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce((
        SELECT job_round(backlog_left(c.backlog, c.backlog_at)) FROM event_counters c
        WHERE c.tenant_id = tenant
    ), 0);

DROP FUNCTION publish_event(uuid, uuid, text, jsonb, int);

-- Appends an event to the tenant's log, adds the job that delivers it to subscribers, and returns
-- the event's sequence number. `job` is the job's identifier, which decides its lane; null adds none,
-- for events that nobody subscribes to. The tenant's counter row stays locked until the commit, so
-- its events commit in the order of their numbers.
-- PL/pgSQL looks up names when it runs: the job queue creates its schema after the migrations.
CREATE FUNCTION publish_event(
    tenant uuid,
    event_id uuid,
    kind text,
    payload jsonb,
    job text,
    attempts int
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    sequence bigint;
    waiting real;
BEGIN
    INSERT INTO event_counters AS c (tenant_id, last_sequence, backlog) VALUES (tenant, 1, 1)
        ON CONFLICT (tenant_id) DO UPDATE SET
            last_sequence = c.last_sequence + 1,
            backlog = backlog_left(c.backlog, c.backlog_at) + 1,
            backlog_at = clock_timestamp()
        RETURNING last_sequence, backlog INTO sequence, waiting;
    INSERT INTO events (tenant_id, sequence, id, type, payload)
        VALUES (tenant, sequence, event_id, kind, payload);
    IF job IS NOT NULL THEN
        PERFORM graphile_worker.add_job(
            job,
            json_build_object('tenant_id', tenant, 'sequence', sequence),
            max_attempts => attempts,
            priority => job_round(waiting)
        );
    END IF;
    RETURN sequence;
END $$;
