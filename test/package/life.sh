#!/bin/sh
# The life of the Debian package on a machine that systemd runs (boot.sh): installed, started, upgraded, hung, stopped,
# removed, purged. Says what it sees in sections; deb.test.ts judges it.
# shellcheck disable=SC2086 # names of units, and lists of them
set -u
exec 2>&1
export LC_ALL=C DEBIAN_FRONTEND=noninteractive HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
daemons="srwan-controller srwan-agent srwan-validator"

switches="net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv6.conf.all.seg6_enabled=1"

section() { echo "== $1"; }
package() { dpkg "$@" 2>&1 | grep -v '^(Reading' || true; }
of() { systemctl show -P "$2" "$1"; }
# Asked again and again, for a minute.
until_true() {
  end=$(($(date +%s) + 60))
  while [ "$(date +%s)" -lt $end ]; do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.5
  done
  echo "never: $*"
}
ours() {
  ip -6 route show table all proto 196
  ip -4 route show table all proto 196
  ip -6 rule show
  ip nexthop show proto 196
  nft list tables
  ip -br link show | sed -n 's/^\(srwan[^ @]*\).*/\1/p'
}
# What lies over the root beneath, beside dpkg's own books, logs and caches.
lying() {
  (cd /mnt/upper && find . -type f -o -type l -o -type d -name '*srwan*') |
    grep -vE '^\./(var/lib/dpkg|var/log|var/cache/(ldconfig|man|debconf))/|^\./etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|^\./etc/\.pwd\.lock$' |
    sort
}
token() { srwan token create --pop "$1" -o json | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p'; }
in_chi() { nsenter --net=/run/netns/chi "$@"; }
carries() { srwan agent status | grep -q "carrying"; }
same() { ours | diff /tmp/ours -; }
# The watchdog was, since it was last asked.
fed() { [ "$(of "$1" WatchdogTimestampMonotonic)" -gt "$2" ]; }
started_anew() { [ "$(of "$1" NRestarts)" -gt 0 ] && [ "$(of "$1" ActiveState)" = active ]; }

lying >/tmp/before

section install
package -i /life/first.deb
dpkg --status srwan | grep -E '^(Status|Version)'
systemctl is-active $daemons srwan-backup.timer

section runs
srwan --version
srwan config show --role agent --origin | grep probe.namespace
test -s /usr/share/man/man1/srwan.1.gz && bash -n /usr/share/bash-completion/completions/srwan && echo texts

section modes
stat -c '%a %U:%G %n' /etc/srwan/*.yaml

section not-joined
systemctl start srwan-agent
of srwan-agent ConditionResult

section start
# Shorter than shipped, so that nobody waits for it: fed every five seconds.
for name in $daemons; do
  mkdir -p "/run/systemd/system/$name.service.d"
  printf '[Service]\nWatchdogSec=10s\n' >"/run/systemd/system/$name.service.d/short.conf"
done
systemctl daemon-reload
systemctl start srwan-controller && srwan status
sysctl -qw $switches
ip netns add chi
ip link add wg-chi type veth peer name wg-sea netns chi
ip link set wg-chi up
ip -6 addr add 2001:db8:11::1/64 dev wg-chi nodad
ip -6 addr add 2001:db8:1::1/128 dev lo
# Somebody else's.
nft add table inet theirs
ip -6 route add 2001:db8:2::/48 dev lo
ip -6 rule add fwmark 9 table 98
cp /life/sea.yaml /etc/srwan/pop.yaml
sed -i 's/^# record:/record:/' /etc/srwan/agent.yaml
token sea >/tmp/token
srwan agent join --token @/tmp/token --service http://127.0.0.1:7177 --record /etc/srwan/pop.yaml
systemctl start srwan-agent
PATH=/life:$PATH srwan chain up >/tmp/chain 2>&1 &
others=$!
until_true srwan chain deploy --deployment /etc/srwan/srwan-chain.json
install -o srwan-validator -m 600 /life/keystore.json /life/password /var/lib/srwan/validator
sed -i 's/^# keystore:/keystore:/; s/^# passwordFile:/passwordFile:/' /etc/srwan/validator.yaml
systemctl start srwan-validator
srwan agent status

section ready
for name in $daemons; do
  pid=$(of $name MainPID)
  echo "$name $(of $name ActiveState) $(stat -c %U "/proc/$pid") seccomp $(sed -n 's/^Seccomp:\t//p' "/proc/$pid/status"): $(of $name StatusText)"
done

section rights
for name in $daemons; do sed -n "s/^CapBnd:\t/$name /p" "/proc/$(of $name MainPID)/status"; done

section carries
# Another POP in a namespace of its own, without a unit; it reaches the service through a socket in the file system.
in_chi sh -c "ip link set lo up; ip link set wg-sea up; sysctl -qw $switches; ip -6 addr add 2001:db8:11::2/64 dev wg-sea nodad
  ip -6 addr add 2001:db8:3::1/128 dev lo"
relay='const [from, to] = process.argv.slice(1); const net = require("node:net");
const end = (text) => (text.startsWith("/") ? { path: text } : { host: "127.0.0.1", port: Number(text) });
net.createServer((one) => { const two = net.connect(end(to)); one.pipe(two).pipe(one); for (const s of [one, two]) s.on("error", () => { one.destroy(); two.destroy(); }); }).listen(end(from));'
node=/usr/lib/srwan/node/bin/node
mkdir /tmp/chi
cp $node /tmp/chi/node
/tmp/chi/node -e "$relay" /tmp/chi/socket 7177 &
others="$others $!"
in_chi /tmp/chi/node -e "$relay" 7177 /tmp/chi/socket &
others="$others $!"
printf 'state: /tmp/chi/state\nrecord: /life/chi.yaml\n' >/tmp/chi/agent.yaml
token chi >/tmp/token
srwan agent join --config /tmp/chi/agent.yaml --token @/tmp/token --service http://127.0.0.1:7177 --record /life/chi.yaml
in_chi srwan agent run --config /tmp/chi/agent.yaml >/tmp/chi/log 2>&1 &
others="$others $!"
srwan policy set gold --from sea --to chi --prefixes 2001:db8:c::/64
srwan commit --why "a path under the unit"
until_true carries
srwan agent status
tail -5 /tmp/chi/log

section backup
systemctl start srwan-backup.service
of srwan-backup.service Result
find /var/lib/srwan/backup -type f | sed 's/.*\.//' | sort

section fed
for name in $daemons; do of $name WatchdogTimestampMonotonic >"/tmp/$name"; done
for name in $daemons; do
  until_true fed $name "$(cat "/tmp/$name")"
  echo "$name $(of $name NRestarts)"
done

section hung
ours >/tmp/ours
kill -STOP "$(of srwan-agent MainPID)"
same && echo "forwards while it hangs"
until_true started_anew srwan-agent
of srwan-agent NRestarts
until_true carries
same && echo "forwarding unchanged"

section upgrade
echo '# a line of the operator' >>/etc/srwan/agent.yaml
for name in $daemons; do of $name MainPID; done >/tmp/pids
package -i /life/next.deb
dpkg --status srwan | grep -E '^(Status|Version)'
tail -1 /etc/srwan/agent.yaml
for name in $daemons; do echo "$name $(of $name ActiveState)"; done
for name in $daemons; do of $name MainPID; done | grep -cxFf /tmp/pids
until_true carries
same && echo "forwarding unchanged"

section encrypted
# To a POP that has not joined: the device stands all the same, the kernel's or wireguard-go's.
if command -v wg >/dev/null && { [ -e /sys/module/wireguard ] || { [ -e /dev/net/tun ] && command -v wireguard-go >/dev/null; }; }; then
  den='{ "transit": "alder", "to": "den", "device": "wg-den", "local": "2001:db8:12::1", "nexthop": "2001:db8:12::2",
    "wireguard": { "endpoint": "2001:db8:1::1", "port": 51820 } }'
  $node -e 'const [file, one] = process.argv.slice(1); const fs = require("node:fs"); const pop = JSON.parse(fs.readFileSync(file));
pop.segments.push(JSON.parse(one)); fs.writeFileSync(file, JSON.stringify(pop));' /etc/srwan/pop.yaml "$den"
  for time in once again; do
    systemctl restart srwan-agent
    until_true wg show wg-den listen-port
    until_true carries
    echo "$time $(wg show wg-den listen-port)"
  done
  wg show wg-den public-key >/tmp/key
fi

section stop
# Chi stays connected meanwhile; the validator is left to the removal.
systemctl stop srwan-controller srwan-agent
for name in srwan-controller srwan-agent; do echo "$name $(of $name Result) $(of $name ExecMainStatus)"; done
same && echo "forwarding unchanged"
if [ -e /tmp/key ]; then wg show wg-den public-key | diff /tmp/key - && echo "encrypts"; fi
kill $others
wait

section remove
systemctl enable $daemons 2>/dev/null
systemctl enable --now srwan-backup.timer 2>/dev/null
systemctl is-active srwan-validator srwan-backup.timer
package -r srwan
systemctl is-active srwan-validator srwan-backup.timer
find /etc/systemd/system -name '*srwan*'
ls /usr/bin/srwan /usr/lib/srwan 2>/dev/null
ls /etc/srwan
same && echo "forwarding unchanged"

section kernel
# As an agent with policies would leave behind.
ip -6 rule add fwmark 7 table 99 protocol 196
ip nexthop add id 77 dev wg-chi proto 196
ip -4 route add 198.51.100.0/24 dev wg-chi proto 196
nft add table inet srwan_exit
ours

section purge
package -P srwan
getent passwd srwan srwan-validator || echo "no users"
ours
ip -6 route show 2001:db8:2::/48
ip -br link show dev wg-den 2>/dev/null
ip netns list | sed '/chi/d'

section left
lying | diff /tmp/before - | grep '^[<>]'

section journal
journalctl --no-pager -o cat -u 'srwan-*' | tail -60
