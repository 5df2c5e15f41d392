"""A worker process per test session, and a client that waits for the answer with its id."""

from __future__ import annotations

import csv
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

WORKER = Path(__file__).resolve().parents[2] / "Runtimes" / "sql" / "worker.py"


class Client:
    def __init__(self) -> None:
        environment = {**os.environ, "TARN_SQL_ALLOW_FILES": "1"}
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self._numbers = itertools.count()
        self._answers: dict[str, dict[str, Any]] = {}
        self._arrived = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            answer = json.loads(line)
            with self._arrived:
                self._answers[answer["id"]] = answer
                self._arrived.notify_all()

    def send(self, **request: Any) -> str:
        identifier = str(next(self._numbers))
        self.process.stdin.write(json.dumps({"id": identifier, **request}) + "\n")
        self.process.stdin.flush()
        return identifier

    def wait(self, identifier: str) -> dict[str, Any]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: identifier in self._answers, timeout=60), "no answer"
            return self._answers.pop(identifier)

    def ask(self, **request: Any) -> dict[str, Any]:
        return self.wait(self.send(**request))


@pytest.fixture(scope="session")
def worker() -> Iterator[Client]:
    client = Client()
    yield client
    client.process.stdin.close()
    assert client.process.wait(timeout=30) == 0


@pytest.fixture
def answer(worker: Any, tmp_path: Path) -> Any:
    def answer(sql: str, *tables: dict[str, Any]) -> tuple[dict[str, Any], list[list[str]]]:
        result = tmp_path / "result.csv"
        given = worker.ask(op="query", sql=sql, database="db", tables=list(tables), resultPath=str(result))
        return given, list(csv.reader(result.open(newline=""))) if "error" not in given else []
    return answer
