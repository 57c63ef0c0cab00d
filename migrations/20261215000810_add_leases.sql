-- Work that one process does at a time, by its key, without a lock across what it waits for.
CREATE TABLE leases (
    key text PRIMARY KEY,
    holder uuid NOT NULL,
    expires_at timestamptz NOT NULL            -- by the database's clock; its holder renews it
);
CALL protect('leases', false);
