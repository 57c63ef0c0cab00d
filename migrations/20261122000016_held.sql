-- Items with holds past their time are found by stepping from item to item, rather than through every hold that is due: when a
-- rush's holds run out, those are a hundred thousand in the same second.
DROP INDEX holds_expiry_idx;
CREATE INDEX holds_held_idx ON holds (tenant_id, sale_item_id, expires_at) WHERE state = 'held';

-- Locks an item's stock, then reads it: two statements, because one that waited for the lock would still tell of other rows what
-- was before the wait, and sell what was halted meanwhile; in one function, because the lock is held for each step of the way.
-- `since` is a length of the receipt: whose moves it tells of from there on is `moved_since` (null where an entry does not say
-- whose), when it grew by `moves_max` entries or fewer.
CREATE FUNCTION lock_stock(tenant uuid, item uuid, since bigint, moves_max bigint)
RETURNS TABLE (
    sale_id uuid, capacity int, held int, sold int, waiting int, line_end bigint, receipt_capacity int, receipt_length bigint, receipt_hash text,
    sale_state text, approved_revision_id uuid, provider_state text, moved_since uuid[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM stock WHERE tenant_id = tenant AND sale_item_id = item FOR UPDATE;
    RETURN QUERY
    SELECT k.sale_id, k.capacity, k.held, k.sold, k.waiting, k.line_end, k.receipt_capacity, k.receipt_length, k.receipt_hash,
           s.state, s.approved_revision_id, p.state,
           CASE
               WHEN k.receipt_length = since THEN '{}'
               -- The usual case of two nodes in turns, without taking the entry's array apart.
               WHEN k.receipt_length = since + 1 THEN (
                   SELECT coalesce(accounts, ARRAY[NULL::uuid]) FROM receipt_entries WHERE tenant_id = tenant AND sale_item_id = item AND sequence = since + 1
               )
               WHEN k.receipt_length BETWEEN since AND since + moves_max THEN ARRAY(
                   SELECT account FROM receipt_entries, UNNEST(coalesce(accounts, ARRAY[NULL::uuid])) AS account
                   WHERE tenant_id = tenant AND sale_item_id = item AND sequence > since
               )
           END
    FROM stock k JOIN sales s ON s.tenant_id = k.tenant_id AND s.id = k.sale_id JOIN providers p ON p.tenant_id = k.tenant_id
    WHERE k.tenant_id = tenant AND k.sale_item_id = item;
END $$;
