-- What a rehearsal leaves is removed when it ends; its report stays.

-- Removes the copy of a sale that a rehearsal sold, with all that hangs on it. Does nothing for a sale
-- that is no rehearsal. As the owner of the tables, because receipts are append-only for everyone else.
CREATE FUNCTION remove_rehearsal(tenant uuid, rehearsed uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM sales WHERE tenant_id = tenant AND id = rehearsed AND rehearsal FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    DELETE FROM receipt_entries WHERE tenant_id = tenant AND sale_id = rehearsed;
    DELETE FROM waitlist WHERE tenant_id = tenant AND sale_id = rehearsed;
    DELETE FROM holds WHERE tenant_id = tenant AND sale_id = rehearsed;
    DELETE FROM stock WHERE tenant_id = tenant AND sale_id = rehearsed;
    DELETE FROM registrations WHERE tenant_id = tenant AND sale_id = rehearsed;
    DELETE FROM revisions WHERE tenant_id = tenant AND sale_id = rehearsed;
    DELETE FROM sale_items WHERE tenant_id = tenant AND sale_id = rehearsed;
    DELETE FROM sales WHERE tenant_id = tenant AND id = rehearsed;
END $$;
REVOKE EXECUTE ON FUNCTION remove_rehearsal(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_rehearsal(uuid, uuid) TO smp_app;

CREATE INDEX sales_rehearsals_idx ON sales (created_at) WHERE rehearsal;
