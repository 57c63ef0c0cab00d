-- What becomes of an SMS, phone numbers that were verified, and numbers that answered STOP.

-- The code that an account has typed shows that the phone is its owner's: numbers from before are none.
ALTER TABLE accounts ADD COLUMN phone_verified_at timestamptz;
CREATE INDEX accounts_phone_idx ON accounts (phone) WHERE phone IS NOT NULL;

-- Codes that were sent to verify a phone, to count them.
CREATE TABLE phone_code_sends (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    phone text NOT NULL,                       -- E.164
    network text NOT NULL,                     -- of the browser that asked for it
    sent_at timestamptz NOT NULL,
    settled_at timestamptz                     -- the code was typed, or its number given up
);
CREATE INDEX phone_code_sends_account_idx ON phone_code_sends (account_id, sent_at);
CREATE INDEX phone_code_sends_phone_idx ON phone_code_sends (phone, sent_at);
CREATE INDEX phone_code_sends_network_idx ON phone_code_sends (network, sent_at);
CREATE INDEX phone_code_sends_sent_idx ON phone_code_sends (sent_at);

-- Numbers that answered STOP, of whatever account: nothing is sent to them until they answer START.
CREATE TABLE phone_stops (
    phone text PRIMARY KEY,                    -- E.164
    stopped_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON phone_code_sends, phone_stops TO smp_app;

ALTER TABLE messages
    -- A calendar file that an email brings.
    ADD COLUMN calendar text,
    -- Of no use after this, and then not sent.
    ADD COLUMN not_after timestamptz,
    -- When an SMS was last handed to the service. With no service_id, whether it was taken is not known.
    ADD COLUMN tried_at timestamptz,
    -- The service's own id of an SMS, and what it last said of it.
    ADD COLUMN service_id text,
    ADD COLUMN service_status text,
    DROP CONSTRAINT messages_state_check,
    ADD CONSTRAINT messages_state_check CHECK (
        state IN ('queued', 'sent', 'delivered', 'bounced', 'undelivered', 'failed', 'withheld')
    );
CREATE UNIQUE INDEX messages_service_id_key ON messages (service_id) WHERE service_id IS NOT NULL;
