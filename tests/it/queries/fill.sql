-- Some rows for every table, past constraints and triggers, with values made from the columns' types.
SET session_replication_role = replica;
DO $$
DECLARE
    dropped record;
    filled record;
BEGIN
    FOR dropped IN
        SELECT conrelid::regclass AS of, conname FROM pg_constraint
        WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conrelid <> 0
    LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', dropped.of, dropped.conname);
    END LOOP;
    FOR filled IN
        SELECT c.oid::regclass AS of, string_agg(quote_ident(a.attname), ', ') AS columns,
               string_agg(
                   CASE
                       WHEN t.typname = 'uuid' AND a.attname IN ('tenant_id', 'account_id')
                           THEN 'md5((n % 100)::text)::uuid'
                       WHEN t.typname = 'uuid' THEN 'gen_random_uuid()'
                       WHEN t.typname = 'text' THEN format('md5(%L || n)', a.attname)
                       WHEN t.typname IN ('int2', 'int4', 'int8', 'float4', 'numeric') THEN 'n'
                       WHEN t.typname = 'bool' THEN 'n % 7 = 0'
                       WHEN t.typname = 'timestamptz' THEN $q$now() - n * interval '1 minute'$q$
                       WHEN t.typname = 'date' THEN 'current_date - n'
                       WHEN t.typname IN ('json', 'jsonb') THEN format('%L::%s', '{}', t.typname)
                       WHEN t.typname = 'bytea' THEN format('decode(md5(%L || n), %L)', a.attname, 'hex')
                       WHEN t.typcategory = 'A' THEN format('%L::%s', '{}', format_type(t.oid, NULL))
                       ELSE format('NULL::%s', format_type(t.oid, NULL))
                   END,
                   ', '
               ) AS made
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND a.attgenerated = '' AND a.attidentity = ''
        JOIN pg_type t ON t.oid = a.atttypid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
        GROUP BY c.oid
    LOOP
        EXECUTE format(
            'INSERT INTO %s (%s) SELECT %s FROM generate_series(1, 3000) n ON CONFLICT DO NOTHING',
            filled.of, filled.columns, filled.made
        );
    END LOOP;
END
$$;
SET session_replication_role = origin;
ANALYZE;
