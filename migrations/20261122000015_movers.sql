-- Whose holds and places in line the moves of an entry are of: what the counters of other nodes remember of them, they forget.
-- Null: written by a node that does not say, so that everyone is forgotten. The file a receipt is fetched as has none of it.
ALTER TABLE receipt_entries ADD COLUMN accounts uuid[];
ALTER TABLE receipt_entries ALTER COLUMN accounts SET STORAGE EXTERNAL;
-- Sales about to start, and rehearsals just prepared, are looked for every few seconds.
CREATE INDEX registration_rounds_start_idx ON registration_rounds (starts_at) WHERE kind = 'start';
CREATE INDEX sales_rehearsal_idx ON sales (starts_at) WHERE rehearsal;
