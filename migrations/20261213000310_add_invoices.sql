-- Invoices and credit notes of what providers sold: who issues them, their numbers, and the documents.

-- What a provider's invoices say of it. Without a row SMP issues them, and they wait for the data.
CREATE TABLE invoicing_profiles (
    tenant_id uuid PRIMARY KEY REFERENCES providers,
    invoiced_by text NOT NULL CHECK (invoiced_by IN ('smp', 'provider')),
    legal_name text NOT NULL,
    line1 text NOT NULL,
    line2 text NOT NULL,
    postal_code text NOT NULL,
    city text NOT NULL,
    country text NOT NULL CHECK (country ~ '^([A-Z]{2})?$'),
    tax_id text NOT NULL,                      -- VAT id, or another number of the tax office
    register text NOT NULL,                    -- the register's entry, such as 'HRB 12345, Berlin'
    -- What its numbers begin with; null until it is set. It stays once an invoice has it.
    number_prefix text CHECK (number_prefix ~ '^[A-Z0-9]{2,12}$'),
    -- Millionths, contained in its prices; null: no tax is shown. It is in effect from when it was set.
    tax_rate_ppm integer CHECK (tax_rate_ppm BETWEEN 0 AND 1000000),
    version integer NOT NULL DEFAULT 1,
    edited_by uuid NOT NULL,
    edited_at timestamptz NOT NULL,
    CONSTRAINT invoicing_profiles_prefix_key UNIQUE (number_prefix)
);
CALL protect('invoicing_profiles', true);

-- The next number of an issuer in a year. The row is locked until the invoice is committed, so that no
-- number is left out or given twice.
CREATE TABLE invoice_series (
    tenant_id uuid NOT NULL,
    year integer NOT NULL,                     -- of the issuer's time zone
    next_number integer NOT NULL CHECK (next_number > 0),
    PRIMARY KEY (tenant_id, year)
);
CALL protect('invoice_series', true);

-- What an order or a refund asks for, and what became of that. Each asks once.
CREATE TABLE invoice_duties (
    tenant_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    cause_id uuid NOT NULL,                    -- the parcel; of a credit note the refund, or the parcel refused at the door
    parcel_id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    account_id uuid NOT NULL,
    amount_minor bigint CHECK (amount_minor > 0),   -- of a credit note; null: all that is left
    tax_rate_ppm integer,                      -- the provider's rate when the order was paid
    -- 'provider': it issues its invoices itself; 'before': sold before there were invoices
    state text NOT NULL CHECK (state IN ('waiting', 'issued', 'provider', 'before')),
    since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind, cause_id)
);
CREATE INDEX invoice_duties_waiting_idx ON invoice_duties (tenant_id, since) WHERE state = 'waiting';
CREATE INDEX invoice_duties_order_idx ON invoice_duties (order_id);
CALL protect('invoice_duties', true, published => 'account_id = (SELECT scope_account())');

CREATE TABLE invoices (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    number text NOT NULL,
    cause_id uuid NOT NULL,                    -- as in invoice_duties
    parcel_id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    order_number text NOT NULL,
    account_id uuid NOT NULL,
    issuer jsonb NOT NULL,
    buyer jsonb NOT NULL,
    lines jsonb NOT NULL,
    currency text NOT NULL,
    -- Of a credit note: what it takes back. The net amount is the difference.
    gross_minor bigint NOT NULL CHECK (gross_minor >= 0),
    tax_minor bigint NOT NULL CHECK (tax_minor >= 0),
    shows_tax boolean NOT NULL,
    supplied_at timestamptz NOT NULL,          -- when the order was confirmed
    issued_at timestamptz NOT NULL,
    issued_on date NOT NULL,                   -- in the issuer's time zone
    corrects_id uuid,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT invoices_number_key UNIQUE (number),
    CONSTRAINT invoices_cause_key UNIQUE (tenant_id, kind, cause_id),
    CONSTRAINT invoices_corrects_fkey FOREIGN KEY (tenant_id, corrects_id) REFERENCES invoices,
    CONSTRAINT invoices_corrects_check CHECK ((kind = 'credit_note') = (corrects_id IS NOT NULL)),
    CONSTRAINT invoices_tax_check CHECK (tax_minor <= gross_minor)
);
CREATE INDEX invoices_issued_idx ON invoices (tenant_id, issued_at DESC, id DESC);
CREATE INDEX invoices_order_idx ON invoices (order_id);
CREATE INDEX invoices_parcel_idx ON invoices (tenant_id, parcel_id);
CALL protect('invoices', true, published => 'account_id = (SELECT scope_account())');
-- An invoice is never changed; a credit note corrects it.
REVOKE UPDATE, DELETE ON invoices FROM smp_app;

-- Nobody asks for invoices of what was sold before.
SET LOCAL smp.scope = 'platform';
INSERT INTO invoice_duties
    (tenant_id, kind, cause_id, parcel_id, order_id, account_id, state, since)
SELECT p.tenant_id, 'invoice', p.id, p.id, p.order_id, p.account_id, 'before', o.confirmed_at
FROM parcels p JOIN orders o ON o.id = p.order_id
WHERE o.confirmed_at IS NOT NULL AND (o.rest_minor = 0 OR o.rest_paid_at IS NOT NULL);
SET LOCAL smp.scope = '';
