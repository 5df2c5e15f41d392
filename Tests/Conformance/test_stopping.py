"""The server stops on SIGTERM: what was asked is answered, and nobody who asks nothing is waited for."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import tarn_server

# Less than the front door gives a connection to say its first word, so that only closing at once passes.
PATIENCE_SECONDS = 10


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tarn_server.Server]:
    server = tarn_server.Server(tmp_path / "data", tmp_path / "log")
    server.start()
    yield server
    server.kill()


def connect(server: tarn_server.Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), PATIENCE_SECONDS)


def ask_for_health(connection: socket.socket) -> bytes:
    connection.sendall(b"GET /_tarn/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return connection.recv(65536)


def test_open_connections_do_not_hold_it(own: tarn_server.Server) -> None:
    silent, begun, idle = (connect(own) for _ in range(3))
    begun.sendall(b"GE")
    assert ask_for_health(idle).startswith(b"HTTP/1.1 200")
    assert own.process is not None
    own.process.send_signal(signal.SIGTERM)
    # Their ends are seen here, and not only the process's: it would take them along.
    for connection in (silent, begun, idle):
        assert connection.recv(1) == b""
        connection.close()
    assert own.process.wait(PATIENCE_SECONDS) == 0


def test_what_is_being_answered_is_answered(own: tarn_server.Server) -> None:
    s3 = tarn_server.client("s3", own.endpoint, "000000000000")
    s3.create_bucket(Bucket="stopping")
    body = bytes(32 << 20)
    s3.put_object(Bucket="stopping", Key="large", Body=body)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "stopping", "Key": "large"})
    with connect(own) as connection:
        path = url.split(own.endpoint, 1)[1]
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{own.port}\r\n\r\n".encode())
        # The answer has begun, and is larger than what sockets hold: the server is in the middle of it.
        received = bytearray(connection.recv(1024))
        assert own.process is not None
        own.process.send_signal(signal.SIGTERM)
        while piece := connection.recv(1 << 20):
            received += piece
    assert own.process.wait(PATIENCE_SECONDS) == 0
    head, content = bytes(received).split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200") and content == body
