#!/bin/sh
# Runs in the machine of `make test-vm`, with the clone read-only in /clone: tests on its kernel, and their exit status.
# The clone is laid under memory, so that Python can keep what it compiles: each host of the lab starts several times.
set -u
mount -t 9p -o trans=virtio,version=9p2000.L results /results
mkdir -p /run/clone/upper /run/clone/work
mount -t overlay -o lowerdir=/clone,upperdir=/run/clone/upper,workdir=/run/clone/work clone /clone
export PATH=/opt/seapoint/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
cd /clone || exit
echo "seapoint: $(uname -sr) is up after $(cut -d' ' -f1 /proc/uptime) s"
export SEAPOINT_PATIENCE=900 # seconds for a lab to stand: under software emulation it takes minutes
python -m compileall -q src tests
python -m pytest --color=no -p no:cacheprovider -v -s --durations=3 tests/vm
echo $? >/results/status
# off at once: nothing is left to save, and an orderly end may wait for a share for ever
echo o >/proc/sysrq-trigger
