-- Bulk waits in a queue of its own: who takes jobs of one queue reads past those of other lanes in it,
-- and there may be a hundred thousand.

-- Adds a job to the queue of its lane, which its identifier decides.
-- PL/pgSQL looks up names when it runs: the queues create their schemas after the migrations.
CREATE FUNCTION queue_job(job text, payload json, attempts int, round int DEFAULT 0) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    IF job LIKE '%\_bulk' THEN
        PERFORM graphile_worker_bulk.add_job(
            job, payload, max_attempts => attempts, priority => round
        );
    ELSE
        PERFORM graphile_worker.add_job(
            job, payload, max_attempts => attempts, priority => round
        );
    END IF;
END $$;

CREATE OR REPLACE FUNCTION publish_event(
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
        PERFORM queue_job(
            job,
            json_build_object('tenant_id', tenant, 'sequence', sequence),
            attempts,
            job_round(waiting)
        );
    END IF;
    RETURN sequence;
END $$;
