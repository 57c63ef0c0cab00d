-- The same rows for the same scopes, asked for with fewer questions: each sub-select of a policy is one more plan that every statement
-- on its table begins with, a group at the desk with some sixty of them. `smp.tenant` and `smp.account` are set by the one door, and only
-- in the scope they belong to, so that whoever has no such scope has no such tenant and no such account.
CREATE OR REPLACE FUNCTION scope_name() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT current_setting('smp.scope', true) $$;

DO $$
DECLARE stands record;
BEGIN
    FOR stands IN SELECT tablename, policyname, qual FROM pg_policies WHERE schemaname = 'public' AND policyname IN ('tenant', 'shopper') LOOP
        IF stands.policyname = 'tenant' THEN
            EXECUTE format('ALTER POLICY tenant ON %I USING (tenant_id = (SELECT scope_tenant()))', stands.tablename);
        ELSE
            ASSERT stands.qual LIKE '%account_id = ( SELECT scope_account() AS scope_account)%', stands.tablename;
            EXECUTE format('ALTER POLICY shopper ON %I USING (account_id = (SELECT scope_account()))', stands.tablename);
        END IF;
    END LOOP;
END $$;

-- Puts a table behind its policies. The functions stand in sub-selects so that a statement evaluates each of them once.
--   tenant_rows    when true, a tenant sees and writes the rows whose tenant_id is its own
--   shopper_rows   when true, a shopper sees and writes the rows whose account_id is its own
--   published      a condition under which anyone in the shopper scope may read a row (null: never)
DROP PROCEDURE protect(regclass, boolean, text, text);
CREATE PROCEDURE protect(target regclass, tenant_rows boolean, shopper_rows boolean DEFAULT false, published text DEFAULT NULL)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO smp_app', target);
    EXECUTE format('CREATE POLICY platform ON %s USING ((SELECT scope_name()) = ''platform'')', target);
    IF tenant_rows THEN
        EXECUTE format('CREATE POLICY tenant ON %s USING (tenant_id = (SELECT scope_tenant()))', target);
    END IF;
    IF shopper_rows THEN
        EXECUTE format('CREATE POLICY shopper ON %s USING (account_id = (SELECT scope_account()))', target);
    END IF;
    IF published IS NOT NULL THEN
        EXECUTE format('CREATE POLICY published ON %s FOR SELECT USING ((SELECT scope_name()) = ''shopper'' AND (%s))', target, published);
    END IF;
END $$;
