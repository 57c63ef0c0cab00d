-- A published sale that is over can be deleted as long as nobody took part in it.

-- Whether anybody registered, held units, waited or went to the provider's cart, whatever came of it.
CREATE FUNCTION sale_is_used(tenant uuid, sale uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM registrations WHERE tenant_id = tenant AND sale_id = sale)
        OR EXISTS (
            SELECT FROM stock WHERE tenant_id = tenant AND sale_id = sale
              AND (holds_made > 0 OR last_position > 0)
        )
        OR EXISTS (SELECT FROM click_outs WHERE tenant_id = tenant AND sale_id = sale)
        OR EXISTS (SELECT FROM conversions WHERE tenant_id = tenant AND sale_id = sale)
$$;

-- Removes a sale that nobody took part in, with all that hangs on it; false if somebody did. As the
-- owner of the tables, because receipts are append-only for everyone else.
CREATE FUNCTION remove_unused_sale(tenant uuid, unused uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM stock WHERE tenant_id = tenant AND sale_id = unused FOR UPDATE;
    IF sale_is_used(tenant, unused) THEN
        RETURN false;
    END IF;
    DELETE FROM receipt_entries WHERE tenant_id = tenant AND sale_id = unused;
    DELETE FROM stock WHERE tenant_id = tenant AND sale_id = unused;
    DELETE FROM rehearsals WHERE tenant_id = tenant AND sale_id = unused;
    DELETE FROM interactions WHERE tenant_id = tenant AND sale_id = unused;
    DELETE FROM favourites WHERE tenant_id = tenant AND sale_id = unused;
    DELETE FROM visits WHERE tenant_id = tenant AND sale_id = unused;
    DELETE FROM registration_mailings WHERE tenant_id = tenant AND sale_id = unused;
    DELETE FROM access_points WHERE tenant_id = tenant AND sale_id = unused;
    DELETE FROM revisions WHERE tenant_id = tenant AND sale_id = unused;
    DELETE FROM sale_items WHERE tenant_id = tenant AND sale_id = unused;
    DELETE FROM sales WHERE tenant_id = tenant AND id = unused;
    RETURN true;
END $$;
REVOKE EXECUTE ON FUNCTION remove_unused_sale(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_unused_sale(uuid, uuid) TO smp_app;
