"""Load of large objects: each connection is a thread that sends messages signed beforehand and reads every byte of the answers."""

from __future__ import annotations

import http.client
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rows import Untrue

PIECE = 1 << 20
PATIENCE = 60


class Connection:
    """One connection with buffers of its own, so that the load generator costs little beside the servers."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.piece = memoryview(bytearray(PIECE))

    def send(self, head: bytes, body: bytes | memoryview = b"") -> tuple[int, bytes, int]:
        """Status, header bytes, and how long the body was: it is read and thrown away."""
        self.socket.sendall(head)
        if body:
            self.socket.sendall(body)
        return self._read()

    def _read(self) -> tuple[int, bytes, int]:
        held = b""
        while b"\r\n\r\n" not in held:
            more = self.socket.recv(65_536)
            if not more:
                raise Untrue("the server closed the connection")
            held += more
        header, _, rest = held.partition(b"\r\n\r\n")
        status = int(header[9:12])
        if status == 100:
            raise Untrue("a 100 that nobody asked for")
        found = re.search(rb"\r\ncontent-length: *(\d+)", header, re.IGNORECASE)
        if found is None:
            if re.search(rb"\r\ntransfer-encoding: *chunked", header, re.IGNORECASE):
                return status, header, self._chunks(rest)
            return status, header, 0
        length, seen = int(found[1]), len(rest)
        while seen < length:
            count = self.socket.recv_into(self.piece, min(PIECE, length - seen))
            if not count:
                raise Untrue(f"an answer broke off after {seen} of {length} bytes")
            seen += count
        return status, header, length

    def _chunks(self, rest: bytes) -> int:
        while not rest.endswith(b"0\r\n\r\n"):
            more = self.socket.recv(65_536)
            if not more:
                raise Untrue("an answer broke off")
            rest += more
        return len(rest)

    def close(self) -> None:
        self.socket.close()


@dataclass
class Outcome:
    count: int = 0
    bytes: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    failures: list[str] = field(default_factory=list)

    @property
    def megabytes_per_second(self) -> float:
        return self.bytes / self.seconds / 1e6


# What a thread does at its turn: the connection and the turn's number in, bytes moved out.
Turn = Callable[[Connection, int], int]


def spread(port: int, connections: int, turn: Turn, seconds: float | None = None, turns: int | None = None) -> Outcome:
    """Runs `turn` on each connection again and again, until `seconds` are over or all `turns` are taken."""
    outcome, lock, taken = Outcome(), threading.Lock(), iter(range(turns if turns is not None else 1 << 60))
    began = time.perf_counter()

    def work() -> None:
        try:
            connection = Connection(port)
            while seconds is None or time.perf_counter() - began < seconds:
                with lock:
                    number = next(taken, None)
                if number is None:
                    break
                at = time.perf_counter()
                moved = turn(connection, number)
                with lock:
                    outcome.count += 1
                    outcome.bytes += moved
                    outcome.longest = max(outcome.longest, time.perf_counter() - at)
            connection.close()
        except (OSError, Untrue, http.client.HTTPException) as problem:
            with lock:
                outcome.failures.append(f"{type(problem).__name__}: {problem}")

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcome.seconds = time.perf_counter() - began
    if outcome.failures:
        raise Untrue("; ".join(outcome.failures[:3]))
    return outcome
