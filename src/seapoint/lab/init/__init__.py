"""The first process of a lab host: starts, watches, restarts and stops daemons as systemd does on a real host.

Run by ``seapoint.lab.boot`` as PID 1 of the host's namespaces. Standard library only, and none of its larger
modules, so that a host costs a few megabytes. What to run arrives as JSON on standard input (the table is
``seapoint.lab.units``): ``{"host": NAME, "units": [...], "listen": {UNIT: [fd, ...]}, "ready": fd}``.

Control socket ``/run/seapoint-init.sock``: one JSON object a line, answered by one JSON object a line.
Request ``{"do": "start" | "stop" | "restart" | "reload" | "status" | "said" | "list", "unit": NAME}``; answer
``{"ok", "unit", "state", "pid", "since", "restarts", "error", "daemons"}``, for ``list`` ``{"ok", "units": [...]}``,
for ``said`` ``{"ok", "unit", "said": LINES}``: what the logs got since the last start or reload.
States are systemd's words: active, inactive, failed, activating, deactivating, reloading.

A start that fails is reported once and left ("failed"). A daemon that dies later is started again, without end,
after 0.1 s, doubling to 5 s while it keeps dying; its left-over children are killed first, as systemd kills a
control group. Processes of a daemon are known by SEAPOINT_DAEMON in their environment, which they inherit.
"""
