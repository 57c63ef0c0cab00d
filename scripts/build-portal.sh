#!/usr/bin/env bash
# Builds portal/dist, when something it is made of is newer.
set -euo pipefail
cd "$(dirname "$0")/../portal"
made=dist/index.html
# `touch` because the build may leave an unchanged file's time alone.
if [ ! -f "$made" ] || [ -n "$(find . \( -name node_modules -o -name dist \) -prune -o -type f -newer "$made" -print -quit)" ]; then
  npm run --silent build
  touch "$made"
fi
