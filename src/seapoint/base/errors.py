"""Every error that Seapoint raises on purpose.

SeapointError
├── InputError          a person's file or option is wrong: names the place and the cure (exit status 64)
├── TenantError         a tenant's request is refused: carries Neutron's error type and HTTP status
├── CompileError        what people asked for cannot be turned into a target: one scope keeps its last good one
├── EngineError         an engine (OVSDB, nftables, FRR, netlink ...) refused or did not answer: becomes status
│   └── UnreachableError   it did not answer; whether it did what was asked is not known
└── ConflictError       somebody else changed what a plan expected: read again and decide again
"""


class SeapointError(Exception):
    """Base of the tree; ``str(error)`` is one sentence for a person."""


class InputError(SeapointError):
    """A file, an option or a name given by a person is wrong; the message says where and how to mend it."""


class TenantError(SeapointError):
    """A request of the Networking API is refused.

    Source: OpenStack Networking API v2.0, error bodies ``{"NeutronError": {"type", "message", "detail"}}``.
    """

    def __init__(self, kind: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status


class CompileError(SeapointError):
    """A scope cannot be compiled; it keeps its last good target and is marked with this reason."""


class EngineError(SeapointError):
    """An engine refused a change or could not be reached; retried by the loop and shown as status."""


class UnreachableError(EngineError):
    """An engine did not answer; what was asked may have been done or not."""


class ConflictError(SeapointError):
    """What was read has changed since; nothing was written."""
