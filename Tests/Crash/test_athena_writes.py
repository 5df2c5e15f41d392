"""Kills the server (kill -9) while Athena writes a table, and looks for rows that are missing or there twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tarn_server

ACCOUNT = "430000000003"
ROWS = 20_000
PARTITIONS = 80
ATTEMPTS = 5


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tarn_server.Server]:
    server = tarn_server.Server(data=tmp_path / "data", log=tmp_path / "server.log")
    try:
        server.start()
        yield server
    finally:
        server.stop()
        print(f"server log: {tarn_server.keep_log(server.log, 'crash-athena')}")


class Lake:
    def __init__(self, server: tarn_server.Server) -> None:
        self.server = server
        # To make one takes longer than a statement may need.
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = tarn_server.client(service, self.server.endpoint, ACCOUNT)
        return self._clients[service]

    def begin(self, sql: str) -> str:
        return self.client("athena").start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": "d"}, ResultConfiguration={"OutputLocation": "s3://crash/results/"},
        )["QueryExecutionId"]

    def state(self, query: str) -> str:
        return self.client("athena").get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"]

    def end(self, query: str) -> None:
        while (state := self.state(query)) in ("QUEUED", "RUNNING"):
            time.sleep(0.02)
        assert state == "SUCCEEDED", self.client("athena").get_query_execution(QueryExecutionId=query)

    def value(self, sql: str) -> list[str]:
        query = self.begin(sql)
        self.end(query)
        rows = self.client("athena").get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        return [field["VarCharValue"] for field in rows[1]["Data"]]

    def files(self, prefix: str) -> int:
        return self.client("s3").list_objects_v2(Bucket="crash", Prefix=prefix)["KeyCount"]

    def interrupted(self, sql: Callable[[int], str], prefix: Callable[[int], str]) -> Iterator[int]:
        """Runs the statement until a kill has met it with some of its files there; yields each attempt that has ended."""
        for attempt in range(ATTEMPTS):
            before = self.files(prefix(attempt))
            query = self.begin(sql(attempt))
            while (written := self.files(prefix(attempt)) - before) == 0 and self.state(query) in ("QUEUED", "RUNNING"):
                pass
            was_running = self.state(query) == "RUNNING"
            self.server.kill()
            self.server.start()
            self.end(query)
            yield attempt
            if was_running and 0 < written < PARTITIONS:
                return
        pytest.fail(f"no kill met a statement under way in {ATTEMPTS} attempts")


@pytest.fixture
def lake(server: tarn_server.Server) -> Lake:
    lake = Lake(server)
    lake.client("s3").create_bucket(Bucket="crash")
    lake.client("glue").create_database(DatabaseInput={"Name": "d"})
    rows = "\n".join(json.dumps({"id": number, "part": number % PARTITIONS}) for number in range(ROWS))
    lake.client("s3").put_object(Bucket="crash", Key="source/rows.json", Body=rows)
    lake.end(lake.begin(
        "CREATE EXTERNAL TABLE source (id int, part int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
        "LOCATION 's3://crash/source/'"))
    return lake


def created(number: int) -> str:
    return (
        f"CREATE TABLE t{number} WITH (external_location = 's3://crash/t{number}/', partitioned_by = ARRAY['part']) AS "
        "SELECT id, part FROM source")


def test_a_table_is_made_once_and_whole(lake: Lake) -> None:
    for attempt in lake.interrupted(created, "t{}/".format):
        assert lake.value(f"SELECT count(*), count(DISTINCT id), count(DISTINCT part) FROM t{attempt}") == [
            str(ROWS), str(ROWS), str(PARTITIONS)]
        assert lake.files(f"t{attempt}/") == PARTITIONS


def test_a_table_that_is_read_and_written_gets_its_rows_once(lake: Lake) -> None:
    lake.end(lake.begin(created(0)))
    rows = ROWS
    # Run again, it must not read what its first run has written.
    for _ in lake.interrupted(lambda _: "INSERT INTO t0 SELECT id + (SELECT max(id) + 1 FROM t0), part FROM t0", lambda _: "t0/"):
        rows *= 2
        assert lake.value("SELECT count(*), count(DISTINCT id) FROM t0") == [str(rows), str(rows)]
