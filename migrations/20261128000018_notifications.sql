-- Every email and SMS, with its content and state.

CREATE TABLE messages (
    tenant_id uuid NOT NULL,                   -- whose brand it carries; nil: SMP's own
    id uuid NOT NULL,
    account_id uuid,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    recipient text NOT NULL,
    template text NOT NULL,
    subject text NOT NULL,
    body_text text NOT NULL,
    body_html text,
    dedupe_key text NOT NULL,                  -- a job that runs twice sends once
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sent', 'delivered', 'bounced', 'failed')),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT messages_dedupe_key UNIQUE (tenant_id, dedupe_key)
);
CREATE INDEX messages_created_idx ON messages (created_at DESC);
CALL protect('messages', true, published => 'account_id = (SELECT scope_account())');
