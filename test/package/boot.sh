#!/bin/sh
# A machine of its own for the life of the package (deb.test.ts): a root over another one, and systemd as its first process.
# Run inside new namespaces. Arguments: a folder to hold it, the root beneath, a folder with life.sh and what it needs, and
# one for what it says. Ends with life.sh.
set -eu
dir=$1 lower=$2 life=$3 out=$4

mount -t tmpfs tmpfs "$dir"
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work" "$dir/root"
cd "$dir/root"
# What the machine beneath holds of ours, and what it would start by itself.
rm -rf var/lib/srwan etc/srwan etc/systemd/system var/lib/man-db/auto-update
mkdir -p life mnt etc/systemd/system
mount --bind "$life" life
mount -t tmpfs tmpfs mnt
mkdir mnt/out mnt/upper
mount --bind "$out" mnt/out
mount --bind "$dir/upper" mnt/upper
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
for one in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs "$one"; done
chmod 1777 tmp
for one in null zero full random urandom tty; do
  touch "dev/$one"
  mount --bind "/dev/$one" "dev/$one"
done
mkdir dev/pts dev/shm dev/net
if [ -e /dev/net/tun ]; then
  touch dev/net/tun
  mount --bind /dev/net/tun dev/net/tun
fi
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd

cat >etc/systemd/system/life.service <<'UNIT'
[Unit]
Requires=basic.target
After=basic.target
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/sh /life/life.sh
StandardOutput=file:/mnt/out/said
StandardError=inherit
UNIT
ip link set lo up
# Not chroot alone: no user namespace may be made inside one, and the units ask for it.
mkdir run/old
pivot_root . run/old
# shellcheck disable=SC2093
exec chroot . /bin/sh -c 'umount -l /run/old && exec env -i container=srwan PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
  /lib/systemd/systemd --unit=life.service --show-status=0' </dev/null
