#!/usr/bin/env bash
# Installs what is missing, builds server and portal, and serves the demo until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."
case ${PROFILE:-dev} in
  dev) folder=debug ;;
  release) folder=release ;;
  *)
    echo "PROFILE is '$PROFILE'; it must be dev or release" >&2
    exit 2
    ;;
esac
scripts/setup.sh demo
SQLX_OFFLINE=true cargo build --locked --bins --profile "${PROFILE:-dev}"
scripts/build-portal.sh
exec "${CARGO_TARGET_DIR:-target}/$folder/smp-demo"
