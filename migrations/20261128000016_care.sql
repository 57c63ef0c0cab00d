-- Customer service: conversations and feedback. A conversation about a provider's sale has its
-- tenant; one about SMP itself has the nil tenant.

CREATE TABLE conversations (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    order_id uuid,
    order_number text,
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 140),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'waiting', 'resolved')),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX conversations_queue_idx ON conversations (state, updated_at);
CREATE INDEX conversations_account_idx ON conversations (account_id, updated_at DESC);
CALL protect('conversations', true, shopper_rows => true);

CREATE TABLE conversation_messages (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    account_id uuid NOT NULL,                  -- the shopper's, also on support's messages
    author text NOT NULL CHECK (author IN ('shopper', 'support')),
    author_id uuid NOT NULL,
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 5000),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations
);
CREATE INDEX conversation_messages_idx
    ON conversation_messages (tenant_id, conversation_id, created_at);
CALL protect('conversation_messages', true, shopper_rows => true);

CREATE TABLE feedback (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    order_number text,                         -- null: after a click-out
    rating int NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comments text NOT NULL DEFAULT '' CHECK (length(comments) <= 4000),
    state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'published', 'hidden')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT feedback_once_key UNIQUE (tenant_id, sale_id, account_id)
);
CREATE INDEX feedback_created_idx ON feedback (created_at DESC);
CALL protect('feedback', true, shopper_rows => true);
