//! The SQL that appends events to a tenant's log, for a slice that writes them in one statement
//! with rows of its own. No job is added, so no subscriber is told: such events stand in the log
//! alone.

/// Expands to a call of the caller's macro, with two common table expressions as its first
/// argument: `numbered` takes the next numbers of the log, and locks its counter until the
/// transaction ends; `appended` writes the events. Their binds are `$1` the tenant, `$2` ids
/// (`uuid[]`), `$3` kinds (`text[]`) and `$4` JSON payloads (`text[]`), an event at a time.
macro_rules! with_append_sql {
    ($caller:ident!($($arguments:tt)*)) => {
        $caller!(
            "
            numbered AS (
                INSERT INTO event_counters AS c (tenant_id, last_sequence)
                SELECT $1, cardinality($2::uuid[]) WHERE cardinality($2::uuid[]) > 0
                ON CONFLICT (tenant_id) DO UPDATE
                    SET last_sequence = c.last_sequence + excluded.last_sequence
                RETURNING last_sequence - cardinality($2::uuid[]) AS before
            ), appended AS (
                INSERT INTO events (tenant_id, sequence, id, type, payload)
                SELECT $1, before + nth, id, kind, payload::jsonb
                FROM numbered, UNNEST($2::uuid[], $3::text[], $4::text[])
                    WITH ORDINALITY AS added (id, kind, payload, nth)
            )",
            $($arguments)*
        )
    };
}

pub(crate) use with_append_sql;
