"""What the kernel lets a thread give up for good: new privileges, capabilities, its network, and file access.

Each function acts on the calling thread alone and on what that thread starts afterwards; the rest of this process
keeps its rights. The numbers are those of linux/prctl.h, linux/capability.h and linux/sched.h. Raises OSError.
"""

import ctypes
import os
import struct
import threading
from collections.abc import Callable
from functools import cache

_NO_NEW_PRIVILEGES = 38
_SET_FILTER, _FILTER_MODE = 22, 2
_NEW_NETWORK = 0x40000000
_CAPABILITY_VERSION = 0x20080522
_CAPSET = {"x86_64": 126, "aarch64": 91}


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def checked(result: int, doing: str) -> int:
    """`result`, unless it is negative: then the OSError that the kernel's number stands for."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)} ({doing})")
    return result


def system_call(number: int, *arguments: int | bytes | None, doing: str) -> int:
    """The result of a system call that the C library has no name for."""
    return checked(_library().syscall(ctypes.c_long(number), *map(_as_long, arguments)), doing)


def _as_long(value: int | bytes | None) -> object:
    return ctypes.c_long(value) if isinstance(value, int) else ctypes.c_char_p(value)


def refuse_new_privileges() -> None:
    """No set-uid program and no file capability gives this thread's children anything (prctl(2))."""
    checked(_library().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")


def drop_capabilities() -> None:
    """Give up every capability; after `refuse_new_privileges` not even the superuser regains one by exec."""
    number = _CAPSET.get(os.uname().machine)
    if number is None:
        checked(_library().capset(struct.pack("=Ii", _CAPABILITY_VERSION, 0), bytes(24)), "capabilities")
        return
    system_call(number, struct.pack("=Ii", _CAPABILITY_VERSION, 0), bytes(24), doing="capabilities")


def leave_network() -> None:
    """Move to an empty network; needs CAP_SYS_ADMIN (unshare(2))."""
    checked(_library().unshare(_NEW_NETWORK), "network namespace")


def possible(step: Callable[[], None]) -> bool:
    """Whether a step works on this machine; tried in a thread that ends at once."""
    outcome: list[bool] = []

    def attempt() -> None:
        try:
            step()
        except OSError:  # the answer to the question
            outcome.append(False)
        else:
            outcome.append(True)

    thread = threading.Thread(target=attempt, name="sandbox probe")
    thread.start()
    thread.join()
    return outcome[0]


def set_filter(program: bytes) -> None:
    """Take on a filter of system calls; `program` is a packed `struct sock_fprog` (linux/filter.h)."""
    checked(_library().prctl(_SET_FILTER, _FILTER_MODE, ctypes.c_char_p(program), 0, 0), "filter of system calls")
