-- Shipments of parcels, and their tracking.

CREATE TABLE shipments (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    parcel_id uuid NOT NULL,
    order_id uuid NOT NULL,
    account_id uuid NOT NULL,
    carrier text NOT NULL CHECK (length(carrier) BETWEEN 1 AND 80),
    tracking_number text NOT NULL CHECK (length(tracking_number) BETWEEN 1 AND 80),
    tracking_url text,
    state text NOT NULL DEFAULT 'handed_over' CHECK (state IN (
        'created', 'handed_over', 'in_transit', 'delivered', 'returned_to_sender'
    )),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT shipments_tracking_key UNIQUE (tenant_id, carrier, tracking_number),
    FOREIGN KEY (tenant_id, parcel_id) REFERENCES parcels
);
CREATE INDEX shipments_order_idx ON shipments (order_id);
CALL protect('shipments', true, published => 'account_id = (SELECT scope_account())');

CREATE TABLE shipment_events (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    shipment_id uuid NOT NULL,
    account_id uuid NOT NULL,
    state text NOT NULL,
    note text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, shipment_id) REFERENCES shipments
);
CREATE INDEX shipment_events_shipment_idx ON shipment_events (tenant_id, shipment_id, created_at);
CALL protect('shipment_events', true, published => 'account_id = (SELECT scope_account())');
