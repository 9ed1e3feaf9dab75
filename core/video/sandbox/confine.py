"""A process gives up, for good, what reading a video does not need."""

import ctypes
import platform
import resource
import signal
import struct
import sys
from pathlib import Path

# Numbers of Linux by machine: socket, connect, bind, execve, execveat, ptrace, process_vm_readv,
# process_vm_writev, kill, tkill, tgkill, pidfd_send_signal, io_uring_setup.
DENIED = {
    "x86_64": (0xC000003E, (41, 42, 49, 59, 322, 101, 310, 311, 62, 200, 234, 424, 425)),
    "aarch64": (0xC00000B7, (198, 203, 200, 221, 281, 117, 270, 271, 129, 130, 131, 424, 425)),
}
# On x86_64 the numbers of another calling convention begin here.
OTHER_CONVENTION = 0x40000000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 38, 22, 2
# Steps of a Berkeley packet filter, see "man 2 seccomp": code, steps to skip if so, if not, value.
LOAD_NUMBER, LOAD_MACHINE = (0x20, 0, 0, 0), (0x20, 0, 0, 4)
EQUALS, IS_AT_LEAST, ANSWER = 0x15, 0x35, 0x06
ALLOWED, NOT_PERMITTED = (ANSWER, 0, 0, 0x7FFF0000), (ANSWER, 0, 0, 0x00050001)


def confine(memory_bytes: int) -> None:
    """Bound memory; write no file, open no connection, start no program, signal nobody.

    Threads that run already keep their rights, so this comes before the first one. What a system
    does not offer is left out: memory is bounded on Linux, and calls are forbidden there on x86_64
    and aarch64.

    Args:
        memory_bytes: May be added to what the program takes already.
    """
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        most = _taken_bytes() + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        _forbid_calls()


def _taken_bytes() -> int:
    return (
        int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        * resource.getpagesize()
    )


def start_step(most_s: float) -> None:
    """Allow some CPU time from now on; the system ends a process that takes more."""
    signal.setitimer(signal.ITIMER_PROF, most_s)


def _forbid_calls() -> None:
    machine, numbers = DENIED.get(platform.machine(), (0, ()))
    if not numbers:
        return
    steps = [
        *(LOAD_MACHINE, (EQUALS, 1, 0, machine), NOT_PERMITTED),
        *(LOAD_NUMBER, (IS_AT_LEAST, 0, 1, OTHER_CONVENTION), NOT_PERMITTED),
    ]
    for number in numbers:
        steps += [(EQUALS, 0, 1, number), NOT_PERMITTED]
    steps.append(ALLOWED)
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    rules = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(code)))
    control, zero = ctypes.CDLL(None).prctl, ctypes.c_ulong(0)
    # A kernel without filters refuses, and everything else still holds.
    if control(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) == 0:
        control(PR_SET_SECCOMP, ctypes.c_ulong(FILTER_MODE), rules, zero, zero)
