"""A multipart upload and a full read of some gigabytes: seconds, and the most memory that the server had."""

from __future__ import annotations

import argparse
import hashlib
import http.client
import threading
import time

import objects_rows
from objects_load import PIECE, Connection, spread
from rows import BUCKET, Untrue
from servers import Server
from signing import Signer

CONNECTIONS = 4
SAMPLE_SECONDS = 0.2


def run(server: Server, options: argparse.Namespace) -> list[str]:
    parts = options.gigabytes * 2**30 // objects_rows.PART
    # Each part differs from the others in its first bytes.
    tail = objects_rows.body()[64:objects_rows.PART]
    expected, path = hashlib.sha256(), f"/{BUCKET}/enormous"
    signer = objects_rows.QuerySigner(server.host, "s3")
    connection = server.connection()
    status, _ = server.send(connection, signer.request("PUT", f"/{BUCKET}"))
    before = server.memory("VmRSS")

    def call(method: str, query: str, text: bytes = b"") -> bytes:
        status, answer = server.send(connection, signer.signed(method, path, query, text))
        if status != 200:
            raise Untrue(f"{status} {answer[:300]!r}")
        return answer

    def head(number: int) -> bytes:
        return f"part {number:>59}".encode()

    for number in range(parts):
        expected.update(head(number))
        expected.update(tail)
    upload = objects_rows.text_of(call("POST", "uploads="), "UploadId")
    tags: dict[int, str] = {}

    def turn(connection: Connection, number: int) -> int:
        data = head(number) + tail
        query = f"partNumber={number + 1}&uploadId={upload}"
        digest = hashlib.sha256(data).hexdigest()
        status, header, _ = connection.send(signer.signed("PUT", path, query, b"", digest, len(data)), data)
        if status != 200:
            raise Untrue(f"{status} for part {number + 1}")
        tags[number + 1] = header.lower().split(b"\r\netag: ")[1].split(b"\r\n")[0].decode()
        return len(data)

    with Watch(server) as watch:
        cpu = server.cpu_seconds()
        outcome = spread(server.port, CONNECTIONS, turn, turns=parts)
        began = time.perf_counter()
        text = "".join(f"<Part><PartNumber>{number}</PartNumber><ETag>{tags[number]}</ETag></Part>" for number in sorted(tags))
        call("POST", f"uploadId={upload}", f"<CompleteMultipartUpload>{text}</CompleteMultipartUpload>".encode())
        completing = time.perf_counter() - began
        cpu_up = server.cpu_seconds() - cpu
    uploading, began = watch.highest, time.perf_counter()
    with Watch(server) as watch:
        cpu = server.cpu_seconds()
        seen, length = _read(server, path)
        cpu_down = server.cpu_seconds() - cpu
    reading = time.perf_counter() - began
    if length != parts * objects_rows.PART or seen != expected.hexdigest():
        raise Untrue("the object is not what was put")
    gigabytes = length / 1e9
    return [
        f"{options.gigabytes} GiB in parts of 16 MiB on {CONNECTIONS} connections: {outcome.seconds:.1f} s "
        f"({outcome.megabytes_per_second:.0f} MB/s), then {completing * 1e3:.0f} ms to complete; "
        f"{cpu_up / gigabytes:.2f} s of CPU per GB",
        f"read on one connection: {reading:.1f} s ({length / reading / 1e6:.0f} MB/s with SHA-256 in the client); "
        f"{cpu_down / gigabytes:.2f} s of CPU per GB",
        f"resident memory: {before:.0f} MB before, at most {uploading:.0f} MB in the upload and {watch.highest:.0f} MB in the "
        f"read (samples each {SAMPLE_SECONDS} s); at most {server.memory('VmHWM'):.0f} MB ever",
    ]


def _read(server: Server, path: str) -> tuple[str, int]:
    connection = server.connection()
    connection.connect()
    connection.sock.sendall(Signer(server.host, "s3").request("GET", path))
    answer = http.client.HTTPResponse(connection.sock)
    answer.begin()
    seen, length = hashlib.sha256(), 0
    while piece := answer.read(PIECE):
        seen.update(piece)
        length += len(piece)
    connection.close()
    return seen.hexdigest(), length


class Watch:
    """Samples the server's resident memory in a thread of its own."""

    def __init__(self, server: Server) -> None:
        self.server, self.highest = server, 0.0
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._sample)

    def _sample(self) -> None:
        while not self.ending.wait(SAMPLE_SECONDS):
            self.highest = max(self.highest, self.server.memory("VmRSS"))

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        self.thread.join()
