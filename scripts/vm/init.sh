#!/bin/sh
# The first process of the virtual machine, on busybox: loads the modules, mounts the host's files, runs the entry with
# Node inside them, says how that ended, powers off. /vm.env says where the project and Node are.
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

# Whatever becomes of the process that started qemu, this machine ends.
(sleep "$VM_LIMIT_S"; poweroff -f) &

phase "kernel booted"
for module in /modules/*.ko; do insmod "$module" || echo "insmod $module failed"; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=1048576,cache=loose host /host || end 5
mount -t proc proc /host/proc
mount -t sysfs sys /host/sys
mount -t devtmpfs dev /host/dev
mount -t tmpfs run /host/run
phase "files mounted"

export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run LC_ALL=C NO_COLOR=1
# shellcheck disable=SC2016 # the inner shell's own arguments
chroot /host /bin/sh -c 'ln -s /proc/self/fd /dev/fd; ip link set lo up; cd "$1" && exec "$2" "$3"' \
  sh "$VM_PROJECT" "$VM_NODE" "$VM_ENTRY"
end $?
