#!/bin/sh
# The first process of the virtual machine, on busybox: loads the modules, mounts the host's files, runs the entry with
# Node inside them, says how that ended, powers off. /vm.env says where the project and Node are; where it names no entry,
# systemd runs the machine, from a disk that lies over the host's files.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
# shellcheck source=/dev/null
. /vm.env

phase() { printf '{"vm":"phase","name":"%s","upS":%s}\n' "$1" "$(cut -d' ' -f1 /proc/uptime)"; }
end() {
  printf '{"vm":"exit","code":%s}\n' "$1"
  poweroff -f
}

# Whatever becomes of the process that started qemu, this machine ends. systemd has a unit that does it.
if [ -n "$VM_ENTRY" ]; then (sleep "$VM_LIMIT_S"; poweroff -f) & fi

# What the host's packages would start, where its users' secrets and disks are: none of it is this machine's.
first_boot() (
  cd /root || exit 1
  rm -rf etc/systemd/system etc/rc?.d etc/srwan var/lib/srwan var/cache/srwan* var/log/journal var/lib/man-db/auto-update
  rm -f etc/shadow etc/gshadow etc/fstab etc/machine-id
  for one in etc/shadow etc/gshadow; do (umask 077; : >"$one"); done
  : >etc/fstab
  # By this file systemd would take the machine for a container, as its host may be one.
  rm -f .dockerenv
  tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
  cp -a life/etc/. etc/
)

by_systemd() {
  mkdir /disk /root
  mount -t ext4 /dev/vda /disk || end 5
  # Whoever made the disk need not have been root.
  [ "$(stat -c %u /disk/upper)" = 0 ] || chown -R 0:0 /disk/upper
  mount -t overlay -o lowerdir=/host,upperdir=/disk/upper,workdir=/disk/work overlay /root || end 5
  [ -e /disk/made ] || { first_boot && : >/disk/made; } || end 5
  mount -t proc proc /root/proc
  mount -t sysfs sys /root/sys
  mount -t devtmpfs dev /root/dev
  mount -t tmpfs -o mode=755 run /root/run
  mount -t tmpfs -o mode=1777 tmp /root/tmp
  phase "disk mounted"
  exec switch_root /root /lib/systemd/systemd
}

phase "kernel booted"
for module in /modules/*.ko; do insmod "$module" || echo "insmod $module failed"; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=1048576,cache=loose host /host || end 5
if [ -z "$VM_ENTRY" ]; then by_systemd; fi
mount -t proc proc /host/proc
mount -t sysfs sys /host/sys
mount -t devtmpfs dev /host/dev
mount -t tmpfs run /host/run
phase "files mounted"

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run LC_ALL=C NO_COLOR=1
# shellcheck disable=SC2016 # the inner shell's own arguments
chroot /host /bin/sh -c 'ln -s /proc/self/fd /dev/fd; ln -s fd/0 /dev/stdin; ip link set lo up; cd "$1" && exec "$2" "$3"' \
  sh "$VM_PROJECT" "$VM_NODE" "$VM_ENTRY"
end $?
