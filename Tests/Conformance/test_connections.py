"""Connections beyond what the process has files for, and those that come and go without a word."""

from __future__ import annotations

import http.client
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
import tarn_server

OPEN_FILES = 120
# Less than the front door gives a connection to say its first word.
PATIENCE_SECONDS = 10


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tarn_server.Server]:
    limit = ["prlimit", f"--nofile={OPEN_FILES}:{OPEN_FILES}"]
    server = tarn_server.Server(tmp_path / "data", tmp_path / "log", within=limit)
    server.start()
    yield server
    server.kill()


def open_files(server: tarn_server.Server) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def connect(server: tarn_server.Server, count: int) -> list[socket.socket]:
    return [socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS) for _ in range(count)]


def test_connections_that_go_without_a_word(own: tarn_server.Server, eventually: Callable) -> None:
    # The server opens and closes files of its own meanwhile.
    before = open_files(own)
    silent = connect(own, 30)
    eventually(lambda: open_files(own) >= before + 20)
    for connection in silent:
        connection.close()
    eventually(lambda: open_files(own) <= before + 10, timeout=PATIENCE_SECONDS)


def test_more_connections_than_files(own: tarn_server.Server, eventually: Callable) -> None:
    """Who is connected is served, from files too; who comes later waits in the system's queue until others go."""
    s3 = boto3.client(
        "s3", endpoint_url=own.endpoint, region_name="us-east-1", aws_access_key_id="111122223333", aws_secret_access_key="test")
    s3.create_bucket(Bucket="crowd")
    s3.put_object(Bucket="crowd", Key="k", Body=bytes(1 << 20))
    asked = s3.generate_presigned_url("get_object", {"Bucket": "crowd", "Key": "k"}).removeprefix(own.endpoint)

    first = http.client.HTTPConnection("127.0.0.1", own.port, timeout=20)
    first.connect()
    crowd = connect(own, OPEN_FILES)
    eventually(lambda: open_files(own) >= OPEN_FILES // 2)
    later = http.client.HTTPConnection("127.0.0.1", own.port, timeout=20)
    later.connect()
    later.putrequest("GET", "/_tarn/health")
    later.endheaders()

    first.request("GET", asked)
    assert len(first.getresponse().read()) == 1 << 20
    assert open_files(own) < OPEN_FILES
    for connection in crowd:
        connection.close()
    assert later.getresponse().status == 200
    first.close()
    later.close()
