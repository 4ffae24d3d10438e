"""Instances that are machines: a kernel of their own under QEMU, on a tap of their hypervisor."""
