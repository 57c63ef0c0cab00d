-- How providers are paid: their accounts at the gateway, disputes of payments, and what the gateway kept as
-- its fee.

-- A provider's account at a gateway that pays providers out.
CREATE TABLE payout_accounts (
    tenant_id uuid NOT NULL REFERENCES providers,
    gateway text NOT NULL,                     -- 'stripe' or 'sandbox'
    reference text NOT NULL,                   -- the gateway's own id: acct_…
    state text NOT NULL CHECK (state IN ('onboarding', 'restricted', 'enabled', 'disabled')),
    charges_enabled boolean NOT NULL DEFAULT false,
    payouts_enabled boolean NOT NULL DEFAULT false,
    -- currently_due, past_due: the gateway's names of fields; current_deadline; disabled_reason
    requirements jsonb NOT NULL DEFAULT '{}',
    country text NOT NULL,                     -- ISO 3166-1 alpha-2
    check_at timestamptz NOT NULL,             -- looked up next
    looked_at timestamptz NOT NULL,            -- when the newest answer was asked for
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, gateway),
    CONSTRAINT payout_accounts_reference_key UNIQUE (gateway, reference)
);
CREATE INDEX payout_accounts_check_idx ON payout_accounts (check_at);
CALL protect('payout_accounts', true);

-- A payment that its shopper's bank took back, for now or for good.
CREATE TABLE disputes (
    id uuid PRIMARY KEY,
    gateway text NOT NULL,
    reference text NOT NULL,                   -- the gateway's own id: dp_… or du_…
    payment_id uuid NOT NULL REFERENCES payments,
    order_id uuid NOT NULL REFERENCES orders,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    currency text NOT NULL,
    reason text NOT NULL,                      -- the gateway's word
    state text NOT NULL CHECK (state IN (
        'warning_needs_response', 'warning_under_review', 'warning_closed',
        'needs_response', 'under_review', 'won', 'lost', 'prevented'
    )),
    evidence_due_at timestamptz,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    check_at timestamptz NOT NULL,             -- looked up next, while it is open
    looked_at timestamptz NOT NULL,            -- when the newest answer was asked for
    updated_at timestamptz NOT NULL,
    CONSTRAINT disputes_reference_key UNIQUE (gateway, reference)
);
CREATE INDEX disputes_order_idx ON disputes (order_id);
CREATE INDEX disputes_opened_idx ON disputes (opened_at DESC, id DESC);
CREATE INDEX disputes_check_idx ON disputes (check_at) WHERE closed_at IS NULL;
CALL protect('disputes', false);

-- What keeps the provider's hosted sales from going live because nobody could pay it: a sentence. It is
-- null where nothing does, and where no gateway that pays providers out is in use. It is here because
-- shops ask it wherever they ask for the provider's state.
ALTER TABLE providers ADD COLUMN payouts_blocked text;

-- What the gateway kept of a payment. A null fee is not known, or there is none.
ALTER TABLE payments
    ADD COLUMN fee_minor bigint,
    ADD COLUMN fee_currency text,
    ADD COLUMN fee_check_at timestamptz,       -- asked for again
    ADD CONSTRAINT payments_fee_check CHECK ((fee_minor IS NULL) = (fee_currency IS NULL));
CREATE INDEX payments_fee_idx ON payments (fee_check_at NULLS FIRST)
    WHERE gateway = 'stripe' AND state = 'succeeded' AND fee_minor IS NULL;
CREATE INDEX payments_reference_idx ON payments (reference) WHERE gateway = 'stripe';
