#!/bin/sh
# The life of the Debian package, in a root of its own over this machine's (deb.test.ts): installed, run, upgraded, removed,
# purged. Run inside namespaces of its own; says what it sees in sections. Arguments: a folder, the package, the next one.
set -eu
dir=$1 first=$2 next=$3

mount -t tmpfs tmpfs "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
root=$dir/root
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
ip link set lo up
# This machine's own.
rm -rf "$root/var/lib/srwan" "$root/etc/srwan"

section() { echo "== $1"; }
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }
package() { inside dpkg --force-depends "$@" 2>&1 | grep -v '^(Reading' || true; }
bring() { cp "$1" "$root/tmp/srwan.deb"; }
ours() {
  ip -6 route show table all proto 196
  ip -4 route show proto 196
  ip nexthop show
  nft list tables 2>/dev/null || true
  ip -o link show dev srwan-probe 2>/dev/null || true
}

section install
bring "$first"
package -i /tmp/srwan.deb
inside dpkg --status srwan | grep -E '^(Status|Version)'

section runs
inside srwan --version
inside srwan encode --help | head -1
inside srwan config show --role agent --origin | grep probe.namespace
inside sh -c 'test -s /usr/share/man/man1/srwan.1.gz && bash -n /usr/share/bash-completion/completions/srwan && echo texts'

section modes
inside stat -c '%a %U:%G %n' /etc/srwan/agent.yaml /etc/srwan/controller.yaml /etc/srwan/validator.yaml

section controller
mkdir -p "$root/var/lib/srwan/controller"
inside chown srwan:srwan /var/lib/srwan/controller
chroot "$root" env -i PATH=/usr/bin:/bin setpriv --reuid srwan --regid srwan --clear-groups --bounding-set -all --no-new-privs \
  srwan controller --config /etc/srwan/controller.yaml --listen 127.0.0.1:7177 >"$dir/log" 2>&1 &
controller=$!
for _ in $(seq 150); do
  if grep -q 'the service is up' "$dir/log" || ! kill -0 "$controller" 2>/dev/null; then break; fi
  sleep 0.2
done
cat "$dir/log"
inside srwan backup /tmp/copy.db --config /etc/srwan/controller.yaml | cut -d: -f1
kill -TERM "$controller" || true
code=0
wait "$controller" || code=$?
echo "stopped with $code"

section upgrade
echo '# a line of the operator' >>"$root/etc/srwan/agent.yaml"
ip link add srwan-probe type veth peer name inside
ip link set srwan-probe up
ip -6 route add 2001:db8:1::/48 dev srwan-probe proto 196
ip -4 route add 198.51.100.0/24 dev srwan-probe proto 196
ip nexthop add id 77 dev lo proto 196
nft add table inet srwan
nft add table inet theirs
ip -6 route add 2001:db8:2::/48 dev lo
bring "$next"
package -i /tmp/srwan.deb
inside dpkg --status srwan | grep -E '^(Status|Version)'
tail -1 "$root/etc/srwan/agent.yaml"

section remove
package -r srwan
inside sh -c 'ls /usr/bin/srwan /usr/lib/srwan 2>/dev/null || true; ls /etc/srwan'

section kernel-before-purge
ours

section purge
package -P srwan
inside getent passwd srwan srwan-validator || echo "no users"

section kernel-after-purge
ours
ip -6 route show 2001:db8:2::/48

# What the overlay holds beside dpkg's own books is what was left behind.
section left
cd "$dir/upper"
find . -type f -o -type l | grep -vE '^\./(var/lib/dpkg|var/log|var/cache/(ldconfig|man|debconf))/|^\./etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^\./etc/\.pwd\.lock$' || true
find . -type d -name '*srwan*' || true
