-- The application's role, the scopes of a transaction, and row-level security by scope.
--
-- Every transaction names its scope in the setting `smp.scope`, and every policy reads it:
--   'tenant'    the rows of one provider, whose id is in `smp.tenant`
--   'shopper'   the rows of one account, whose id is in `smp.account`, and what is published
--   'platform'  every row: SMP's own work
-- A transaction without a scope sees no rows. `src/platform/db.rs` sets `smp.tenant` and
-- `smp.account` only in the scope they belong to, so a policy on either need not ask for the scope.

-- The application's role owns nothing and cannot bypass a policy. Roles belong to the whole server,
-- so another database may have created it already, or may be creating it now.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'smp_app') THEN
        CREATE ROLE smp_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;

GRANT smp_app TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO smp_app;

CREATE FUNCTION scope_name() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT current_setting('smp.scope', true) $$;
CREATE FUNCTION scope_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('smp.tenant', true), '')::uuid $$;
CREATE FUNCTION scope_account() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('smp.account', true), '')::uuid $$;

-- Turns on row-level security for a table, grants it to the application's role and creates its
-- policies. `platform` is created for every table; the arguments add the others:
--   tenant_rows    true: a tenant reads and writes the rows with its own tenant_id
--   shopper_rows   true: a shopper reads and writes the rows with their own account_id
--   published      a condition; anyone in the shopper scope may read the rows that meet it. For
--                  rows their owner may only read: 'account_id = (SELECT scope_account())'
--
-- Each function call is a sub-select, so that a statement evaluates it once and not for every row.
-- Each sub-select also costs planning time in every statement, so a policy has only those it needs.
CREATE PROCEDURE protect(
    target regclass,
    tenant_rows boolean,
    shopper_rows boolean DEFAULT false,
    published text DEFAULT NULL
)
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO smp_app', target);
    EXECUTE format(
        'CREATE POLICY platform ON %s USING ((SELECT scope_name()) = ''platform'')',
        target
    );
    IF tenant_rows THEN
        EXECUTE format(
            'CREATE POLICY tenant ON %s USING (tenant_id = (SELECT scope_tenant()))',
            target
        );
    END IF;
    IF shopper_rows THEN
        EXECUTE format(
            'CREATE POLICY shopper ON %s USING (account_id = (SELECT scope_account()))',
            target
        );
    END IF;
    IF published IS NOT NULL THEN
        EXECUTE format(
            'CREATE POLICY published ON %s FOR SELECT'
            ' USING ((SELECT scope_name()) = ''shopper'' AND (%s))',
            target,
            published
        );
    END IF;
END $$;
