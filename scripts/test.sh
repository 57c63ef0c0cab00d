#!/usr/bin/env bash
# Every check there is, in stages: those that do not need each other run side by side. The first that fails ends them all.
# Prints what a stage said, its seconds and those of the processors when it is over, and last "N passed, N failed".
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=scripts/live-sqlx.sh
. scripts/live-sqlx.sh
export SQLX_OFFLINE=true
unset DATABASE_URL
# A first build has no use for what incremental builds keep, nor for what debuggers read, and takes longer for both.
[ -e "$target/debug/incremental" ] || export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=false
# What a stage leaves behind when it is ended goes with the rest.
export TMPDIR=$scratch/tmp
over=$scratch/over
mkdir "$TMPDIR" "$over"
# A line of a lane that ended, "NAME CODE": bash forgets how a process ended when another gets its number, of which there are few.
mkfifo "$scratch/ended"
exec {ended}<>"$scratch/ended"
# Process groups of the lanes that run, by name.
declare -A running=()

# stage NAME COMMAND…: keeps what it says until it is over; in a lane, the next stage is not begun after one that failed.
stage() {
  local name=$1 began=$SECONDS cpu code log
  shift
  log=$(mktemp "$over/XXXXXX")
  times >"$log.cpu"
  cpu=$(cpu_seconds <"$log.cpu")
  # Not `if "$@"`: inside a condition bash would carry on after a failed command of a function.
  set +e
  (set -e; "$@") >"$log" 2>&1
  code=$?
  set -e
  times >"$log.cpu"
  report "$name" "$code" $((SECONDS - began)) $(($(cpu_seconds <"$log.cpu") - cpu)) "$log"
  return "$code"
}

# Whole seconds of processors in the second line of what `times` says on its input: those of the ended commands.
cpu_seconds() {
  sed -n '2{s/[ms]/ /g;p}' | awk '{printf "%d", 60 * ($1 + $3) + $2 + $4}'
}

# report NAME CODE SECONDS CPU-SECONDS LOG: tells of a stage, one at a time.
report() {
  local end=passed
  if [ "$2" != 0 ]; then
    end=FAILED
    echo "$5" >"$over/failed"
  fi
  (
    flock 9
    printf '\n=== %s\n' "$1"
    cat "$5"
    printf -- '--- %s: %d s\n' "$1" "$3"
    printf '%-32s %5d s %5d s CPU  %s\n' "$1" "$3" "$4" "$end" >&9
  ) 9>>"$over/summary"
}

# lane FUNCTION: its stages one after the other, beside what else runs. A process group, so that it can be ended as a whole.
lane() {
  set -m
  { trap 'echo "$1 $?" >&"$ended"' EXIT; "$1" </dev/null; } &
  set +m
  running[$1]=$!
}

# until_over LANE…: waits until these lanes are over, and ends all when one fails, whichever it is.
until_over() {
  local lane name code
  for lane in "$@"; do
    while [ -n "${running[$lane]:-}" ]; do
      read -r name code <&"$ended"
      unset "running[$name]"
      [ "$code" = 0 ] || finish 1
    done
  done
}

finish() {
  end_lanes
  printf '\n%s\n' "$(cat "$over/summary")"
  # Once more, where the end of what was printed is all that is kept.
  [ ! -e "$over/failed" ] || tail -n 60 "$(cat "$over/failed")"
  printf '\n%d passed, %d failed\n' "$(grep -c 'passed$' "$over/summary")" "$1"
  exit "$1"
}

end_lanes() {
  local lane tries=0
  for lane in "${running[@]}"; do kill -TERM -- "-$lane" 2>/dev/null || true; done
  for lane in "${running[@]}"; do
    while kill -0 -- "-$lane" 2>/dev/null && [ $((tries += 1)) -lt 300 ]; do sleep 0.1; done
    kill -KILL -- "-$lane" 2>/dev/null || true
  done
  # Databases of the tests that were ended are in process groups of their own.
  find "$scratch" -name postmaster.pid -not -path "$scratch/data/*" -exec head -n 1 {} \; 2>/dev/null | xargs -r kill -INT 2>/dev/null || true
}
trap 'end_lanes; clean_up' EXIT

# Cargo with Clippy in the compiler's place: `cargo clippy` would check all dependencies once more beside building them.
linted_cargo() {
  RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-D__CLIPPY_HACKERY__warnings cargo "$@"
}

portal() {
  (cd portal && npm run --silent "$1")
}

# The lanes: what comes later in one needs what comes before, or would only be in its way.
programs_installed() {
  stage 'programs' scripts/setup.sh test programs
}

packages_installed() {
  stage 'packages' scripts/setup.sh test packages
  stage 'portal build' scripts/build-portal.sh
}

built() {
  stage 'format' cargo fmt --check
  stage 'build, linted' linted_cargo build --locked
}

# What only computes gives way to what has to answer in time.
give_way() {
  renice -n 10 -p "$BASHPID" >/dev/null
}

portal_checked() {
  give_way
  stage 'prettier' portal format
  stage 'portal types' portal check
  stage 'portal lint' portal lint
  stage 'portal tests' portal test
  stage 'page scripts' portal/node_modules/.bin/tsc -p tenants/jsconfig.json
  stage 'stub of Stripe' portal/node_modules/.bin/tsc -p tests/peers/fakes/stripe/jsconfig.json
}

tests_built() {
  give_way
  stage 'API description' env SMP_DATA="$scratch/openapi" "$target/debug/smp" openapi --check
  stage 'tests and benches, linted' linted_cargo build --locked --all-targets
}

server_tested() {
  export SMP_TEST_DATABASE_URL=$live_url
  # As many as there mostly are processors, which the browsers leave idle at times.
  export RUST_TEST_THREADS=2
  stage 'server tests' linted_cargo test --locked
}

world_loaded() {
  mkdir "$scratch/world"
  stage 'demo world' env SMP_DEMO_BIN="$target/debug/smp-demo" node tests/e2e/world.mjs "$scratch/world"
}

peers_tested() {
  stage 'peers: third-party parts' env SMP_BIN="$target/debug/smp" SMP_DEMO_BIN="$target/debug/smp-demo" \
    SMP_WORLD="$scratch/world" .tools/python/bin/pytest tests/peers
}

pages_tested() {
  stage 'end to end' env SMP_DEMO_BIN="$target/debug/smp-demo" SMP_WORLD="$scratch/world" npm test --silent --prefix tests/e2e
}

lane programs_installed
until_over programs_installed
lane built
lane packages_installed
until_over packages_installed
lane portal_checked
until_over built
# Not in a lane: the database must be there for all of them.
start_database
lane tests_built
lane world_loaded
until_over world_loaded
lane peers_tested
# Peers want things done within seconds, which neither a browser nor the server's tests leave them beside each other.
until_over peers_tested tests_built portal_checked
# Browsers wait for much, and meanwhile the server's tests compute.
lane pages_tested
lane server_tested
until_over pages_tested server_tested
finish 0
