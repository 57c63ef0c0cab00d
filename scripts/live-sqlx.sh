# Sourced by test.sh and sqlx-prepare.sh: a migrated database of its own, and a check of every query! against it.
# shellcheck shell=bash

target=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)
scratch=$(mktemp -d)
# The database's user must be able to enter.
chmod 755 "$scratch"
database_pid=
live_url=

clean_up() {
  [ -z "$database_pid" ] || { kill -TERM "$database_pid" && wait "$database_pid"; } 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a migrated PostgreSQL until this script ends, and sets live_url.
start_database() {
  env -u DATABASE_URL SMP_DATA="$scratch/data" SMP_LOG=warn "$target/debug/smp" postgres --without-fsync >"$scratch/database.out" &
  database_pid=$!
  local tries=0
  until live_url=$(sed -n '1s/^DATABASE_URL=//p' "$scratch/database.out") && [ -n "$live_url" ]; do
    kill -0 "$database_pid" 2>/dev/null && [ $((tries += 1)) -lt 900 ] || { echo "the database did not start" >&2; return 1; }
    sleep 0.1
  done
}

# live_cargo FOLDER ARGUMENT…: cargo with every query! asked of the live database, and its answer written to FOLDER.
live_cargo() {
  local answers=$1 root code=0
  shift
  rm -rf "$answers"
  mkdir -p "$answers"
  # Cargo runs the macros again only for what changed; afterwards it need not build the server once more.
  for root in src/lib.rs tests/it/main.rs; do
    touch -r "$root" "$scratch/$(basename "$root").time"
    touch "$root"
  done
  DATABASE_URL="$live_url" SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$answers" cargo "$@" || code=$?
  for root in src/lib.rs tests/it/main.rs; do
    touch -r "$scratch/$(basename "$root").time" "$root"
  done
  return "$code"
}
