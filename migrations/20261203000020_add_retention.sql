-- What is deleted some time after its end, in small batches; docs/retention.md has the periods.

-- Bodies of messages go before the messages themselves.
ALTER TABLE messages ADD COLUMN body_removed_at timestamptz;
CREATE INDEX messages_body_idx ON messages (created_at) WHERE body_removed_at IS NULL;

CREATE INDEX sessions_expires_idx ON sessions (expires_at);
CREATE INDEX invitations_expires_idx ON invitations (expires_at);
CREATE INDEX click_outs_created_idx ON click_outs (created_at);
-- Ids ascend with time. New holds are not in it.
CREATE INDEX holds_freed_idx ON holds (id) WHERE state IN ('released', 'expired');

-- Deletes events from before a time, `most` at most, except those whose delivery waits or failed.
-- Returns how many. As the owner of the table, because events are append-only for everyone else;
-- so no event of the last 30 days is deleted, whatever the caller says. A tenant's events are in the
-- order of time, so only its first ones are looked at.
CREATE FUNCTION clear_events(before timestamptz, most bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE cleared bigint;
BEGIN
    WITH undelivered AS MATERIALIZED (
        SELECT (payload->>'tenant_id')::uuid AS tenant_id, (payload->>'sequence')::bigint AS sequence
        FROM (
            SELECT payload, created_at FROM graphile_worker._private_jobs
            UNION ALL SELECT payload, created_at FROM graphile_worker_bulk._private_jobs
        ) j
        WHERE payload->>'sequence' IS NOT NULL AND created_at < before
    ), oldest AS (
        SELECT e.tenant_id, e.sequence
        FROM event_counters c, LATERAL (
            SELECT o.tenant_id, o.sequence, o.created_at FROM events o
            WHERE o.tenant_id = c.tenant_id AND NOT EXISTS (
                SELECT FROM undelivered u
                WHERE u.tenant_id = o.tenant_id AND u.sequence = o.sequence
            )
            ORDER BY o.sequence LIMIT most
        ) e
        WHERE (
            SELECT o.created_at FROM events o
            WHERE o.tenant_id = c.tenant_id ORDER BY o.sequence LIMIT 1
        ) < before
          AND e.created_at < least(before, now() - interval '30 days')
        LIMIT most
    )
    DELETE FROM events e USING oldest o
    WHERE e.tenant_id = o.tenant_id AND e.sequence = o.sequence;
    GET DIAGNOSTICS cleared = ROW_COUNT;
    RETURN cleared;
END $$;
REVOKE EXECUTE ON FUNCTION clear_events(timestamptz, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION clear_events(timestamptz, bigint) TO smp_app;

-- The figures of visits that are deleted. A sale's visits before `until` are counted here, and those
-- since in `visits`. Visits that led to a purchase stay there, so that buyers are still known.
CREATE TABLE visit_archives (
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    until timestamptz NOT NULL,
    is_cleared boolean NOT NULL DEFAULT false, -- the visits are deleted
    visits bigint NOT NULL,
    -- Visitors, and those of them who got to a step of the funnel or beyond.
    visitors bigint NOT NULL,
    chose bigint NOT NULL,
    began bigint NOT NULL,
    addressed bigint NOT NULL,
    paid bigint NOT NULL,
    -- Of visits that reported any time on the page.
    seconds_on_page bigint NOT NULL,
    timed_visits bigint NOT NULL,
    PRIMARY KEY (tenant_id, sale_id)
);
CALL protect('visit_archives', true);

CREATE TABLE visit_archive_points (
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    access_point_id uuid NOT NULL,             -- nil: came without a tracked link
    visits bigint NOT NULL,
    visitors bigint NOT NULL,
    PRIMARY KEY (tenant_id, sale_id, access_point_id)
);
CALL protect('visit_archive_points', true);

CREATE TABLE visit_archive_hours (
    tenant_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    hour timestamptz NOT NULL,
    visits bigint NOT NULL,
    PRIMARY KEY (tenant_id, sale_id, hour)
);
CALL protect('visit_archive_hours', true);

-- From when on the visits of a sale are counted one by one. Call it in a sub-select, so that a
-- statement evaluates it once and not for every visit.
CREATE FUNCTION visits_since(tenant uuid, sale uuid) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(
        (SELECT a.until FROM visit_archives a WHERE a.tenant_id = tenant AND a.sale_id = sale),
        '-infinity'
    );
