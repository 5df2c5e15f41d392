"""Finds what a killed server leaves behind: processes of its session, or that know its address."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def left_behind(sessions: set[int], port: int) -> dict[int, str]:
    """Processes by id, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            environment = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended since, or is not ours to read
        if fields[0] == "Z":
            continue
        knows = any(f"{host}:{port}".encode() in environment for host in ("127.0.0.1", "localhost"))
        if int(fields[3]) in sessions or knows:
            found[int(entry.name)] = command
    return found


def wait_for_none(sessions: set[int], port: int, seconds: float) -> dict[int, str]:
    """Gives what is still there after `seconds`; that is ended, too."""
    deadline = time.monotonic() + seconds
    while left := left_behind(sessions, port):
        if time.monotonic() > deadline:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue  # it ended just now
            return left
        time.sleep(0.1)
    return {}
