-- Appends events of several kinds to a tenant's log in one statement, with the job that delivers each.
-- `jobs` are their identifiers, which decide the lanes. As with `publish_event`, the counter row stays
-- locked until the commit, and each job waits in the round that the backlog before it fills.
CREATE FUNCTION publish_events(
    tenant uuid,
    event_ids uuid[],
    kinds text[],
    payloads jsonb[],
    jobs text[],
    attempts int
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    added int := cardinality(event_ids);
    before bigint;
    waiting real;
BEGIN
    INSERT INTO event_counters AS c (tenant_id, last_sequence, backlog) VALUES (tenant, added, added)
        ON CONFLICT (tenant_id) DO UPDATE SET
            last_sequence = c.last_sequence + added,
            backlog = backlog_left(c.backlog, c.backlog_at) + added,
            backlog_at = clock_timestamp()
        RETURNING last_sequence - added, backlog - added INTO before, waiting;
    INSERT INTO events (tenant_id, sequence, id, type, payload)
        SELECT tenant, before + nth, id, kind, payload
        FROM UNNEST(event_ids, kinds, payloads) WITH ORDINALITY AS told (id, kind, payload, nth);
    PERFORM queue_job(
        job,
        json_build_object('tenant_id', tenant, 'sequence', before + nth),
        attempts,
        job_round((waiting + nth)::real)
    )
    FROM UNNEST(jobs) WITH ORDINALITY AS told (job, nth)
    ORDER BY nth;
END $$;
