-- The ledger: where every minor unit came from and went. Debits are positive and credits negative; the
-- entries of a transfer sum to zero. It is only ever appended to.

CREATE TABLE ledger_transfers (
    id uuid PRIMARY KEY,
    key text NOT NULL,                         -- what it follows from; the same is posted once
    kind text NOT NULL CHECK (kind IN (
        'sale', 'cash_due', 'cash_collected', 'refund', 'payment_return', 'fee', 'dispute_opened',
        'dispute_won', 'dispute_lost', 'payout', 'payout_failed', 'payout_reversed', 'adjustment'
    )),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    order_id uuid,
    payment_id uuid,
    posted_at timestamptz NOT NULL,
    note text NOT NULL DEFAULT '',
    CONSTRAINT ledger_transfers_key_key UNIQUE (key)
);
CREATE INDEX ledger_transfers_order_idx ON ledger_transfers (order_id) WHERE order_id IS NOT NULL;
CALL protect('ledger_transfers', false);
REVOKE UPDATE, DELETE ON ledger_transfers FROM smp_app;

CREATE TABLE ledger_entries (
    tenant_id uuid NOT NULL,                   -- the provider's; the nil id: SMP's
    id uuid NOT NULL,
    transfer_id uuid NOT NULL REFERENCES ledger_transfers,
    account text NOT NULL CHECK (account IN (
        'gateway_cash', 'provider_payable', 'commission', 'shipping', 'tax', 'discounts', 'refunds',
        'disputes', 'fees', 'cash_to_collect', 'voucher_liability', 'rounding', 'payouts_in_transit'
    )),
    gateway text NOT NULL DEFAULT '',
    parcel_id uuid,
    line_id uuid,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    currency text NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX ledger_entries_transfer_idx ON ledger_entries (transfer_id);
CREATE INDEX ledger_entries_payable_idx ON ledger_entries (tenant_id, currency)
    INCLUDE (amount_minor) WHERE account = 'provider_payable';
CALL protect('ledger_entries', true);
REVOKE UPDATE, DELETE ON ledger_entries FROM smp_app;

-- A transfer has entries in its own currency, and they sum to zero when its transaction ends.
CREATE FUNCTION check_ledger_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    total numeric;
    others bigint;
BEGIN
    SELECT sum(amount_minor), count(*) FILTER (WHERE currency <> NEW.currency)
    INTO total, others FROM ledger_entries WHERE transfer_id = NEW.id;
    IF total IS DISTINCT FROM 0 OR others > 0 THEN
        RAISE EXCEPTION 'the ledger transfer % is not balanced in %: %', NEW.key, NEW.currency, total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transfer_balanced AFTER INSERT ON ledger_transfers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_ledger_transfer();

-- Nor are entries added to one later that would unbalance it. All entries of a transfer come in one
-- statement, so this looks once a statement, and not once a row.
CREATE FUNCTION check_ledger_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unbalanced uuid;
BEGIN
    SELECT e.transfer_id INTO unbalanced FROM ledger_entries e
    WHERE e.transfer_id IN (SELECT transfer_id FROM added)
    GROUP BY e.transfer_id HAVING sum(e.amount_minor) <> 0 LIMIT 1;
    IF unbalanced IS NOT NULL THEN
        RAISE EXCEPTION 'the entries of the ledger transfer % do not sum to zero', unbalanced
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_balanced AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_ledger_entries();

-- What SMP owes a provider: minus the sum of its entries of provider_payable, kept by the statement that
-- inserts them. Below zero, the provider owes SMP.
CREATE TABLE provider_payables (
    tenant_id uuid NOT NULL,
    currency text NOT NULL,
    balance_minor bigint NOT NULL,
    PRIMARY KEY (tenant_id, currency),
    CONSTRAINT provider_payables_balance_check CHECK (balance_minor BETWEEN -9e15 AND 9e15)
);
CALL protect('provider_payables', true);

-- What SMP takes of what is sold. The most specific rule counts: of a sale, of a provider and kind, of a
-- provider, of a kind, of all. A change moves nothing that was confirmed.
CREATE TABLE commission_rules (
    id uuid PRIMARY KEY,
    provider_id uuid REFERENCES providers,     -- null: every provider
    kind text CHECK (kind IN ('while_supplies_last', 'aggregated', 'reservation', 'voucher')),
    sale_id uuid,                              -- null: every sale
    currency text CHECK (currency ~ '^[A-Z]{3}$'), -- null: every currency
    ppm int NOT NULL,                          -- millionths of what the line costs
    fixed_minor bigint NOT NULL DEFAULT 0,     -- a unit, in minor units of the currency
    set_by uuid NOT NULL REFERENCES accounts,
    set_at timestamptz NOT NULL,
    CONSTRAINT commission_rules_scope_key UNIQUE NULLS NOT DISTINCT
        (provider_id, kind, sale_id, currency),
    CONSTRAINT commission_rules_ppm_check CHECK (ppm BETWEEN 0 AND 1000000),
    CONSTRAINT commission_rules_fixed_check CHECK (
        fixed_minor BETWEEN 0 AND 10000000000 AND (fixed_minor = 0 OR currency IS NOT NULL)
    ),
    CONSTRAINT commission_rules_sale_check CHECK (
        sale_id IS NULL OR provider_id IS NOT NULL AND kind IS NULL
    )
);
CALL protect('commission_rules', false);

-- The commission of an order's line as it was when the order was confirmed.
CREATE TABLE line_commissions (
    tenant_id uuid NOT NULL,
    line_id uuid NOT NULL,
    ppm int NOT NULL CHECK (ppm BETWEEN 0 AND 1000000),
    fixed_minor bigint NOT NULL CHECK (fixed_minor >= 0), -- a unit
    amount_minor bigint NOT NULL CHECK (amount_minor >= 0),
    PRIMARY KEY (tenant_id, line_id)
);
CALL protect('line_commissions', true);
REVOKE UPDATE, DELETE ON line_commissions FROM smp_app;

-- What the recount of the ledger, or the comparison with a gateway's own report, found to differ.
CREATE TABLE ledger_differences (
    id uuid PRIMARY KEY,
    source text NOT NULL,                      -- 'ledger', or the gateway whose report it was
    kind text NOT NULL,
    subject text NOT NULL,                     -- a transfer's key, a payment, a gateway's own id
    expected_minor bigint,                     -- by SMP's books; null: nothing is expected
    found_minor bigint,                        -- null: nothing was found
    currency text NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'explained')),
    note text NOT NULL DEFAULT '',             -- why, in finance's words
    found_at timestamptz NOT NULL,
    explained_at timestamptz,
    explained_by uuid REFERENCES accounts,
    CONSTRAINT ledger_differences_subject_key UNIQUE (source, kind, subject),
    CONSTRAINT ledger_differences_explained_check CHECK (
        (state = 'explained') = (explained_at IS NOT NULL)
        AND (state = 'explained') = (explained_by IS NOT NULL) AND (state = 'open' OR note <> '')
    )
);
CREATE INDEX ledger_differences_found_idx ON ledger_differences (found_at DESC, id DESC);
CALL protect('ledger_differences', false);

