"""What a worker calls itself, so that others can tell whether it is gone.

host/pid/begun/namespace/boot/random. A process ID says nothing by itself: containers share host names and all of them have a
process 1. Only within one PID namespace of one boot, and with the moment the process began, does it name one process for good.
"""

import os
import socket
import uuid
from pathlib import Path

PROC = Path("/proc")
BEGUN = 19  # the field of /proc/<pid>/stat, counted behind the name's closing bracket: ticks since the machine's boot


def own_name() -> str:
    """A new name for a worker of this process."""
    return "/".join([socket.gethostname(), str(os.getpid()), _begun(os.getpid()) or "?", *_here(), uuid.uuid4().hex[:8]])


def is_gone(name: str) -> bool:
    """Whether the worker's process has ended. False where that cannot be known for certain: its lease runs out by itself."""
    parts = name.rsplit("/", 5)
    if len(parts) != 6 or "?" in parts or parts[0] != socket.gethostname() or parts[3:5] != _here() or not parts[1].isdigit():
        return False
    return _begun(int(parts[1])) != parts[2]


def _here() -> list[str]:
    """The PID namespace and the boot of the machine; `?` where the system does not tell."""
    try:
        return [os.readlink(PROC / "self/ns/pid").strip("pid:[]"), (PROC / "sys/kernel/random/boot_id").read_text().strip()]
    except OSError:
        return ["?", "?"]


def _begun(pid: int) -> str | None:
    """When a process of this namespace began; None if there is none, or only its remains."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None
    return None if fields[0] in "ZX" else fields[BEGUN]
