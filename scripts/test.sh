#!/usr/bin/env bash
# Every check there is, in stages; ends at the first that fails. Prints each stage's seconds and, last, "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/live-sqlx.sh
. scripts/live-sqlx.sh
export SQLX_OFFLINE=true
unset DATABASE_URL

passed=0
summary=

# stage NAME COMMAND…
stage() {
  local name=$1 began=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  # Not `if "$@"`: inside a condition bash would carry on after a failed command of a function.
  set +e
  (set -e; "$@")
  local code=$?
  set -e
  report "$name" $((SECONDS - began)) "$code"
}

report() {
  summary+=$(printf '%-32s %5d s  %s' "$1" "$2" "$([ "$3" = 0 ] && echo passed || echo FAILED)")$'\n'
  printf -- '--- %s: %d s\n' "$1" "$2"
  if [ "$3" = 0 ]; then passed=$((passed + 1)); else finish 1; fi
}

finish() {
  printf '\n%s\n%d passed, %d failed\n' "$summary" "$passed" "$1"
  exit "$1"
}

queries_are_committed() {
  local committed=.sqlx
  [ -d .sqlx ] || committed=$(mktemp -d "$scratch/none.XXXX")
  diff -rq "$committed" "$target/sqlx-fresh" || {
    echo ".sqlx is not what the queries and migrations give; run scripts/sqlx-prepare.sh and commit .sqlx"
    return 1
  }
}

portal() {
  (cd portal && npm run --silent "$1")
}

stage 'set-up' scripts/setup.sh test
stage 'format' cargo fmt --check
stage 'build' cargo build --locked
# Not a stage of its own shell: the database must stay up for the next ones.
began=$SECONDS
printf '\n=== database\n'
code=0
start_database || code=$?
report 'database' $((SECONDS - began)) "$code"
stage 'lint, with live queries' live_cargo "$target/sqlx-fresh" clippy --locked --all-targets -- -D warnings
stage 'queries committed' queries_are_committed
stage 'server tests' env SMP_TEST_DATABASE_URL="$live_url" cargo test --locked
stage 'API description' env SMP_DATA="$scratch/openapi" "$target/debug/smp" openapi --check
stage 'portal types' portal check
stage 'portal lint' portal lint
stage 'portal tests' portal test
stage 'portal build' scripts/build-portal.sh
stage 'peers: third-party parts' env SMP_BIN="$target/debug/smp" .tools/python/bin/pytest tests/peers
stage 'page scripts' portal/node_modules/.bin/tsc -p tenants/jsconfig.json
stage 'end to end' npm test --silent --prefix tests/e2e
finish 0
