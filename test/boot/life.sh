#!/bin/sh
# What happens on the machine that boot.test.ts boots, a chapter at each boot: set up and tried; started anew without its
# controller; without power. Says what it sees in sections; boot.test.ts judges it.
# shellcheck disable=SC2086 # names of units, and lists of them
set -u
stty -F /dev/ttyS1 raw
exec >/dev/ttyS1 2>&1
export LC_ALL=C DEBIAN_FRONTEND=noninteractive HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
# What is typed is interpreted: to compile for an emulated processor takes longer than to run.
export NODE_OPTIONS=--jitless
export SRWAN_SERVICE_URL=https://192.0.2.1:7177 SRWAN_SERVICE_AUTHORITY=/etc/srwan/wan-authority.pem
controller=srwan-controller sea=srwan-agent chi=srwan-chi
daemons="$controller $sea $chi"
patience_s=600

section() {
  echo "== $1"
  printf '{"vm":"phase","name":"%s","upS":%s}\n' "$1" "$(cut -d' ' -f1 /proc/uptime)" >/dev/console
}
of() { systemctl show -P "$2" "$1"; }
journal() {
  section "journal $chapter"
  journalctl --boot --no-pager -o short-monotonic -u srwan-controller -u srwan-agent -u srwan-chi -u srwan-probe
}
# Asked again and again, with time in between for those who are asked about: a start of Node takes seconds here. What never
# comes ends all of it: later chapters build upon this one.
until_true() {
  end=$(($(date +%s) + patience_s))
  while [ "$(date +%s)" -lt $end ]; do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 8
  done
  echo "never: $*"
  section trouble
  for name in $daemons; do systemctl status --no-pager --lines=0 $name; done
  for config in agent chi; do srwan agent status --config /etc/srwan/$config.yaml; done
  srwan policy list
  ip -6 route show table all proto 196
  ip -n chi -6 route show table all proto 196
  journal
  poweroff -f
  sleep 60
}

status_of() { srwan agent status --config "/etc/srwan/$1.yaml" -o json; }
carries() { srwan agent status --config "/etc/srwan/$1.yaml" | grep -q carrying; }
segments_up() { srwan agent status --config "/etc/srwan/$1.yaml" | grep -q '^2 of 2 segments up'; }
programmed() { [ "$(srwan policy list | grep -c PROGRAMMED)" = 2 ]; }
reaches() { ip netns exec west ping -n -c 2 -W 5 "$1"; }
# Sent by west and answered by east, from one line to the other. What is under way at the end is not asked for.
traffic() {
  ip netns exec west ping -n -i 0.5 2001:db8:b::2 >/run/traffic 2>&1 &
  flow=$!
}
lost() {
  kill $flow
  wait $flow 2>/dev/null
  sed -n 's/.*bytes from.*icmp_seq=\([0-9]*\).*/\1/p' /run/traffic |
    awk '$1 > most { most = $1 } { seen++ } END { print most - seen " lost" (seen > 0 ? "" : ", for nothing came") }'
}
held() {
  for netns in "$@"; do
    ip -n $netns -6 route show table all proto 196
    ip -n $netns nexthop show proto 196
    ip netns exec $netns nft list tables
  done
}
same() { held "$@" | diff /run/held - && echo "forwarding unchanged"; }
anew() { [ "$(of "$1" MainPID)" != "$2" ] && [ "$(of "$1" ActiveState)" = active ]; }
sever() {
  ip netns exec sea nft -f - <<CUT
table inet severed {
  chain in { type filter hook prerouting priority -400; iifname "chi-$1" drop; }
  chain out { type filter hook postrouting priority 400; oifname "chi-$1" drop; }
}
CUT
}
enlist() {
  srwan token create --pop "$1" -o json | sed -n 's/.*"token": *"\([^"]*\)".*/\1/p' >/run/token
  srwan agent join --config "/etc/srwan/$2.yaml" --token @/run/token --service $SRWAN_SERVICE_URL --record "/etc/srwan/pop-$1.yaml"
}

