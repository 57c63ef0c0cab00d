-- What each kind of sale needs, the quantity a manager verified, the promise of an order, and vouchers.
ALTER TABLE sales
    ADD COLUMN target_quantity int CHECK (target_quantity BETWEEN 1 AND 10000000),
    ADD COLUMN ship_min_days int CHECK (ship_min_days BETWEEN 0 AND 365),
    ADD COLUMN ship_max_days int CHECK (ship_max_days BETWEEN 1 AND 365),
    ADD COLUMN voucher_valid_days int CHECK (voucher_valid_days BETWEEN 1 AND 3650),
    ADD CONSTRAINT sales_aggregated_check CHECK (num_nonnulls(target_quantity, ship_min_days, ship_max_days) = CASE kind WHEN 'aggregated' THEN 3 ELSE 0 END),
    ADD CONSTRAINT sales_ship_window_check CHECK (ship_max_days >= ship_min_days),
    ADD CONSTRAINT sales_voucher_check CHECK ((voucher_valid_days IS NOT NULL) = (kind = 'voucher')),
    ADD CONSTRAINT sales_kind_mode_check CHECK (mode = 'hosted' OR kind = 'while_supplies_last');

-- An item stands in a sale once for each of its slots; without slots, once.
ALTER TABLE sale_items
    ADD COLUMN slot_starts_on date,
    ADD COLUMN slot_ends_on date,
    ADD COLUMN guaranteed_quantity int CHECK (guaranteed_quantity BETWEEN 1 AND 10000000), -- null: the capacity
    ADD COLUMN evidence text NOT NULL DEFAULT '' CHECK (length(evidence) <= 1000),
    ADD COLUMN evidence_asset_id uuid,
    ADD CONSTRAINT sale_items_slot_check CHECK ((slot_starts_on IS NULL) = (slot_ends_on IS NULL) AND (slot_ends_on IS NULL OR slot_ends_on >= slot_starts_on)),
    ADD CONSTRAINT sale_items_guarantee_check CHECK (guaranteed_quantity >= capacity),
    ADD CONSTRAINT sale_items_evidence_fkey FOREIGN KEY (tenant_id, evidence_asset_id) REFERENCES assets,
    DROP CONSTRAINT sale_items_item_key,
    ADD CONSTRAINT sale_items_item_key UNIQUE NULLS NOT DISTINCT (tenant_id, sale_id, item_id, slot_starts_on, slot_ends_on);

-- What a manager verified stands above what may be sold. What is on sale already was approved as it is.
ALTER TABLE stock ADD COLUMN verified int CONSTRAINT stock_verified_not_negative CHECK (verified >= 0);
UPDATE stock SET verified = capacity;
ALTER TABLE stock
    ALTER COLUMN verified SET NOT NULL,
    ADD CONSTRAINT stock_verified_check CHECK (capacity <= verified);

-- A promised date, when one passed, and what a line is beside a thing in a box.
ALTER TABLE parcels
    ADD COLUMN promised_ship_by timestamptz,
    ADD COLUMN promise_missed_at timestamptz;
CREATE INDEX parcels_promised_idx ON parcels (promised_ship_by) WHERE state = 'to_ship' AND promise_missed_at IS NULL;
ALTER TABLE order_lines
    ADD COLUMN slot_starts_on date,
    ADD COLUMN slot_ends_on date,
    ADD COLUMN voucher_valid_days int;
-- A refund of one parcel; null: of the order.
ALTER TABLE refunds ADD COLUMN parcel_id uuid;

-- A voucher that was bought: one for each unit of a line. The code is sealed with the server's secret and found by its hash.
CREATE TABLE vouchers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    parcel_id uuid NOT NULL,
    line_id uuid NOT NULL,
    account_id uuid NOT NULL,
    sale_id uuid NOT NULL,
    code_sealed bytea NOT NULL,
    code_hash bytea NOT NULL CONSTRAINT vouchers_code_key UNIQUE,
    state text NOT NULL DEFAULT 'issued' CHECK (state IN ('issued', 'active', 'exhausted', 'expired', 'void')),
    issued_at timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    voided_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, line_id) REFERENCES order_lines
);
CREATE INDEX vouchers_order_idx ON vouchers (order_id);
CALL protect('vouchers', true, NULL, 'account_id = (SELECT scope_account())');
