#!/usr/bin/env bash
# Measures the rush: builds at full speed (a quarter of an hour on two cores, once), then about a quarter of an hour.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh bench
export SQLX_OFFLINE=true
unset DATABASE_URL
cargo bench --locked --bench rush "$@"
