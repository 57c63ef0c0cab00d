#!/usr/bin/env bash
# Refreshes .sqlx, the answers by which query! is checked without a database. Run it when a query or a migration changed; commit what it changes.
# With DATABASE_URL set it asks that database instead of one of its own: migrated, and empty, for what may be null is read off the plans.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh demo
# shellcheck source=scripts/live-sqlx.sh
. scripts/live-sqlx.sh

# The server brings the database up, but with a new query it cannot be built before .sqlx has it. An older one will do for
# that: its queue's tables are copied into a database with the migrations as they are now.
database_of_older_server() {
  [ -x "$target/debug/smp" ] || { echo "there is no server yet to start a database with; set DATABASE_URL to a migrated one, then try again" >&2; return 1; }
  echo "the new queries are not in .sqlx yet; using the server built before" >&2
  start_database
  local old=$live_url file
  psql -q "$old" -c 'CREATE DATABASE fresh'
  live_url=${old%%/smp\?*}/fresh?${old##*/smp\?}
  for file in migrations/*.sql; do
    psql -q -1 -v ON_ERROR_STOP=1 "$live_url" -f "$file" >/dev/null
  done
  pg_dump --schema-only --schema 'graphile_worker*' "$old" | psql -q -v ON_ERROR_STOP=1 "$live_url" >/dev/null
}

if [ -n "${DATABASE_URL:-}" ]; then
  live_url=$DATABASE_URL
elif SQLX_OFFLINE=true cargo build --locked --bin smp 2>"$scratch/build.log"; then
  start_database
elif grep -q 'no cached data for this query' "$scratch/build.log"; then
  database_of_older_server
else
  cat "$scratch/build.log" >&2
  exit 1
fi
live_cargo "$scratch/answers" check --locked --all-targets
mkdir -p .sqlx
find .sqlx -name 'query-*.json' -delete
find "$scratch/answers" -name 'query-*.json' -exec cp {} .sqlx/ \;
echo "$(find .sqlx -name 'query-*.json' | wc -l) queries in .sqlx"