-- Opening transfers for what was confirmed before there was a ledger. There was no commission.
SET LOCAL smp.scope = 'platform';

-- Payments of confirmed orders, of money and in cash.
INSERT INTO ledger_transfers (id, key, kind, currency, order_id, payment_id, posted_at, note)
SELECT gen_random_uuid(),
    CASE WHEN p.gateway = 'cash' THEN 'cash-due:' ELSE 'sale:' END || p.id,
    CASE WHEN p.gateway = 'cash' THEN 'cash_due' ELSE 'sale' END,
    p.currency, p.order_id, p.id, coalesce(o.confirmed_at, p.updated_at), 'Opening'
FROM payments p JOIN orders o ON o.id = p.order_id
WHERE o.confirmed_at IS NOT NULL AND p.amount_minor > 0
  AND p.state IN ('succeeded', 'due', 'collected', 'refused');

WITH lines AS (
    SELECT t.id AS transfer, t.kind, p.amount_minor AS paid, l.tenant_id, l.parcel_id, l.id AS line,
        l.quantity * CASE p.part
            WHEN 'deposit' THEN coalesce(l.deposit_minor, l.unit_price_minor)
            WHEN 'rest' THEN l.unit_price_minor - coalesce(l.deposit_minor, l.unit_price_minor)
            ELSE l.unit_price_minor END AS amount,
        p.gateway, t.currency
    FROM ledger_transfers t
    JOIN payments p ON p.id = t.payment_id
    JOIN order_lines l ON l.order_id = t.order_id
), entries AS (
    SELECT tenant_id, transfer, 'provider_payable' AS account, '' AS gateway, parcel_id, line,
        -amount AS amount, currency
    FROM lines
    UNION ALL
    SELECT tenant_id, transfer, 'cash_to_collect', '', parcel_id, NULL, sum(amount), currency
    FROM lines WHERE kind = 'cash_due' GROUP BY tenant_id, transfer, parcel_id, currency
    UNION ALL
    SELECT '00000000-0000-0000-0000-000000000000', transfer, 'gateway_cash', gateway, NULL, NULL,
        paid, currency
    FROM lines WHERE kind = 'sale' GROUP BY transfer, gateway, paid, currency
    UNION ALL
    -- An order of discounts, or of what is added to its lines; none was placed until now.
    SELECT '00000000-0000-0000-0000-000000000000', transfer, 'rounding', '', NULL, NULL,
        sum(amount) - paid, currency
    FROM lines WHERE kind = 'sale' GROUP BY transfer, paid, currency
)
INSERT INTO ledger_entries (tenant_id, id, transfer_id, account, gateway, parcel_id, line_id,
    amount_minor, currency)
