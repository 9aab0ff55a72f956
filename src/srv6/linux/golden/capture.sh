#!/bin/sh
# Takes from `ip` itself the octets it sends for each command of commands.txt, and prints each command with its octets.
# Run: sh src/srv6/linux/golden/capture.sh > src/srv6/linux/golden/messages.txt   (needs strace, iproute2, root)
set -eu
cd "$(dirname "$0")"
# Devices have the same indexes in every fresh namespace: lo is 1, a1 is 2, a0 is 3.
while read -r words; do
  echo "ip $words"
  # shellcheck disable=SC2086 # the words of a command line
  printf 'secret\n' | setsid unshare -n sh -c '
    ip link set lo up; ip link add a0 type veth peer name a1; ip link set a0 up; ip link set a1 up
    strace -e trace=sendmsg -e write=3,4 ip "$@" 2>&1' sh $words |
    awk '
      /^sendmsg/ { wanted = ($0 ~ /NLM_F_CREATE|RTM_DEL|NLM_F_ACK/) && $0 !~ /RTM_GET/ }
      /^ \| / && wanted { hex = substr($0, 11, 49); gsub(/ +/, " ", hex); print "  " hex }'
done < commands.txt
