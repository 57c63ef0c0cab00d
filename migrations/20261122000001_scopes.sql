-- The one door to the database: every transaction names its scope, and row-level security reads it.
--
-- Scopes: 'tenant' (one provider's rows), 'shopper' (one account's rows, or what is published when nobody is signed in)
-- and 'platform' (SMP's own work). No scope, no rows. The application's role owns nothing and cannot bypass a policy.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'smp_app') THEN
        CREATE ROLE smp_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of the cluster was faster
END $$;

GRANT smp_app TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO smp_app;

CREATE FUNCTION scope_name() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('smp.scope', true), '') $$;
CREATE FUNCTION scope_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('smp.tenant', true), '')::uuid $$;
CREATE FUNCTION scope_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('smp.account', true), '')::uuid $$;

-- Puts a table behind its policies. The functions stand in sub-selects so that a statement evaluates each of them once.
--   tenant_rows    when true, a tenant sees the rows whose tenant_id is its own
--   shopper        a condition under which a shopper may read and write a row (null: never)
--   published      a condition under which anyone in the shopper scope may read a row (null: never)
CREATE PROCEDURE protect(target regclass, tenant_rows boolean, shopper text DEFAULT NULL, published text DEFAULT NULL)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO smp_app', target);
    EXECUTE format('CREATE POLICY platform ON %s USING ((SELECT scope_name()) = ''platform'')', target);
    IF tenant_rows THEN
        EXECUTE format('CREATE POLICY tenant ON %s USING ((SELECT scope_name()) = ''tenant'' AND tenant_id = (SELECT scope_tenant()))', target);
    END IF;
    IF shopper IS NOT NULL THEN
        EXECUTE format('CREATE POLICY shopper ON %s USING ((SELECT scope_name()) = ''shopper'' AND (%s))', target, shopper);
    END IF;
    IF published IS NOT NULL THEN
        EXECUTE format('CREATE POLICY published ON %s FOR SELECT USING ((SELECT scope_name()) = ''shopper'' AND (%s))', target, published);
    END IF;
END $$;
