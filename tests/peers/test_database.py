"""What the application's role can see and do, asked by another driver than the server's."""

import psycopg
import pytest
from psycopg import sql

TENANT_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1
"""


@pytest.fixture
def connection(demo):
    with psycopg.connect(demo.told.database_url) as connection:
        yield connection


def one(connection, query, *values):
    return connection.execute(query, values).fetchone()[0]


def rows(connection, table):
    return one(connection, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))


def tenant_tables(connection):
    tables = [name for (name,) in connection.execute(TENANT_TABLES)]
    assert len(tables) > 15, tables
    return tables


def scope(connection, scope, **settings):
    connection.execute("SELECT set_config('smp.scope', %s, true)", [scope])
    for name, value in settings.items():
        connection.execute("SELECT set_config(%s, %s, true)", [f"smp.{name}", str(value)])


def test_the_address_is_of_the_application_role_which_may_nothing_special(connection):
    assert one(connection, "SELECT current_user") == "smp_app"
    assert one(connection, "SHOW is_superuser") == "off"
    (row,) = connection.execute("SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user")
    assert row == (False, False, False, False)
    assert one(connection, "SELECT count(*) FROM pg_class WHERE relowner = 'smp_app'::regrole AND relnamespace = 'public'::regnamespace") == 0


@pytest.mark.parametrize(
    "command",
    [
        "SET ROLE smp_owner",
        "SET SESSION AUTHORIZATION smp_owner",
        "ALTER TABLE sales DISABLE ROW LEVEL SECURITY",
        "ALTER ROLE smp_app BYPASSRLS",
        "DROP TABLE holds",
        "CREATE TABLE mine (id int)",
    ],
)
def test_it_cannot_help_itself_to_more(connection, command):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(command)


def test_row_security_cannot_be_switched_off(connection):
    connection.execute("SET row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(connection, "sales")


def test_without_a_scope_no_tenant_table_has_rows(connection):
    seen = {table: rows(connection, table) for table in tenant_tables(connection)}
    assert not any(seen.values()), seen


def test_in_a_tenant_s_scope_every_row_is_that_tenant_s(connection):
    """The whole world is there for the platform; a provider's scope shows that provider's part, in every table."""
    tables = tenant_tables(connection)
    scope(connection, "platform")
    everything = {table: rows(connection, table) for table in tables}
    tenant, other = [row[0] for row in connection.execute("SELECT tenant_id FROM providers ORDER BY slug LIMIT 2")]
    for table in ("providers", "assets", "offers", "items", "sales", "stock", "holds"):
        assert everything[table] > 0, everything
    connection.rollback()

    scope(connection, "tenant", tenant=tenant)
    part = 0
    for table in tables:
        strangers = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id <> %s").format(sql.Identifier(table))
        assert one(connection, strangers, tenant) == 0, table
        part += rows(connection, table)
    assert 0 < part < sum(everything.values())
    # Nor can it be written to.
    changed = connection.execute("UPDATE sales SET slug = slug WHERE tenant_id = %s", [other])
    assert changed.rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("INSERT INTO event_counters (tenant_id) VALUES (%s)", [other])


def test_a_scope_ends_with_its_transaction(connection):
    scope(connection, "platform")
    assert rows(connection, "sales") > 0
    connection.commit()
    assert rows(connection, "sales") == 0


def test_an_unknown_scope_sees_nothing(connection):
    scope(connection, "everything")
    assert not any(rows(connection, table) for table in tenant_tables(connection))
