"""The SQL worker: newline-delimited JSON requests on standard input, answers on standard output, logs on standard error.

Requests run at the same time and are answered in the order in which they finish; README.md has the protocol.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# Here, before there are threads: sqlglot makes a dialect known before its module is whole, and another thread would take it.
import sqlglot.dialects.athena
import sqlglot.dialects.duckdb
import sqlglot.dialects.postgres  # noqa: F401
from sqlworker.faults import Code, Fault
from sqlworker.infer import infer
from sqlworker.query import Query
from sqlworker.requests import Json, Limit, QueryRequest, need
from sqlworker.select import Select
from sqlworker.statements import parse_statement
from sqlworker.tables import write_table

log = logging.getLogger("tarn.sql")


class Worker:
    def __init__(self) -> None:
        self._running: dict[str, Query | Select] = {}
        #: Whom a cancel was for that had not come yet: the parent writes both from tasks of their own. The oldest are forgotten.
        self._cancelled: dict[str, None] = {}
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(Limit.CONCURRENT_REQUESTS + Limit.WAITING_REQUESTS)
        self._pool = ThreadPoolExecutor(Limit.CONCURRENT_REQUESTS, "request")

    def serve(self) -> None:
        for line in iter(lambda: sys.stdin.buffer.readline(Limit.LINE_BYTES + 1), b""):
            if len(line) > Limit.LINE_BYTES:
                log.error("a request line is longer than %d bytes: giving up", Limit.LINE_BYTES)
                break
            if line.strip():
                self._accept(line)
        # The parent closed the pipe or died: nobody waits for what still runs.
        with self._lock:
            running = list(self._running.values())
        for query in running:
            query.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _accept(self, line: bytes) -> None:
        identifier: Any = None
        try:
            document = json.loads(line)
            if not isinstance(document, dict):
                raise Fault(Code.INVALID_REQUEST, "a request is a JSON object")
            identifier = need(document, "id", str)
            operation = need(document, "op", str)
            if operation == "cancel":
                self._answer(identifier, self._cancel(need(document, "target", str)))
                return
            # Registered here, not in the thread: a cancel that follows at once finds it.
            query: Query | Select | None = None
            if operation == "query":
                query = Query(QueryRequest.read(document))
            elif operation == "select":
                query = Select(document)
            if not self._slots.acquire(blocking=False):
                raise Fault(Code.RESOURCE_LIMIT, "too many requests are waiting")
            if query is not None:
                with self._lock:
                    self._running[identifier] = query
                    is_cancelled = identifier in self._cancelled
                    self._cancelled.pop(identifier, None)
                if is_cancelled:
                    query.cancel()
            self._pool.submit(self._run, identifier, operation, document, query)
        except (ValueError, TypeError) as problem:
            self._refuse(identifier, Fault(Code.INVALID_REQUEST, f"not a valid request: {problem}"))
        except Fault as fault:
            self._refuse(identifier, fault)

    def _run(self, identifier: Any, operation: str, document: Json, query: Query | Select | None) -> None:
        try:
            if query is not None:
                answer = query.run()
            elif operation == "parse":
                answer = parse_statement(need(document, "sql", str))
            elif operation == "infer":
                answer = infer(document)
            elif operation == "convert":
                # Its libraries take their time and memory to load: only who converts pays.
                from sqlworker.convert import convert  # noqa: PLC0415

                answer = convert(document)
            elif operation == "write":
                answer = write_table(document)
            elif operation == "ping":
                answer = {"ok": True}
            else:
                raise Fault(Code.INVALID_REQUEST, f"unknown op '{operation}'")
            self._answer(identifier, answer)
        except Fault as fault:
            self._refuse(identifier, fault)
        except Exception as problem:  # the boundary: one request's defect must not end the others
            log.exception("request %s failed", identifier)
            self._refuse(identifier, Fault(Code.INTERNAL, f"{type(problem).__name__}: {problem}"))
        finally:
            with self._lock:
                self._running.pop(identifier, None)
            self._slots.release()

    def _cancel(self, target: str) -> Json:
        with self._lock:
            query = self._running.get(target)
            if query is None:
                self._cancelled[target] = None
                if len(self._cancelled) > Limit.WAITING_REQUESTS:
                    del self._cancelled[next(iter(self._cancelled))]
        if query is not None:
            query.cancel()
        return {"cancelled": query is not None}

    def _refuse(self, identifier: Any, fault: Fault) -> None:
        self._answer(identifier, {"error": {"code": str(fault.code), "message": fault.message}})

    def _answer(self, identifier: Any, answer: Json) -> None:
        line = json.dumps({"id": identifier, **answer}, separators=(",", ":"), ensure_ascii=False)
        with self._lock:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    Worker().serve()
