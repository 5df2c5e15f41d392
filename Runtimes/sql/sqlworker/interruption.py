"""How a request ends before its time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from .requests import Limit


class Interruption:
    """Ends the work of one request's connection. `interrupt` may be called from any thread."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        #: Held while the connection is interrupted or given up: an interruption never meets a closed one.
        self._guard = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def watch(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """What runs on the connection meanwhile can be interrupted; whoever begins looks at `stopped` first."""
        self._connection = connection
        try:
            yield
        finally:
            with self._guard:
                self._connection = None

    def interrupt(self) -> None:
        self.stopped.set()
        self._again()

    def _again(self) -> None:
        """DuckDB forgets an interruption that comes between two statements, so it is said until the work has ended."""
        with self._guard:
            if self._connection is None:
                return
            self._connection.interrupt()
        timer = threading.Timer(Limit.INTERRUPT_SECONDS, self._again)
        timer.daemon = True
        timer.start()
