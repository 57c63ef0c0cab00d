-- The waitlist has positions, feedback has comments, and who registered gets mailings.
ALTER TABLE waitlist RENAME COLUMN place TO position;
ALTER INDEX waitlist_line_idx RENAME TO waitlist_position_idx;
ALTER TABLE stock RENAME COLUMN line_end TO last_position;

ALTER TABLE feedback RENAME COLUMN words TO comments;
ALTER TABLE feedback RENAME CONSTRAINT feedback_words_check TO feedback_comments_check;

ALTER TABLE registration_rounds RENAME TO registration_mailings;
ALTER INDEX registration_rounds_pkey RENAME TO registration_mailings_pkey;
ALTER INDEX registration_rounds_due_idx RENAME TO registration_mailings_due_idx;
ALTER INDEX registration_rounds_start_idx RENAME TO registration_mailings_start_idx;
ALTER TABLE registration_mailings RENAME CONSTRAINT registration_rounds_kind_check TO registration_mailings_kind_check;

DROP FUNCTION lock_stock;
CREATE FUNCTION lock_stock(tenant uuid, item uuid, since bigint, moves_max bigint)
RETURNS TABLE (
    sale_id uuid, capacity int, held int, sold int, waiting int, last_position bigint, receipt_capacity int, receipt_length bigint, receipt_hash text,
    sale_state text, approved_revision_id uuid, provider_state text, moved_since uuid[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM FROM stock WHERE tenant_id = tenant AND sale_item_id = item FOR UPDATE;
    RETURN QUERY
    SELECT k.sale_id, k.capacity, k.held, k.sold, k.waiting, k.last_position, k.receipt_capacity, k.receipt_length, k.receipt_hash,
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
    FROM stock k,
        LATERAL (SELECT state, approved_revision_id FROM sales WHERE tenant_id = k.tenant_id AND id = k.sale_id LIMIT 1) s,
        LATERAL (SELECT state FROM providers WHERE tenant_id = k.tenant_id LIMIT 1) p
    WHERE k.tenant_id = tenant AND k.sale_item_id = item;
END $$;
