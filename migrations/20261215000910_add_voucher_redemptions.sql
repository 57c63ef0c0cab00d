-- What providers redeem of the vouchers that were bought. A row says what was redeemed as its receipt does, and stays
-- when the redemption is reversed.

ALTER TABLE vouchers ADD COLUMN redeemed_at timestamptz;  -- of the redemption in force

CREATE TABLE voucher_redemptions (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    voucher_id uuid NOT NULL,
    order_number text NOT NULL,
    title text NOT NULL,
    item_name text NOT NULL,
    code_ending text NOT NULL,                 -- the last characters of the code
    reference text NOT NULL,                   -- the provider's: of a receipt or a booking; may be empty
    redeemed_at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor IN ('account', 'api_key', 'system')),
    actor_id uuid,
    reversed_at timestamptz,
    reversal_actor text CHECK (reversal_actor IN ('account', 'api_key', 'system')),
    reversal_actor_id uuid,
    reversal_reason text NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, voucher_id) REFERENCES vouchers,
    CHECK ((reversed_at IS NULL) = (reversal_actor IS NULL))
);
-- A voucher is redeemed once at a time.
CREATE UNIQUE INDEX voucher_redemptions_voucher_key ON voucher_redemptions (tenant_id, voucher_id)
    WHERE reversed_at IS NULL;
CREATE INDEX voucher_redemptions_list_idx ON voucher_redemptions (tenant_id, redeemed_at DESC, id DESC);
CALL protect('voucher_redemptions', true);
