#!/bin/sh
# The cables of the machine that boot.test.ts boots, laid at every boot before any agent starts, as hardware and the
# operator's own settings lay them. sea is the machine itself; chi is a second POP, west and east are hosts behind them, all
# in network namespaces of their own.
#
#   west ── sea ══ alder ══ chi ── east
#               ══ birch ══
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C

# The first has ::1, the other ::2.
cable() {
  ip link add "$3" netns "$1" type veth peer name "$4" netns "$2"
  ip -n "$1" addr add "$5::1/64" dev "$3" nodad
  ip -n "$2" addr add "$5::2/64" dev "$4" nodad
  ip -n "$1" link set "$3" up
  ip -n "$2" link set "$4" up
}

ip netns attach sea $$
for one in chi west east chi-probe; do ip netns add "$one"; done
for one in sea chi; do
  ip netns exec "$one" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
    net.ipv6.conf.all.seg6_enabled=1 net.ipv6.conf.default.seg6_enabled=1
done
for one in sea chi west east; do ip -n "$one" link set lo up; done
cable sea chi chi-alder sea-alder 2001:db8:11
cable sea chi chi-birch sea-birch 2001:db8:12
cable sea west to-west to-sea 2001:db8:a
cable chi east to-east to-chi 2001:db8:b
# A second network behind chi.
ip -n chi addr add 2001:db8:d::1/64 dev to-east nodad
ip -n east addr add 2001:db8:d::2/64 dev to-chi nodad
ip -n west -6 route add default via 2001:db8:a::1
ip -n east -6 route add default via 2001:db8:b::1
ip -n sea addr add 2001:db8:c::1/128 dev lo
ip -n chi addr add 2001:db8:c::2/128 dev lo
# How chi reaches the controller.
ip link add management type veth peer name management netns chi
ip addr add 192.0.2.1/24 dev management
ip -n chi addr add 192.0.2.2/24 dev management
ip link set management up
ip -n chi link set management up

# What the kernel holds of ours before anybody put it there.
{
  ip -6 route show table all proto 196
  ip nexthop show proto 196
  nft list tables
} >/run/held-at-boot
