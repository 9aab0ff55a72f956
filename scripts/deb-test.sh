#!/bin/sh
# `make deb-test`: the tests of the Debian package in a clean root. Debian's own minimal system is made once by debootstrap,
# with what the package depends on and systemd, and kept in .srwan/debian; a test leaves no trace in it.
set -eu
root=.srwan/debian

[ "$(id -u)" = 0 ] || { echo "deb-test: it needs root, for namespaces and mounts" >&2; exit 5; }
command -v debootstrap >/dev/null || { echo "deb-test: debootstrap is missing (apt-get install debootstrap)" >&2; exit 5; }
if ! [ -e "$root/.whole" ]; then
  rm -rf "$root"
  mkdir -p "$root"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,iproute2,nftables,libstdc++6,procps bookworm "$root"
  touch "$root/.whole"
fi
SRWAN_DEBIAN_ROOT=$PWD/$root exec vitest run --project deb