first() {
  section install
  # What dpkg does when it has unpacked; test/package has its whole life.
  sh /life/control/postinst configure
  srwan --version

  section start
  cat /life/controller.yaml >>/etc/srwan/controller.yaml
  cp /life/chi.yaml /life/pops/*.yaml /etc/srwan
  sed -i 's/^# record: .*/record: \/etc\/srwan\/pop-sea.yaml/' /etc/srwan/agent.yaml
  cp /usr/lib/systemd/system/srwan-agent.service /etc/systemd/system/srwan-chi.service
  systemctl daemon-reload
  systemctl enable $sea $chi 2>/dev/null
  systemctl start $controller
  sed -n '/BEGIN CERT/,/END CERT/p' /var/lib/srwan/controller/authority.pem >$SRWAN_SERVICE_AUTHORITY
  enlist sea agent
  enlist chi chi
  systemctl start $sea $chi
  srwan policy set gold --from sea --to chi --prefixes 2001:db8:b::/64
  srwan policy set back --from chi --to sea --prefixes 2001:db8:a::/64
  srwan commit --why "traffic on a machine that systemd runs"
  until_true reaches 2001:db8:b::2
  until_true programmed
  systemctl is-active $daemons

  section policies
  srwan policy list -o json

  section restrictions
  keys=NoNewPrivileges,CapabilityBoundingSet,ProtectSystem,ProtectProc,ProtectKernelTunables,RestrictNamespaces
  for name in $daemons; do
    pid=$(of $name MainPID)
    echo "unit $name"
    systemctl show -p $keys,LockPersonality,PrivateTmp,DevicePolicy $name
    echo "filtered=$(of $name SystemCallFilter | wc -w)"
    echo "user=$(stat -c %U /proc/$pid)"
    echo "netns=$(ip netns identify $pid)"
    sed -n 's/^\(CapBnd\|CapEff\|NoNewPrivs\|Seccomp\):\t/\1=/p' /proc/$pid/status
    cat /etc/systemd/system/$name.service.d/*.conf | sed 's/^/# /'
  done

  section cut
  for transit in alder birch; do
    for pop in agent chi; do until_true segments_up $pop; done
    sever $transit
    until_true reaches 2001:db8:b::2
    ip netns exec sea nft list table inet severed | grep -c drop
    ip netns exec sea nft delete table inet severed
  done
  for pop in agent chi; do until_true segments_up $pop; done
  until_true programmed

  section kill
  traffic
  sleep 3
  pid=$(of $sea MainPID)
  held sea >/run/held
  kill -9 $pid
  same sea
  until_true anew $sea $pid
  until_true carries agent
  lost
  of $sea NRestarts

  section hang
  traffic
  sleep 3
  pid=$(of $sea MainPID)
  held sea >/run/held
  kill -STOP $pid
  same sea
  until_true anew $sea $pid
  until_true carries agent
  lost
  of $sea NRestarts
  journalctl --boot --no-pager -o cat -u $sea | grep -c 'Watchdog timeout'

  section stop
  traffic
  systemctl stop $controller
  held sea chi >/run/held
  systemctl stop $sea $chi
  same sea chi
  for name in $daemons; do echo "$name $(of $name ActiveState) $(of $name Result) $(of $name ExecMainStatus)"; done
  sleep 5
  lost

  journal
  systemctl reboot
}

second() {
  section "held at boot"
  cat /run/held-at-boot

  section reboot
  until_true reaches 2001:db8:b::2
  until_true carries agent
  systemctl is-active $daemons
  traffic
  sleep 5
  lost

  section "status alone"
  status_of agent
  section "status of chi alone"
  status_of chi

  # The controller again, for one more change; no more than a moment later the power goes.
  section change
  systemctl start $controller
  srwan policy set gold --prefixes 2001:db8:b::/64,2001:db8:d::/64
  srwan commit --why "one network more"
  until_true reaches 2001:db8:d::2
  until_true programmed
  journal
  section cut-off
  sleep 1
  echo b >/proc/sysrq-trigger
  sleep 60
}

third() {
  section "held at power on"
  cat /run/held-at-boot

  section power
  until_true reaches 2001:db8:b::2
  until_true reaches 2001:db8:d::2
  until_true carries agent
  systemctl is-active $daemons
  traffic
  sleep 5
  lost
  journal
  systemctl poweroff
}

chapter=$(cat /life/chapter 2>/dev/null || echo first)
case $chapter in first) next=second ;; *) next=third ;; esac
echo $next >/life/chapter
sync /life/chapter
$chapter
