-- Messages that SMP has switched off for everyone, by the name of their template. Only those of the
-- catalogue that are optional.
CREATE TABLE switched_off_messages (
    template text PRIMARY KEY,
    switched_by uuid NOT NULL,
    switched_at timestamptz NOT NULL
);
CALL protect('switched_off_messages', false);

-- Addresses that mail cannot reach, or whose owners complained of it. They are sent nothing optional.
CREATE TABLE suppressed_addresses (
    address text PRIMARY KEY,                  -- in lower case
    id uuid NOT NULL CONSTRAINT suppressed_addresses_id_key UNIQUE,
    kind text NOT NULL CHECK (kind IN ('bounce', 'complaint')),
    reason text NOT NULL,                      -- as the mail server gave it
    suppressed_at timestamptz NOT NULL
);
CREATE INDEX suppressed_addresses_at_idx ON suppressed_addresses (suppressed_at DESC, id DESC);
CALL protect('suppressed_addresses', false);

-- Notices of the mail service that were handled, by its own id.
CREATE TABLE mail_notices (
    id text PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX mail_notices_received_idx ON mail_notices (received_at);
CALL protect('mail_notices', false);

-- Whether a message counts for what an address is sent within a day, instead of a list of templates
-- beside the code's.
ALTER TABLE messages ADD COLUMN is_counted boolean NOT NULL DEFAULT false;
SET LOCAL smp.scope = 'platform';
UPDATE messages SET is_counted = true
WHERE template IN ('conversation_message', 'invitation', 'order_lapsed', 'registered',
                   'waitlist_closed', 'waitlist_offer', 'waitlist_offer_lapsed', 'welcome')
  AND created_at > now() - interval '1 day';
RESET smp.scope;
DROP INDEX messages_recipient_idx;
CREATE INDEX messages_recipient_idx ON messages (recipient, template, created_at) WHERE is_counted;

-- Withheld: its recipient, or SMP, had switched messages of its kind off before it could leave.
ALTER TABLE messages DROP CONSTRAINT messages_state_check;
ALTER TABLE messages ADD CONSTRAINT messages_state_check
    CHECK (state IN ('queued', 'sent', 'delivered', 'bounced', 'failed', 'withheld'));

-- A notice names a message by its id alone.
CREATE INDEX messages_id_idx ON messages (id);
