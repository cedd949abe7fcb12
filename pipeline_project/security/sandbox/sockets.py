"""A filter of system calls that forbids making sockets, for where no network namespace is to be had.

seccomp(2) in classic BPF: socket(2) fails with EACCES whatever its family (Unix sockets lead to daemons of the host),
io_uring_setup(2) too, since a ring makes sockets past the filter; a call of another architecture ends the process.
socketpair(2) and pipes stay: they reach nobody new.
"""

import ctypes
import errno
import os
import struct

from pipeline_project.security.sandbox import confinement

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE = 0x00050000 | errno.EACCES
_X32 = 0x40000000
_IO_URING_SETUP = 425
_MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Audit architecture (linux/audit.h) and the number of socket(2)."""


def supported() -> bool:
    """Whether the filter knows this architecture and the kernel takes one."""

    def attempt() -> None:
        confinement.refuse_new_privileges()
        forbid()

    return os.uname().machine in _MACHINES and confinement.possible(attempt)


def forbid() -> None:
    """Take the filter on, for this thread and what it starts; new privileges must be refused already."""
    architecture, socket = _MACHINES[os.uname().machine]
    steps = [
        (_LOAD, 0, 0, 4),  # seccomp_data.arch
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0),  # seccomp_data.nr
        (_JUMP_AT_LEAST, 3, 0, _X32),
        (_JUMP_EQUAL, 2, 0, socket),
        (_JUMP_EQUAL, 1, 0, _IO_URING_SETUP),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    confinement.set_filter(program)