SELECT tenant_id, gen_random_uuid(), transfer, account, gateway, parcel_id, line, amount, currency
FROM entries WHERE amount <> 0;

-- What became of cash on delivery.
INSERT INTO ledger_transfers (id, key, kind, currency, order_id, payment_id, posted_at, note)
SELECT gen_random_uuid(),
    CASE outcome WHEN 'collected' THEN 'cash-collected:' ELSE 'cash-refused:' END || parcel_id,
    CASE outcome WHEN 'collected' THEN 'cash_collected' ELSE 'cash_due' END,
    currency, order_id, payment_id, noted_at, 'Opening'
FROM cash_collections WHERE amount_minor > 0;

INSERT INTO ledger_entries (tenant_id, id, transfer_id, account, parcel_id, line_id, amount_minor,
    currency)
SELECT l.tenant_id, gen_random_uuid(), t.id, part.account, l.parcel_id,
    CASE WHEN t.kind = 'cash_due' AND part.account = 'provider_payable' THEN l.line END,
    part.sign * l.amount, t.currency
FROM cash_collections c
JOIN ledger_transfers t ON t.key IN
    ('cash-collected:' || c.parcel_id, 'cash-refused:' || c.parcel_id)
JOIN LATERAL (
    SELECT o.tenant_id, o.parcel_id, o.id AS line, o.quantity * o.unit_price_minor AS amount
    FROM order_lines o WHERE o.tenant_id = c.tenant_id AND o.parcel_id = c.parcel_id
) l ON l.amount > 0
CROSS JOIN (VALUES ('provider_payable', 1), ('cash_to_collect', -1)) AS part (account, sign);

-- Money that was taken for nothing: it is owed back until it is returned.
INSERT INTO ledger_transfers (id, key, kind, currency, order_id, payment_id, posted_at, note)
SELECT gen_random_uuid(), 'taken:' || taken.payment_id, 'payment_return', taken.currency,
    taken.order_id, taken.payment_id, taken.at, 'Opening'
FROM (
    SELECT payment_id, order_id, currency, min(created_at) AS at
    FROM refunds WHERE surplus GROUP BY 1, 2, 3
    UNION ALL
    SELECT p.id, p.order_id, p.currency, p.updated_at
    FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE o.confirmed_at IS NULL AND p.state = 'succeeded' AND p.amount_minor > 0
      AND NOT EXISTS (SELECT FROM refunds r WHERE r.payment_id = p.id AND r.surplus)
) taken;
INSERT INTO ledger_entries (tenant_id, id, transfer_id, account, gateway, amount_minor, currency)
SELECT '00000000-0000-0000-0000-000000000000', gen_random_uuid(), t.id, part.account,
    CASE part.account WHEN 'gateway_cash' THEN p.gateway ELSE '' END,
    part.sign * coalesce(
        (SELECT sum(r.amount_minor) FROM refunds r WHERE r.payment_id = p.id AND r.surplus),
        p.amount_minor),
    t.currency
FROM ledger_transfers t JOIN payments p ON p.id = t.payment_id
CROSS JOIN (VALUES ('gateway_cash', 1), ('refunds', -1)) AS part (account, sign)
WHERE t.key LIKE 'taken:%';

-- What gateways kept.
INSERT INTO ledger_transfers (id, key, kind, currency, order_id, payment_id, posted_at, note)
SELECT gen_random_uuid(), 'fee:' || id, 'fee', fee_currency, order_id, id, updated_at, 'Opening'
FROM payments WHERE fee_minor <> 0;
INSERT INTO ledger_entries (tenant_id, id, transfer_id, account, gateway, amount_minor, currency)
SELECT '00000000-0000-0000-0000-000000000000', gen_random_uuid(), t.id, part.account, p.gateway,
    part.sign * p.fee_minor, t.currency
FROM ledger_transfers t JOIN payments p ON p.id = t.payment_id
CROSS JOIN (VALUES ('fees', 1), ('gateway_cash', -1)) AS part (account, sign)
WHERE t.kind = 'fee';

-- Refunds, and disputes that were lost, in the order in which they came: each takes of the lines that it
-- covers in proportion to what is left of them, to the minor unit.
DO $$
DECLARE
    step record;
    transfer uuid;
    weights bigint;
    of_lines bigint;
