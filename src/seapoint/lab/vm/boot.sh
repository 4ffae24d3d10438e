#!/bin/busybox sh
# The first process of a virtual machine, out of its initramfs: modules, then the root that the machine shares over 9p.
# Nothing is written there: a layer in memory takes it. The kernel hands words of its command line as variables:
# $first is the command that goes on as first process; with $trial the machine has shown that it runs, and ends.
# Sources: Documentation/filesystems/9p.rst, overlayfs.rst, Documentation/admin-guide/kernel-parameters.rst.
/bin/busybox mkdir -p /dev /proc /sys /below /memory /new
/bin/busybox --install -s /bin
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t devtmpfs dev /dev
[ -z "$trial" ] || poweroff -f
mount -t proc proc /proc
mount -t sysfs sysfs /sys
while read -r module; do insmod "/modules/$module"; done </modules/order
mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=512000 root /below
mount -t tmpfs memory /memory
mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/below,upperdir=/memory/upper,workdir=/memory/work root /new
for there in dev proc sys; do mount --move "/$there" "/new/$there"; done
mount -t tmpfs -o mode=0755 run /new/run
# shellcheck disable=SC2086
exec switch_root /new $first
