-- Refunds that fail after they were made: the bank did not take the money, and the gateway says so days later.
ALTER TABLE refunds
    -- It, or the one it is another try of, was made once, and the money came back: what followed of it stands.
    ADD COLUMN made_before boolean NOT NULL DEFAULT false,
    -- Everything of its order had been refunded when that happened, so all units had been moved.
    ADD COLUMN emptied_order boolean NOT NULL DEFAULT false;

ALTER TABLE ledger_transfers
    DROP CONSTRAINT ledger_transfers_kind_check,
    ADD CONSTRAINT ledger_transfers_kind_check CHECK (kind IN (
        'sale', 'cash_due', 'cash_collected', 'refund', 'refund_failed', 'payment_return', 'fee',
        'dispute_opened', 'dispute_won', 'dispute_lost', 'payout', 'payout_failed', 'payout_reversed',
        'adjustment'
    ));

-- Payouts by Stripe's test keys were posted to a gateway of their own. They are of the cash that sales brought.
SET LOCAL smp.scope = 'platform';
INSERT INTO ledger_transfers (id, key, kind, currency, posted_at, note)
SELECT gen_random_uuid(), 'cash-of-stripe-test:' || currency, 'adjustment', currency, now(),
    'Cash at Stripe under one name'
FROM ledger_entries WHERE account = 'gateway_cash' AND gateway = 'stripe_test'
GROUP BY currency HAVING sum(amount_minor) <> 0;

INSERT INTO ledger_entries (tenant_id, id, transfer_id, account, gateway, amount_minor, currency)
SELECT '00000000-0000-0000-0000-000000000000', gen_random_uuid(), t.id, 'gateway_cash', part.gateway,
    part.sign * cash.amount, t.currency
FROM ledger_transfers t
JOIN (
    SELECT currency, sum(amount_minor) AS amount FROM ledger_entries
    WHERE account = 'gateway_cash' AND gateway = 'stripe_test' GROUP BY currency
) cash ON cash.currency = t.currency
CROSS JOIN (VALUES ('stripe_test', -1), ('stripe', 1)) AS part (gateway, sign)
WHERE t.key = 'cash-of-stripe-test:' || t.currency;
SET CONSTRAINTS ALL IMMEDIATE;
SET LOCAL smp.scope = '';