BEGIN
    FOR step IN
        SELECT r.settled_at AS at, 'refund' AS kind,
            CASE WHEN r.surplus THEN 'return:' ELSE 'refund:' END || r.id AS key, r.amount_minor,
            r.currency, r.order_id, r.payment_id, r.parcel_id, p.gateway,
            r.surplus OR o.confirmed_at IS NULL AS of_nothing
        FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = r.order_id
        WHERE r.state = 'succeeded'
        UNION ALL
        SELECT d.opened_at, 'dispute_opened', 'dispute-opened:' || d.id, d.amount_minor, d.currency,
            d.order_id, d.payment_id, NULL, d.gateway, true
        FROM disputes d
        WHERE d.state IN ('needs_response', 'under_review', 'won', 'lost') AND d.amount_minor > 0
        UNION ALL
        SELECT d.closed_at, 'dispute_' || d.state, 'dispute-' || d.state || ':' || d.id,
            d.amount_minor, d.currency, d.order_id, d.payment_id, NULL, d.gateway, d.state = 'won'
        FROM disputes d WHERE d.state IN ('won', 'lost') AND d.amount_minor > 0
        ORDER BY at
    LOOP
        transfer := gen_random_uuid();
        weights := 0;
        IF NOT step.of_nothing THEN
            SELECT coalesce(-sum(e.amount_minor), 0) INTO weights
            FROM ledger_entries e JOIN ledger_transfers t ON t.id = e.transfer_id
            WHERE t.order_id = step.order_id AND t.kind IN ('sale', 'cash_due', 'refund')
              AND e.account = 'provider_payable'
              AND (step.parcel_id IS NULL OR e.parcel_id = step.parcel_id);
        END IF;
        of_lines := least(step.amount_minor, weights);
        CONTINUE WHEN step.kind = 'dispute_lost' AND of_lines = 0;
        INSERT INTO ledger_transfers (id, key, kind, currency, order_id, payment_id, posted_at, note)
        VALUES (transfer, step.key,
            CASE WHEN step.key LIKE 'return:%' THEN 'payment_return' ELSE step.kind END,
            step.currency, step.order_id, step.payment_id, step.at, 'Opening');
        WITH left_of AS (
            SELECT e.tenant_id, e.parcel_id, e.line_id, -sum(e.amount_minor) AS amount
            FROM ledger_entries e JOIN ledger_transfers t ON t.id = e.transfer_id
            WHERE t.order_id = step.order_id AND t.kind IN ('sale', 'cash_due', 'refund')
              AND e.account = 'provider_payable'
              AND (step.parcel_id IS NULL OR e.parcel_id = step.parcel_id)
            GROUP BY 1, 2, 3 HAVING sum(e.amount_minor) < 0
        ), running AS (
            SELECT *, sum(amount) OVER (ORDER BY tenant_id, parcel_id, line_id) AS upto FROM left_of
        ), entries AS (
            SELECT tenant_id, 'provider_payable' AS account, '' AS gateway, parcel_id,
                CASE WHEN step.kind = 'refund' THEN line_id END AS line_id,
                floor(of_lines * upto / weights) - floor(of_lines * (upto - amount) / weights)
                    AS amount
            FROM running WHERE of_lines > 0
            UNION ALL
            SELECT '00000000-0000-0000-0000-000000000000', account, gateway, NULL, NULL, amount
            FROM (VALUES
                ('gateway_cash', step.gateway, CASE step.kind
                    WHEN 'dispute_won' THEN step.amount_minor WHEN 'dispute_lost' THEN 0
                    ELSE -step.amount_minor END),
                ('disputes', '', CASE step.kind
                    WHEN 'dispute_opened' THEN step.amount_minor
                    WHEN 'dispute_won' THEN -step.amount_minor
                    WHEN 'dispute_lost' THEN -of_lines ELSE 0 END),
                ('refunds', '', CASE step.kind
                    WHEN 'refund' THEN step.amount_minor - of_lines ELSE 0 END)
            ) AS smp (account, gateway, amount)
        )
        INSERT INTO ledger_entries (tenant_id, id, transfer_id, account, gateway, parcel_id, line_id,
            amount_minor, currency)
        SELECT tenant_id, gen_random_uuid(), transfer, account, gateway, parcel_id, line_id, amount,
            step.currency
        FROM entries WHERE amount <> 0;
    END LOOP;
END $$;

INSERT INTO provider_payables (tenant_id, currency, balance_minor)
SELECT tenant_id, currency, -sum(amount_minor) FROM ledger_entries
WHERE account = 'provider_payable' GROUP BY tenant_id, currency;
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL smp.scope = '';
