# What both commands need before they can begin: a Node that is new enough, the packages, the build.
# Meant to be sourced after output.sh, from the project's folder.
# shellcheck shell=bash

readonly NODE_MINIMUM=20.19

require_node() {
  command -v node >/dev/null 2>&1 || fail "Node.js is missing: expected $NODE_MINIMUM or newer" \
    "Debian 12 ships an older one; https://nodejs.org/en/download tells how to get a current one."
  local version
  version=$(node -p 'process.versions.node')
  is_at_least "$version" "$NODE_MINIMUM" || fail "Node.js: found $version, expected $NODE_MINIMUM or newer" \
    "https://nodejs.org/en/download tells how to get a current one."
}

# Compares the first two numbers of two versions.
is_at_least() {
  local major minor wanted_major wanted_minor
  IFS=. read -r major minor _ <<<"$1"
  IFS=. read -r wanted_major wanted_minor _ <<<"$2"
  ((major > wanted_major || (major == wanted_major && minor >= wanted_minor)))
}

# npm notes what it installed in node_modules/.package-lock.json; an older note is out of date.
install_packages() {
  local note=node_modules/.package-lock.json
  [ -e "$note" ] && [ ! package-lock.json -nt "$note" ] && return 0
  say 'installing packages (npm ci)'
  npm ci --no-fund --no-audit --loglevel=error >&2 || fail 'npm ci failed' \
    'Its message is above; most often the package registry cannot be reached from here.'
}

# Incremental: nothing to do takes about a second.
build() {
  say 'building'
  ./node_modules/.bin/tsc -b >&2
}
