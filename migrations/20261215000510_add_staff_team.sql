-- SMP's team: invitations, suspension, when its members were last at work. Members of providers can be
-- suspended too. And every node hears within a moment when sessions or roles change, whoever changes
-- them.

-- On every role of an account, or on none.
ALTER TABLE staff ADD COLUMN suspended_at timestamptz;

-- When a member of SMP's team last used the portal, to the minute. Apart from the roles, whose rows are
-- locked while the team changes.
CREATE TABLE staff_seen (
    account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    seen_at timestamptz NOT NULL
);

-- Roles of SMP's team offered to an email address, open until accepted, revoked or expired.
CREATE TABLE staff_invitations (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (email = lower(email) AND length(email) <= 254),
    roles text[] NOT NULL CHECK (
        cardinality(roles) > 0
        AND roles <@ ARRAY['admin', 'manager', 'marketing', 'support', 'finance']
    ),
    token_hash bytea NOT NULL CONSTRAINT staff_invitations_token_key UNIQUE,
    invited_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX staff_invitations_email_idx ON staff_invitations (email, created_at);
CREATE INDEX staff_invitations_expires_idx ON staff_invitations (expires_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_invitations, staff_seen TO smp_app;

ALTER TABLE members DROP CONSTRAINT members_state_check,
    ADD CONSTRAINT members_state_check CHECK (state IN ('active', 'suspended', 'removed'));

-- Tells every node that an account's sessions or roles changed, as part of the transaction: a commit is
-- never without its notice, whatever becomes of the process that made it. The text is a `Notice` of
-- src/platform/broker.rs.
CREATE FUNCTION tell_sessions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
BEGIN
    PERFORM pg_notify('smp_notices', json_build_object(
        'notice', 'sessions_changed',
        'account', changed->>CASE TG_TABLE_NAME WHEN 'accounts' THEN 'id' ELSE 'account_id' END
    )::text);
    RETURN NULL;
END $$;

CREATE TRIGGER staff_changed AFTER INSERT OR UPDATE OR DELETE ON staff
    FOR EACH ROW EXECUTE FUNCTION tell_sessions_changed();
CREATE TRIGGER members_changed AFTER INSERT OR UPDATE OR DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION tell_sessions_changed();
-- A new session is not cached anywhere yet, and one that is deleted has expired or was ended before.
CREATE TRIGGER sessions_changed AFTER UPDATE ON sessions
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tell_sessions_changed();
CREATE TRIGGER accounts_changed AFTER UPDATE ON accounts
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION tell_sessions_changed();
